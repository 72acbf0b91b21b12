"""The window: sections, panel and strip, drawer, keyboard, dialogs, closing."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget

from app.presenters.boundary import Crossing, Leaves
from app.settings import Settings
from app.theme import Theme
from app.views.page import ActionBar, Page, PageHeader, StudyHeader, tab_strip
from app.views.rail import Section
from app.views.shell import SIZE_MIN, SIZE_START, MainWindow
from app.views.widgets import Dialog, Tabs, button, col, edit, field, scroll, text
from tests.gui.checks import LOOKS, Look, faults, settle, show, wear

SENDING = Leaves(
    state=Crossing.SENDING,
    headline="Each number is split into random-looking shares before it leaves. Nobody reads it.",
    stays=("Every patient row and identifier", "Your exact totals"),
    sent=(("Secret shares of gene counts", "4.1 million numbers, 62 MB so far"),),
    opened=(("Noisy patients per diagnosis", "5 of 5"),),
    caveat="Two other hospitals who pooled their shares could decode yours. One alone cannot.",
)


def study_page() -> Page:
    bar = ActionBar(
        "Nothing is spent yet.", button("Back", "ghost"), button("Continue", "primary")
    )
    body = scroll(col(field("Cohort name", edit("Leukaemia 2019–2025")), None))
    return Page(StudyHeader("Acute leukaemia subtypes", 1, 2), body, bar, wants_panel=True,
                help_topic="privacy")  # fmt: skip


def list_page() -> Page:
    header = PageHeader("Studies", "Each makes one data set.", button("New study", "primary"))
    return Page(header, scroll(col(text("No studies yet"), None)))


@pytest.fixture
def window(qtbot, tmp_path: Path) -> MainWindow:
    settings = Settings(tmp_path)
    settings.hospital_name, settings.steward_name = "Northgate University Hospital", "steward"
    frame = MainWindow(settings)
    show(qtbot, frame)
    frame.activateWindow()
    qtbot.waitActive(frame)
    return frame


@pytest.mark.parametrize("look", LOOKS, ids=str)
@pytest.mark.parametrize("make", [study_page, list_page])
def test_frame_is_sound(theme: Theme, window: MainWindow, look: Look, make) -> None:
    wear(theme, look)
    window.show_page(Section.STUDIES, make)
    window.set_leaves(SENDING)
    settle()
    assert faults(window) == []


@pytest.mark.parametrize("percent", [100, 150, 200])
def test_smallest_window_still_holds_everything(theme: Theme, window, percent: int) -> None:
    theme.set_text_size(percent)
    window.resize(SIZE_MIN)
    window.show_page(Section.STUDIES, study_page)
    window.set_leaves(SENDING)
    settle()
    assert window.size() == SIZE_MIN
    assert faults(window) == []


def test_boundary_is_never_absent(theme: Theme, window: MainWindow) -> None:
    window.show_page(Section.STUDIES, study_page)
    boundary = window.boundary
    assert boundary.panel.isVisible()
    assert not boundary.strip.isVisible()
    window.resize(1100, 800)
    assert (boundary.panel.isVisible(), boundary.strip.isVisible()) == (False, True)
    window.resize(1280, 800)
    assert boundary.panel.isVisible()
    window.show_page(Section.STUDIES, list_page)
    assert (boundary.panel.isVisible(), boundary.strip.isVisible()) == (False, True)
    window.show_page(Section.STUDIES, study_page)
    theme.set_text_size(125)
    assert (window.boundary.panel.isVisible(), window.boundary.strip.isVisible()) == (False, True)


def test_panel_and_strip_say_the_same(window: MainWindow) -> None:
    window.show_page(Section.STUDIES, study_page)
    window.set_leaves(SENDING)
    words = [label.text() for label in window.boundary.panel.findChildren(type(text("")))]
    for line in ("Encrypted shares are leaving", "Leaves, encrypted", "Your exact totals",
                 "4.1 million numbers, 62 MB so far", SENDING.caveat):  # fmt: skip
        assert line in words
    assert SENDING.headline in window.boundary.strip.accessibleName()


def test_numbers_change_without_new_labels(window: MainWindow) -> None:
    window.show_page(Section.STUDIES, study_page)
    window.set_leaves(SENDING)
    before = window.boundary.panel.findChildren(QWidget)
    later = Leaves(
        state=SENDING.state, headline=SENDING.headline, stays=SENDING.stays,
        sent=(("Secret shares of gene counts", "4.2 million numbers, 64 MB so far"),),
        opened=SENDING.opened, caveat=SENDING.caveat,
    )  # fmt: skip
    window.set_leaves(later)
    assert window.boundary.panel.findChildren(QWidget) == before
    words = [label.text() for label in window.boundary.panel.findChildren(type(text("")))]
    assert "4.2 million numbers, 64 MB so far" in words


def test_only_a_new_state_is_announced(window: MainWindow, monkeypatch) -> None:
    heard: list[str] = []
    monkeypatch.setattr("app.views.boundary.announce", lambda _w, words: heard.append(words))
    window.set_leaves(SENDING)
    window.set_leaves(Leaves(state=Crossing.SENDING, headline="Still sending."))
    window.set_leaves(Leaves(state=Crossing.STOPPED, headline="It stopped."))
    assert heard == [f"Encrypted shares are leaving. {SENDING.headline}",
                     "Sending has stopped. It stopped."]  # fmt: skip


def test_drawer_opens_over_the_page_and_gives_the_focus_back(qtbot, window: MainWindow) -> None:
    window.show_page(Section.STUDIES, list_page)
    opener = window.boundary.strip.button
    opener.setFocus()
    qtbot.mouseClick(opener, Qt.MouseButton.LeftButton)
    drawer = window.boundary.drawer
    assert drawer is not None
    window.set_leaves(SENDING)
    assert faults(drawer) == []
    assert drawer.isAncestorOf(window.focusWidget())
    for _ in range(5):
        QTest.keyClick(window.focusWidget(), Qt.Key.Key_Tab)
        assert drawer.isAncestorOf(window.focusWidget())
    QTest.keyClick(window.focusWidget(), Qt.Key.Key_Escape)
    assert window.boundary.drawer is None
    assert window.focusWidget() is opener


def test_every_message_can_be_asked_for_from_panel_and_drawer(qtbot, window: MainWindow) -> None:
    window.show_page(Section.STUDIES, list_page)
    window.boundary.open_drawer()
    drawer = window.boundary.drawer
    every = next(b for b in drawer.findChildren(type(button(""))) if "message" in b.text())
    with qtbot.waitSignal(window.messages_wanted):
        qtbot.mouseClick(every, Qt.MouseButton.LeftButton)
    assert window.boundary.drawer is None


@pytest.mark.parametrize("number", range(1, 6))
def test_sections_by_keyboard(qtbot, window: MainWindow, number: int) -> None:
    window.show_page(Section.STUDIES, list_page)
    with qtbot.waitSignal(window.section_chosen) as told:
        QTest.keyClick(window, Qt.Key(Qt.Key.Key_0 + number), Qt.KeyboardModifier.ControlModifier)
    assert told.args == [list(Section)[number - 1].value]


def test_clicking_a_section_asks_and_the_page_marks_it(qtbot, window: MainWindow) -> None:
    window.show_page(Section.STUDIES, list_page)
    entries = {b.section: b for b in window.findChildren(QWidget) if hasattr(b, "section")
               and hasattr(b, "isCheckable")}  # fmt: skip
    with qtbot.waitSignal(window.section_chosen):
        qtbot.mouseClick(entries[Section.LEDGER], Qt.MouseButton.LeftButton)
    assert entries[Section.STUDIES].isChecked()
    window.show_page(Section.LEDGER, list_page)
    assert [s for s, entry in entries.items() if entry.isChecked()] == [Section.LEDGER]


def test_opening_a_page_focuses_its_title(window: MainWindow) -> None:
    page = window.show_page(Section.STUDIES, study_page)
    assert window.focusWidget() is page.title
    assert window.windowTitle() == "Acute leukaemia subtypes – SynCohort"


def test_regions_by_f6(window: MainWindow) -> None:
    page = window.show_page(Section.STUDIES, study_page)
    QTest.keyClick(window, Qt.Key.Key_F6)
    assert window.boundary.panel.isAncestorOf(window.focusWidget())
    QTest.keyClick(window, Qt.Key.Key_F6)
    assert window.focusWidget().accessibleName() == "Studies"
    QTest.keyClick(window, Qt.Key.Key_F6)
    assert window.focusWidget() is page.title


def test_tab_goes_through_rail_page_and_panel(window: MainWindow) -> None:
    window.show_page(Section.STUDIES, list_page)
    window.show_page(Section.STUDIES, study_page)
    window.focusWidget().clearFocus()
    names: list[str] = []
    for _ in range(14):
        window.focusNextChild()
        names.append(window.focusWidget().accessibleName())
    start = names.index("Studies")
    turned = names[start:] + names[:start]
    assert turned[:14] == [
        "Studies", "Cohorts", "Privacy ledger", "Activity", "Settings", "Back to all studies",
        "Step 1, Cohort, done", "Step 2, Privacy, current", "Step 3, Join, open", "Cohort name",
        "Back", "Continue", "Show every message sent", "Studies",
    ][: len(turned)]  # fmt: skip


def test_steps_by_alt_arrows_stay_within_the_open_ones(qtbot, window: MainWindow) -> None:
    page = window.show_page(Section.STUDIES, study_page)
    alt = Qt.KeyboardModifier.AltModifier
    with qtbot.waitSignal(page.header.step_chosen) as told:
        QTest.keyClick(window, Qt.Key.Key_Left, alt)
    assert told.args == [0]
    page.header.set_step(2, 2)
    with qtbot.assertNotEmitted(page.header.step_chosen):
        QTest.keyClick(window, Qt.Key.Key_Right, alt)


def test_help_names_the_topic_of_the_page(qtbot, window: MainWindow) -> None:
    window.show_page(Section.STUDIES, study_page)
    with qtbot.waitSignal(window.help_wanted) as told:
        QTest.keyClick(window, Qt.Key.Key_F1)
    assert told.args == ["privacy"]


def test_a_new_text_size_builds_the_page_again(theme: Theme, window: MainWindow) -> None:
    first = window.show_page(Section.STUDIES, study_page)
    window.set_leaves(SENDING)
    theme.set_text_size(150)
    assert window.page is not first
    assert window.boundary.leaves == SENDING
    assert window.section is Section.STUDIES


def test_window_remembers_its_place_and_asks_while_held_open(qtbot, tmp_path: Path) -> None:
    settings = Settings(tmp_path)
    window = MainWindow(settings)
    qtbot.addWidget(window)
    assert window.size() == SIZE_START
    window.show()
    window.resize(1100, 750)
    window.hold_open(held=True)
    with qtbot.waitSignal(window.close_asked):
        window.close()
    assert window.isVisible()
    window.close_for_good()
    assert not window.isVisible()
    again = MainWindow(settings)
    qtbot.addWidget(again)
    assert again.height() == 750, "the offscreen screen is only 800 wide"


def test_action_bar_never_disables_without_the_reason(theme: Theme, qtbot) -> None:
    bar = ActionBar("Choose a file.", button("Back", "ghost"), button("Continue", "primary"))
    show(qtbot, bar, (800, 60))
    bar.block("2 problems to solve before you can continue", "fail")
    assert not bar.primary.isEnabled()
    assert bar.primary.accessibleDescription() == bar.sentence
    assert faults(bar) == []
    bar.allow("Saved on this computer.")
    assert bar.primary.isEnabled()
    assert bar.sentence == "Saved on this computer."


def test_page_with_tabs_is_sound(window: MainWindow) -> None:
    def make() -> Page:
        tabs = tab_strip(Tabs("Results", "Overview", "Resemblance", "Biology"))
        header = StudyHeader("Acute leukaemia subtypes", 4)
        header.set_badge("Run finished 14:31", "ok", "check")
        return Page(header, scroll(col(text("Overview"), None)), under_header=tabs)

    window.show_page(Section.STUDIES, make)
    settle()
    assert faults(window) == []


@pytest.fixture
def dialog(window: MainWindow) -> Dialog:
    window.show_page(Section.STUDIES, study_page)
    asked = Dialog(window, "Approve as second person", note="Approving reserves 1 unit.")
    asked.add(field("Your approval passphrase", edit(secret=True)))
    approve = button("Approve", "primary")
    later = button("Decide later", "ghost")
    later.clicked.connect(asked.reject)
    approve.clicked.connect(asked.accept)
    asked.set_actions(later, None, approve, default=approve)
    return asked


@pytest.mark.parametrize("look", LOOKS, ids=str)
def test_dialog_is_sound(theme: Theme, window: MainWindow, look: Look, dialog: Dialog) -> None:
    wear(theme, look)
    dialog.open()
    settle()
    assert faults(dialog) == []
    assert dialog.width() <= 1000
    assert dialog.height() <= window.height()


def test_dialog_focuses_its_field_and_escape_is_the_way_out(window: MainWindow, dialog) -> None:
    opener = window.page.action_bar.primary
    opener.setFocus()
    dialog.open()
    settle()
    assert dialog.focusWidget().accessibleName() == "Your approval passphrase"
    rejected: list[int] = []
    dialog.rejected.connect(lambda: rejected.append(1))
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    settle()
    assert rejected == [1]
    assert window.focusWidget() is opener


def test_dialog_grows_with_an_error_and_shrinks_to_the_window(window, dialog: Dialog) -> None:
    dialog.open()
    settle()
    before = dialog.height()
    dialog.add(*[text("One more line that is long enough to wrap. " * 4, wrap=True)] * 1)
    settle()
    assert dialog.height() > before
    for _ in range(40):
        dialog.add(text("One more line", "body"))
    settle()
    assert dialog.height() <= window.height()
    assert faults(dialog) == []
