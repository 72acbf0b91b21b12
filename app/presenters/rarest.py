"""The diagnosis with the fewest held-out patients here: it pays most for the noise."""

from __future__ import annotations

from typing import Final

from core.model.measures import Direction, Group, Measure, Reason, Yardstick
from core.model.quality import QualityReport

RAREST: Final = "rarest-class"


def rarest_class(report: QualityReport) -> tuple[str, Measure] | None:
    """Return its name and how well it is recognised; None before the models were trained."""
    if len(report.class_scores) < 2:
        return None
    score = min(report.class_scores, key=lambda s: s.n_test)
    value = score.synthetic if score.real is not None else None
    return score.label, Measure(
        key=RAREST,
        group=Group.USEFULNESS,
        value=value,
        reference=score.real if value is not None else None,
        yardstick=Yardstick.TRAINED_ON_REAL,
        better=Direction.HIGHER,
        low=0.0,
        high=1.0,
        reason=Reason.SMALL_CLASSES if value is None else None,
    )
