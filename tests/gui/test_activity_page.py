"""The Activity page: who did what when; filters, search, export, ten thousand lines."""

from __future__ import annotations

import csv
import time
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication

from app.presenters.activity import Wanted, shown_lines
from core.messages import commands as ask
from core.messages import events as said
from core.model.study import ActivityLine
from tests.gui import hands, script, script_lists

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")


def line(n: int, **changes: object) -> ActivityLine:
    facts: dict = {"time": script.NOW - 3600.0 * n, "kind": "study", "text": f"Line {n}"}
    return ActivityLine(**{**facts, **changes})


def test_each_line_says_who_did_what_and_when(reach) -> None:
    made = reach("activity")
    first, second, *_rest, last = made.window.page.table.rows
    assert first[1:] == (
        "Dana Alvarez",
        "A study could not be prepared\nA hospital could not be reached",
        "Problem",
    )
    assert "20" in first[0]
    assert second[1] == "The program", "what nobody asked for names nobody"
    assert last[2] == "The synthetic cohort was exported\ncsv, h5ad"


def test_kind_person_time_and_words_are_filters(reach) -> None:
    made = reach("activity")
    page = made.window.page
    page.go_to_search()
    page._find.setText("lymphoma")
    assert [row[3] for row in page.table.rows] == ["Privacy", "Study"]
    page._find.setText("nothing like this")
    assert page.table is None
    page._find.setText("")
    names = [page._who.itemText(n) for n in range(page._who.count())]
    assert names == ["Everybody", "Dana Alvarez", "Dana Alvarez, Mira Okafor", "Mira Okafor"]
    page._who.setCurrentIndex(3)
    page._who.activated.emit(3)
    assert [row[2] for row in page.table.rows] == [
        "The plan was approved\nAcute leukaemia subtypes"
    ]
    page._who.setCurrentIndex(0)
    page._period.setCurrentIndex(1)
    page._period.activated.emit(1)
    assert len(page.table.rows) == 5, "of seven lines, 20,000 seconds apart"
    page._kinds.choose(3)
    page.show_state()
    assert {row[3] for row in page.table.rows} == {"Privacy"}


def test_the_person_stays_chosen_when_new_lines_come(reach) -> None:
    made = reach("activity")
    page = made.window.page
    page._who.setCurrentIndex(3)
    page._who.activated.emit(3)
    more = (line(0, who="Ivo Brandt"), *script_lists.activity().lines)
    made.link.play(said.ActivityListed(lines=more))
    assert page.wanted.who == "Mira Okafor"
    assert len(page.table.rows) == 1


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (Wanted(), [0, 1, 2]),
        (Wanted(kind="problem"), [1]),
        (Wanted(days=1), [0, 1]),
        (Wanted(who="Dana"), [2]),
        (Wanted(words=" the PROGRAM "), [0, 1]),
        (Wanted(words="st709"), [1]),
        (Wanted(words="passphrase is wrong"), [1]),
        (Wanted(kind="study", who="Dana", words="line 2"), [2]),
    ],
)
def test_what_is_asked_for_is_shown(wanted: Wanted, found: list[int]) -> None:
    lines = (
        line(0),
        line(1, kind="problem", text="ApprovePlan was refused", detail="ST709"),
        line(30, who="Dana", text="Line 2"),
    )
    assert [lines.index(x) for x in shown_lines(lines, wanted, script.NOW)] == found


def test_all_lines_are_exported_with_names_in_utc(reach, tmp_path: Path) -> None:
    made = reach("activity")
    page = made.window.page
    page._find.setText("lymphoma")
    page.export_to(tmp_path / "activity.csv")
    with (tmp_path / "activity.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.reader(file))
    assert rows[0] == ["time_utc", "who", "kind", "text", "detail"]
    assert len(rows) == 8, "what is not shown is exported too"
    assert rows[4][1] == "Dana Alvarez, Mira Okafor"
    assert rows[1][0].endswith("+00:00")
    assert "7 lines exported to activity.csv" in hands.banners(made.window)
    page.export_to(tmp_path / "gone" / "activity.csv")
    assert "could not be written" in hands.banners(made.window)


def test_the_worker_is_told_who_works_here(reach) -> None:
    made = reach("settings")
    page = made.window.page
    page._steward.setText("Dana Alvarez")
    page._steward.editingFinished.emit()
    assert made.link.last(ask.Introduce).person == "Dana Alvarez"


def test_ten_thousand_lines_stay_fluid(reach) -> None:
    made = reach("activity")
    lines = tuple(line(n, who=("Dana", "Mira", "")[n % 3]) for n in range(10_000))
    start = time.perf_counter()
    made.desk.records.receive(said.ActivityListed(lines=lines))
    QApplication.processEvents()
    shown = time.perf_counter() - start
    page = made.window.page
    start = time.perf_counter()
    page._find.setText("line 99")
    QApplication.processEvents()
    searched = time.perf_counter() - start
    print(f"show {shown:.3f} s, search {searched:.3f} s")
    assert len(page.table.rows) == 111
    assert shown < 3
    assert searched < 1.5
