"""Studies between hospitals without a window: what is sent, what holds, what is void."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication

from app.presenters.boundary import Crossing
from app.presenters.crossing import leaves_elsewhere, leaves_of_study
from app.presenters.desk import Desk
from app.presenters.draft import genes_of_file, names_of_lines
from app.presenters.flow import Flow, Step
from app.presenters.invited import fit_of
from app.presenters.lobbies import Act, act_of
from app.presenters.run import RunPhase
from app.presenters.study import Kind
from app.presenters.wording import (
    presence_words,
    title_of,
    waiting_sentence,
    warning_words,
)
from core.messages import commands as ask
from core.messages import events as said
from core.messages import study_commands as wish
from core.model.lobby import LobbyView, Phase, SeatState
from core.model.plan import Attestation
from core.model.study import HospitalState, StudyState
from core.study.invitation import panel_digest
from tests.gui import joint_script as joint
from tests.gui import script

FILE = "/home/steward/leukaemia_2019_2025.csv"


@pytest.fixture
def link(qapp: QCoreApplication) -> script.ScriptLink:
    del qapp
    return script.ScriptLink()


@pytest.fixture
def desk(link: script.ScriptLink) -> Desk:
    made = Desk(link, lambda: script.NOW)
    link.play(script.READY, said.LobbiesListed(lobbies=()), joint.IDENTITY)
    made.study.draft.set_hospital(script.HOSPITALS[0])
    made.study.invited.set_hospital(script.HOSPITALS[0])
    return made


def refused(command: str, code: str, **fields: str) -> said.Refused:
    return said.Refused(command=command, code=code, fields=tuple(fields.items()))


def check_cohort(desk: Desk, link: script.ScriptLink) -> None:
    desk.study.cohort.choose_file(FILE)
    link.play(
        said.FileInspected(file_name="x.csv", layout=script.LAYOUT, preview=script.PREVIEW),
        script.CHECKED,
    )


def to_draft(desk: Desk, link: script.ScriptLink, n_genes: int = 958) -> None:
    desk.study.begin()
    check_cohort(desk, link)
    desk.study.forward()
    desk.study.privacy.set_genes(n_genes)
    link.play(script.levels())
    desk.study.privacy._state = replace(desk.study.privacy._state, asking=False)
    desk.study.forward()
    link.play(joint.PANEL)


def fill(desk: Desk) -> None:
    desk.study.draft.write(title=" Leukaemia ", purpose="Find\n genes", host="relay.example")
    for statement in Attestation:
        desk.study.draft.attest(statement, stated=True)


def create(desk: Desk, link: script.ScriptLink, view: LobbyView | None = None) -> None:
    to_draft(desk, link)
    fill(desk)
    desk.study.draft.create()
    link.play(joint.changed(view or joint.lobby(joint.who(0), phase=Phase.DRAFTED)))


def open_invitation(desk: Desk, link: script.ScriptLink, **changes: object) -> None:
    desk.study.invited.take_text("INVITATION")
    link.play(joint.invitation(**changes))


# ---- creating


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


# ---- joining


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
    found = fit_of(wanted, 1.0, script.cohort(**cohort), panel)
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
    found = fit_of(terms, 1.0, script.cohort(), script.GENES)
    assert [f.light for f in found] == ["warn", "ok"]
    assert "MDS" in found[0].text


def test_the_panel_is_compared_by_its_fingerprint_only() -> None:
    terms = replace(joint.TERMS, n_genes=2, panel_sha256=panel_digest(("GENE0", "GENE1")))
    found = fit_of(terms, 1.0, script.cohort(), script.GENES)
    assert found[0].light == "warn"
    assert "checked when you ask to join" in found[0].advice


# ---- the lobby


def test_what_has_to_be_done_next() -> None:
    alone = joint.lobby(joint.who(0), phase=Phase.INVITING, waiting_for=(("parties", ""),))
    assert act_of(alone) is Act.INVITE
    assert act_of(joint.gathering()) is Act.COMPARE
    asked = joint.lobby(joint.who(0), joint.who(1, state=SeatState.ASKED))
    assert act_of(asked) is Act.ACCEPT
    assert act_of(joint.lobby()) is Act.CLOSE
    assert act_of(joint.lobby(waiting_for=(("online", "X"),))) is Act.WAIT
    assert act_of(joint.planned()) is Act.SIGN
    assert act_of(joint.planned(signed=1)) is Act.APPROVE
    assert act_of(joint.planned(signed=1, approved=1)) is Act.WAIT
    assert act_of(joint.planned(signed=4, approved=4)) is Act.RUN
    late = joint.planned(signed=4, approved=4, waiting_for=(("online", script.HOSPITALS[2]),))
    assert act_of(late) is Act.WAIT
    refused_one = joint.lobby(
        joint.who(0), joint.who(1, refusal="no"), joint.who(2), phase=Phase.ROSTER_CLOSED
    )
    assert act_of(refused_one) is Act.REPLAN
    assert act_of(joint.lobby(phase=Phase.RUNNING)) is Act.WAIT
    assert act_of(joint.lobby(phase=Phase.ENDED)) is Act.NOTHING


def test_a_participant_compares_the_coordinator_and_starts_nothing() -> None:
    view = joint.lobby(joint.who(0, compared=False), joint.who(1), joint.who(2, compared=False))
    assert act_of(joint.as_participant(view)) is Act.COMPARE
    checked = joint.as_participant(joint.lobby(joint.who(0), joint.who(1), joint.who(2)))
    assert act_of(checked) is Act.WAIT
    assert act_of(joint.as_participant(joint.planned(signed=4, approved=4))) is Act.WAIT


def test_what_is_signed_approved_and_refused_is_the_plan_on_the_screen(desk, link) -> None:
    create(desk, link, joint.planned())
    lobbies = desk.study.lobbies
    lobbies.sign(joint.STUDY)
    assert "SignPlan" not in link.names(), "a plan that was not shown is not signed"
    link.play(joint.to_sign())
    lobbies.sign(joint.STUDY)
    assert link.last(wish.SignPlan).digest == joint.PLAN
    lobbies.approve(joint.STUDY, "Maria Albers", "a passphrase")
    assert link.last(wish.ApprovePlan).digest == joint.PLAN
    lobbies.refuse_plan(joint.STUDY, "no")
    assert link.last(wish.RefusePlan).digest == joint.PLAN
    link.play(joint.changed(joint.planned(plan_digest="e" * 64)))
    assert lobbies.state.plan(desk.study.lobby) is None, (
        "an older plan is not the one on the table"
    )


def test_a_change_voids_and_says_so_until_it_is_signed_again(desk, link) -> None:
    create(desk, link, joint.planned(signed=2))
    link.play(joint.to_sign())
    assert not desk.study.lobbies.state.voided
    link.play(joint.changed(joint.lobby()))
    assert desk.study.lobbies.state.voided == {joint.STUDY}
    link.play(joint.changed(joint.planned()))
    assert desk.study.lobbies.state.voided
    desk.study.lobbies.sign(joint.STUDY)
    assert not desk.study.lobbies.state.voided


def test_an_ended_study_is_not_called_changed(desk, link) -> None:
    create(desk, link, joint.planned(signed=4, approved=4))
    link.play(joint.changed(joint.lobby(phase=Phase.ENDED, reason="Left.")))
    assert not desk.study.lobbies.state.voided


def test_wrong_passphrase_stays_with_the_approval_and_is_kept_nowhere(desk, link) -> None:
    create(desk, link, joint.planned(signed=1))
    desk.study.lobbies.approve(joint.STUDY, "Maria Albers", "hunter2hunter2")
    link.play(refused("ApprovePlan", "ST709", left="4"))
    state = desk.study.lobbies.state
    assert "4 tries" in state.approval_problem.text
    assert state.problem is None
    assert "hunter2" not in repr(state)
    assert "hunter2" not in repr(link.last(wish.ApprovePlan))


def test_a_kept_study_goes_online_once_when_it_is_opened(desk, link) -> None:
    offline = joint.as_participant(joint.lobby(online=False))
    link.play(said.LobbiesListed(lobbies=(offline,)))
    assert "OpenLobby" not in link.names(), "nobody is dialled before the reader opens it"
    desk.study.open_lobby(joint.STUDY)
    desk.study.close()
    desk.study.open_lobby(joint.STUDY)
    assert link.names().count("OpenLobby") == 1
    desk.study.lobbies.go_online(joint.STUDY, again=True)
    assert link.names().count("OpenLobby") == 2


def test_a_refused_wish_is_shown_in_its_study_until_the_next_wish(desk, link) -> None:
    create(desk, link, joint.lobby())
    desk.study.lobbies.close_roster(joint.STUDY)
    link.play(refused("CloseRoster", "PL203"))
    state = desk.study.lobbies.state
    assert (state.problem.code, state.problem_in, state.asked) == ("PL203", joint.STUDY, "")
    link.play(joint.changed(joint.gathering()))
    assert desk.study.lobbies.state.problem is not None, "a heartbeat does not hide it"
    desk.study.lobbies.invite(joint.STUDY)
    assert desk.study.lobbies.state.problem is None


def test_a_dead_worker_closes_the_lobby_and_lists_it_again(desk, link) -> None:
    create(desk, link, joint.lobby())
    link.die()
    assert desk.study.flow is None
    assert desk.study.lobbies.state.lobbies is None
    link.play(script.READY)
    assert link.names().count("ListLobbies") == 2


# ---- the run


def started(desk: Desk, link: script.ScriptLink) -> None:
    link.play(said.RunStarted(digest=joint.PLAN, stages=script.STAGES, time=script.NOW))


@pytest.mark.parametrize("coordinating", [True, False])
def test_a_run_is_followed_at_every_hospital(desk, link, coordinating) -> None:
    view = joint.planned(signed=4, approved=4)
    create(desk, link, view if coordinating else joint.as_participant(view))
    link.play(joint.to_sign())
    if coordinating:
        desk.study.lobbies.run(joint.STUDY)
        assert link.last(wish.RunStudy).study_id == joint.STUDY
    link.play(
        joint.changed(replace(desk.study.lobby, phase=Phase.RUNNING)),
        script.hospital(2, HospitalState.CONNECTED),
    )
    started(desk, link)
    run = desk.study.run.state
    assert run.phase is RunPhase.RUNNING
    assert [h.own for h in run.hospitals].index(True) == (0 if coordinating else 1)
    assert run.hospitals[2].state is HospitalState.CONNECTED
    assert desk.study.flow.shown is Step.RUN
    assert leaves_of_study(desk.study).state is Crossing.SENDING
    end = said.RunEnded(
        digest=joint.PLAN, state=StudyState.FINISHED, spent=True, code="", fields=()
    )
    link.play(end)
    assert desk.study.flow.reached is Step.RESULTS
    assert link.last(ask.AskReport).digest == joint.PLAN


def test_a_run_that_starts_while_another_page_is_open_opens_its_study(desk, link) -> None:
    view = joint.as_participant(joint.planned(signed=4, approved=4))
    link.play(said.LobbiesListed(lobbies=(view,)), joint.to_sign())
    assert desk.study.flow is None
    started(desk, link)
    assert desk.study.lobby.study_id == joint.STUDY
    assert desk.study.busy
    assert leaves_elsewhere(desk).state is Crossing.SENDING


def test_run_of_an_unknown_plan_changes_nothing(desk, link) -> None:
    create(desk, link, joint.planned(signed=4, approved=4))
    link.play(said.RunStarted(digest="f" * 64, stages=script.STAGES, time=script.NOW))
    assert not desk.study.run.state.active


# ---- the boundary, the people, the words


def test_the_boundary_tells_of_a_line_that_is_open(desk, link) -> None:
    create(desk, link, joint.lobby())
    assert leaves_of_study(desk.study).state is Crossing.TALKING
    assert leaves_elsewhere(desk).state is Crossing.TALKING
    desk.study.show(Step.COHORT)
    assert leaves_of_study(desk.study).state is Crossing.TALKING
    link.play(joint.changed(joint.lobby(online=False)))
    assert leaves_of_study(desk.study).state is Crossing.QUIET
    assert leaves_elsewhere(desk).state is Crossing.QUIET


def test_a_locked_identity_asks_for_its_passphrase_and_keeps_none(desk, link) -> None:
    link.play(refused("AskIdentity", "WO612", reason="no keyring"))
    assert desk.identity.state.locked
    desk.identity.unlock("four words and one")
    assert link.last(wish.AskIdentity).passphrase == "four words and one"
    assert "four words" not in repr(desk.identity.state) + repr(link.sent)
    link.play(joint.IDENTITY)
    assert not desk.identity.state.locked
    assert desk.identity.state.words == tuple(joint.WORDS[0].split())


def test_second_person_is_set_up_once_the_worker_says_so(desk, link) -> None:
    link.play(joint.NO_APPROVER)
    desk.identity.set_approver(name=" Maria ", steward="S", passphrase="x" * 12, old="")
    assert link.last(wish.SetUpApprover).name == "Maria"
    assert desk.identity.state.saving
    link.play(refused("SetUpApprover", "ST710"))
    assert (desk.identity.state.approver, desk.identity.state.saving) == ("", False)
    assert desk.identity.state.approver_problem.code == "ST710"
    link.play(said.ApproverSetUp(name="Maria"))
    assert desk.identity.state.approver == "Maria"


def test_who_is_missing_is_said_by_name_and_own_parts_as_own() -> None:
    view = joint.planned(signed=1)
    assert waiting_sentence(view) == (
        "Waiting for: signature of Aldermere General, signature of Centre Hospitalier "
        "Sainte-Marguerite and 2 more"
    )
    own = replace(view, waiting_for=(("approve", script.HOSPITALS[0]),))
    assert waiting_sentence(own) == "Waiting for: your second person"
    unknown = replace(view, waiting_for=(("moon", "full"),))
    assert waiting_sentence(unknown) == "Waiting for: moon full"


def test_a_participant_does_not_guess_who_else_is_connected() -> None:
    view = joint.as_participant(joint.gathering())
    assert presence_words(view, view.participants[3]) == ("ok", "accepted")
    assert presence_words(joint.gathering(), joint.gathering().participants[3]) == (
        "warn",
        "Not connected · accepted",
    )


def test_every_warning_has_words_and_a_refusal_its_reason() -> None:
    name = script.HOSPITALS[2]
    view = joint.lobby(
        joint.who(0),
        joint.who(2, refusal="No board."),
        warnings=(("secret-used-twice", "ab"), ("words-differ", name), ("refused", name)),
    )
    words = warning_words(view)
    assert [kind for kind, _title, _said in words] == [
        "secret-used-twice",
        "words-differ",
        "refused",
    ]
    assert "No board." in words[2][2]
    assert all("{" not in title + sentence for _kind, title, sentence in words)


@pytest.mark.parametrize("code", [f"ST{n}" for n in range(701, 719)] + ["WO611", "WO612", "WO613"])
def test_every_error_of_a_study_between_hospitals_has_a_title(code: str) -> None:
    assert title_of(code) != "Something went wrong"
