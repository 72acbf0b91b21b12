"""What the building blocks show and say when their values change."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAccessible, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QWidget

from app.theme import Ink, Theme
from app.views.widgets import (
    Banner,
    Button,
    CapBar,
    ChoiceCard,
    ChoiceCards,
    Column,
    IconArray,
    Light,
    Pairs,
    Pill,
    Progress,
    RangeBar,
    Segments,
    Stage,
    Stepper,
    Table,
    Tabs,
    Timeline,
    button,
    col,
    edit,
    field,
    framed,
    para,
    scroll,
    text,
)
from tests.gui.checks import settle, show


def count_ink(theme: Theme, widget: QWidget, ink: Ink) -> int:
    """Pixels of exactly this colour."""
    picture = widget.grab().toImage().convertToFormat(QImage.Format.Format_RGB32)
    wanted = theme.colour(ink).rgb()
    spots = ((x, y) for x in range(picture.width()) for y in range(picture.height()))
    return sum(picture.pixel(x, y) == wanted for x, y in spots)


def test_plain_text_is_never_markup(qtbot) -> None:
    label = text("<b>AML</b> & more")
    qtbot.addWidget(label)
    assert label.textFormat() == Qt.TextFormat.PlainText
    said = para("**Raw <counts>** & logs")
    qtbot.addWidget(said)
    assert said.words == "Raw <counts> & logs"
    assert "&lt;counts&gt;" in said.text()
    assert said.accessibleName() == said.words


def test_button_words_icon_and_reason(qtbot) -> None:
    one = button("Save & close", "primary", "file", why="Choose a file first")
    qtbot.addWidget(one)
    assert one.accessibleName() == "Save & close"
    assert "&&" in one.text()
    assert not one.isEnabled()
    assert one.toolTip() == one.accessibleDescription() == "Choose a file first"
    one.set_blocked(None)
    assert one.isEnabled()
    assert one.accessibleDescription() == ""
    one.set_icon(None)
    assert one.text() == "Save && close"
    assert one.icon().isNull()


def test_ring_is_for_the_keyboard(qtbot) -> None:
    first, second = button("Back"), button("Continue")
    frame = framed(col(first, second))
    show(qtbot, frame, (300, 200))
    frame.activateWindow()
    second.setFocus(Qt.FocusReason.TabFocusReason)
    assert second.property("ring") is True
    first.setFocus(Qt.FocusReason.MouseFocusReason)
    assert first.property("ring") is False


def test_field_joins_label_hint_and_error(qtbot) -> None:
    line = edit("8443")
    one = field("Port", line, "8443 is usual.")
    show(qtbot, one, (300, 150))
    assert line.accessibleName() == "Port"
    assert line.accessibleDescription() == "8443 is usual."
    one.set_error("Use a number from 1024 to 65535.")
    assert line.accessibleDescription() == "Problem: Use a number from 1024 to 65535."
    assert line.property("invalid") is True
    shown = [label.text() for label in one.findChildren(QLabel) if label.isVisible()]
    assert shown == ["Port", "Use a number from 1024 to 65535."]
    one.set_error(None)
    assert line.property("invalid") is False
    shown = [label.text() for label in one.findChildren(QLabel) if label.isVisible()]
    assert shown == ["Port", "8443 is usual."]


def test_light_differs_in_shape_and_colour(theme: Theme, qtbot) -> None:
    one = Light("busy", "Connecting")
    show(qtbot, one, (200, 30))
    busy = one.grab().toImage()
    one.set_state("fail", "Connecting")
    assert one.state == "fail"
    assert one.grab().toImage() != busy
    assert count_ink(theme, one, "danger") > 20
    one.set_state("ok", "Ready")
    assert one.words == "Ready"
    assert count_ink(theme, one, "danger") == 0


def test_pill_and_pairs_change(theme: Theme, qtbot) -> None:
    pill = Pill("Draft")
    show(qtbot, pill, (200, 30))
    pill.set_state("Released", "ok", "check")
    assert count_ink(theme, pill, "ok_soft") > 100
    pairs = Pairs(("Genes", "958"), ("Diagnoses", "5"))
    qtbot.addWidget(pairs)
    pairs.set_value("Genes", "392")
    assert "Genes: 392" in [label.accessibleName() for label in pairs.findChildren(QLabel)]
    with pytest.raises(KeyError):
        pairs.set_value("Patients", "312")


def test_banner_unfolds_details_that_can_be_copied(qtbot) -> None:
    banner = Banner("danger", "Lost", ("What happened.", "No answer."), details="SE402 hospital 3")
    show(qtbot, banner, (500, 200))
    code = next(
        label for label in banner.findChildren(QLabel) if label.text() == "SE402 hospital 3"
    )
    assert not code.isVisible()
    unfold = next(b for b in banner.findChildren(Button) if b.text() == "Details")
    qtbot.mouseClick(unfold, Qt.MouseButton.LeftButton)
    assert code.isVisible()
    assert code.textInteractionFlags() & Qt.TextInteractionFlag.TextSelectableByKeyboard
    assert banner.accessibleName() == "Lost What happened. No answer."


def test_segments_are_one_stop_and_tell_the_choice(qtbot) -> None:
    segments = Segments("Days", "Today", "All", chosen=1)
    show(qtbot, segments, (300, 50))
    stops = [b for b in segments.findChildren(Button) if b.focusPolicy() & Qt.FocusPolicy.TabFocus]
    assert [b.text() for b in stops] == ["All"]
    with qtbot.waitSignal(segments.chosen) as told:
        qtbot.mouseClick(segments.findChildren(Button)[0], Qt.MouseButton.LeftButton)
    assert told.args == [0]
    assert segments.current == 0


def cards() -> ChoiceCards:
    return ChoiceCards(
        "How sure could an attacker become?",
        ChoiceCard("strict", "Strictest", text("a"), says="at most 62 in 100"),
        ChoiceCard("balanced", "Balanced", text("b")),
        ChoiceCard("detail", "Most detail", text("c"), blocked="Needs 2 units, 1 is left"),
        chosen="balanced",
    )


def test_choice_cards_are_one_stop_with_arrow_keys(qtbot) -> None:
    group = cards()
    show(qtbot, group, (800, 160))
    radios = [group.card(key).radio for key in ("strict", "balanced", "detail")]
    tab = Qt.FocusPolicy.TabFocus
    assert [bool(r.focusPolicy() & tab) for r in radios] == [False, True, False]
    group.activateWindow()
    radios[1].setFocus(Qt.FocusReason.TabFocusReason)
    with qtbot.waitSignal(group.chosen) as told:
        QTest.keyClick(radios[1], Qt.Key.Key_Left)
    assert told.args == ["strict"]
    assert group.current == "strict"
    assert [bool(r.focusPolicy() & tab) for r in radios] == [True, False, False]


def test_whole_card_can_be_clicked_unless_blocked(qtbot) -> None:
    group = cards()
    show(qtbot, group, (800, 160))
    strict, detail = group.card("strict"), group.card("detail")
    with qtbot.waitSignal(group.chosen):
        QTest.mouseClick(
            strict,
            Qt.MouseButton.LeftButton,
            pos=QPoint(strict.width() - 20, strict.height() - 15),
        )
    assert group.current == "strict"
    assert strict.property("chosen") is True
    QTest.mouseClick(detail, Qt.MouseButton.LeftButton, pos=QPoint(20, detail.height() - 15))
    assert group.current == "strict"
    assert detail.radio.accessibleDescription() == "Needs 2 units, 1 is left"
    detail.set_blocked(None)
    group.choose("detail")
    assert group.current == "detail"
    group.choose(None)
    assert group.current is None


def test_tabs_are_announced_and_can_be_closed(qtbot) -> None:
    tabs = Tabs("Results", "Overview", "Biology & more")
    show(qtbot, tabs, (400, 50))
    assert tabs.accessibleTabName(1) == "Biology & more"
    tabs.set_ready(1, "Still being computed")
    assert not tabs.isTabEnabled(1)
    assert tabs.tabToolTip(1) == "Still being computed"
    tabs.set_ready(1, None)
    with qtbot.waitSignal(tabs.currentChanged):
        QTest.keyClick(tabs, Qt.Key.Key_Right)


def test_icon_array_draws_guess_added_and_wrong(theme: Theme, qtbot) -> None:
    array = IconArray(50)
    show(qtbot, array, (220, 60))
    assert count_ink(theme, array, "high") == 0
    array.set_odds(73)
    some = count_ink(theme, array, "high")
    array.set_odds(88)
    assert count_ink(theme, array, "high") > some > 0
    assert array.accessibleName().startswith("88 of 100")


def test_cap_bar_hatches_and_warns_over_the_cap(theme: Theme, qtbot) -> None:
    bar = CapBar(1.5, 1, 4)
    show(qtbot, bar, (400, 16))
    assert not bar.is_over
    assert bar.accessibleName() == "1.5 spent, 1 for this study, 1.5 left of 4 units"
    assert count_ink(theme, bar, "high") > 50
    bar.set_values(3, 2, 4)
    assert bar.is_over
    assert bar.accessibleName().endswith("over the cap")
    assert count_ink(theme, bar, "high") == 0
    assert count_ink(theme, bar, "danger") > 50
    bar.set_values(3, 1, 4)
    assert not bar.is_over


def test_range_bar_says_its_finding(qtbot) -> None:
    bar = RangeBar(86, 91, 94)
    show(qtbot, bar, (300, 20))
    assert bar.accessibleName() == "86 to 91, reference 94"
    before = bar.grab().toImage()
    bar.set_values(61, 72, 84, "61 to 72, real patients 84")
    assert bar.accessibleName() == "61 to 72, real patients 84"
    assert bar.grab().toImage() != before


def test_progress_is_a_progress_bar_and_tells_quarters_only(
    theme: Theme, qtbot, monkeypatch
) -> None:
    heard: list[str] = []
    monkeypatch.setattr(
        "app.views.widgets.meters.announce", lambda _widget, words: heard.append(words)
    )
    bar = Progress(0.1, "10 percent")
    show(qtbot, bar, (400, 8))
    for percent in (20, 26, 30, 49, 51, 76, 99, 100):
        bar.set_fraction(percent / 100, f"{percent} percent")
    assert heard == ["26 percent", "51 percent", "76 percent", "100 percent"]
    face = QAccessible.queryAccessibleInterface(bar)
    assert face.role() == QAccessible.Role.ProgressBar
    assert count_ink(theme, bar, "accent") > 2000
    bar.set_fraction(None, "Estimating")
    assert bar.fraction is None
    assert count_ink(theme, bar, "accent") == 0
    bar.set_fraction(7.0, "too much")
    assert bar.fraction == 1.0


def test_stepper_opens_done_steps_and_explains_later_ones(qtbot) -> None:
    stepper = Stepper(1, 2)
    show(qtbot, stepper, (800, 40))
    steps = stepper.findChildren(Button)
    assert [s.isEnabled() for s in steps] == [True, True, True, False, False]
    assert steps[3].toolTip() == "Opens after Join"
    assert steps[0].accessibleName() == "Step 1, Cohort, done"
    with qtbot.waitSignal(stepper.chosen) as told:
        qtbot.mouseClick(steps[0], Qt.MouseButton.LeftButton)
    assert told.args == [0]
    assert stepper.current == 1, "the page decides whether it goes there"
    with qtbot.assertNotEmitted(stepper.chosen):
        qtbot.mouseClick(steps[1], Qt.MouseButton.LeftButton)
    stepper.set_step(4)
    assert stepper.reached == 4
    assert stepper.accessibleName() == "Step 5 of 5: Results"


def test_timeline_changes_lines_in_place(qtbot) -> None:
    waiting = Stage(state="idle", title="Genes counted")
    timeline = Timeline([Stage(state="busy", title="Shares distributed"), waiting])
    show(qtbot, timeline, (500, 200))
    lines = [child for child in timeline.children() if isinstance(child, QWidget)]
    timeline.set_stages([Stage(state="ok", title="Shares distributed", note="3 min"), waiting])
    assert lines == [child for child in timeline.children() if isinstance(child, QWidget)]
    words = [label.text() for label in timeline.findChildren(QLabel) if label.isVisible()]
    assert "3 min" in words
    assert "Shares distributed, 3 min" in timeline.accessibleName()
    timeline.set_stages([waiting])
    settle()
    assert "Shares distributed" not in timeline.accessibleName()


def test_table_reads_rows_and_keeps_tab_free(qtbot) -> None:
    table = Table("Spends", [Column(title="No.", width=60, right=True), Column(title="Study")],
                  [["1", "Pilot"]], fitted=True)  # fmt: skip
    show(qtbot, table, (400, 100))
    height = table.height()
    table.set_rows([["1", "Pilot"], ["2", "Second round"]])
    assert table.height() > height
    index = table.model().index(1, 1)
    assert index.data(Qt.ItemDataRole.AccessibleTextRole) == "Study: Second round"
    assert not table.tabKeyNavigation()
    assert table.columnWidth(0) + table.columnWidth(1) <= table.viewport().width()


def test_page_scrolls_only_when_the_words_need_it(qtbot) -> None:
    page = scroll(col(*[text("word " * 60, wrap=True) for _ in range(4)], None))
    show(qtbot, page, (500, 600))
    assert page.verticalScrollBar().maximum() == 0
    page.resize(500, 200)
    settle()
    assert page.verticalScrollBar().maximum() > 0
    assert page.horizontalScrollBar().maximum() == 0
