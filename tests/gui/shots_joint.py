"""Studies between hospitals in every state, for pictures and checks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from core.messages import events as said
from core.model.lobby import Phase
from core.model.plan import Attestation
from core.model.study import StudyState
from core.study.invitation import panel_digest
from tests.gui import joint_script as joint
from tests.gui import script
from tests.gui.stand import Stand, ready

LISTED = said.LobbiesListed(lobbies=())


def begun(s: Stand, *, approver: bool = True) -> None:
    s.settings.relay_host = "relay.cohort-net.example"
    s.router._identify()
    ready(s, StudyState.FINISHED)
    s.link.play(
        said.CohortsListed(cohorts=(script.cohort(),)),
        LISTED,
        joint.IDENTITY if approver else joint.NO_APPROVER,
    )


def at_privacy(s: Stand) -> None:
    """The coordinator weighs the level; nothing is written down yet."""
    begun(s)
    s.router.new_study()
    s.desk.study.cohort.choose_file("/home/steward/leukaemia_2019_2025.csv")
    s.link.play(
        said.FileInspected(
            file_name="leukaemia_2019_2025.csv", layout=script.LAYOUT, preview=script.PREVIEW
        ),
        script.CHECKED,
    )
    s.desk.study.forward()
    s.link.play(script.levels())


def draft_empty(s: Stand) -> None:
    at_privacy(s)
    s.desk.study.forward()


def draft(s: Stand) -> None:
    draft_empty(s)
    s.link.play(joint.PANEL)
    s.desk.study.draft.write(title=joint.TERMS.title, purpose=joint.TERMS.purpose)
    for statement in Attestation:
        s.desk.study.draft.attest(statement, stated=True)
    s.router._step = None
    s.router._follow_study()


def draft_problems(s: Stand) -> None:
    draft(s)
    s.desk.study.draft.write(
        gene_file="panel.txt",
        file_genes=("GENE1", "GENE2", "HLA-X"),
        classes="AML\nB-ALL",
        relay=False,
        host="",
        n_records=1_000,
    )
    s.router._step = None
    s.router._follow_study()


def draft_without_patients(s: Stand) -> None:
    begun(s)
    s.router.new_study()
    s.desk.study.coordinate_without_patients()
    s.desk.study.draft.write(title=joint.TERMS.title, gene_file="panel.txt", file_genes=("A", "B"))


def joining_missing_genes(s: Stand) -> None:
    dialog_join(s)
    s.desk.study.invited.take_text("SYNCOHORT-INVITATION")
    genes = (*script.GENES, *(f"HLA-DR{n}" for n in range(12)))
    terms = replace(joint.TERMS, n_genes=len(genes), panel_sha256=panel_digest(genes), n_max=200)
    s.link.play(joint.invitation(terms=terms, genes=genes))
    _cohort(s)
    s.link.play(joint.PANEL)


def draft_refused(s: Stand) -> None:
    draft(s)
    s.desk.study.draft.create()
    s.link.play(
        said.Refused(
            command="CreateStudy",
            code="SE402",
            fields=(
                ("party", "relay.cohort-net.example"),
                ("seconds", "20"),
                ("spent", "Nothing is spent."),
            ),
        )
    )


def dialog_join(s: Stand) -> None:
    begun(s)
    s.router.join_with_invitation()


def dialog_join_wrong(s: Stand) -> None:
    dialog_join(s)
    s.desk.study.invited.take_text("not an invitation")
    s.link.play(
        said.Refused(command="OpenInvitation", code="ST701", fields=(("reason", "it is cut off"),))
    )


def invitation(s: Stand) -> None:
    dialog_join(s)
    s.desk.study.invited.take_text("SYNCOHORT-INVITATION")
    s.link.play(joint.invitation())


def invitation_expired(s: Stand) -> None:
    dialog_join(s)
    s.desk.study.invited.take_text("SYNCOHORT-INVITATION")
    s.link.play(joint.invitation(expired=True))


def _cohort(s: Stand) -> None:
    s.desk.study.answer_invitation(compute=False)
    s.desk.study.cohort.choose_file("/home/steward/leukaemia_2019_2025.csv")
    s.link.play(
        said.FileInspected(
            file_name="leukaemia_2019_2025.csv", layout=script.LAYOUT, preview=script.PREVIEW
        ),
        script.CHECKED,
    )


def joining_cohort(s: Stand) -> None:
    invitation(s)
    _cohort(s)
    s.link.play(joint.PANEL)


def joining_misfit(s: Stand) -> None:
    dialog_join(s)
    s.desk.study.invited.take_text("SYNCOHORT-INVITATION")
    terms = replace(joint.TERMS, classes=("AML", "ALL", "CLL"), panel_sha256="e" * 64)
    s.link.play(joint.invitation(terms=terms))
    _cohort(s)
    s.link.play(joint.PANEL)


def joining_privacy(s: Stand) -> None:
    joining_cohort(s)
    s.desk.study.forward()


def joining_ask(s: Stand) -> None:
    joining_privacy(s)
    s.desk.study.forward()


def joining_asked(s: Stand) -> None:
    joining_ask(s)
    for statement in Attestation:
        s.desk.study.invited.attest(statement, stated=True)
    s.desk.study.invited.ask("c-1")


def joining_refused(s: Stand) -> None:
    joining_asked(s)
    s.link.play(
        said.Refused(
            command="JoinStudy",
            code="CH108",
            fields=(
                ("gene", "HLA-DRA"),
                ("file", "leukaemia_2019_2025.csv"),
                ("missing", "3"),
                ("wanted", "958"),
            ),
        )
    )


def joining_compute(s: Stand) -> None:
    invitation(s)
    s.desk.study.answer_invitation(compute=True)


def studies_joint(s: Stand) -> None:
    begun(s)
    second = replace(joint.TERMS, title="Sepsis host response")
    third = replace(joint.TERMS, title="Breast tumour subtypes, second round")
    s.link.play(
        said.LobbiesListed(
            lobbies=(
                joint.planned(signed=1),
                replace(
                    joint.as_participant(joint.lobby()),
                    study_id="b2" * 16,
                    terms=second,
                    waiting_for=(("sign", script.HOSPITALS[2]),),
                ),
                replace(
                    joint.lobby(phase=Phase.ENDED, reason="No ethics approval."),
                    study_id="c3" * 16,
                    terms=third,
                ),
            )
        )
    )


def settings(s: Stand) -> None:
    begun(s)
    s.window.section_chosen.emit("settings")


def states_of(names: dict[str, object], module: str) -> dict[str, Callable[[Stand], None]]:
    """The states that a module defines: its public functions of a stand."""
    return {
        name: state
        for name, state in names.items()
        if callable(state)
        and getattr(state, "__module__", "") == module
        and not name.startswith("_")
        and name not in ("begun", "at_privacy", "states_of")
    }


STATES: dict[str, Callable[[Stand], None]] = states_of(globals(), __name__)
