"""Say why: taking a hospital out, refusing a plan, leaving a study."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from app.presenters.wording import say
from app.views.widgets import Dialog, Pairs, button, comment, field, well

REASON_MAX = 300


class ReasonDialog(Dialog):
    """A question, what follows from it, and a reason that the others will read."""

    given = Signal(str)

    def __init__(
        self,
        parent: QWidget,
        title: str,
        act: str,
        *consequences: tuple[str, str],
        stay: str,
        reads: str,
    ) -> None:
        """Ask.

        Args:
            parent: A widget of the window.
            title: The question.
            act: Words of the button that does it.
            consequences: (who or what, what happens).
            stay: Words of the safe way out.
            reads: Who will read the reason.
        """
        super().__init__(parent, title, width=580)
        self._box = comment(say("One sentence"), lines=3)
        self._field = field(say("Reason"), self._box, reads)
        self._go = button(act, "danger")
        keep = button(stay, "primary")
        self.add(well(Pairs(*consequences)), self._field)
        self.set_actions(None, self._go, keep, default=keep)
        keep.clicked.connect(self.reject)
        self._go.clicked.connect(self._accept)
        self._box.textChanged.connect(self._show)
        self._show()

    @property
    def reason(self) -> str:
        """What was written, in one line."""
        return " ".join(self._box.toPlainText().split())[:REASON_MAX]

    def _show(self) -> None:
        self._go.set_blocked(None if self.reason else say("Write the reason first"))

    def _accept(self) -> None:
        self.given.emit(self.reason)
        self.accept()
