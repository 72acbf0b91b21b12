"""A public reference is chosen, checked, weighed, removed, or built: no window."""

from __future__ import annotations

from dataclasses import replace

import pytest

from app.presenters.desk import Desk
from app.presenters.kinds import Kind
from app.presenters.proposals import Planned, split_words
from app.presenters.reference import BuildPhase
from app.presenters.report_tables import utility_table
from app.presenters.wording.references import alone_words
from core.messages import commands as ask
from core.messages import events as said
from core.messages import reference_messages as ref
from core.messages import study_commands as wish
from tests.gui import joint_script as joint
from tests.gui import script, script_report
from tests.gui.joint_desk import acquainted, check_cohort, fill, to_draft
from tests.gui.states_reference import SHOWN, VIEW

PATH = "/data/mile-reference.json"


@pytest.fixture
def desk(desk: Desk, link: script.ScriptLink) -> Desk:
    return acquainted(desk, link)


@pytest.fixture
def reference(desk):
    return desk.study.privacy.reference


@pytest.fixture
def at_privacy(desk, link):
    """The coordinator's cohort is checked and its levels are priced."""
    desk.study.begin()
    check_cohort(desk, link)
    desk.study.forward()
    link.play(script.levels())
    return desk.study.privacy


def refusal(command: str, code: str, *fields: tuple[str, str]) -> said.Refused:
    return said.Refused(command=command, code=code, fields=fields)


def test_nothing_goes_on_before_a_reference_was_checked(at_privacy, reference, link) -> None:
    assert at_privacy.state.valid
    reference.use(PATH)
    asked = link.last(ref.AskReference)
    assert (asked.path, asked.cohort_id, asked.genes, asked.n_genes) == (PATH, "c-1", (), None)
    assert (at_privacy.state.valid, at_privacy.state.reference) == (False, "")
    assert "being checked" in at_privacy.state.reason
    link.play(SHOWN)
    assert at_privacy.state.reference == link.last(ask.AskLevels).reference == PATH
    link.play(script.levels())
    assert at_privacy.state.asking, "that was the answer without a reference"
    link.play(script.levels(reference=True))
    assert at_privacy.state.valid
    reference.remove()
    assert link.last(ask.AskLevels).reference == ""
    assert (reference.state.path, reference.state.view) == ("", None)


def test_a_reference_with_own_patients_stops_the_study(at_privacy, reference, link) -> None:
    reference.use(PATH)
    link.play(refusal("AskReference", "CH125", ("file", "own.csv")))
    assert reference.state.problem.code == "CH125"
    assert "no protection" in reference.state.problem.remedy
    assert at_privacy.state.reason == "Remove the public reference, or choose another."
    reference.remove()
    assert at_privacy.state.valid
    assert at_privacy.state.reference == ""


def test_another_number_of_genes_is_checked_again(at_privacy, reference, link, qtbot) -> None:
    reference.use(PATH)
    link.play(SHOWN)
    at_privacy.set_genes(240)
    qtbot.waitUntil(lambda: link.last(ref.AskReference).n_genes == 240)
    assert link.last(ask.AskLevels).n_genes == 240
    other = ref.ReferenceShown(view=VIEW, cohort_id="c-2", n_panel=9, n_covered=9, shared=())
    link.play(other)
    assert reference.state.n_panel == SHOWN.n_panel, "the answer for another cohort"


def test_the_proposal_follows_from_the_rule_and_can_be_left(at_privacy, link) -> None:
    state = at_privacy.state
    assert state.level.usefulness.genes_for_good == 480
    assert (state.proposed_genes, state.n_genes) == (480, 958)
    at_privacy.choose("most-detail")
    assert at_privacy.state.proposed_genes == 720
    at_privacy.choose("strictest")
    assert at_privacy.state.proposed_genes == 240
    assert at_privacy.state.n_genes == 958, "proposed, never taken by itself"


def test_the_split_is_the_stewards_or_proposed(at_privacy, desk, link) -> None:
    mine = (("centre", 0.3), ("scale", 0.05))
    at_privacy.set_shares(mine)
    assert link.last(ask.AskLevels).shares == mine
    level = at_privacy.state.level
    planned = Planned(n_genes=958, n_classes=5, smallest=50)
    proposed = split_words(level.split, planned, own=False)
    assert "genes added up per diagnosis 73 of 100" in proposed
    assert "With 958 genes, 5 diagnoses and 50 patients in the rarest one" in proposed
    same = split_words(level.split, replace(planned, fitted=False), own=False)
    assert same.endswith("the same for every study of this kind.")
    assert split_words(level.split, planned, own=True).startswith("You share out")
    link.play(script.levels())
    desk.study.forward()
    link.play(joint.PANEL)
    fill(desk)
    desk.study.draft.create()
    made = link.last(wish.CreateStudy)
    assert (made.shares, made.planned_smallest_class) == (mine, at_privacy.state.smallest)
    desk.study.draft.write(sending=False)
    desk.study.draft.choose_recipe("marginals")
    desk.study.draft.create()
    assert link.last(wish.CreateStudy).shares == (), "they are shares of another recipe"
    at_privacy.set_shares(())
    assert link.last(ask.AskLevels).shares == ()


def test_a_joint_study_is_created_with_the_reference(desk, reference, link) -> None:
    to_draft(desk, link, n_genes=12)
    fill(desk)
    reference.use(PATH)
    assert "being checked" in desk.study.draft.state.reason
    desk.study.draft.create()
    assert "CreateStudy" not in link.names()
    link.play(SHOWN)
    assert reference.state.asking, "that was the answer for another number of genes"
    link.play(replace(SHOWN, n_panel=12))
    assert desk.study.draft.state.reason == ""
    desk.study.draft.create()
    made = link.last(wish.CreateStudy)
    assert (made.reference, made.genes, made.n_genes) == (PATH, (), 12)


def test_a_list_of_genes_is_checked_against_the_reference(desk, reference, link) -> None:
    desk.study.begin()
    desk.study.coordinate_without_patients()
    reference.use(PATH)
    assert reference.state.asking is False, "no genes are known yet"
    desk.study.draft.write(gene_file="panel.txt", file_genes=("MPO", "TP53"))
    asked = link.last(ref.AskReference)
    assert (asked.cohort_id, asked.genes, asked.n_genes) == ("", ("MPO", "TP53"), None)
    assert reference.state.asking


def test_a_list_stays_the_question_when_levels_are_priced_anew(desk, reference, link) -> None:
    to_draft(desk, link)
    fill(desk)
    desk.study.draft.write(gene_file="panel.txt", file_genes=script.GENES[:9])
    reference.use(PATH)
    link.play(replace(SHOWN, n_panel=9, n_covered=9))
    assert link.last(ask.AskLevels).reference == PATH
    assert link.last(ref.AskReference).genes == script.GENES[:9]
    desk.study.draft.create()
    assert link.last(wish.CreateStudy).genes == script.GENES[:9]
    reference.remove()
    link.play(refusal("AskReference", "CH125", ("file", "own.csv")))
    assert reference.state.problem is None, "it was removed before the answer"


def test_a_study_on_this_computer_gets_it_too(at_privacy, reference, desk, link) -> None:
    reference.use(PATH)
    link.play(SHOWN, script.levels(reference=True))
    desk.study.forward()
    desk.study.rehearse_here()
    assert desk.study.kind is Kind.LOCAL
    desk.study.join.add_files(("/data/river.csv", "/data/lake.csv"))
    desk.study.connect_hospitals()
    assert link.last(ask.PrepareDemonstration).reference == PATH


def test_a_reference_is_built_and_used(at_privacy, reference, link) -> None:
    reference.inspect("/data/mile.csv.gz")
    assert link.last(ref.InspectOpenFile).path == "/data/mile.csv.gz"
    link.play(ref.OpenFileInspected(file_name="mile.csv.gz", labels=("class", "type")))
    building = reference.state.building
    assert (building.phase, building.label, building.title) == (
        BuildPhase.DESCRIBING, "class", "mile",
    )  # fmt: skip
    assert building.reason == "Say where it comes from."
    reference.build(PATH)
    assert "BuildReference" not in link.names()
    reference.describe(provenance="GEO", licence="free", label="type")
    reference.build(PATH)
    made = link.last(ref.BuildReference)
    assert (made.label, made.provenance, made.target) == ("type", "GEO", PATH)
    link.play(ref.ReferenceProgressed(records_read=5, records_total=10))
    assert (reference.state.building.read, reference.state.building.total) == (5, 10)
    link.play(ref.ReferenceBuilt(view=VIEW))
    assert reference.state.building.phase is BuildPhase.BUILT
    assert link.last(ref.AskReference).path == PATH


def test_building_is_stopped_or_refused(at_privacy, reference, link) -> None:
    reference.inspect("/data/mile.csv.gz")
    link.play(refusal("InspectOpenFile", "CH103", ("file", "mile"), ("reason", "cut off")))
    assert reference.state.building.problem.code == "CH103"
    reference.inspect("/data/mile.csv.gz")
    link.play(ref.OpenFileInspected(file_name="mile.csv.gz", labels=()))
    reference.describe(provenance="GEO", licence="free")
    reference.build(PATH)
    reference.stop()
    assert isinstance(link.sent[-1], ref.StopBuilding)
    link.play(refusal("BuildReference", "CH116", ("file", "mile.csv.gz")))
    assert reference.state.building.phase is BuildPhase.DESCRIBING
    assert reference.state.building.problem is None, "it was the reader who stopped it"
    reference.build(PATH)
    reason = ("reason", "was centred gene by gene")
    link.play(refusal("BuildReference", "PL201", ("field", "reference"), reason))
    assert "centred gene by gene" in reference.state.building.problem.text
    reference.forget_building()
    assert reference.state.building.path == ""
    assert reference.state.path == ""


def test_another_study_starts_without_it(at_privacy, reference, desk, link) -> None:
    reference.use(PATH)
    link.play(SHOWN)
    desk.study.begin()
    assert reference.state.path == ""
    assert joint.TERMS.reference is None


@pytest.mark.parametrize(
    ("alone", "title"),
    [
        (0.61, "23 of 100 come from the study’s patients"),
        (0.9, "The release adds nothing here to the public data"),
    ],
)
def test_nobody_credits_the_patients_with_what_public_data_had(alone: float, title: str) -> None:
    report = replace(script_report.quality(), public_alone=())
    assert alone_words(report) is None
    first = next(s for s in report.utility if s.score == "macro-f1")
    ours = replace(first, synthetic=0.84, real=0.91, interval=None, ratio_interval=None)
    utility = (ours, *(s for s in report.utility if s != first))
    baseline = (replace(ours, synthetic=alone),)
    words = alone_words(replace(report, utility=utility, public_alone=baseline))
    assert words is not None
    assert words[0] == title
    assert f"would reach {round(100 * alone)} of 100" in words[1]
    assert "this release reaches 84, real patients 91" in words[1]
    table = utility_table(replace(report, utility=utility, public_alone=baseline))
    assert table.rows[-1][0].endswith("public data alone")
    assert table.rows[-1][1:3] == ("91", f"{round(100 * alone)}")
