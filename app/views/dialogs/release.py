"""Release synthetic data: who gets it, what goes along, and the second person who agrees.

Two dialogs, one after the other. The first asks for a package to be put together; the second shows
its fingerprint and lets the second person agree to exactly that, with their own passphrase.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QButtonGroup, QWidget

from app.presenters.release import ReleasePresenter
from app.presenters.selection import chosen_words
from app.presenters.wording import count, say
from app.views.dialogs.reason import REASON_MAX
from app.views.widgets import (
    Banner,
    Check,
    Dialog,
    Light,
    Pairs,
    Radio,
    Segments,
    button,
    col,
    edit,
    field,
    row,
    side,
    text,
    well,
)
from core.messages.release_commands import PrepareRelease
from core.messages.release_events import ReleasePrepared
from core.messages.report_events import ReportReady

INSIDE, OUTSIDE = "inside", "outside"
_TO_MAX: Final = 120
_NAME_MAX: Final = 80
_FORMS: Final = (
    ("parquet", "Parquet, small and fast"),
    ("h5ad", "AnnData (h5ad), for single-cell and omics tools"),
)


class ReleaseDialog(Dialog):
    """Who will receive it, and what goes into the package."""

    folder_wanted = Signal()

    def __init__(
        self, parent: QWidget, release: ReleasePresenter, ready: ReportReady, folder: Path
    ) -> None:
        note = say(
            "The package is sealed with a fingerprint, so that a recipient can check that nothing "
            "was changed. Releasing uses nothing more of the cap."
        )
        super().__init__(parent, say("Release synthetic data"), note=note, width=660)
        self._release, self._digest, self._folder = release, ready.release.plan_digest, folder
        self._within = Radio(say("Inside this hospital"))
        self._beyond = Radio(say("Outside: research partners or the public"))
        group = QButtonGroup(self)
        group.addButton(self._within)
        group.addButton(self._beyond)
        self._to = edit(longest=_TO_MAX)
        self._to_field = field(say("Who is it?"), self._to, say("It stands in the package."))
        self._forms = [(key, Check(say(words))) for key, words in _FORMS]
        self._report = Check(say("Report with released numbers only (HTML and PDF)"), checked=True)
        self._local = Check(say("Report with comparisons to your patients (HTML and PDF)"))
        self._why = Banner(
            "accent",
            say("Your own report stays inside the hospital"),
            (
                "",
                say(
                    "It holds exact figures about your real patients. They are not covered by the "
                    "privacy promise, so every outside release leaves it out."
                ),
            ),
        )
        self._kind = Segments(say("As"), say("One ZIP file"), say("A folder"))
        self._where = Pairs((say("Save in"), folder.name or str(folder)))
        other = button(say("Choose another folder"), "secondary", "folder")
        other.clicked.connect(self.folder_wanted)
        self._wrong = Light("fail", "", "label", wrap=True)
        self._wrong.hide()
        self._go = button(say("Put it together"), "primary", "export")
        stop = button(say("Not now"), "ghost")
        always = Light(
            "ok",
            say(
                "Always: synthetic patients (CSV, {n} × {genes}), data card, manifest, signatures",
                n=count(ready.release.n_records),
                genes=count(ready.release.n_genes),
            ),
            "body",
            wrap=True,
        )
        selection = ready.release.selection
        tried = (
            []
            if selection is None
            else [
                text(
                    say(
                        "{chosen} among {n} settings; the data card tells the scores of all, and "
                        "that the best of several is on average too high.",
                        chosen=chosen_words(selection),
                        n=len(selection.candidates),
                    ),
                    "caption",
                    wrap=True,
                )
            ]
        )
        contents = (always, *tried, self._report, *(tick for _, tick in self._forms), self._local)
        self.add(
            col(text(say("Who will receive it"), "label", "text"), self._within, self._beyond,
                gap="xxs"),
            self._to_field,
            col(text(say("What goes into the package"), "label", "text"), *contents, gap="xxs"),
            self._why,
            row((self._where, 1), other),
            row(self._kind, None),
            self._wrong,
        )  # fmt: skip
        self.set_actions(stop, None, self._go, default=self._go)
        stop.clicked.connect(self.reject)
        self._go.clicked.connect(self._prepare)
        self._within.toggled.connect(self._show)
        self._to.textChanged.connect(self._show)
        release.changed.connect(self._follow)
        self._within.setChecked(True)
        self._show()

    def set_folder(self, folder: str) -> None:
        """Save in another folder."""
        self._folder = Path(folder)
        self._where.set_value(say("Save in"), self._folder.name or folder)

    def _show(self) -> None:
        outside = self._beyond.isChecked()
        why = say("It stays inside the hospital") if outside else ""
        self._local.setEnabled(not outside)
        self._local.setToolTip(why)
        self._local.setAccessibleDescription(why)
        if outside:
            self._local.setChecked(False)
        self._to_field.setVisible(outside)
        missing = outside and not self._to.text().strip()
        self._go.set_blocked(say("Name who will receive it") if missing else None)
        self.refit()

    def _prepare(self) -> None:
        self._wrong.hide()
        self._go.set_blocked(say("The package is being put together"))
        outside = self._beyond.isChecked()
        self._release.prepare(
            PrepareRelease(
                digest=self._digest,
                folder=str(self._folder),
                as_zip=self._kind.current == 0,
                forms=tuple(key for key, tick in self._forms if tick.isChecked()),
                report=self._report.isChecked(),
                local_report=self._local.isChecked(),
                recipient=OUTSIDE if outside else INSIDE,
                to=self._to.text() if outside else "",
            )
        )

    def _follow(self) -> None:
        state = self._release.state
        if state.prepared is not None:
            self.accept()
        elif state.problem is not None:
            self._wrong.set_state("fail", f"{state.problem.text} {state.problem.remedy}")
            self._wrong.show()
            self._show()

    def done(self, result: int) -> None:
        """Stop listening; what was not put together is not asked for any more."""
        self._release.changed.disconnect(self._follow)
        if not result:
            self._release.drop()
        super().done(result)


class ReleaseApprovalDialog(Dialog):
    """The second person agrees to exactly these contents; nobody is needed for simulated ones."""

    def __init__(self, parent: QWidget, release: ReleasePresenter, steward: str) -> None:
        prepared = release.state.prepared
        if prepared is None:
            raise ValueError("nothing is prepared")
        note = (
            say(
                "Approving writes these files and nothing else. It stands in the privacy ledger "
                "and uses nothing more of the cap."
            )
            if prepared.needs_approval
            else say("These patients are simulated: nobody has to agree.")
        )
        super().__init__(parent, say("Approve the release as second person"), note=note, width=660)
        self._release, self._prepared = release, prepared
        self._asks = edit(steward, longest=_NAME_MAX)
        self._who = edit(longest=_NAME_MAX)
        self._pass = edit(secret=True)
        self._why = edit(longest=REASON_MAX)
        self._pass_field = field(
            say("Their passphrase"), self._pass, say("The one that they set up in Settings.")
        )
        reason_hint = (
            say("It stays in the privacy ledger.")
            if prepared.recipient == OUTSIDE
            else say("May be empty inside the hospital.")
        )
        self.add(well(_facts(prepared)))
        if prepared.needs_approval:
            self.add(
                side((field(say("Who asks"), self._asks), 1),
                     (field(say("Second person"), self._who), 1)),
                self._pass_field,
                field(say("Why is it released?"), self._why, reason_hint),
            )  # fmt: skip
        self._wrong = Light("fail", "", "label", wrap=True)
        self._wrong.hide()
        self.add(self._wrong)
        stop = button(say("Do not release"), "ghost")
        words = say("Approve and write") if prepared.needs_approval else say("Write the files")
        self._go = button(words, "primary", "export")
        self.set_actions(stop, None, self._go, default=self._go)
        stop.clicked.connect(self.reject)
        self._go.clicked.connect(self._approve)
        for box in (self._asks, self._who, self._pass, self._why):
            box.textChanged.connect(self._show)
        release.changed.connect(self._follow)
        self._show()

    @property
    def _missing(self) -> str:
        if not self._prepared.needs_approval:
            return ""
        asks, who = self._asks.text().strip(), self._who.text().strip()
        if not asks or not who or not self._pass.text():
            return say("Name both people and type the second person’s passphrase")
        if asks.casefold().split() == who.casefold().split():
            return say("Who asks cannot approve")
        if self._prepared.recipient == OUTSIDE and not self._why.text().strip():
            return say("Write why it is released")
        return ""

    def _show(self) -> None:
        self._go.set_blocked(self._missing or None)

    def _approve(self) -> None:
        self._wrong.hide()
        self._pass_field.set_error(None)
        self._go.set_blocked(say("The passphrase is being checked"))
        self._release.approve(
            requester=self._asks.text(),
            approver=self._who.text(),
            passphrase=self._pass.text(),
            reason=self._why.text(),
        )

    def _follow(self) -> None:
        state = self._release.state
        if state.handed_on is not None or state.prepared != self._prepared:
            self.accept()
            return
        problem = state.approval_problem
        if problem is None or state.approving:
            return
        words = f"{problem.text} {problem.remedy}"
        self._pass.clear()
        if problem.code == "ST709":
            self._pass_field.set_error(words)
            self._pass.setFocus()
        else:
            self._wrong.set_state("fail", words)
            self._wrong.show()
        self._show()
        self.refit()

    def done(self, result: int) -> None:
        """Leave no passphrase behind; without approval nothing waits any more."""
        self._release.changed.disconnect(self._follow)
        self._pass.clear()
        if not result:
            self._release.drop()
        super().done(result)


def _facts(prepared: ReleasePrepared) -> Pairs:
    size = sum(f.size_bytes for f in prepared.files)
    names = ", ".join(f.name for f in prepared.files)
    outside = prepared.recipient == OUTSIDE
    signed = ", ".join(prepared.signed_by)
    return Pairs(
        (say("For"), prepared.to if outside else say("inside this hospital")),
        (
            say("Contents"),
            say("{n} files, {size} kB: {names}", n=len(prepared.files),
                size=count(-(-size // 1000)), names=names),
        ),
        (say("Your own report"), _own_report(prepared)),
        (say("Signed by"), signed or say("nobody: only studies between hospitals are signed")),
        (say("Cap"), say("releasing uses nothing more")),
        (
            say("Fingerprint"),
            " ".join(prepared.contents[at : at + 4] for at in range(0, 24, 4)),
        ),
    )  # fmt: skip


def _own_report(prepared: ReleasePrepared) -> str:
    if any(f.name.startswith("internal-report") for f in prepared.files):
        return say("goes along, inside the hospital only")
    return say("is not in it")
