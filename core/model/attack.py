"""What attacks on a synthetic cohort achieve. Plain values, LocalView.

Smoke alarms, not proofs: the guarantee rests on the mechanism, and no number here may be shown as
evidence of privacy.

References:
    quality.md "Attacks".
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from core.errors import InternalError
from core.model.measures import Direction, Group, Interval, Measure, Reason, Yardstick


class AttackKind(StrEnum):
    """The ways in which it is guessed who took part."""

    DISTANCE = "distance"
    MONTE_CARLO = "monte-carlo"
    DENSITY_RATIO = "density-ratio"
    CLASSIFIER = "classifier"
    LIKELIHOOD = "likelihood"


@dataclass(frozen=True, slots=True, kw_only=True)
class AttackResult:
    """One membership attack: training patients are members, held-out ones are not. LocalView.

    Invariant: the curve has as many false as true positives, and is there if the AUROC is.

    Attributes:
        kind: Which attack.
        auroc: One half is a coin, 1 recognises everybody; None when it cannot be computed.
        interval: Of the AUROC.
        tpr_at_10: Members recognised when one in ten others is wrongly suspected.
        tpr_at_1: The same at one in a hundred; None below 100 held-out patients.
        false_positives: Of the curve, 0 to 1, not decreasing.
        true_positives: Of the curve.
        reason: Why there is no AUROC; None where there is one.
    """

    kind: AttackKind
    auroc: float | None
    interval: Interval | None = None
    tpr_at_10: float | None = None
    tpr_at_1: float | None = None
    false_positives: tuple[float, ...] = ()
    true_positives: tuple[float, ...] = ()
    reason: Reason | None = None

    def __post_init__(self) -> None:
        """Refuse a curve that is none, and an attack without a number or a reason.

        Raises:
            InternalError: IN901.
        """
        if len(self.false_positives) != len(self.true_positives):
            raise InternalError("IN901", rule="the curve of an attack has two coordinates")
        if (self.auroc is None) != (self.reason is not None):
            raise InternalError("IN901", rule="an attack has an AUROC or a reason")
        if (self.auroc is None) != (len(self.true_positives) == 0):
            raise InternalError("IN901", rule="an attack has an AUROC and its curve, or neither")

    def as_measure(self) -> Measure:
        """Return the AUROC as a measure, called ``membership-`` and the kind."""
        return Measure(
            key=f"membership-{self.kind.value}",
            group=Group.ATTACKS,
            value=self.auroc,
            interval=self.interval,
            reference=0.5,
            yardstick=Yardstick.CHANCE,
            better=Direction.NEAR,
            low=0.0,
            high=1.0,
            reason=self.reason,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class DistanceCurves:
    """How near the nearest patient is: cumulative proportions over one grid. LocalView.

    A curve that lies left of the reference comes nearer to real patients than a new patient does.

    Attributes:
        grid: Distances, increasing, in units of a typical patient's nearest distance.
        synthetic_to_training: Proportion of synthetic patients with a training patient that near.
        synthetic_to_held_out: The same with a held-out patient.
        held_out_to_training: The reference: held-out patients with a training patient that near.
    """

    grid: tuple[float, ...]
    synthetic_to_training: tuple[float, ...]
    synthetic_to_held_out: tuple[float, ...]
    held_out_to_training: tuple[float, ...]

    def __post_init__(self) -> None:
        """Refuse curves of other lengths than the grid.

        Raises:
            InternalError: IN901.
        """
        curves = (
            self.synthetic_to_training, self.synthetic_to_held_out, self.held_out_to_training,
        )  # fmt: skip
        if any(len(c) != len(self.grid) for c in curves):
            raise InternalError("IN901", rule="a distance curve has one value per distance")
