"""The ledger's presenter and its words: what is asked, what is taken, what it means."""

from __future__ import annotations

import dataclasses

import pytest
from PySide6.QtTest import QTest

from app.presenters.desk import Desk
from app.presenters.ledger import ASK_DELAY_MS, LedgerFilter
from app.presenters.ledger_totals import totals_of
from app.presenters.wording.ledger import (
    cost_words,
    countersigned_words,
    done_words,
    entry_words,
    kept_words,
    sentence_words,
    signature_words,
    signed_short,
    standing_words,
)
from core.messages import events as said
from core.messages import ledger_commands as ask
from core.messages import ledger_events as told
from core.model.budget import CapState
from core.model.ledger import LedgerLine, LedgerStanding
from tests.gui import script, script_ledger

CODE = "7K3M-9QWX-02FD-HN6T-5RAB"
CONSENT = ask.Consent(
    requester="Dana",
    requester_passphrase="correct horse battery",
    approver="Mira",
    approver_passphrase="seven quiet harbours",
    reason="The board agreed.",
)


@pytest.fixture
def link() -> script.ScriptLink:
    return script.ScriptLink()


@pytest.fixture
def desk(link) -> Desk:
    made = Desk(link, lambda: script.NOW)
    link.play(script.READY)
    return made


# ---- the list


def test_the_ledger_is_asked_for_only_while_its_page_is_open(desk, link) -> None:
    assert "ListLedger" not in link.names()
    desk.ledger.open()
    assert link.names().count("ListLedger") == 1
    link.play(said.SpendRecorded(digest="d" * 64, units=1.0, cap=CapState(cap=4.0, spent=1.0)))
    assert link.names().count("ListLedger") == 2
    desk.ledger.leave()
    desk.ledger.refresh()
    assert link.names().count("ListLedger") == 2


def test_an_older_answer_does_not_replace_the_one_that_is_awaited(desk, link) -> None:
    desk.ledger.open()
    desk.ledger.show_cohort("c-2")
    link.play(script_ledger.ledger())
    assert desk.ledger.state.listed is None
    assert desk.ledger.state.checking
    link.play(script_ledger.ledger(cohort_id="c-2"))
    assert {e.cohort_id for e in desk.ledger.state.entries} == {"c-2"}
    assert not desk.ledger.state.checking


def test_filters_are_asked_of_the_worker_and_typing_waits(desk, link) -> None:
    desk.ledger.open()
    desk.ledger.show_year(2025)
    assert link.last(ask.ListLedger).year == 2025
    n_asked = len(link.sent)
    desk.ledger.show_study("leu")
    desk.ledger.show_study("leukaemia ")
    assert len(link.sent) == n_asked
    QTest.qWait(2 * ASK_DELAY_MS)
    assert link.last(ask.ListLedger) == ask.ListLedger(study="leukaemia", year=2025)
    desk.ledger.show_all()
    assert link.last(ask.ListLedger) == ask.ListLedger()
    assert desk.ledger.state.wanted == LedgerFilter()


def test_check_again_checks_each_signature(desk, link) -> None:
    desk.ledger.check_all()
    assert link.last(ask.ListLedger).signatures


def test_a_broken_chain_is_an_alarm_until_a_check_passes(desk, link) -> None:
    desk.ledger.open()
    link.play(script_ledger.ledger(broken=4))
    assert desk.ledger.state.alarm.code == "BU304"
    assert "entry 4" in desk.ledger.state.alarm.text
    assert desk.records.state.ledger_is_broken
    desk.ledger.refresh()
    link.play(script_ledger.ledger())
    assert desk.ledger.state.alarm is None
    assert not desk.records.state.ledger_is_broken


@pytest.mark.parametrize(
    ("entry", "code", "shown"), [(3, "", "BU304"), (8, "BU312", "BU304"), (0, "BU307", "BU307")]
)
def test_the_worker_s_first_word_is_an_alarm_already(link, entry, code, shown) -> None:
    desk = Desk(link, lambda: script.NOW)
    link.play(
        said.WorkerReady(version="1", ledger_entries=4, broken_entry=entry, ledger_code=code)
    )
    assert desk.ledger.state.alarm.code == shown
    assert desk.records.state.ledger_is_broken


def test_a_list_that_does_not_come_is_a_problem_and_the_list_stays(desk, link) -> None:
    desk.ledger.open()
    link.play(script_ledger.ledger())
    desk.ledger.refresh()
    link.play(said.Refused(command="ListLedger", code="BU305", fields=()))
    assert desk.ledger.state.problem.code == "BU305"
    assert desk.ledger.state.entries
    assert not desk.ledger.state.checking


def test_a_dead_worker_leaves_nothing_awaited(desk, link) -> None:
    desk.ledger.open()
    desk.ledger.back_up("/b.sqlite")
    link.die()
    assert (desk.ledger.state.checking, desk.ledger.state.doing) == (False, "")


# ---- decisions


@pytest.mark.parametrize(
    ("wish", "command", "answer"),
    [
        (
            lambda p: p.change_cap("c-1", 5.0, CONSENT),
            ask.ChangeCap(cohort_id="c-1", cap=5.0, consent=CONSENT),
            told.CapChanged(cohort_id="c-1", cap=CapState(cap=5.0, spent=1.5)),
        ),
        (
            lambda p: p.withdraw("c-1", " Dana ", "They asked us to."),
            ask.WithdrawCohort(cohort_id="c-1", person="Dana", reason="They asked us to."),
            told.CohortWithdrawn(cohort_id="c-1"),
        ),
        (
            lambda p: p.forget("c-1", CONSENT),
            ask.ForgetIdentifiers(cohort_id="c-1", consent=CONSENT),
            told.IdentifiersForgotten(cohort_id="c-1"),
        ),
        (
            lambda p: p.set_up_requester("Dana", "correct horse battery", ""),
            ask.SetUpRequester(name="Dana", passphrase="correct horse battery", old_passphrase=""),
            told.RequesterSetUp(name="Dana", recovery_code=CODE),
        ),
        (
            lambda p: p.replace_approver(
                name="Mira", passphrase="x" * 12, requester="Dana", theirs="y" * 12, reason="Lost."
            ),
            ask.ReplaceApprover(
                name="Mira",
                passphrase="x" * 12,
                requester="Dana",
                requester_passphrase="y" * 12,
                reason="Lost.",
            ),
            told.ApproverReplaced(name="Mira", waits_until=script.NOW),
        ),
        (
            lambda p: p.replace_requester(
                name="Dana",
                passphrase="x" * 12,
                code=CODE,
                approver="Mira",
                theirs="y" * 12,
                reason="Lost.",
            ),
            ask.ReplaceRequester(
                name="Dana",
                passphrase="x" * 12,
                recovery_code=CODE,
                approver="Mira",
                approver_passphrase="y" * 12,
                reason="Lost.",
            ),
            told.RequesterReplaced(name="Dana", waits_until=script.NOW, recovery_code=CODE),
        ),
        (
            lambda p: p.restore("/b.sqlite", CONSENT),
            ask.RestoreLedger(path="/b.sqlite", consent=CONSENT),
            told.LedgerRestored(entries=12, missing=0, set_aside=""),
        ),
        (
            lambda p: p.back_up("/b.sqlite"),
            ask.BackUpLedger(path="/b.sqlite"),
            told.LedgerBackedUp(file_name="b.sqlite", entries=12, fingerprint="9f" * 32),
        ),
        (
            lambda p: p.export("/exports", ("json",)),
            ask.ExportLedger(folder="/exports", formats=("json",)),
            told.LedgerExported(files=("privacy-ledger.json",)),
        ),
    ],
)
def test_each_decision_is_one_command_and_its_answer_is_told(
    desk, link, wish, command, answer
) -> None:
    desk.ledger.open()
    link.play(script_ledger.ledger())
    wish(desk.ledger)
    assert link.sent[-1] == command
    assert desk.ledger.state.doing == type(command).__name__
    link.play(answer)
    assert desk.ledger.state.doing == ""
    assert desk.ledger.state.done == answer
    assert link.names().count("ListLedger") == 2, "the ledger is another one now"
    title, lines = done_words(answer, script_ledger.LEUKAEMIA)
    assert title
    assert all(s.endswith((".", ".json")) or ": " in s for s in lines)


def test_a_refused_decision_keeps_its_reason_until_the_dialog_is_closed(desk, link) -> None:
    desk.ledger.change_cap("c-1", 5.0, CONSENT)
    link.play(said.Refused(command="ChangeCap", code="ST709", fields=(("left", "4"),)))
    assert (desk.ledger.state.doing, desk.ledger.state.refused.code) == ("", "ST709")
    desk.ledger.forget_problem()
    assert desk.ledger.state.refused is None


def test_no_passphrase_stays_in_the_presenter(desk, link) -> None:
    desk.ledger.open()
    desk.ledger.change_cap("c-1", 5.0, CONSENT)
    assert "battery" not in repr(desk.ledger.state)
    assert "battery" not in repr(link.sent[-1]), "nor in a log of what was sent"


def test_the_requester_is_known_from_the_answer_and_from_the_entries(desk, link) -> None:
    desk.ledger.open()
    named = dataclasses.replace(
        script_ledger.lines()[0], topic="requester-named", people=("Dana Alvarez",)
    )
    whole = script_ledger.ledger()
    link.play(dataclasses.replace(whole, entries=(named, *whole.entries)))
    assert desk.ledger.state.requester == "Dana Alvarez"
    link.play(told.RequesterSetUp(name="Ivo Brandt", recovery_code=CODE))
    assert desk.ledger.state.requester == "Ivo Brandt"


def test_a_missing_entry_is_told_over_every_page_until_it_is_read(desk, link) -> None:
    link.play(told.LedgerLinesMissing(partner="Aldermere General", entry=21))
    problem = desk.state.problem
    assert problem.code == "BU312"
    assert "Aldermere General holds entry 21" in problem.text
    desk.ledger.leave()
    assert desk.state.problem is not None
    desk.dismiss()
    assert desk.state.problem is None


# ---- words


@pytest.mark.parametrize("line", script_ledger.lines(), ids=lambda e: f"{e.kind}-{e.topic}")
def test_every_entry_says_what_it_is_what_it_cost_and_who_signed(line: LedgerLine) -> None:
    assert entry_words(line)
    assert sentence_words(line).endswith(".")
    assert signature_words(line).endswith(".")
    assert countersigned_words(line).endswith(".")
    cost = cost_words(line)
    if line.kind == "spent":
        assert cost.startswith("Used ")
    if line.kind in ("returned", "reserved"):
        assert "nothing" in cost, "only what is spent was used"


def test_signatures_are_counted_in_words() -> None:
    line = script_ledger.lines()[3]
    assert signed_short(line) == "Signed, 2 others"
    assert signed_short(dataclasses.replace(line, countersigned_by=("A",))) == "Signed, 1 other"
    assert signed_short(dataclasses.replace(line, countersigned_by=())) == "Signed"
    assert signed_short(dataclasses.replace(line, signed_by="")) == "Not signed yet"


@pytest.mark.parametrize(
    ("standing", "light", "word"),
    [
        ("", "ok", "May take part"),
        ("held", "warn", "two people decide"),
        ("held in part", "warn", "shares patients"),
        ("withdrawn", "idle", "no study any more"),
        ("withdrawn in part", "idle", "shares patients"),
        ("withdrawn, its identifiers deleted", "idle", "deleted"),
    ],
)
def test_a_cohort_s_standing_has_a_light_and_words(standing, light, word) -> None:
    found, words = standing_words(standing)
    assert found == light
    assert word in words


def test_nobody_elsewhere_holding_the_ledger_is_said() -> None:
    alone = LedgerStanding(
        entries=3, signed=0, key="", fingerprint="0" * 64, remembered=False, partners=(),
        partner_entry=0,
    )  # fmt: skip
    assert "not remembered" in kept_words(alone)
    assert "No other hospital" in kept_words(alone)


# ---- running total


def test_the_running_total_is_that_of_the_ledger(desk, link) -> None:
    desk.ledger.open()
    link.play(script_ledger.ledger())
    found = totals_of(desk.ledger.state)
    by_name = {h.name: h for h in found.histories}
    leukaemia = by_name[script_ledger.LEUKAEMIA]
    assert leukaemia.totals == (0.0, 1.0, 1.5, 1.5, 1.5)
    assert leukaemia.caps == (2.0, 2.0, 2.0, 4.0, 4.0)
    assert by_name[script_ledger.BREAST].totals[-1] == 2.0
    assert "1.5 of 4 units left, with 1 unit set aside" in found.finding
    assert len(found.rows[0]) == len(found.heads)
    assert found.rows[0][0] > "", "newest first"


def test_a_list_without_its_oldest_entries_starts_at_what_was_used_before(desk, link) -> None:
    desk.ledger.open()
    desk.ledger.show_year(2026)
    whole = script_ledger.ledger(cohort_id="c-1")
    later = tuple(e for e in whole.entries if e.study == "Method test")
    link.play(whole)
    link.play(dataclasses.replace(whole, entries=later))
    (history,) = totals_of(desk.ledger.state).histories
    assert history.totals[:2] == (1.0, 1.5)
    assert history.totals[-1] == 1.5
    assert set(history.caps) == {4.0}


def test_more_than_five_cohorts_are_said_and_not_drawn(desk, link) -> None:
    whole = script_ledger.ledger()
    first = whole.cohorts[0]
    cohorts = tuple(
        dataclasses.replace(first, cohort_id=f"k{n}", name=f"Cohort {n}") for n in range(8)
    )
    entries = tuple(
        dataclasses.replace(whole.entries[1], cohort_id=f"k{n}", number=n + 1) for n in range(8)
    )
    desk.ledger.open()
    link.play(dataclasses.replace(whole, entries=entries, cohorts=cohorts))
    found = totals_of(desk.ledger.state)
    assert len(found.histories) == 5
    assert "5 cohorts" in found.finding
