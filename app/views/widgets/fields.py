"""Fields: a label above, the control, a hint or an error below."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QComboBox,
    QLineEdit,
    QPlainTextEdit,
    QSizePolicy,
    QSpinBox,
    QWidget,
)

from app.theme import current_theme
from app.views.widgets.layout import col, framed, row
from app.views.widgets.text import Glyph, set_property, text

LENGTH_MAX: Final = 200


def edit(
    value: str = "", placeholder: str = "", *, secret: bool = False, longest: int = LENGTH_MAX
) -> QLineEdit:
    """One line to write in.

    Args:
        value: What stands there first.
        placeholder: An example, never the only label.
        secret: Show dots instead of letters.
        longest: Most characters that can be written.
    """
    line = QLineEdit(value)
    line.setPlaceholderText(placeholder)
    line.setMaxLength(longest)
    if secret:
        line.setEchoMode(QLineEdit.EchoMode.Password)
    return line


def comment(placeholder: str = "", *, lines: int = 2) -> QPlainTextEdit:
    """A few lines to write in; Tab leaves it."""
    box = QPlainTextEdit()
    box.setPlaceholderText(placeholder)
    box.setTabChangesFocus(True)
    box.setFixedHeight(current_theme().size(20 * lines + 18))
    return box


def choose(*options: str, chosen: int = 0) -> QComboBox:
    """A drop-down list."""
    box = QComboBox()
    box.addItems(list(options))
    box.setCurrentIndex(chosen)
    box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
    box.setMinimumContentsLength(8)
    return box


def spin(low: int, high: int, value: int) -> QSpinBox:
    """A whole number to type or to step, wide enough for its grouped digits."""
    box = QSpinBox()
    box.setRange(low, high)
    box.setValue(value)
    box.setGroupSeparatorShown(True)
    # NB: QSpinBox.NoButtons leaves the inner field one pixel wide under a style sheet.
    box.lineEdit().setTextMargins(10, 0, 10, 0)
    box.setAccelerated(True)
    box.setMinimumWidth(current_theme().size(96))
    return box


class Field(QWidget):
    """A control with its label, and below it a hint or, instead, an error.

    The label is the control's buddy and accessible name; hint or error is its description.
    """

    def __init__(
        self, title: str, control: QWidget, hint: str = "", error: str | None = None
    ) -> None:
        super().__init__()
        self.control = control
        self._hint = hint
        label = text(title, "label", "text")
        label.setBuddy(control)
        control.setAccessibleName(title)
        self._hint_label = text(hint, "caption", wrap=True)
        self._error_label = text("", "caption", "danger", wrap=True)
        mark = col(1, Glyph("light-fail", "danger", 13), None, gap="none")
        self._error_line = framed(row(mark, (self._error_label, 1), gap="xs"))
        self.setLayout(col(label, control, self._hint_label, self._error_line, gap="xs"))
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        control.setSizePolicy(QSizePolicy.Policy.Expanding, control.sizePolicy().verticalPolicy())
        self.set_error(error)

    @property
    def error(self) -> str | None:
        """What is wrong, if anything."""
        return self._error_label.text() or None

    def set_hint(self, hint: str) -> None:
        """Say another hint."""
        self._hint = hint
        self._hint_label.setText(hint)
        self.set_error(self.error)

    def set_error(self, error: str | None) -> None:
        """Say what is wrong and how to put it right; None when all is well."""
        self._error_label.setText(error or "")
        self._error_line.setVisible(error is not None)
        self._hint_label.setVisible(error is None and bool(self._hint))
        set_property(self.control, "invalid", error is not None)
        self.control.setAccessibleDescription(f"Problem: {error}" if error else self._hint)


def field(title: str, control: QWidget, hint: str = "", error: str | None = None) -> Field:
    """A `Field`; reads like the other builders."""
    return Field(title, control, hint, error)


def toggle_secret(line: QLineEdit, *, shown: bool) -> None:
    """Show or hide what is written in a secret line."""
    mode = QLineEdit.EchoMode.Normal if shown else QLineEdit.EchoMode.Password
    line.setEchoMode(mode)
    line.setInputMethodHints(Qt.InputMethodHint.ImhSensitiveData)
