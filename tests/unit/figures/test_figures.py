import dataclasses
import subprocess
import sys

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_hex
from matplotlib.text import Text

from core.errors import InternalError
from core.figures.account import cap_bar, stage_shares
from core.figures.attacks import attack_curves, distance_curves
from core.figures.biology import fold_agreement, fold_changes
from core.figures.comparison import MeasurePair, measure_pairs
from core.figures.findings import FigureKind, curves_finding, finding, fold_finding
from core.figures.resemblance import correlation_maps, curves_of, gene_curves, pca_overlay
from core.figures.style import FigureStyle
from core.figures.usefulness import class_scores, utility_bars
from core.model.attack import AttackKind, AttackResult, DistanceCurves
from core.model.budget import CapState
from core.model.comparison import FoldChanges
from core.model.measures import Direction, Group, Interval, Measure, Reason
from core.model.plan import NoiseLadder, StagePlan
from core.model.quality import (
    ClassScore,
    CorrelationMaps,
    Depth,
    GeneCurve,
    PcaOverlay,
    PointSet,
    QualityReport,
    UtilityScore,
)

LIGHT = FigureStyle()
DARK = FigureStyle(
    text="#E8EDF1", muted="#A9B4BE", surface="#161D23", border="#37424C", mid="#222A31"
)
BUILDERS = {
    FigureKind.PCA: pca_overlay,
    FigureKind.CURVES: gene_curves,
    FigureKind.CORRELATIONS: correlation_maps,
    FigureKind.UTILITY: utility_bars,
    FigureKind.CLASSES: class_scores,
    FigureKind.FOLDS: lambda report, style: fold_changes(
        report.fold_changes[0] if report.fold_changes else None, style
    ),
    FigureKind.DISTANCES: distance_curves,
    FigureKind.ATTACKS: attack_curves,
}
#: Found again, missed, false, found the other way round, and neither.
FOLDS = FoldChanges(
    first="AML",
    second="CML",
    genes=("A", "B", "C", "D", "E"),
    real=(1.0, -2.0, 0.1, 1.5, 0.0),
    synthetic=(0.9, -0.2, 0.8, -1.0, 0.1),
    differs_real=(1, -1, 0, 1, 0),
    differs_synthetic=(1, 0, 1, -1, 0),
)
LONG = "Diffuse large B-cell lymphoma, germinal centre type"


def points(n, n_classes, rng):
    return PointSet(
        x=tuple(rng.normal(size=n).tolist()),
        y=tuple(rng.normal(size=n).tolist()),
        class_index=tuple(rng.integers(0, n_classes, n).tolist()),
    )


def attack(kind, auroc, reach=0.05):
    return AttackResult(
        kind=kind,
        auroc=auroc,
        interval=Interval(low=auroc - reach, high=auroc + reach),
        false_positives=(0.0, 0.5, 1.0),
        true_positives=(0.0, auroc, 1.0),
    )


def distances(nearer):
    """Half of the synthetic patients have a training patient within ``nearer``."""
    grid = (0.0, 0.5, 1.0, 1.5)
    return DistanceCurves(
        grid=grid,
        synthetic_to_training=tuple(min(1.0, 0.5 * g / nearer) for g in grid),
        synthetic_to_held_out=(0.0, 0.2, 0.5, 0.9),
        held_out_to_training=(0.0, 0.2, 0.5, 0.9),
    )


def a_report(n_classes=4, **changes):
    rng = np.random.default_rng(0)
    classes = (LONG, *(f"Class {k}" for k in range(1, n_classes)))
    grid = np.linspace(-3, 3, 20)
    bell = tuple(np.exp(-(grid**2)).tolist())
    genes = tuple(f"HLA-DRB{k}" for k in range(40))
    square = tuple(tuple(row) for row in np.corrcoef(rng.normal(size=(40, 60))).tolist())
    fields = {
        "depth": Depth.FULL,
        "n_train": 100,
        "n_holdout": 30,
        "n_synthetic": 120,
        "classes": classes,
        "measures": (
            Measure(
                key="usefulness-ratio",
                group=Group.USEFULNESS,
                value=0.87,
                reference=1.0,
                better=Direction.HIGHER,
                low=0,
                high=1.2,
            ),
            Measure(
                key="coexpression-recall",
                group=Group.BIOLOGY,
                value=0.31,
                reference=0.9,
                better=Direction.HIGHER,
                low=0,
                high=1,
            ),
        ),
        "pca": PcaOverlay(
            explained=(0.3, 0.1),
            real=points(30, n_classes, rng),
            synthetic=points(120, n_classes, rng),
        ),
        "curves": tuple(
            GeneCurve(
                gene=f"G{k}",
                grid=tuple(grid.tolist()),
                real=bell,
                synthetic=bell,
                wasserstein=0.1 * k,
            )
            for k in range(6)
        ),
        "correlations": CorrelationMaps(genes=genes, real=square, synthetic=square),
        "utility": tuple(
            UtilityScore(classifier=c, score=s, synthetic=0.71, real=1.0, chance=0.25)
            for c in ("logistic-regression", "random-forest")
            for s in ("accuracy", "macro-f1", "auroc")
        ),
        "class_scores": tuple(
            ClassScore(label=name, n_test=20 - 6 * k, synthetic=0.9 - 0.1 * k, real=0.95)
            if k < 2
            else ClassScore(label=name, n_test=4, synthetic=None, real=None)
            for k, name in enumerate(classes)
        ),
        "fold_changes": (FOLDS,),
        "attacks": tuple(attack(kind, 0.5 + 0.01 * n) for n, kind in enumerate(AttackKind)),
        "distances": distances(1.0),
    }
    return QualityReport(**{**fields, **changes})


EMPTY = {
    "pca": None,
    "curves": (),
    "correlations": None,
    "measures": (),
    "class_scores": (),
    "utility": tuple(
        dataclasses.replace(u, synthetic=None, real=None) for u in a_report().utility
    ),
    "fold_changes": (),
    "distances": None,
    "attacks": (AttackResult(kind=AttackKind.DISTANCE, auroc=None, reason=Reason.FEW_PATIENTS),),
}


def boxes(figure):
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    beyond = set()  # ticks outside of the limits exist but are not drawn
    for axes in figure.axes:
        for axis in (axes.xaxis, axes.yaxis):
            low, high = sorted(axis.get_view_interval())
            ticks = axis.get_major_ticks()
            beyond |= {id(t.label1) for t in ticks if not low - 1e-9 <= t.get_loc() <= high + 1e-9}
    shown = [
        t
        for t in figure.findobj(Text)
        if t.get_text().strip()
        and t.get_visible()
        and id(t) not in beyond
        and (t.axes is None or t.axes.get_visible())
    ]
    return [(t.get_text(), t.get_window_extent(canvas.get_renderer())) for t in shown]


def require_readable(figure):
    """No text is cut by the figure's edge, and no two texts lie on each other."""
    found = boxes(figure)
    assert found
    width, height = figure.bbox.size
    for text, box in found:
        inside = box.x0 >= -1 and box.y0 >= -1 and box.x1 <= width + 1 and box.y1 <= height + 1
        assert inside, (text, box, (width, height))
    for i, (one, a) in enumerate(found):
        for other, b in found[i + 1 :]:
            apart = min(a.x1, b.x1) - max(a.x0, b.x0) < 1 or min(a.y1, b.y1) - max(a.y0, b.y0) < 1
            assert apart, (one, other)


@pytest.mark.parametrize("scale", [1.0, 1.5])
@pytest.mark.parametrize("kind", list(FigureKind))
def test_nothing_is_cut_or_covered(kind, scale):
    style = dataclasses.replace(LIGHT, scale=scale)
    require_readable(BUILDERS[kind](a_report(), style))


@pytest.mark.parametrize("kind", [FigureKind.PCA, FigureKind.CLASSES])
def test_ten_classes_fit_at_large_text(kind):
    require_readable(BUILDERS[kind](a_report(n_classes=10), dataclasses.replace(LIGHT, scale=1.5)))


@pytest.mark.parametrize("kind", list(FigureKind))
def test_without_numbers_the_reason_stands_there(kind):
    figure = BUILDERS[kind](a_report(**EMPTY), LIGHT)
    require_readable(figure)
    (text,) = [t for t, _ in boxes(figure)]
    assert "ew real patients" in text or "Not computable" in text
    assert "Not computable" in finding(kind, a_report(**EMPTY))


@pytest.mark.parametrize("kind", list(FigureKind))
def test_dark_is_dark_and_light_is_light(kind):
    def ground(style):
        canvas = FigureCanvasAgg(BUILDERS[kind](a_report(), style))
        canvas.draw()
        return to_hex(np.asarray(canvas.buffer_rgba())[2, 2, :3] / 255)

    assert ground(LIGHT) == LIGHT.surface.lower()
    assert ground(DARK) == DARK.surface.lower()


def test_real_is_solid_and_synthetic_dashed():
    figure = gene_curves(a_report(), LIGHT)
    real, synthetic = figure.axes[0].lines
    assert (real.get_color(), real.get_linestyle()) == (LIGHT.real, "-")
    assert (synthetic.get_color(), synthetic.get_linestyle()) == (LIGHT.synth, "--")


def test_bars_show_the_numbers_of_the_report():
    figure = utility_bars(a_report(), LIGHT)
    widths = [b.get_width() for b in figure.axes[0].patches]
    assert widths == pytest.approx([100, 71] * 3)
    assert {b.get_hatch() for b in figure.axes[0].patches} == {"", "////"}


def test_whiskers_are_the_intervals():
    scores = tuple(
        dataclasses.replace(u, interval=Interval(low=0.6, high=0.8)) for u in a_report().utility
    )
    figure = utility_bars(a_report(utility=scores), LIGHT)
    assert [60.0, 80.0] in [
        np.round(line.get_xdata(), 6).tolist() for line in figure.axes[0].lines
    ]
    assert [60.0, 80.0] not in [
        np.round(line.get_xdata(), 6).tolist()
        for line in utility_bars(a_report(), LIGHT).axes[0].lines
    ]


def test_a_gene_is_found_again_only_in_the_same_direction():
    found = fold_agreement(FOLDS)
    assert (found.both, found.only_real, found.only_synthetic, found.neither) == (1, 2, 2, 1)
    assert fold_finding(FOLDS) == (
        "Of 3 genes that differ between AML and CML among real patients, 1 are found again; "
        "2 are found that do not differ among real ones."
    )


@pytest.mark.parametrize(("nearer", "copies"), [(1.0, False), (0.2, True)])
def test_synthetic_patients_nearer_than_new_ones_are_said_to_be(nearer, copies):
    words = finding(FigureKind.DISTANCES, a_report(distances=distances(nearer)))
    assert ("look for copies" in words) is copies


@pytest.mark.parametrize(("auroc", "words"), [(0.52, "No attack is better"), (0.7, "reaches 70")])
def test_an_attack_counts_when_its_interval_leaves_the_coin(auroc, words):
    report = a_report(attacks=(attack(AttackKind.MONTE_CARLO, auroc),))
    assert words in finding(FigureKind.ATTACKS, report)


@pytest.mark.parametrize("n_genes", [1, 2, 3, 4, 5, 6])
def test_any_number_of_genes_is_drawn(n_genes):
    curves = a_report().curves[:n_genes]
    figure = curves_of(curves, LIGHT)
    require_readable(figure)
    assert sum(axes.get_visible() for axes in figure.axes) == n_genes
    assert curves[-1].gene in curves_finding(curves) or n_genes <= 2


@pytest.mark.parametrize("scale", [1.0, 1.5])
def test_two_cohorts_stand_on_one_scale_with_their_references(scale):
    measures = a_report().measures
    pairs = [
        MeasurePair(title=m.key, first=m, second=dataclasses.replace(m, value=None, reason=None))
        for m in measures
    ]
    figure = measure_pairs(pairs, (LONG, "Another study"), dataclasses.replace(LIGHT, scale=scale))
    require_readable(figure)
    drawn = [line for line in figure.axes[0].lines if line.get_marker() == "D"]
    assert [line.get_xdata()[0] for line in drawn] == pytest.approx([0.87 / 1.2, 0.31])
    assert not [line for line in figure.axes[0].lines if line.get_marker() == "o"]


def test_a_class_that_cannot_be_scored_says_why():
    texts = [t for t, _ in boxes(class_scores(a_report(), LIGHT))]
    assert "Not computable: 4 held-out patients, 10 are needed" in texts


def test_classes_beyond_the_colours_get_another_marker():
    assert LIGHT.class_colour(0) == LIGHT.class_colour(5)
    assert LIGHT.class_marker(0) != LIGHT.class_marker(5)


@pytest.mark.parametrize(
    ("kind", "sentence"),
    [
        (FigureKind.PCA, "40 % of the real variation"),
        (FigureKind.CURVES, "G5 differs clearly"),
        (FigureKind.CORRELATIONS, "31 do so"),
        (FigureKind.UTILITY, "87 %"),
        (FigureKind.CLASSES, "Class 1 is recognised least: 80 of 100."),
        (FigureKind.FOLDS, "1 are found again"),
        (FigureKind.DISTANCES, "no nearer"),
        (FigureKind.ATTACKS, "No attack is better than a coin"),
    ],
)
def test_the_finding_states_the_finding(kind, sentence):
    assert sentence in finding(kind, a_report())


@pytest.mark.parametrize("scale", [1.0, 1.5])
@pytest.mark.parametrize(("spent", "now"), [(1.0, 1.0), (3.5, 2.0), (4.0, 0.5), (0.5, 0.5)])
def test_the_cap_bar_shows_every_part(spent, now, scale):
    style = dataclasses.replace(LIGHT, scale=scale)
    figure = cap_bar(CapState(cap=4.0, spent=spent), now, style)
    require_readable(figure)
    assert sum(b.get_width() for b in figure.axes[0].patches) == pytest.approx(4.0)


def test_stage_shares_sum_to_the_budget():
    noise = NoiseLadder(levels=((1, 4), (2, 400)))
    stages = tuple(
        StagePlan(
            name=name,
            values=v,
            share=s,
            units=1.0,
            l2_sq=1,
            linf=1,
            touched=1,
            exact_shift=True,
            noise=noise,
        )
        for name, v, s in (("class-counts", 4, 0.05), ("tables", 6272, 0.95))
    )
    figure = stage_shares(stages, dataclasses.replace(LIGHT, scale=1.5))
    require_readable(figure)
    assert sum(b.get_width() for b in figure.axes[0].patches) == pytest.approx(100)


@pytest.mark.parametrize(
    "changes", [{"text": "nonsense"}, {"classes": ()}, {"text_px": 0.0}, {"scale": 9.0}]
)
def test_a_style_that_cannot_be_drawn_is_refused(changes):
    with pytest.raises(InternalError):
        dataclasses.replace(LIGHT, **changes)


def test_neither_pyplot_nor_qt_is_imported():
    code = (
        "import sys; import core.figures.resemblance, core.figures.usefulness, "
        "core.figures.account, core.figures.findings; "
        "print(sorted({m for m in sys.modules if m in ('matplotlib.pyplot', "
        "'PySide6', 'pandas', 'scipy', 'sklearn', 'mpyc')}))"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "[]"
