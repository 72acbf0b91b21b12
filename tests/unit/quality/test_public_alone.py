"""core.quality.public_alone: the baseline is judged like the release, on the same patients."""

import pytest

from core.errors import WorkerError
from core.model.quality import Depth, UtilityScore
from core.quality.public_alone import public_scores
from core.quality.utility import FOREST, LOGISTIC


def beside(classifier, score="macro-f1"):
    return UtilityScore(classifier=classifier, score=score, synthetic=0.8, real=0.9, chance=0.2)


BESIDE = (beside(LOGISTIC), beside(LOGISTIC, "auroc"), beside(FOREST))


def nothing():
    """Nobody stops it."""


def test_public_data_that_tell_classes_apart_score_and_others_guess(make_patients, make_cohort):
    holdout = make_patients(60, seed=3)
    alike = make_cohort(make_patients(120, seed=4))
    mixed = make_cohort(make_patients(120, seed=5, shift=0.0))
    for public, low, high in ((alike, 0.8, 1.0), (mixed, 0.1, 0.6)):
        found = public_scores(public, holdout, BESIDE, Depth.QUICK, nothing)
        assert [s.classifier for s in found] == [LOGISTIC, FOREST]
        for score in found:
            assert low < score.synthetic <= high
            assert (score.score, score.real, score.chance) == ("macro-f1", 0.9, 0.2)


def test_what_the_release_has_no_score_for_is_left_out(make_patients, make_cohort):
    holdout, public = make_patients(40, seed=3), make_cohort(make_patients(60, seed=4))
    only = public_scores(public, holdout, BESIDE[:1], Depth.QUICK, nothing)
    assert [s.classifier for s in only] == [LOGISTIC]
    nobody = make_patients(0, seed=3)
    assert public_scores(public, nobody, BESIDE, Depth.QUICK, nothing) == ()


def test_it_is_stopped_like_the_report(make_patients, make_cohort):
    def stop():
        raise WorkerError("WO604", step="the report", reason="it was stopped")

    holdout, public = make_patients(40, seed=3), make_cohort(make_patients(60, seed=4))
    with pytest.raises(WorkerError, match="WO604"):
        public_scores(public, holdout, BESIDE, Depth.QUICK, stop)
