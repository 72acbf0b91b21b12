"""Is the privacy loss that is claimed the one that an attacker sees? An attack, end to end.

T values of a cohort and T values of the cohort with one patient more are opened by real run
workers; the attacker, who knows everything but the noise, estimates by how many standard
deviations the patient moves a value. A claim mu is refused if the estimate is above it by 3.09
standard errors (privacy.md section 10.1), so an honest claim is refused once in a thousand runs
and a planted defect is accepted less than once in a thousand.

It tests scale and wiring of the noise, the clipping, and what else is opened; it cannot test
events of probability delta: those rest on the proof.
"""

from __future__ import annotations

import math

import numpy as np
import pytest
from engine_parties import connected, stage_of

from core.model.stage import NoiseLadder
from core.privacy.accountant import Exposure, compose
from core.privacy.local_noise import local_noise
from core.privacy.loss import kappa_gaussian
from core.privacy.noise import certified_ladder, cut_for
from core.protocol.own_noise import draw_own
from core.protocol.plaintext import sample_noise
from core.randomness import NoiseSource
from core.statistics.encoding import encode_patient

SURE = 3.09
LADDER = certified_ladder(6)
SIGMA = math.sqrt(LADDER.variance)
#: One patient moves one value by a standard deviation: a large loss, so that the test is sharp.
SHIFT = round(SIGMA)
EXPOSURE = Exposure(
    name="audited", noise=LADDER, l2_sq=SHIFT**2, linf=SHIFT, touched=1, exact_shift=True
)


def claimed_mu() -> float:
    """The loss that the accountant states for one value that moves by ``SHIFT``."""
    cut = cut_for(LADDER, 1e-11)
    return math.sqrt(kappa_gaussian(LADDER, SHIFT, cut, exact_shift=True)) * SHIFT / SIGMA


def seen_mu(without: np.ndarray, with_patient: np.ndarray, sigma: float = SIGMA) -> float:
    """The attacker's estimate: the difference of the means in standard deviations."""
    return float((with_patient.mean() - without.mean()) / sigma)


def refuses(seen: float, claim: float, n: int, sigma_seen: float = 1.0) -> bool:
    """Whether the claim is refused; ``sigma_seen`` is the noise's spread against the stated."""
    return seen - SURE * sigma_seen * math.sqrt(2 / n) > claim


def spread(values: np.ndarray) -> float:
    """The noise that the attacker really faces, against the stated standard deviation."""
    return float(values.std() / SIGMA)


def attack(without: np.ndarray, with_patient: np.ndarray, claim: float) -> bool:
    """Attack with the noise as it is seen: the attacker scales by the spread of the values."""
    sigma = min(1.0, spread(without))
    seen = seen_mu(without, with_patient, SIGMA * sigma)
    return refuses(seen, claim, len(without))


def test_the_claim_is_what_the_accountant_reports() -> None:
    account = compose([EXPOSURE], 1e-5)
    assert account.mu == pytest.approx(claimed_mu(), rel=0.02)
    assert 4.2 < account.epsilon < 4.8
    assert 1.0 < claimed_mu() < 1.04


def test_three_run_workers_open_no_more_than_is_claimed() -> None:
    """Through real processes: shares, joint noise, opening."""
    n = 3_000
    stage = stage_of(
        values=2 * n, noise=LADDER, l2_sq=SHIFT**2, linf=SHIFT, touched=1, exact_shift=True
    )
    patient = [0] * n + [SHIFT] * n
    with connected(3, 1, stage) as parties:
        rows = [patient, [7] * (2 * n), [0] * (2 * n)]
        totals = np.array(parties.measure(parties.plan.stages[0], rows)[0].totals)
    without, with_patient = totals[:n], totals[n:]
    assert abs(spread(without) - 1) < 6 / math.sqrt(2 * n)
    seen = seen_mu(without, with_patient)
    assert abs(seen - SHIFT / SIGMA) < 6 * math.sqrt(2 / n)  # the patient is in it, at full size
    assert not attack(without, with_patient, claimed_mu())


# ---------------------------------------------------------------- planted bugs

N = 6_000


def noise(ladder: NoiseLadder = LADDER) -> np.ndarray:
    return sample_noise(ladder, N, NoiseSource())


def record(x: list[float], *, clipped: bool = True) -> int:
    """One patient's value for the audited total: outside the bound it is clipped."""
    vector, units = np.array(x, dtype=np.float64), float(SHIFT)
    if clipped:
        return int(encode_patient(vector, units, SHIFT**2, SHIFT)[0])
    return round(float(vector[0]) * units)


def of_halves(counted: int) -> np.ndarray:
    """Noise of which each of two parties adds half the bits, when ``counted`` of them did."""
    half = NoiseLadder(levels=tuple((w, b // 2) for w, b in LADDER.levels))
    return sum((noise(half) for _ in range(counted)), np.zeros(N, dtype=np.int64))


def of_honest(divided_by: int) -> np.ndarray:
    """Two honest hospitals' own noise, after a third subtracted what it had added."""
    own, source = local_noise(15, 3, 1), NoiseSource()
    scale = SIGMA / math.sqrt(divided_by) / 2**15
    return sum(
        (np.rint(draw_own(own, N, source) * scale).astype(np.int64) for _ in range(2)),
        np.zeros(N, dtype=np.int64),
    )


def test_the_honest_mechanism_passes() -> None:
    moved = record([1.0])
    assert moved == SHIFT
    assert not attack(noise(), noise() + moved, claimed_mu())
    assert not attack(noise(), noise() + record([9.0]), claimed_mu())  # clipped
    assert not attack(of_halves(2), of_halves(2) + moved, claimed_mu())
    assert not attack(of_honest(2), of_honest(2) + moved, claimed_mu())


BUGS = {
    "noise scale halved": lambda: (noise() // 2, noise() // 2 + SHIFT),
    "one party's noise missing": lambda: (of_halves(1), of_halves(1) + SHIFT),
    "sized for all parties, a coalition subtracts its own": lambda: (
        of_honest(3),
        of_honest(3) + SHIFT,
    ),
    "clipping forgotten": lambda: (noise(), noise() + record([2.0], clipped=False)),
    "the patient counted twice": lambda: (noise(), noise() + 2 * SHIFT),
    "sensitivity too small by the root of two": lambda: (
        noise(),
        noise() + round(SHIFT * math.sqrt(2)),
    ),
}


@pytest.mark.parametrize("bug", BUGS)
def test_a_planted_bug_is_caught(bug: str) -> None:
    without, with_patient = BUGS[bug]()
    assert attack(without, with_patient, claimed_mu())


def test_an_exact_total_beside_the_noisy_one_is_caught() -> None:
    """Whatever is opened without noise has no spread: every claim is refused."""
    without, with_patient = np.full(N, 40), np.full(N, 41)
    seen = seen_mu(without, with_patient, max(float(without.std()), 1e-9))
    assert refuses(seen, claimed_mu(), N)


def test_each_chance_is_as_stated() -> None:
    """The power of section 10.1, by simulation of the statistic itself."""
    generator = np.random.default_rng(20261121)
    claim, n = 1.0, 800
    for true, least, most in ((1.0, 0.0, 0.01), (1.41, 0.999, 1.0)):
        seen = true + generator.normal(size=20_000) * math.sqrt(2 / n)
        refused = float((seen - SURE * math.sqrt(2 / n) > claim).mean())
        assert least <= refused <= most
