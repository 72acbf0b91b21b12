"""Privacy ledger: every use of patients, in order, and whether the chain holds."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from PySide6.QtWidgets import QComboBox, QFileDialog, QFrame, QWidget

from app.presenters.desk import Desk
from app.presenters.ledger import LedgerState
from app.presenters.wording import count, say
from app.presenters.wording.ledger import done_words, kept_words
from app.settings import Settings
from app.theme import current_theme
from app.views.dialogs.ledger_export import LedgerExportDialog
from app.views.dialogs.ledger_restore import RestoreDialog
from app.views.page import PageHeader
from app.views.pages.ledger_cohorts import CohortsPart
from app.views.pages.ledger_entries import EntriesPart
from app.views.pages.ledger_safety import SafetyPart
from app.views.pages.live import LivePage
from app.views.pages.step import problem_banner
from app.views.widgets import (
    Banner,
    Button,
    Pill,
    Skeleton,
    Tabs,
    button,
    card,
    choose,
    col,
    edit,
    framed,
    row,
    text,
)
from app.views.widgets.layout import Item
from core.messages.ledger_events import (
    CapChanged,
    CohortWithdrawn,
    IdentifiersForgotten,
    LedgerLinesMissing,
)
from core.model.ledger import LedgerStanding

ENTRIES, COHORTS, SAFETY = 0, 1, 2
#: The file itself is not what it was; other codes pass by themselves or with a setting.
_CHANGED: Final = frozenset({"BU304", "BU307", "BU309", "BU312", "BU315"})
_ABOUT_COHORT: Final = (CapChanged, CohortWithdrawn, IdentifiersForgotten)


class LedgerPage(LivePage):
    """The verdict on the chain first, then the entries, the cohorts' caps, and safekeeping."""

    def __init__(self, desk: Desk, settings: Settings, tab: int = ENTRIES) -> None:
        self._save = button(say("Export ledger"), "secondary", "export")
        note = say("Every use of patients, in order. Entries cannot be changed or removed.")
        header = PageHeader(say("Privacy ledger"), note, self._save)
        self._tabs = Tabs(
            say("Privacy ledger"), say("Entries"), say("Caps and cohorts"), say("Safekeeping")
        )
        self._tools = _Tools()
        under = framed(
            col(row(self._tabs, None), self._tools, gap="s"), pad=(28, 4), ground="canvas"
        )
        super().__init__(header, under_header=under, help_topic="ledger", pad=(28, 8))
        self._desk = desk
        self._ledger = desk.ledger
        self._settings = settings
        self._entries = EntriesPart(self)
        self._cohorts = CohortsPart(self, desk)
        self._safety = SafetyPart(self, desk, settings)
        self._shape: tuple[object, ...] = ()
        self._save.clicked.connect(self.export)
        self._tabs.setCurrentIndex(tab)
        self._tabs.currentChanged.connect(self.show_state)
        self._tools.cohort.activated.connect(self._choose_cohort)
        self._tools.year.activated.connect(self._choose_year)
        self._tools.study.textEdited.connect(self._ledger.show_study)
        self._ledger.changed.connect(self.show_state)
        desk.identity.changed.connect(self.show_state)
        self._ledger.open()
        self.show_state()

    def show_state(self) -> None:
        """Follow the presenter, the tab and the filter."""
        state = self._ledger.state
        tab = self._tabs.currentIndex()
        self._tools.setVisible(tab == ENTRIES and state.alarm is None)
        self._tools.follow(state)
        none = state.listed is None or not (state.entries or not state.wanted.is_open)
        why = say("The ledger has no entries yet") if none else None
        self._save.set_blocked(say("The ledger does not pass its check") if state.alarm else why)
        shape = (tab, state, self._desk.identity.state)
        if shape != self._shape:
            self._shape = shape
            self.refill(*self._build(state, tab))

    def _build(self, state: LedgerState, tab: int) -> list[Item]:
        if state.alarm is not None:
            items: list[Item] = [self._alarm(state), *self._told(state)]
            return [*items, *self._safety.items(state)] if tab == SAFETY else items
        if state.listed is None:
            if state.problem is not None:
                return [problem_banner(state.problem, self._again())]
            return [card(None, Skeleton(4, say("The ledger is being checked")))]
        items = [*self._told(state), self._verdict(state)]
        match tab:
            case 1:
                return [*items, *self._cohorts.items(state)]
            case 2:
                return [*items, *self._safety.items(state)]
            case _:
                return [*items, *self._entries.items(state)]

    # ---- what stands above every part

    def _verdict(self, state: LedgerState) -> QFrame:
        standing = state.listed.standing if state.listed is not None else None
        again = self._again()
        if state.checking:
            pill = Pill(say("Being checked"), "accent", "light-busy")
            again.set_blocked(say("The ledger is being checked"))
        else:
            pill = Pill(say("Chain verified"), "ok", "check")
        said = text(_counted(standing), "caption", wrap=True)
        stacked = current_theme().tokens.stacked
        head: Item = col(row(pill, None), said) if stacked else row(pill, (said, 1), gap="m")
        lines: list[Item] = [head]
        if standing is not None and standing.entries:
            lines.append(text(kept_words(standing), "caption", wrap=True))
            mark = _spaced(standing.fingerprint[:16])
            lines.append(text(say("Newest fingerprint: {mark}", mark=mark), "mono", wrap=True))
        if state.problem is not None:
            lines.append(problem_banner(state.problem))
        return card(None, row((col(*lines, gap="xs"), 1), again))

    def _alarm(self, state: LedgerState) -> QFrame:
        problem = state.alarm
        if problem is None:  # asked only with one
            return card(None)
        if problem.code not in _CHANGED:
            lead = say("{title}. Nothing can be spent.", title=problem.title)
            return problem_banner(problem, self._again(), lead=lead)
        back = button(say("Bring back a backup"), "primary", "import")
        back.clicked.connect(self._restore)
        return Banner(
            "danger",
            say("{title}. Nothing can be spent.", title=problem.title),
            (say("What happened."), problem.text),
            (
                say("What it means."),
                say(
                    "Nobody can be sure any more what your patients have used. So no study can "
                    "start, be joined or go on, and no cap can be changed. What was released "
                    "before stays as it was."
                ),
            ),
            (
                say("What you can do."),
                say(
                    "Tell your privacy officer. Do not delete or repair the file: it is "
                    "evidence. Bring the newest backup back; two people decide on it and give a "
                    "reason. If you have none, ask the hospitals of your studies which entry "
                    "they hold."
                ),
            ),
            actions=(back, self._again()),
            details=problem.details,
        )

    def _again(self) -> Button:
        again = button(say("Check again"), "secondary", "refresh")
        again.clicked.connect(self._ledger.check_all)
        return again

    def _told(self, state: LedgerState) -> list[Item]:
        event = state.done
        if event is None:
            return []
        about = event.cohort_id if isinstance(event, _ABOUT_COHORT) else ""
        known = state.cohort(about)
        title, lines = done_words(event, known.name if known is not None else "")
        read = button(say("Understood"))
        read.clicked.connect(self._ledger.forget_done)
        bad = isinstance(event, LedgerLinesMissing)
        return [
            Banner("danger" if bad else "ok", title, *[("", s) for s in lines], actions=(read,))
        ]

    # ---- what the reader does

    def go_to_search(self) -> None:
        """Go to the field that searches studies."""
        self._tabs.setCurrentIndex(ENTRIES)
        self._tools.study.setFocus()
        self._tools.study.selectAll()

    def export(self) -> None:
        """Ask for formats and folder."""
        if not self._save.isEnabled():
            return
        dialog = LedgerExportDialog(self, self._ledger, self._settings.last_folder)
        dialog.folder_wanted.connect(lambda: self._choose_folder(dialog))
        dialog.open()

    def _choose_folder(self, dialog: LedgerExportDialog) -> None:
        start = str(self._settings.last_folder)
        folder = QFileDialog.getExistingDirectory(self, say("Choose a folder"), start)
        if folder:
            self._settings.last_folder = Path(folder)
            dialog.set_folder(folder)

    def _restore(self) -> None:
        RestoreDialog(self, self._desk, self._settings).open()

    def _choose_cohort(self, number: int) -> None:
        self._ledger.show_cohort(str(self._tools.cohort.itemData(number) or ""))

    def _choose_year(self, number: int) -> None:
        self._ledger.show_year(int(self._tools.year.itemData(number) or 0))


class _Tools(QWidget):
    """Which entries are shown."""

    def __init__(self) -> None:
        super().__init__()
        size = current_theme().size
        self.cohort = choose(say("All cohorts"))
        self.cohort.setAccessibleName(say("Show cohort"))
        self.cohort.setMinimumContentsLength(22)
        self.year = choose(say("All years"))
        self.year.setAccessibleName(say("Show year"))
        self.study = edit("", say("Search studies"))
        self.study.setAccessibleName(say("Search studies"))
        self.study.setMinimumWidth(size(180))
        self._known: tuple[object, ...] = ()
        if current_theme().tokens.stacked:
            self.setLayout(col(row((self.cohort, 1), self.year), self.study, gap="s"))
        else:
            self.setLayout(row(self.cohort, self.year, None, self.study))

    def follow(self, state: LedgerState) -> None:
        """Offer what the ledger holds, and show what is chosen."""
        listed = state.listed
        if listed is None:
            return
        known = (tuple((c.cohort_id, c.name) for c in listed.cohorts), listed.years)
        if known != self._known:
            self._known = known
            cohorts: list[tuple[str, object]] = [(c.name, c.cohort_id) for c in listed.cohorts]
            years: list[tuple[str, object]] = [(str(y), y) for y in reversed(listed.years)]
            _offer(self.cohort, (say("All cohorts"), ""), cohorts)
            _offer(self.year, (say("All years"), 0), years)
        self.cohort.setCurrentIndex(max(0, self.cohort.findData(state.wanted.cohort_id)))
        self.year.setCurrentIndex(max(0, self.year.findData(state.wanted.year)))
        if not self.study.hasFocus() and self.study.text().strip() != state.wanted.study:
            self.study.setText(state.wanted.study)


def _offer(box: QComboBox, first: tuple[str, object], others: list[tuple[str, object]]) -> None:
    box.clear()
    for words, value in (first, *others):
        box.addItem(words, value)


def _counted(standing: LedgerStanding | None) -> str:
    if standing is None or not standing.entries:
        return say("No entries yet")
    if standing.signed == standing.entries:
        return say("{n} of {n} entries unchanged and signed", n=count(standing.entries))
    return say(
        "{n} of {n} entries unchanged, {signed} of them signed so far",
        n=count(standing.entries),
        signed=count(standing.signed),
    )


def _spaced(mark: str) -> str:
    return " ".join(mark[at : at + 4] for at in range(0, len(mark), 4))
