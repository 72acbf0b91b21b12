"""core.worker.diary: a name stands only beside what that person asked for."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.messages import commands as ask
from core.messages import ledger_commands as led
from core.messages import study_commands as study
from core.messages.commands import Command
from core.worker import diary as diaries
from core.worker.diary import Diary, who_decided
from core.worker.home import Home

CONSENT = led.Consent(
    requester="Ada",
    requester_passphrase="horse battery staple",
    approver="Grace",
    approver_passphrase="correct horse battery",
    reason="A second study.",
)


class Clock:
    def now(self) -> float:
        return 1.7e9

    def monotonic(self) -> float:
        return 0.0


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path, rehearsal=False)


@pytest.fixture
def diary(home: Home) -> Diary:
    made = Diary(home, Clock())
    made.introduce("  Dana   Alvarez ")
    return made


def test_what_the_program_does_by_itself_names_nobody(diary: Diary, home: Home) -> None:
    diary.note("privacy", "1 units were spent")
    diary.note("study", "The run was started", asked=True)
    assert [(x.text, x.who) for x in home.activity()] == [
        ("The run was started", "Dana Alvarez"),
        ("1 units were spent", ""),
    ]


def test_those_who_decided_are_named_and_their_passphrases_are_not(
    diary: Diary, home: Home
) -> None:
    diary.done(led.ChangeCap(cohort_id="c" * 32, cap=5.0, consent=CONSENT))
    diary.done(study.ApprovePlan(study_id="s", digest="d", approver="Grace", passphrase="secret"))
    diary.done(led.BackUpLedger(path="/somewhere/copy.sqlite"))
    assert [x.who for x in reversed(home.activity())] == ["Ada, Grace", "Grace", "Dana Alvarez"]
    text = (home.ledger.parent / "activity.jsonl").read_text(encoding="utf-8")
    for secret in ("battery", "secret", "/somewhere"):
        assert secret not in text


def test_a_prediction_while_somebody_types_is_no_event(diary: Diary, home: Home) -> None:
    diary.refused("AskForecast", "PL201")
    assert home.activity() == ()
    diary.refused("AskForecast", "IN902")
    diary.refused("CreateStudy", "PL201")
    assert [x.detail for x in home.activity()] == ["PL201", "IN902"]


def test_a_refused_command_does_not_believe_the_names_in_it(diary: Diary, home: Home) -> None:
    diary.refused("ChangeCap", "ST709")
    (line,) = home.activity()
    assert (line.kind, line.who, line.detail) == ("problem", "Dana Alvarez", "ST709")


def test_questions_leave_no_line(diary: Diary, home: Home) -> None:
    for command in (ask.ListStudies(), ask.ListActivity(), led.ListLedger(), ask.ListCohorts()):
        diary.done(command)
    assert home.activity() == ()


def test_every_noted_command_exists() -> None:
    names = {c.__name__ for c in Command.__args__}
    assert set(diaries._DONE) <= names, set(diaries._DONE) - names


def test_lines_of_earlier_versions_are_read(home: Home) -> None:
    home.create()
    old = '{"time": 1.0, "kind": "study", "text": "x", "detail": ""}\n'
    (home.ledger.parent / "activity.jsonl").write_text(old, encoding="utf-8")
    assert [x.who for x in home.activity()] == [""]


def test_a_withdrawal_names_who_decided() -> None:
    wish = led.WithdrawCohort(cohort_id="c", person="Ada", reason="asked")
    assert who_decided(wish) == "Ada"
