"""Handing a release on, in every state."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from app.views.widgets import Dialog
from core.messages import events as said
from core.messages.release_events import PackagedFile, ReleaseHandedOn, ReleasePrepared
from tests.gui.stand import Stand

_FILES = (
    ("data-card.html", 48_000),
    ("data-card.md", 6_000),
    ("manifest.json", 9_000),
    ("plan.json", 21_000),
    ("report.html", 94_000),
    ("report.pdf", 104_000),
    ("signatures.json", 4_000),
    ("synthetic.csv", 6_700_000),
)
PREPARED = ReleasePrepared(
    digest="d" * 64,
    contents="7c1e" * 16,
    files=tuple(PackagedFile(name=name, size_bytes=size) for name, size in _FILES),
    recipient="outside",
    to="European Genome Archive",
    needs_approval=True,
    signed_by=("Northgate University Hospital", "Riverside", "Lakeview"),
)


def asked(s: Stand) -> Any:
    """The dialog that is open."""
    return next(d for d in s.window.findChildren(Dialog) if d.isVisible())


def of(overview: Callable[[Stand], None]) -> dict[str, Callable[[Stand], None]]:
    """Return the states, reached from the overview of the results."""

    def dialog_release(s: Stand) -> None:
        overview(s)
        s.window.page.export()

    def dialog_release_outside(s: Stand) -> None:
        dialog_release(s)
        asked(s)._beyond.setChecked(True)

    def release_preparing(s: Stand) -> None:
        dialog_release_outside(s)
        asked(s).set_folder("/home/steward/Exports")
        asked(s)._to.setText("European Genome Archive")
        asked(s)._prepare()

    def dialog_release_refused(s: Stand) -> None:
        release_preparing(s)
        fields = (("file", "synthetic.csv"), ("reason", "its SHA-256 is not the manifest's"))
        s.link.play(said.Refused(command="PrepareRelease", code="WO606", fields=fields))

    def dialog_release_approve(s: Stand) -> None:
        release_preparing(s)
        s.link.play(PREPARED)

    def dialog_release_wrong(s: Stand) -> None:
        dialog_release_approve(s)
        box = asked(s)
        box._asks.setText("Dana Alvarez")
        box._who.setText("Ines Duarte")
        box._pass.setText("not the right words")
        box._why.setText("For the paper on subtypes")
        box._approve()
        wrong = said.Refused(command="ApproveRelease", code="ST709", fields=(("left", "4"),))
        s.link.play(wrong)

    def results_released(s: Stand) -> None:
        dialog_release_approve(s)
        asked(s)._approve()
        s.link.play(
            ReleaseHandedOn(
                digest=PREPARED.digest,
                contents=PREPARED.contents,
                name="release-7c1e7c1e.zip",
                approver="Ines Duarte",
            )
        )

    states = (
        dialog_release,
        dialog_release_outside,
        release_preparing,
        dialog_release_refused,
        dialog_release_approve,
        dialog_release_wrong,
        results_released,
    )
    return {state.__name__: state for state in states}
