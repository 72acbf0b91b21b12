"""The values of a quality report refuse what contradicts itself, and find each other."""

import dataclasses
import math

import pytest

from core.errors import InternalError
from core.messages.codec import decode, encode
from core.model.attack import AttackKind, AttackResult, DistanceCurves
from core.model.comparison import FoldChanges
from core.model.measures import Direction, Group, Interval, Reason, Yardstick
from core.model.quality import QualityReport, UtilityScore
from tests.gui.script_report import GENES, MEASURES, quality

INTERVAL = Interval(low=0.4, high=0.6)
ATTACK = AttackResult(
    kind=AttackKind.DISTANCE,
    auroc=0.5,
    interval=INTERVAL,
    false_positives=(0.0, 1.0),
    true_positives=(0.0, 1.0),
)


@pytest.mark.parametrize("ends", [(0.6, 0.4), (math.nan, 0.4), (0.0, math.inf)])
def test_what_is_no_interval(ends):
    with pytest.raises(InternalError, match="IN901"):
        Interval(low=ends[0], high=ends[1])


@pytest.mark.parametrize(
    "change",
    [
        {"true_positives": (0.0,)},
        {"reason": Reason.FEW_PATIENTS},
        {"auroc": None},
        {"auroc": None, "reason": Reason.FEW_PATIENTS},
        {"false_positives": (), "true_positives": ()},
    ],
    ids=str,
)
def test_what_is_no_attack(change):
    with pytest.raises(InternalError, match="IN901"):
        dataclasses.replace(ATTACK, **change)


def test_curves_and_fold_changes_have_one_value_per_place():
    with pytest.raises(InternalError, match="IN901"):
        DistanceCurves(
            grid=(0.0, 1.0),
            synthetic_to_training=(0.0,),
            synthetic_to_held_out=(0.0, 1.0),
            held_out_to_training=(0.0, 1.0),
        )
    with pytest.raises(InternalError, match="IN901"):
        FoldChanges(
            first="A",
            second="B",
            genes=("G",),
            real=(0.0,),
            synthetic=(),
            differs_real=(0,),
            differs_synthetic=(0,),
        )


def test_an_attack_is_a_measure_against_a_coin():
    found = ATTACK.as_measure()
    assert (found.key, found.value, found.reference) == ("membership-distance", 0.5, 0.5)
    assert (found.yardstick, found.better) == (Yardstick.CHANCE, Direction.NEAR)
    assert found.interval == INTERVAL


def test_a_score_is_a_measure_against_real_patients():
    score = UtilityScore(
        classifier="random-forest", score="aupr", synthetic=0.6, real=0.8, chance=0.2
    )
    found = score.as_measure()
    assert (found.key, found.value, found.reference) == ("random-forest-aupr", 0.6, 0.8)
    assert found.yardstick is Yardstick.TRAINED_ON_REAL
    assert score.ratio == pytest.approx(0.75)
    assert dataclasses.replace(score, real=0.0).ratio is None
    assert dataclasses.replace(score, synthetic=None).ratio is None


def test_a_report_finds_measures_of_every_kind_and_curves_of_every_gene():
    report = quality()
    assert report.measure("wasserstein").value == 0.13
    assert report.measure("logistic-regression-macro-f1").group is Group.USEFULNESS
    assert report.measure("membership-likelihood").reason is Reason.NO_MEASUREMENTS
    assert report.measure("nonsense") is None
    assert report.curve(GENES[0]) is report.curves[0]
    assert report.curve(GENES[-1]) is report.more_curves[-1]
    assert report.curve("nonsense") is None
    grouped = [m for group in Group for m in report.of_group(group)]
    assert sorted(m.key for m in grouped) == sorted(m.key for m in report.all_measures())
    assert len(grouped) == len({m.key for m in grouped}) == len(MEASURES) + 10 + 5


@pytest.mark.parametrize("few", [False, True])
def test_a_whole_report_crosses_the_process_boundary(few):
    report = quality(few=few)
    assert decode(encode(report)[4:], {"QualityReport": QualityReport}) == report
