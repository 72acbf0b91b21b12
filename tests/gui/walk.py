"""The way through a study over a scripted worker, step by step, for the presenters' tests."""

from __future__ import annotations

from pathlib import Path

from app.presenters.desk import Desk
from core.messages import events as said
from core.model.study import HospitalState, StudyState
from tests.gui import script

DIGEST = "d" * 64
FILE = "/home/steward/leukaemia_2019_2025.csv"


def refused(command: str, code: str, **fields: str) -> said.Refused:
    return said.Refused(command=command, code=code, fields=tuple(fields.items()))


def check_cohort(desk: Desk, link: script.ScriptLink) -> None:
    desk.study.begin()
    desk.study.cohort.choose_file(FILE)
    link.play(
        said.FileInspected(
            file_name=Path(FILE).name, layout=script.LAYOUT, preview=script.PREVIEW
        ),
        script.CHECKED,
    )


def price(desk: Desk, link: script.ScriptLink) -> None:
    check_cohort(desk, link)
    desk.study.forward()
    link.play(script.levels())


def propose(desk: Desk, link: script.ScriptLink) -> None:
    price(desk, link)
    desk.study.forward()
    desk.study.join.add_files(("/data/a.csv", "/data/b.csv", "/data/c.csv"))
    desk.study.connect_hospitals()
    link.play(
        *[script.hospital(n, HospitalState.READY) for n in range(4)], script.proposed(DIGEST)
    )


def run(desk: Desk, link: script.ScriptLink) -> None:
    propose(desk, link)
    desk.study.start()
    link.play(said.RunStarted(digest=DIGEST, stages=script.STAGES, time=script.NOW - 100))


def end(state: StudyState, *, spent: bool = True, code: str = "") -> said.RunEnded:
    fields = (("party", "Klinikum Ostufer"), ("spent", "x")) if code else ()
    return said.RunEnded(digest=DIGEST, state=state, spent=spent, code=code, fields=fields)
