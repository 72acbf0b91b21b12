"""A study between hospitals is written down, or an invitation to it is read: no window."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from app.presenters.boundary import Crossing
from app.presenters.carried import carried_facts
from app.presenters.crossing import leaves_of_study
from app.presenters.desk import Desk
from app.presenters.draft_state import RECIPES
from app.presenters.flow import Flow, Step
from app.presenters.invited import fit_of
from app.presenters.kinds import Kind
from app.presenters.lists import genes_of_file, names_of_lines
from core.messages import commands as ask
from core.messages import events as said
from core.messages import study_commands as wish
from core.model.budget import Level
from core.model.candidate import CandidateWish
from core.model.judging import CONFUSION, Judging, VotePolicy
from core.model.plan import Attestation
from core.study.invitation import panel_digest
from tests.gui import joint_script as joint
from tests.gui import script
from tests.gui.joint_desk import (
    acquainted,
    check_cohort,
    create,
    fill,
    open_invitation,
    refused,
    to_draft,
)


@pytest.fixture
def desk(desk: Desk, link: script.ScriptLink) -> Desk:
    return acquainted(desk, link)


def test_a_new_study_is_written_down_and_invites_others(desk, link) -> None:
    to_draft(desk, link)
    assert desk.study.kind is Kind.CREATE
    assert link.last(ask.AskPanel).cohort_id == "c-1"
    state = desk.study.draft.state
    assert state.class_names == script.CLASSES
    assert state.genes == script.GENES
    assert state.reason == "Give the study a name."
    desk.study.draft.create()
    assert "CreateStudy" not in link.names(), "nothing is sent while something is missing"
    fill(desk)
    assert desk.study.draft.state.reason == ""
    desk.study.draft.create()
    desk.study.draft.create()
    assert link.names().count("CreateStudy") == 1
    made = link.last(wish.CreateStudy)
    assert (made.title, made.purpose) == ("Leukaemia", "Find genes")
    assert made.genes == (), "all own column names"
    assert made.attestations == joint.ALL
    assert made.epsilon == desk.study.privacy.state.level.epsilon
    assert made.n_records is None
    assert (made.meeting.host, made.meeting.relay) == ("relay.example", True)


def test_fewer_genes_are_the_first_names_and_never_a_choice_by_value(desk, link) -> None:
    to_draft(desk, link, n_genes=12)
    fill(desk)
    desk.study.draft.create()
    assert link.last(wish.CreateStudy).genes == script.GENES[:12]


def test_panel_from_a_file_must_be_in_the_own_file(desk, link, tmp_path: Path) -> None:
    to_draft(desk, link)
    fill(desk)
    listed = tmp_path / "panel.txt"
    listed.write_text("gene\nGENE3\nGENE1\nGENE3\n", encoding="utf-8")
    desk.study.draft.take_gene_file(str(listed))
    state = desk.study.draft.state
    assert (state.gene_file, state.genes) == ("panel.txt", ("GENE3", "GENE1"))
    assert state.reason == ""
    listed.write_text("GENE3\nHLA-X\n", encoding="utf-8")
    desk.study.draft.take_gene_file(str(listed))
    assert "HLA-X" in desk.study.draft.state.reason
    desk.study.draft.create()
    assert "CreateStudy" not in link.names()
    desk.study.draft.take_own_genes()
    assert desk.study.draft.state.reason == ""


def test_a_list_that_is_no_text_is_refused_without_its_folder(desk, link, tmp_path: Path) -> None:
    to_draft(desk, link)
    broken = tmp_path / "panel.bin"
    broken.write_bytes(b"\xff\xfe\x00\x81\x00")
    desk.study.draft.take_gene_file(str(broken))
    problem = desk.study.draft.state.problem
    assert "panel.bin" in problem.text
    assert str(tmp_path) not in problem.text + problem.details


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"purpose": " "}, "plain words"),
        ({"label_name": ""}, "diagnosis column"),
        ({"classes": "AML"}, "2 to"),
        ({"classes": "AML\nB-ALL"}, "Your file also names CLL"),
        ({"host": ""}, "relay"),
        ({"host": "", "relay": False}, "this computer"),
        ({"host": "a host"}, "address, port"),
        ({"fingerprint": "12 34"}, "fingerprint"),
        ({"fingerprint": "not hex"}, "fingerprint"),
        ({"hospital": ""}, "Settings"),
        ({"attested": (Attestation.NO_COLLUSION,)}, "statements"),
    ],
)
def test_each_missing_fact_is_named(desk, link, changes, reason) -> None:
    to_draft(desk, link)
    fill(desk)
    desk.study.draft.write(**changes)
    assert reason in desk.study.draft.state.reason


def test_a_fingerprint_with_colons_pins_the_relay_and_none_pins_a_computer(desk, link) -> None:
    to_draft(desk, link)
    fill(desk)
    desk.study.draft.write(fingerprint=":".join(["AB"] * 32))
    assert desk.study.draft.state.meeting.certificate_sha256 == "ab" * 32
    desk.study.draft.write(relay=False)
    assert desk.study.draft.state.meeting.certificate_sha256 == ""


def test_created_study_opens_its_lobby_and_forgets_the_draft(desk, link) -> None:
    create(desk, link)
    assert desk.study.kind is Kind.LOBBY
    assert desk.study.lobby.study_id == joint.STUDY
    assert desk.study.flow == Flow(shown=Step.JOIN, reached=Step.JOIN, settled=True)
    assert desk.study.draft.state.title == ""
    assert desk.study.draft.state.host == "relay.example"
    desk.study.show(Step.COHORT)
    assert desk.study.flow.read_only


@pytest.mark.parametrize("recipe", RECIPES)
def test_the_steward_chooses_how_synthetic_patients_are_made(desk, link, recipe) -> None:
    to_draft(desk, link)
    fill(desk)
    assert desk.study.draft.state.recipe == "moments"
    desk.study.draft.write(recipe=recipe)
    desk.study.draft.create()
    assert link.last(wish.CreateStudy).recipe == recipe


def test_refused_creation_keeps_what_was_typed(desk, link) -> None:
    to_draft(desk, link)
    fill(desk)
    desk.study.draft.create()
    link.play(refused("CreateStudy", "PL208", recipe="marginals"))
    state = desk.study.draft.state
    assert (state.sending, state.title) == (False, " Leukaemia ")
    assert state.problem.code == "PL208"


def test_own_files_can_still_play_the_hospitals_and_back_again(desk, link) -> None:
    to_draft(desk, link)
    desk.study.rehearse_here()
    assert desk.study.kind is Kind.LOCAL
    desk.study.show(Step.PRIVACY)
    link.play(script.levels())
    assert desk.study.kind is Kind.CREATE


def test_a_rehearsal_takes_over_what_was_written_down_but_the_vote(desk, link, tmp_path) -> None:
    to_draft(desk, link)
    fill(desk)
    draft, listed = desk.study.draft, tmp_path / "list.txt"
    listed.write_text("\n".join(script.GENES[:100]))
    draft.take_gene_file(str(listed))
    draft.write(judging=Judging(evaluation=CONFUSION, vote=VotePolicy.MINIMUM), n_records=300)
    draft.choose_recipe("marginals")
    draft.write(shares=(("tables", 0.5),))
    desk.study.rehearse_here()
    desk.study.join.add_files(("/a", "/b"))
    desk.study.connect_hospitals()
    sent = link.last(ask.PrepareDemonstration)
    assert (sent.recipe, sent.shares, sent.n_records) == ("marginals", (("tables", 0.5),), 300)
    assert (sent.genes, sent.n_genes) == (script.GENES[:100], None)
    assert sent.judging == Judging(evaluation=CONFUSION), "nobody else is there to vote"
    assert not desk.study.join.state.can_centre, "one recipe can"
    link.play(refused("PrepareDemonstration", "PL206"))

    desk.study.show(Step.PRIVACY)
    desk.study.forward()
    two = (CandidateWish(recipe="marginals"), CandidateWish(recipe="moments", n_genes=40))
    draft.try_settings(two)
    draft.centre_sites(centred=True, patients=200)
    desk.study.rehearse_here()
    state = desk.study.join.state
    assert (state.centre_sites, state.site_patients, state.files) == (True, 200, ("/a", "/b"))
    desk.study.connect_hospitals()
    sent = link.last(ask.PrepareDemonstration)
    assert (sent.candidates, sent.shares, sent.centre_sites) == (two, (), True)
    said_there = dict(carried_facts(state.carried))
    assert said_there["Settings that are tried"] == (
        "Setting A: each gene by itself in 4 steps, 100 genes; "
        "Setting B: averages and common patterns, 40 genes"
    )
    assert said_there["Genes"] == "100 of your list"


def test_simulated_patients_never_invite_others(desk, link) -> None:
    desk.study.begin()
    desk.study.cohort.use_example()
    practice = script.cohort(practice=True, spent=0)
    link.play(said.CohortChecked(cohort=practice, preview=script.PREVIEW))
    desk.study.forward()
    link.play(script.levels(spent=0))
    desk.study.forward()
    assert desk.study.kind is Kind.LOCAL
    assert "AskPanel" not in link.names()
    assert desk.study.join.state.n_partners == 2


def test_names_and_gene_lists() -> None:
    assert names_of_lines(' "AML" ;B-ALL\r\nAML') == ("AML", "B-ALL")
    assert genes_of_file("Symbol,chr\r\nTP53,17\r\n\r\nMPO,17\r\nTP53,17") == ("TP53", "MPO")


def test_opening_an_invitation_contacts_nobody(desk, link) -> None:
    open_invitation(desk, link)
    assert desk.study.reading_invitation
    assert desk.study.title == joint.TERMS.title
    assert leaves_of_study(desk.study).state is Crossing.QUIET
    contacts = {"JoinStudy", "OpenLobby"}
    assert not contacts & set(link.names())


def test_a_wrong_invitation_leaves_the_one_on_the_table(desk, link) -> None:
    open_invitation(desk, link)
    desk.study.invited.take_text("nonsense")
    link.play(refused("OpenInvitation", "ST701", reason="it is cut off"))
    state = desk.study.invited.state
    assert state.problem.title == "This is not an invitation"
    assert (state.view.coordinator, state.content) == ("Klinikum Ostufer", "INVITATION")


def test_an_unreadable_file_is_no_invitation(desk, link, tmp_path: Path) -> None:
    desk.study.invited.take_file(str(tmp_path / "gone.syncohort-invitation"))
    assert desk.study.invited.state.problem.code == "ST701"
    assert "OpenInvitation" not in link.names()
    assert str(tmp_path) not in desk.study.invited.state.problem.text


def test_a_fitting_cohort_asks_to_join_after_both_statements(desk, link) -> None:
    open_invitation(desk, link)
    desk.study.answer_invitation(compute=False)
    check_cohort(desk, link)
    assert link.last(ask.AskPanel).cohort_id == "c-1"
    link.play(joint.PANEL)
    assert [f.light for f in desk.study.fits] == ["ok", "ok"]
    desk.study.forward()
    assert desk.study.flow.shown is Step.PRIVACY
    assert "AskLevels" not in link.names(), "the level stands in the invitation"
    desk.study.forward()
    invited = desk.study.invited
    invited.ask("c-1")
    invited.attest(Attestation.NO_COLLUSION, stated=True)
    invited.ask("c-1")
    assert "JoinStudy" not in link.names()
    invited.attest(Attestation.DISJOINT_PATIENTS, stated=True)
    invited.ask("c-1")
    invited.ask("c-1")
    assert link.names().count("JoinStudy") == 1
    asked = link.last(wish.JoinStudy)
    assert (asked.content, asked.cohort_id, asked.attestations) == ("INVITATION", "c-1", joint.ALL)
    link.play(joint.changed(joint.as_participant(joint.gathering())))
    assert desk.study.kind is Kind.LOBBY
    assert desk.study.invited.state.content == "", "the secret is not kept in the window"


def test_a_compute_partner_joins_without_a_cohort(desk, link) -> None:
    open_invitation(desk, link)
    desk.study.answer_invitation(compute=True)
    assert desk.study.flow.shown is Step.JOIN
    desk.study.invited.attest(Attestation.NO_COLLUSION, stated=True)
    desk.study.invited.ask("c-1")
    asked = link.last(wish.JoinStudy)
    assert (asked.cohort_id, asked.attestations) == ("", (Attestation.NO_COLLUSION,))


def test_expired_invitation_and_unnamed_hospital_do_not_ask(desk, link) -> None:
    open_invitation(desk, link, expired=True)
    desk.study.answer_invitation(compute=True)
    desk.study.invited.attest(Attestation.NO_COLLUSION, stated=True)
    assert "expired" in desk.study.invited.state.reason
    open_invitation(desk, link)
    desk.study.answer_invitation(compute=True)
    desk.study.invited.attest(Attestation.NO_COLLUSION, stated=True)
    desk.study.invited.set_hospital("")
    assert "Settings" in desk.study.invited.state.reason
    desk.study.invited.ask("")
    assert "JoinStudy" not in link.names()


def invited(terms, genes=()):
    return joint.invitation(terms=terms, genes=genes).invitation


@pytest.mark.parametrize(
    ("terms", "cohort", "panel", "words"),
    [
        ({"classes": ("AML", "ALL")}, {}, script.GENES, "does not know B-ALL"),
        ({"n_max": 300}, {}, script.GENES, "more patients"),
        ({"n_genes": 2_000, "panel_sha256": "e" * 64}, {}, script.GENES, "2,000 genes"),
        ({}, {"practice": True}, script.GENES, "simulated"),
        ({}, {"spent": 3.5}, script.GENES, "too little left"),
    ],
)
def test_what_does_not_fit_is_named_and_keeps_the_hospital_out(
    desk, link, terms, cohort, panel, words
) -> None:
    wanted = replace(joint.TERMS, **terms)
    found = fit_of(invited(wanted), script.cohort(**cohort), panel)
    assert found[0].light == "fail"
    assert any(words in fit.text for fit in found if fit.light == "fail")
    assert all(
        fit.advice for fit in found if fit.light == "fail" and "No diagnosis" not in fit.text
    )
    open_invitation(desk, link, terms=wanted)
    desk.study.answer_invitation(compute=False)
    desk.study.cohort.adopt(script.cohort(**cohort))
    link.play(joint.PANEL)
    desk.study.forward()
    assert desk.study.flow.shown is Step.COHORT


def test_a_diagnosis_that_only_others_have_is_no_problem() -> None:
    terms = replace(joint.TERMS, classes=(*script.CLASSES, "MDS"))
    found = fit_of(invited(terms), script.cohort(), script.GENES)
    assert [f.light for f in found] == ["warn", "ok"]
    assert "MDS" in found[0].text


def test_the_panel_is_compared_by_its_fingerprint_only() -> None:
    terms = replace(joint.TERMS, n_genes=2, panel_sha256=panel_digest(("GENE0", "GENE1")))
    found = fit_of(invited(terms), script.cohort(), script.GENES)
    assert found[0].light == "warn"
    assert "checked when you ask to join" in found[0].advice


def test_missing_genes_are_named_before_anybody_is_asked(desk, link) -> None:
    genes = (*script.GENES, "HLA-DRA", "KRT5")
    terms = replace(joint.TERMS, n_genes=len(genes), panel_sha256=panel_digest(genes))
    found = fit_of(invited(terms, genes), script.cohort(), script.GENES)
    assert (found[0].light, "HLA-DRA, KRT5" in found[0].text) == ("fail", True)
    fewer = script.GENES[5:3:-1]
    terms = replace(joint.TERMS, n_genes=2, panel_sha256=panel_digest(fewer))
    assert {f.light for f in fit_of(invited(terms, fewer), script.cohort(), script.GENES)} == {
        "ok"
    }


def test_a_computer_without_patients_coordinates_from_a_list_of_genes(desk, link, tmp_path):
    desk.study.begin()
    desk.study.coordinate_without_patients()
    state = desk.study.draft.state
    assert desk.study.flow.shown is Step.JOIN
    assert state.needed == (Attestation.NO_COLLUSION,)
    assert "list of genes" in state.wrong_genes
    assert link.names().count("AskPanel") == 0
    panel = tmp_path / "panel.txt"
    panel.write_text("gene\nTP53\nMPO\n")
    desk.study.draft.take_gene_file(str(panel))
    desk.study.draft.write(title="L", purpose="P", classes="AML\nALL", host="relay.example")
    assert desk.study.draft.state.reason == "Confirm what this hospital states."
    desk.study.draft.attest(Attestation.NO_COLLUSION, stated=True)
    desk.study.draft.set_level(Level.STRICTEST)
    assert desk.study.draft.state.reason == ""
    desk.study.draft.create()
    sent = link.last(wish.CreateStudy)
    assert (sent.cohort_id, sent.genes, sent.epsilon) == ("", ("TP53", "MPO"), 0.4895)
    assert sent.attestations == (Attestation.NO_COLLUSION,)


def test_the_way_back_leads_to_the_cohort_and_to_patients(desk, link):
    desk.study.begin()
    desk.study.coordinate_without_patients()
    desk.study.show(Step.PRIVACY)
    assert desk.study.flow.shown is Step.COHORT
    check_cohort(desk, link)
    desk.study.forward()
    link.play(script.levels())
    desk.study.privacy._state = replace(desk.study.privacy._state, asking=False)
    desk.study.forward()
    state = desk.study.draft.state
    assert (state.without_patients, state.cohort_id) == (False, "c-1")
    assert state.needed == tuple(Attestation)
