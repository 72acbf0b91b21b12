"""Steps that bring a desk into the states of a study between hospitals."""

from __future__ import annotations

from dataclasses import replace

from app.presenters.desk import Desk
from app.presenters.draft import DraftPresenter
from core.messages import events as said
from core.model.lobby import LobbyView, Phase
from core.model.plan import Attestation
from tests.gui import joint_script as joint
from tests.gui import script

FILE = "/home/steward/leukaemia_2019_2025.csv"


def acquainted(desk: Desk, link: script.ScriptLink) -> Desk:
    """A desk whose worker is ready and whose hospital has a name and an identity."""
    link.play(script.READY, said.LobbiesListed(lobbies=()), joint.IDENTITY)
    desk.study.draft.set_hospital(script.HOSPITALS[0])
    desk.study.invited.set_hospital(script.HOSPITALS[0])
    return desk


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


def written(desk: Desk, link: script.ScriptLink) -> DraftPresenter:
    """The coordinator has written a study down."""
    to_draft(desk, link)
    fill(desk)
    return desk.study.draft


def create(desk: Desk, link: script.ScriptLink, view: LobbyView | None = None) -> None:
    to_draft(desk, link)
    fill(desk)
    desk.study.draft.create()
    link.play(joint.changed(view or joint.lobby(joint.who(0), phase=Phase.DRAFTED)))


def open_invitation(desk: Desk, link: script.ScriptLink, **changes: object) -> None:
    desk.study.invited.take_text("INVITATION")
    link.play(joint.invitation(**changes))
