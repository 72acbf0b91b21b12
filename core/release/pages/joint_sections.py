"""What the joint evaluation's further tables say, as parts of a page: released numbers only."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from core.model.evaluation import JointScores
from core.model.joint_tables import (
    CHANCE,
    QUANTILES,
    DistanceReading,
    JointAgreement,
    JointDistances,
    JointShare,
    distance_names,
)
from core.release.pages.document import Block, Grid, Paragraph

_READINGS: Final[Mapping[DistanceReading, str]] = MappingProxyType(
    {
        DistanceReading.MISSES: "Patients lie further from the synthetic records than those from "
        "each other: the synthetic cohort misses part of the variety of patients.",
        DistanceReading.SPREADS: "Patients lie closer to the synthetic records than those to each "
        "other: the synthetic cohort is spread more widely than patients are.",
        DistanceReading.ALIKE: "Within the noise, patients lie as far from the synthetic records "
        "as those from each other.",
    }
)
_NO_COPY: Final = (
    "Copies of patients cannot be seen here: only patients who took no part were asked, and a "
    "copy lies near the patient who was copied."
)


def further_blocks(joint: JointScores) -> tuple[Block, ...]:
    """Return paragraphs and tables of what was asked beside the scores; none where nothing was."""
    return (
        *(_agreement(joint.agreement, joint) if joint.agreement is not None else ()),
        *(_distances(joint.distances, joint) if joint.distances is not None else ()),
    )


def agreement_words(agreement: JointAgreement) -> str:
    """Return in a few sentences what agreement was found."""
    share = agreement.overall
    seen = "" if agreement.above_chance else " The noise leaves open whether it is more than that."
    return (
        f"For each diagnosis the synthetic records name up to {agreement.n_genes} genes, no two "
        "of which move together, in which it differs most from the others, and a side: higher or "
        "lower. Patients who took no part lie "
        f"on that side in {_of_100(share.value)} of 100 of these genes on average "
        f"({_of_100(share.low)} to {_of_100(share.high)}). Guessing reaches "
        f"{_of_100(CHANCE)} on average; the synthetic records themselves "
        f"{_of_100(share.synthetic)}.{seen}"
    )


def distance_words(distances: JointDistances) -> str:
    """Return in a few sentences how far patients were found from the records."""
    closer, further, middle = distances.closer, distances.further, len(QUANTILES) // 2
    return (
        f"Half of the synthetic records have another one within {distances.edges[middle]:.2f} "
        "(root mean square difference per gene; 0: the same, 1.4: as two records without "
        f"anything in common); {_of_100(closer.value)} of 100 patients who took no part lie that "
        f"near ({_of_100(closer.low)} to {_of_100(closer.high)}). "
        f"{_of_100(further.value)} of 100 ({_of_100(further.low)} to {_of_100(further.high)}) "
        f"lie further away than all but {_of_100(further.synthetic)} of 100 records do. "
        f"{_READINGS[distances.reading]} {_NO_COPY}"
    )


def _agreement(agreement: JointAgreement, joint: JointScores) -> tuple[Block, ...]:
    rows = tuple((name, *_cells(share)) for name, share in agreement.rows(joint.classes))
    grid = Grid(
        caption=f"Genes on the expected side, of 100, with {joint.level:.0%} intervals",
        heads=("Diagnosis", "Patients", "From", "To", "Synthetic records"),
        rows=rows,
    )
    return (Paragraph(text=agreement_words(agreement)), grid)


def _distances(distances: JointDistances, joint: JointScores) -> tuple[Block, ...]:
    counted = zip(distance_names(), distances.counts, distances.synthetic, strict=True)
    grid = Grid(
        caption="Patients by distance to the nearest synthetic record; noise of standard "
        f"deviation {distances.noise_sd:.1f} on each number",
        heads=("Of 100 records by their own distances", "Patients (noisy)", "Records, of 100"),
        rows=tuple((name, f"{n:.1f}", f"{100 * own:.1f}") for name, n, own in counted),
    )
    shares = Grid(
        caption=f"Shares of patients, of 100, with {joint.level:.0%} intervals",
        heads=("Patients", "Value", "From", "To", "Synthetic records"),
        rows=(
            ("at most as far as half of the records", *_cells(distances.closer)),
            ("beyond nearly all records", *_cells(distances.further)),
        ),
    )
    return (Paragraph(text=distance_words(distances)), grid, shares)


def _cells(share: JointShare) -> tuple[str, ...]:
    return tuple(f"{100 * v:.1f}" for v in (share.value, share.low, share.high, share.synthetic))


def _of_100(value: float) -> str:
    return f"{100 * value:.0f}"
