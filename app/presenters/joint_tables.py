"""The joint evaluation's further tables in words and rows: released numbers."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from app.presenters.report_tables import ReportTable
from app.presenters.report_values import FigureValues
from app.presenters.wording import say
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

_READINGS: Final[Mapping[DistanceReading, str]] = MappingProxyType(
    {
        DistanceReading.MISSES: "Patients lie further from the synthetic ones than those from "
        "each other: part of the variety of patients is missing.",
        DistanceReading.SPREADS: "Patients lie closer to the synthetic ones than those to each "
        "other: the synthetic ones are spread more widely than patients are.",
        DistanceReading.ALIKE: "Within the noise, patients lie as far from the synthetic ones as "
        "those from each other.",
    }
)


def agreement_words(agreement: JointAgreement) -> str:
    """Return in how many genes patients lie where the synthetic cohort says, beside guessing."""
    share = agreement.overall
    told = say(
        "In {own} of 100 genes that differ between diagnoses, patients lie on the side that the "
        "synthetic ones say ({low} to {high}). Guessing reaches {chance} on average, the "
        "synthetic ones themselves {synthetic}.",
        own=_hundred(share.value),
        low=_hundred(share.low),
        high=_hundred(share.high),
        chance=_hundred(CHANCE),
        synthetic=_hundred(share.synthetic),
    )
    if agreement.above_chance:
        return told
    return say("{told} The noise leaves open whether it is more than guessing.", told=told)


def agreement_table(agreement: JointAgreement, joint: JointScores) -> ReportTable:
    """One row for all patients, and one per diagnosis, of 100."""
    heads = (
        say("Diagnosis"),
        say("Of 100"),
        say("{n} of 100", n=round(100 * joint.level)),
        say("Synthetic"),
    )
    rows = tuple((name, *_cells(share)) for name, share in agreement.rows(joint.classes))
    return ReportTable(heads=heads, rows=rows)


def agreement_values(agreement: JointAgreement, joint: JointScores) -> FigureValues:
    """The same as numbers, 0 to 1."""
    rows = tuple(
        (name, s.value, s.low, s.high, s.synthetic, CHANCE)
        for name, s in agreement.rows(joint.classes)
    )
    heads = ("class", "value", "low", "high", "synthetic", "chance")
    return FigureValues(heads=heads, rows=rows)


def distance_words(distances: JointDistances) -> str:
    """Return what the distances say, what they cannot say, and on which scale."""
    return say(
        "{reading} Half of the synthetic ones have another one within {middle} (0: the same; 1.4: "
        "nothing in common); so near lie {closer} of 100 patients ({low} to {high}). Copies of "
        "patients cannot be seen here, as only patients who took no part were asked.",
        reading=say(_READINGS[distances.reading]),
        middle=f"{distances.edges[len(QUANTILES) // 2]:.2f}",
        closer=_hundred(distances.closer.value),
        low=_hundred(distances.closer.low),
        high=_hundred(distances.closer.high),
    )


def distance_table(distances: JointDistances) -> ReportTable:
    """One row per distance, then the two shares with their intervals."""
    heads = (say("Distance"), say("Patients, noisy"), say("Synthetic, of 100"))
    counted = zip(distance_names(), distances.counts, distances.synthetic, strict=True)
    rows = [(name, f"{count:.1f}", _hundred(own)) for name, count, own in counted]
    shares = (
        (say("At most as far as half, of 100"), distances.closer),
        (say("Beyond nearly all, of 100"), distances.further),
    )
    for name, share in shares:
        value, between, own = _cells(share)
        rows.append((name, f"{value} ({between})", own))
    return ReportTable(heads=heads, rows=tuple(rows))


def distance_values(distances: JointDistances) -> FigureValues:
    """The drawn numbers: noisy patients, and proportions of synthetic records."""
    counted = zip(distance_names(), distances.counts, distances.synthetic, strict=True)
    rows = tuple((name, n, distances.noise_sd, own) for name, n, own in counted)
    heads = ("distance", "patients_noisy", "noise_sd", "synthetic")
    return FigureValues(heads=heads, rows=rows)


def _cells(share: JointShare) -> tuple[str, ...]:
    between = say("{low} to {high}", low=_hundred(share.low), high=_hundred(share.high))
    return _hundred(share.value), between, _hundred(share.synthetic)


def _hundred(value: float) -> str:
    return f"{100 * value:.0f}"
