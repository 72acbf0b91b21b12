"""Every code and every state has words; numbers are written as people read them."""

from __future__ import annotations

import string
from dataclasses import replace

import pytest

from app.presenters import wording
from app.presenters.wording.problems import known_codes
from app.presenters.wording.states import check_light
from core.errors import CODES, SynCohortError
from core.messages.commands import COMMANDS
from core.model.cohort import CheckState, GeneNaming, Scale
from core.model.lobby import Phase
from core.model.measures import Direction, Group, Measure
from core.model.quality import Advice
from core.model.study import HospitalState, StudyState
from tests.gui import script


def _fields(code: str) -> tuple[tuple[str, str], ...]:
    names = {f for text in CODES[code] for _, f, _, _ in string.Formatter().parse(text) if f}
    return tuple((name, f"<{name}>") for name in sorted(names))


def test_every_code_has_a_title_and_no_title_is_orphaned() -> None:
    assert known_codes() == frozenset(CODES)


@pytest.mark.parametrize("code", sorted(CODES))
def test_every_error_becomes_whole_sentences(code: str) -> None:
    problem = wording.problem_of(code, _fields(code))
    assert problem.code == code
    for words in (problem.title, problem.text, problem.remedy):
        assert words
        assert "{" not in words
    for words in (problem.text, problem.remedy):
        assert words.rstrip().endswith((".", ">"))
    assert "--" not in problem.remedy, "the window does not speak of command line options"


def test_unknown_code_fails_closed_but_says_something() -> None:
    assert wording.problem_of("XX999", ()).code == "IN902"
    assert wording.problem_of("CH106", ()).code == "IN902", "a field is missing"


def test_every_state_has_words() -> None:
    for state in HospitalState:
        assert wording.hospital_words(state)[1]
    for state in StudyState:
        assert wording.study_words(state)[1]
    for naming in GeneNaming:
        assert wording.naming_words(naming)
    for scale in Scale:
        assert wording.scale_words(scale)
    for advice in Advice:
        assert wording.advice_words(advice.value) != advice.value
    assert [check_light(s) for s in CheckState] == ["ok", "warn", "fail"]


@pytest.mark.parametrize("name", ["class-counts", "centre", "scale", "tables"])
def test_every_stage_of_the_recipe_has_words_of_its_own(name: str) -> None:
    assert wording.stage_words(name).title != name.replace("-", " ").capitalize()


def test_stage_of_a_later_recipe_gets_plain_words() -> None:
    assert wording.stage_words("cross-scatter").title == "Cross scatter"


def test_refused_commands_are_said_in_the_stewards_words() -> None:
    assert wording.activity_sentence("StartStudy was refused") == "A study could not be started"
    assert wording.activity_sentence("x.csv was read") == "x.csv was read"
    assert wording.activity_sentence("A: void-signature").startswith("A: a signature of this")


def test_every_command_and_every_phase_is_said_in_words() -> None:
    """What the worker writes into the activity by its own names reaches nobody."""
    for name in COMMANDS:
        said = wording.activity_sentence(f"{name} was refused")
        assert name not in said, said
    plain = {"finished", "failed", "ended"}
    for phase in set(Phase) - plain:
        own = f"Leukaemias: {phase.value}"
        assert wording.activity_sentence(own) != own


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (-1, "Estimating the time left"),
        (59, "Less than a minute left"),
        (61, "About 2 minutes left"),
    ],
)
def test_time_left(seconds: float, words: str) -> None:
    assert wording.left(seconds) == words


def test_a_plan_says_what_its_run_takes() -> None:
    plan = script.plan()
    words = wording.run_words(replace(plan, rehearsal=False))
    cost = wording.predicted_cost(replace(plan, rehearsal=False))
    assert cost.bytes_sent > 1_000_000
    assert wording.size(cost.bytes_sent) in words
    assert wording.duration(cost.seconds) in words
    assert "50 Mbit/s" in words
    here = wording.run_words(replace(plan, rehearsal=True))
    assert "on this computer" in here
    assert wording.predicted_cost(replace(plan, rehearsal=True)).seconds != cost.seconds


def test_amounts() -> None:
    assert wording.units(1.0) == "1 unit"
    assert wording.units(2.5) == "2.5 units"
    assert wording.size(999) == "999 B"
    assert wording.size(3_200_000) == "3.2 MB"
    assert wording.size(62_000_000_000) == "62.0 GB"
    assert wording.duration(3900) == "1 h 5 min"


@pytest.mark.parametrize(
    ("key", "value", "reference", "light"),
    [
        ("wasserstein", 0.1, 0.06, "ok"),
        ("wasserstein", 0.5, 0.06, "warn"),
        ("membership-distance", 0.51, 0.5, "ok"),
        ("membership-distance", 0.8, 0.5, "warn"),
        ("usefulness-ratio", 0.95, 1.0, "ok"),
        ("usefulness-ratio", 0.5, 1.0, "warn"),
        ("differential-tpr", 0.1, 0.8, "warn"),
        ("differential-tpr", 0.0, 0.0, "idle"),
        ("near-copies", 0.2, 0.01, "warn"),
        ("something-new", 0.2, 0.01, "idle"),
    ],
)
def test_readings_come_from_fixed_thresholds(key, value, reference, light) -> None:
    measure = Measure(
        key=key,
        group=Group.RESEMBLANCE,
        value=value,
        reference=reference,
        better=Direction.LOWER,
        low=0.0,
        high=1.0,
    )
    assert wording.reading(measure)[0] == light


def test_what_cannot_be_computed_says_so() -> None:
    measure = Measure(
        key="wasserstein",
        group=Group.RESEMBLANCE,
        value=None,
        reference=None,
        better=Direction.LOWER,
        low=0.0,
        high=1.0,
    )
    assert wording.reading(measure) == ("idle", "Too few patients to tell")


def test_error_text_crosses_as_code_and_fields_only() -> None:
    error = SynCohortError.from_code("BU301", (("asked", "2"), ("left", "1"), ("cap", "4")))
    problem = wording.problem_of(error.code, error.fields)
    assert "2 units" in problem.text
    assert problem.details.startswith("BU301")
