"""The hospital's own report: what is public, and what was measured on its patients.

LocalView: everything from a ``LocalReport`` stays at the hospital, and says so on each page. The
external report cannot be made from one (``released.py``).

References:
    quality.md; privacy.md 8.3.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from core.figures.attacks import attack_curves, distance_curves
from core.figures.biology import fold_agreement, fold_changes
from core.figures.findings import FigureKind, finding
from core.figures.resemblance import correlation_maps, gene_curves, pca_overlay
from core.figures.style import FigureStyle
from core.figures.usefulness import class_scores, utility_bars
from core.model.budget import CapState, odds_in_100
from core.model.measures import Group
from core.model.quality import QualityReport
from core.release.pages.document import (
    Audience,
    Block,
    Bullets,
    Document,
    Grid,
    Notice,
    Paragraph,
    Picture,
    Section,
    Tone,
)
from core.release.pages.measure_words import GROUPS, number, remark_words, row_of, title_of
from core.release.pages.plotting import paper, picture
from core.release.pages.released import ReleasedReport
from core.release.pages.released_sections import privacy_label, released_sections

LOCAL_NOTE: Final = (
    "It was computed on this hospital's own patients, without a privacy guarantee. "
    "A decision to publish made after reading it is a release of its own."
)
_INTERVALS: Final = (
    "An interval holds the number in 95 of 100 repetitions with other patients and another draw "
    "of as many synthetic records; it is wide rather than narrow. A dash stands where there are "
    "too few of either, or where a number jumps with a single patient, so that no interval would "
    "hold: density, nearest distance, and the overlap of the most telling genes."
)
_MOST_GENES: Final = 20
_MOST_DISTANCES: Final = 12
_HEADS: Final = ("Measure", "Reference is", "Better is", "Synthetic", "95 % interval", "Reference")


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalReport:
    """A released cohort as one hospital sees it. LocalView.

    Attributes:
        released: The public part; None for a table that was judged without its study.
        quality: The comparison with own patients; None without a holdout.
        cap: What these patients have spent; None where no ledger is asked.
        name: Of what was judged, where there is no study.
    """

    released: ReleasedReport | None
    quality: QualityReport | None
    cap: CapState | None = None
    name: str = "A synthetic cohort"


def internal_document(report: LocalReport, mix: Picture | None, joint: Picture | None) -> Document:
    """Return the hospital's own report.

    Args:
        report: What it is made from.
        mix: The synthetic records by diagnosis, where there is a study.
        joint: The released scores, where there are any.
    """
    released = report.released
    quality = report.quality
    public: tuple[Section, ...] = ()
    if released is not None and mix is not None:
        public = released_sections(released, mix, joint)
    facts = "No comparison with real patients was made."
    if quality is not None:
        facts = (
            f"{quality.n_synthetic:,} synthetic patients, judged with {quality.n_train:,} "
            f"training and {quality.n_holdout:,} held-out patients of this hospital"
        )
    return Document(
        kind="Report for this hospital only",
        title=released.plan.title if released is not None else report.name,
        subtitle=facts,
        audience=Audience.HOSPITAL,
        label=privacy_label(released.plan, _spent(report.cap)) if released is not None else None,
        sections=(*_local_sections(quality), *public),
        footer="Holds numbers computed on real patients, without a privacy guarantee.",
    )


def _spent(cap: CapState | None) -> str:
    if cap is None:
        return "not known here: no cohort of this computer took part"
    total = odds_in_100(cap.total_epsilon)
    return (
        f"{cap.spent + cap.reserved:g} of {cap.cap:g} units, this study included: for everything "
        f"ever released from them at most {total} in 100 instead of 50"
    )


def _local_sections(quality: QualityReport | None) -> tuple[Section, ...]:
    if quality is None:
        return ()
    sections = [_first(quality)]
    sections += [
        Section(title=GROUPS[group], blocks=blocks)
        for group in Group
        if (blocks := _of_group(quality, group))
    ]
    return tuple(sections)


def _of_group(quality: QualityReport, group: Group) -> tuple[Block, ...]:
    measures = _measures(quality, group)
    return (*measures, *_pictures(quality, group), *_tables(quality, group))


def _first(quality: QualityReport) -> Section:
    blocks: list[Block] = [Notice(title="Keep it here.", text=LOCAL_NOTE, tone=Tone.CARE)]
    words = (
        "Every measure has its own reference: the same number for real patients who took no part, "
        "for a model trained on real patients, or for guessing. There is no single score: a "
        "cohort can be good for one use and poor for another. Where a number depends on how many "
        "patients are compared, the one in parentheses is for as many synthetic patients as are "
        "held out: that one is to be compared with the reference."
    )
    blocks += [Paragraph(text=words), Paragraph(text=_INTERVALS)]
    if quality.remarks:
        said = tuple(remark_words(r.key, r.count, r.names) for r in quality.remarks)
        blocks += [Paragraph(text="What to know about it:"), Bullets(items=said)]
    return Section(title="Compared with this hospital's own patients", blocks=tuple(blocks))


def _measures(quality: QualityReport, group: Group) -> tuple[Grid, ...]:
    found = quality.of_group(group)
    if not found:
        return ()
    caption = f"{GROUPS[group]}, each measure beside its reference"
    return (Grid(caption=caption, heads=_HEADS, rows=tuple(map(row_of, found)), words=3),)


# ---- pictures, each with the numbers behind it


def _pictures(quality: QualityReport, group: Group) -> tuple[Picture, ...]:
    style = paper()
    match group:
        case Group.USEFULNESS:
            return _usefulness(quality, style)
        case Group.RESEMBLANCE:
            return _resemblance(quality, style)
        case Group.BIOLOGY:
            return _biology(quality, style)
        case Group.ATTACKS:
            return _attacks(quality, style)


def _usefulness(quality: QualityReport, style: FigureStyle) -> tuple[Picture, ...]:
    found = []
    if any(s.synthetic is not None for s in quality.utility):
        named = [(title_of(f"{s.classifier}-{s.score}"), s) for s in quality.utility]
        named += [
            (f"{title_of(f'{s.classifier}-{s.score}')}, public reference alone", s)
            for s in quality.public_alone
        ]
        grid = Grid(
            caption="Scores on held-out real patients, of 100",
            heads=("Model and score", "Trained on real", "Trained on synthetic", "Guessing"),
            rows=tuple(
                (title, *(_hundred(v) for v in (s.real, s.synthetic, s.chance)))
                for title, s in named
            ),
        )
        alt = finding(FigureKind.UTILITY, quality)
        found.append(picture(utility_bars(quality, style), alt, grid))
    if any(s.synthetic is not None for s in quality.class_scores):
        grid = Grid(
            caption="F1 of each diagnosis on held-out real patients, of 100",
            heads=("Diagnosis", "Trained on real", "Trained on synthetic", "Patients tested"),
            rows=tuple(
                (s.label, _hundred(s.real), _hundred(s.synthetic), f"{s.n_test:,}")
                for s in quality.class_scores
            ),
        )
        weakest = min(
            (s for s in quality.class_scores if s.synthetic is not None),
            key=lambda s: s.synthetic or 0.0,
        )
        alt = (
            f"How well each diagnosis is recognised: {weakest.label} is weakest with "
            f"{_hundred(weakest.synthetic)} of 100 after training on synthetic patients."
        )
        found.append(picture(class_scores(quality, style), alt, grid))
    return tuple(found)


def _resemblance(quality: QualityReport, style: FigureStyle) -> tuple[Picture, ...]:
    found = []
    if quality.pca is not None:
        pca = quality.pca
        cloud = (pca.real, pca.synthetic)
        heads = ("Diagnosis", "Real, axis 1", "axis 2", "Synthetic, axis 1", "axis 2")
        rows = []
        for number_of, name in enumerate(quality.classes):
            cells = [name]
            for points in cloud:
                own = [n for n, c in enumerate(points.class_index) if c == number_of]
                cells += [_middle([axis[n] for n in own]) for axis in (points.x, points.y)]
            rows.append(tuple(cells))
        alt = (
            "Held-out real and synthetic patients on the two main axes of the real training "
            f"patients, which hold {sum(pca.explained):.0%} of the variation."
        )
        grid = Grid(caption="Middle of each diagnosis", heads=heads, rows=tuple(rows))
        found.append(picture(pca_overlay(quality, style), alt, grid))
    if quality.curves:
        grid = Grid(
            caption="Distance of the curves, in standard deviations of the real patients",
            heads=("Gene", "Distance"),
            rows=tuple((c.gene, number(c.wasserstein)) for c in quality.curves),
        )
        alt = "Distributions of single genes, real solid and synthetic dashed: " + ", ".join(
            c.gene for c in quality.curves
        )
        found.append(picture(gene_curves(quality, style), alt, grid))
    return tuple(found)


def _attacks(quality: QualityReport, style: FigureStyle) -> tuple[Picture, ...]:
    found = []
    if any(a.auroc is not None for a in quality.attacks):
        grid = Grid(
            caption="Patients who took part and are recognised, of 100",
            heads=("Attack", "AUROC", "10 of 100 others suspected", "1 of 100"),
            rows=tuple(
                (
                    title_of(a.as_measure().key),
                    "–" if a.auroc is None else number(a.auroc),
                    _hundred(a.tpr_at_10),
                    _hundred(a.tpr_at_1),
                )
                for a in quality.attacks
            ),
        )
        alt = finding(FigureKind.ATTACKS, quality)
        found.append(picture(attack_curves(quality, style), alt, grid))
    near = quality.distances
    if near is not None:
        every = max(1, len(near.grid) // _MOST_DISTANCES)
        grid = Grid(
            caption="Of 100, with a patient at most so near (1 is a typical patient's distance)",
            heads=("Distance", "Synthetic to training", "to held out", "Held out to training"),
            rows=tuple(
                (
                    f"{near.grid[k]:.2f}",
                    *(
                        _hundred(curve[k])
                        for curve in (
                            near.synthetic_to_training,
                            near.synthetic_to_held_out,
                            near.held_out_to_training,
                        )
                    ),
                )
                for k in range(0, len(near.grid), every)
            ),
            words=0,
        )
        alt = finding(FigureKind.DISTANCES, quality)
        found.append(picture(distance_curves(quality, style), alt, grid))
    return tuple(found)


def _folds(quality: QualityReport, style: FigureStyle) -> tuple[Picture, ...]:
    if not quality.fold_changes:
        return ()
    grid = Grid(
        caption="Genes that differ between two diagnoses",
        heads=("Between", "In both", "Missed", "False"),
        rows=tuple(
            (f"{c.first} – {c.second}", f"{a.both:,}", f"{a.only_real:,}", f"{a.only_synthetic:,}")
            for c in quality.fold_changes
            for a in (fold_agreement(c),)
        ),
    )
    alt = finding(FigureKind.FOLDS, quality)
    return (picture(fold_changes(quality.fold_changes[0], style), alt, grid),)


def _biology(quality: QualityReport, style: FigureStyle) -> tuple[Picture, ...]:
    folds, maps = _folds(quality, style), quality.correlations
    if maps is None:
        return folds
    pairs = sorted(
        (
            (abs(maps.real[i][j]), i, j)
            for i in range(len(maps.genes))
            for j in range(i + 1, len(maps.genes))
        ),
        reverse=True,
    )[:12]
    grid = Grid(
        caption="Strongest real correlations among the drawn genes",
        heads=("Genes", "Real", "Synthetic"),
        rows=tuple(
            (
                f"{maps.genes[i]} – {maps.genes[j]}",
                f"{maps.real[i][j]:.2f}",
                f"{maps.synthetic[i][j]:.2f}",
            )
            for _, i, j in pairs
        ),
    )
    alt = finding(FigureKind.CORRELATIONS, quality)
    return (*folds, picture(correlation_maps(quality, style), alt, grid))


def _tables(quality: QualityReport, group: Group) -> tuple[Grid, ...]:
    if group is Group.RESEMBLANCE and quality.genes:
        worst = sorted(quality.genes, key=lambda g: -g.wasserstein)[:_MOST_GENES]
        return (
            Grid(
                caption="Genes that differ most; all of them are in report.json",
                heads=("Gene", "Mean, real", "synthetic", "SD, real", "synthetic", "Distance"),
                rows=tuple(
                    (
                        g.gene,
                        *(
                            f"{v:.2f}"
                            for v in (
                                *(g.mean_real, g.mean_synthetic, g.sd_real, g.sd_synthetic),
                                g.wasserstein,
                            )
                        ),
                    )
                    for g in worst
                ),
            ),
        )
    return ()


def _hundred(value: float | None) -> str:
    return "–" if value is None else f"{100 * value:.0f}"


def _middle(values: list[float]) -> str:
    return f"{sum(values) / len(values):.2f}" if values else "–"
