"""Usefulness: what a model learns from synthetic patients, and on which genes. LocalView.

References:
    quality.md "Usefulness".
"""

from __future__ import annotations

from core.model.comparison import Remark, RemarkKey, TopGenes
from core.model.measures import Direction, Group, Reason, Yardstick
from core.quality import features, utility
from core.quality.panels.setting import How, Numbers, Part, Setting, measure
from core.quality.utility import Classifier


def useful(setting: Setting) -> Part:
    """Train on synthetic, test on held-out real patients; the same trained on real ones."""
    trio = setting.whole
    found = utility.utility(trio, setting.classes, setting.depth, setting.pause)
    ratio = measure(
        "usefulness-ratio",
        How(
            group=Group.USEFULNESS,
            better=Direction.HIGHER,
            yardstick=Yardstick.TRAINED_ON_REAL,
            high=1.2,
        ),
        Numbers(
            value=found.ratio,
            reference=1.0,
            interval=found.ratio_interval,
        ),
        found.reason,
    )
    setting.pause()
    on_held_out = _trained_on_held_out(setting)
    overlap = measure(
        "feature-overlap",
        How(group=Group.USEFULNESS, better=Direction.HIGHER),
        Numbers(
            value=_overlap(found.on_real, found.on_synthetic),
            reference=_overlap(found.on_real, on_held_out),
        ),
        Reason.FEW_SYNTHETIC if found.on_real else Reason.FEW_PATIENTS,
    )
    return Part(
        measures=(ratio, overlap),
        utility=found.scores,
        class_scores=found.class_scores,
        top_genes=_top_genes(setting, found),
        remarks=_small(setting),
        on_synthetic=found.on_synthetic,
    )


def _top_genes(setting: Setting, found: utility.Usefulness) -> tuple[TopGenes, ...]:
    if found.on_real is None or found.on_synthetic is None:
        return ()
    return features.top_genes(found.on_real, found.on_synthetic, setting.genes, setting.classes)


def _trained_on_held_out(setting: Setting) -> Classifier | None:
    holdout = setting.whole.holdout
    if len(holdout) < utility.LEAST_TEST:
        return None
    return utility.trained(utility.LOGISTIC, holdout, len(setting.classes), setting.depth)


def _overlap(real: Classifier | None, other: Classifier | None) -> float | None:
    return features.feature_overlap(real, other) if real and other else None


def _small(setting: Setting) -> tuple[Remark, ...]:
    """Name the classes with too few held-out patients for a score of their own."""
    labels = setting.whole.holdout.labels
    names = tuple(
        name
        for c, name in enumerate(setting.classes)
        if int((labels == c).sum()) < utility.LEAST_TEST
    )
    if not names:
        return ()
    return (Remark(key=RemarkKey.SMALL_CLASSES, count=len(names), names=names[:20]),)
