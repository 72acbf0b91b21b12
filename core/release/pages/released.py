"""What everybody may read of a release, as one value.

``ReleasedReport`` is the whole separation: it holds what was planned, opened and released, and has
no field in which a number computed on real patients could stand. Whatever is written for somebody
outside the hospital is written from it alone (tests/unit/release/test_separation.py).

References:
    privacy.md sections 8.3 and 12.
"""

from __future__ import annotations

from dataclasses import dataclass

from core.errors import InternalError
from core.model.evaluation import JointScores
from core.model.plan import Plan
from core.model.selection import Selection
from core.model.stage import is_hex
from core.synthesis.settings import setting_of


@dataclass(frozen=True, slots=True, kw_only=True)
class DifferenceRow:
    """One line of the released table of differential expression, as it stands there."""

    class_a: str
    class_b: str
    gene: str
    effect: str
    standard_error: str
    adjusted_p: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleasedReport:
    """What is public about one release. Invariant: nothing in it was computed on real patients
    outside a stage of the plan.

    Attributes:
        plan: The study's plan.
        measurements_digest: SHA-256 of what was opened.
        synthetic_sha256: SHA-256 of ``synthetic.csv``.
        class_counts: Synthetic records of each of the plan's classes.
        joint: What the joint evaluation released; None where the plan has none.
        selection: What it released about every candidate setting; None where the plan has none.
        differences: The first lines of the released table.
        signed_by: Hospitals whose signature of the manifest is held and fits.
    """

    plan: Plan
    measurements_digest: str
    synthetic_sha256: str
    class_counts: tuple[int, ...]
    joint: JointScores | None = None
    selection: Selection | None = None
    differences: tuple[DifferenceRow, ...] = ()
    signed_by: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Refuse what does not belong to the plan.

        Raises:
            InternalError: IN901.
        """
        sound = is_hex(self.measurements_digest, 64) and is_hex(self.synthetic_sha256, 64)
        if not sound or len(self.class_counts) != len(self.plan.classes):
            raise InternalError("IN901", rule="a released report has the plan's classes")
        compared = len(self.selection.candidates) if self.selection else 0
        if compared != len(self.plan.candidates):
            raise InternalError("IN901", rule="a released report has the plan's candidates")

    @property
    def made_with(self) -> Plan:
        """The plan as the recipe of the released table understands it: its genes, its parameters.

        With one recipe it is the plan itself.
        """
        letter = self.selection.letter if self.selection else ""
        return setting_of(self.plan, letter).plan

    @property
    def n_records(self) -> int:
        """Synthetic records."""
        return sum(self.class_counts)
