"""Compare: a second finished study beside this one, measure by measure."""

from __future__ import annotations

from typing import Final

from PySide6.QtWidgets import QComboBox, QFrame

from app.presenters.results import ResultsPresenter
from app.presenters.side_by_side import (
    SecondRelease,
    comparable,
    measure_pairs_of,
    pairs_finding,
    pairs_table,
    pairs_values,
    release_words,
    same_patients,
)
from app.presenters.wording import day, report_step_words, say
from app.presenters.wording.measures import OVERVIEW
from app.views.figures import Sheet, figure_card
from app.views.pages.results.parts import Look, stays, wide_table
from app.views.pages.step import problem_banner
from app.views.widgets import Pairs, Progress, Skeleton, card, empty, field, para
from app.views.widgets.layout import Item
from core.figures.comparison import measure_pairs
from core.messages.report_events import ReportReady
from core.model.study import StudyView

_ROW_PIXELS: Final = 52


def compare(look: Look) -> list[Item]:
    """The choice, and below it what lies between the two."""
    others = comparable(look.studies, look.state.digest)
    if look.state.ready is None:
        return [card(say("Compare two releases"), Skeleton(4))]
    if not others:
        return [
            empty(
                "chart",
                say("No second release yet"),
                say(
                    "When another study has finished on this computer, with other hospitals, "
                    "another recipe or another privacy level, its measures can stand here beside "
                    "these. Comparing shares nothing and uses nothing of the cap."
                ),
            )
        ]
    items: list[Item] = [_choice(look, others)]
    second = look.state.second
    if second is not None and second.problem is not None:
        items.append(problem_banner(second.problem))
    elif second is not None and second.ready is None:
        items.append(_progress(second))
    elif second is not None and second.ready is not None:
        items += _pairs(look, look.state.ready, second.ready, second.title)
    return items


class ReleaseChoice(QComboBox):
    """The finished studies of the list; the first line takes the second release away."""

    def __init__(
        self, results: ResultsPresenter, studies: tuple[StudyView, ...], chosen: str
    ) -> None:
        super().__init__()
        self._results, self._studies = results, studies
        self.addItem(say("Choose a release"))
        for study in studies:
            name = say("{title}, {day}", title=study.title, day=day(study.finished))
            self.addItem(name)
        numbers = [n for n, s in enumerate(studies, 1) if s.digest == chosen]
        self.setCurrentIndex(numbers[0] if numbers else 0)
        self.activated.connect(self._take)

    def _take(self, number: int) -> None:
        if number == 0:
            self._results.compare_with("", "")
        else:
            study = self._studies[number - 1]
            self._results.compare_with(study.digest, study.title)


def _choice(look: Look, others: tuple[StudyView, ...]) -> QFrame:
    second = look.state.second
    box = ReleaseChoice(look.results, others, second.digest if second is not None else "")
    hint = say("It is compared with your patients as well; nothing is shared, nothing is spent.")
    return card(None, field(say("Compare this release with"), box, hint))


def _progress(second: SecondRelease) -> QFrame:
    words = report_step_words(second.step) if second.step else say("Reading the release")
    share = second.done / second.total if second.total else None
    return card(second.title, para(words), Progress(share, words), Skeleton(3), gap="s")


def _pairs(look: Look, one: ReportReady, other: ReportReady, title: str) -> list[Item]:
    pairs = measure_pairs_of(one.report, other.report)
    drawn = [p for p in pairs if p.first.key in OVERVIEW]
    names = (one.plan.title, title)
    facts = Pairs(
        (say("First"), f"{one.plan.title} · {release_words(one)}"),
        (say("Second"), f"{title} · {release_words(other)}"),
        key_width=70,
    )
    sheet = Sheet(
        title=say("Side by side"),
        make=lambda style: measure_pairs(drawn, names, style),
        says=pairs_finding(pairs),
        table=pairs_table(drawn),
        values=pairs_values(pairs),
        height=110 + _ROW_PIXELS * max(1, len(drawn)),
    )
    note = say(
        "Each measure has its own scale. A difference is called clear when 95 of 100 repetitions "
        "would show it; for two releases judged on the same patients that is on the careful side."
    )
    if not same_patients(one, other):
        note += " " + say("The two were judged on different patients.")
    every = say("All measures")
    return [
        card(None, facts),
        figure_card(look.desk, sheet),
        card(every, para(note), wide_table(pairs_table(pairs), every), aside=stays()),
    ]
