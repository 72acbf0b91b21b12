"""A second release beside the one on the screen: the same measures, and what lies between them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from app.presenters.report_tables import ReportTable
from app.presenters.report_values import FigureValues
from app.presenters.selection import recipe_of
from app.presenters.wording import Problem, count, difference_words, measure_words, say
from core.figures.comparison import MeasurePair
from core.messages.report_events import ReportReady
from core.model.difference import difference
from core.model.measures import Measure
from core.model.quality import QualityReport
from core.model.study import StudyState, StudyView


@dataclass(frozen=True, slots=True, kw_only=True)
class SecondRelease:
    """A finished study that is compared with the one on the screen.

    Attributes:
        digest: Of its plan.
        title: Its name.
        step: What its comparison with real patients is doing.
        done: Steps done.
        total: Steps in all.
        ready: Its report; None until it is there.
        problem: Why there is none.
    """

    digest: str
    title: str
    step: str = ""
    done: int = 0
    total: int = 0
    ready: ReportReady | None = None
    problem: Problem | None = None


def comparable(studies: Sequence[StudyView], digest: str) -> tuple[StudyView, ...]:
    """Return the finished studies that have a release, without the one on the screen."""
    return tuple(
        s for s in studies if s.state is StudyState.FINISHED and s.digest and s.digest != digest
    )


def release_words(ready: ReportReady) -> str:
    """Return by what two releases are told apart: recipe, privacy, size."""
    return say(
        "Recipe {recipe}, ε {epsilon}, {genes} genes, {n} synthetic patients",
        recipe=recipe_of(ready),
        epsilon=f"{ready.plan.budget.epsilon:g}",
        genes=count(ready.release.n_genes),
        n=count(ready.release.n_records),
    )


def same_patients(one: ReportReady, other: ReportReady) -> bool:
    """Whether both were judged on as many patients here: probably the same ones."""
    sizes = [(r.report.n_train, r.report.n_holdout) for r in (one, other)]
    return sizes[0] == sizes[1]


def measure_pairs_of(first: QualityReport, second: QualityReport) -> tuple[MeasurePair, ...]:
    """Return every measure that both reports have and at least one could compute."""
    pairs = []
    for mine in first.all_measures():
        theirs = second.measure(mine.key)
        if theirs is not None and (mine.value is not None or theirs.value is not None):
            title = measure_words(mine.key).title
            pairs.append(MeasurePair(title=title, first=mine, second=theirs))
    return tuple(pairs)


def pairs_table(pairs: Sequence[MeasurePair]) -> ReportTable:
    """Both values, their difference with its interval, and how it reads."""
    heads = (
        say("Measure"),
        say("First"),
        say("Second"),
        say("Difference"),
        say("95 of 100"),
        say("Reading"),
    )
    rows = []
    for pair in pairs:
        words = measure_words(pair.first.key)
        found = difference(pair.first, pair.second)
        rows.append(
            (
                pair.title,
                words.written(pair.first.value),
                words.written(pair.second.value),
                _signed(words.written(found.value), found.value),
                words.written_interval(found.interval) or "–",
                difference_words(found)[1],
            )
        )
    return ReportTable(heads=heads, rows=tuple(rows))


def _signed(words: str, value: float | None) -> str:
    return f"+{words}" if value is not None and value > 0 else words


def pairs_values(pairs: Sequence[MeasurePair]) -> FigureValues:
    """The same as numbers, with each cohort's own reference."""
    heads = (
        "measure", "first", "first_low", "first_high", "first_reference", "second", "second_low",
        "second_high", "second_reference", "difference", "difference_low", "difference_high",
    )  # fmt: skip
    rows = []
    for pair in pairs:
        found = difference(pair.first, pair.second)
        ends = (
            (None, None) if found.interval is None else (found.interval.low, found.interval.high)
        )
        rows.append(
            (pair.first.key, *_numbers(pair.first), *_numbers(pair.second), found.value, *ends)
        )
    return FigureValues(heads=heads, rows=tuple(rows))


def _numbers(measure: Measure) -> tuple[float | None, ...]:
    ends = (
        (None, None) if measure.interval is None else (measure.interval.low, measure.interval.high)
    )
    return (measure.value, *ends, measure.reference)


def pairs_finding(pairs: Sequence[MeasurePair]) -> str:
    """Return in how many measures the second release is better, in how many worse."""
    found = [difference(p.first, p.second).nearer for p in pairs]
    better, worse = found.count(True), found.count(False)
    if not better and not worse:
        return say("No measure shows a clear difference between the two releases.")
    return say(
        "The second release is better in {better} and worse in {worse} of {n} measures; the "
        "others show no clear difference.",
        better=better,
        worse=worse,
        n=len(pairs),
    )
