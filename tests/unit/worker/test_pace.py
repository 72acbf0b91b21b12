"""Time left comes from measured work only."""

import pytest

from core.model.plan import LocalGaussian, NoiseLadder, StagePlan
from core.ports import StageProgress
from core.worker.runs.pace import Pace


class HandClock:
    def __init__(self):
        self.time = 100.0

    def now(self):
        return self.time

    def monotonic(self):
        return self.time


JOINT = NoiseLadder(levels=((1, 4), (2, 400)))
OWN = LocalGaussian(sigma_sq=2 * 512**2, contributors=3, colluders=1)


def stage(name, values, noise=JOINT):
    return StagePlan(
        name=name, values=values, share=0.5, units=1.0, l2_sq=1, linf=1, touched=1,
        exact_shift=True, noise=noise,
    )  # fmt: skip


def at(name, step, done, total):
    return StageProgress(
        stage=name, step=step, done=done, total=total, bytes_sent=0, bytes_received=0
    )


def test_nothing_is_guessed_before_enough_was_measured():
    clock = HandClock()
    pace = Pace([stage("a", 10), stage("b", 30)], clock)
    assert pace.seconds_left(at("a", "share", 0, 10)) == -1.0
    clock.time += 4.0
    assert pace.seconds_left(at("a", "noise", 5, 10)) == -1.0


def test_half_of_the_work_leaves_as_much_time_again():
    clock = HandClock()
    pace = Pace([stage("a", 20), stage("b", 20)], clock)
    pace.finish("a")
    clock.time += 60.0
    assert pace.seconds_left(at("b", "share", 0, 20)) == pytest.approx(60.0)


def test_proportion_grows_from_0_to_1():
    pace = Pace([stage("a", 10), stage("b", 30)], HandClock())
    seen = [
        pace.proportion(at(name, step, done, 10))
        for name in ("a",)
        for step in ("share", "noise", "open")
        for done in (0, 5, 10)
    ]
    assert seen == sorted(seen)
    assert seen[0] == 0
    assert seen[-1] == pytest.approx(0.25)
    pace.finish("a")
    pace.finish("b")
    assert pace.proportion(at("b", "open", 10, 10)) == 1.0


def test_noise_of_ones_own_comes_first_and_is_little_work():
    pace = Pace([stage("a", 10), stage("b", 10, OWN)], HandClock())
    pace.finish("a")
    seen = [
        pace.proportion(at("b", step, done, 10))
        for step in ("noise", "share", "open")
        for done in (0, 5, 10)
    ]
    assert seen == sorted(seen)
    assert seen[0] > 0.9
    assert seen[-1] == 1.0
    alone = Pace([stage("b", 10, OWN)], HandClock())
    assert alone.proportion(at("b", "noise", 0, 10)) == 0.0
    assert 0 < alone.proportion(at("b", "noise", 10, 10)) < alone.proportion(at("b", "open", 0, 1))
