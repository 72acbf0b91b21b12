"""The help of a page, from the Markdown files of `resources/help`."""

from __future__ import annotations

from importlib.resources import files

from PySide6.QtWidgets import QWidget

from app.presenters.wording import say
from app.views.widgets import Dialog, button, col, para, row, text
from app.views.widgets.layout import Item

FALLBACK = "studies"


def help_text(topic: str) -> str:
    """Return the Markdown of a topic; an unknown one gets the help of the studies page."""
    folder = files("resources") / "help"
    file = folder / f"{topic}.md"
    if not topic.isidentifier() or not file.is_file():
        file = folder / f"{FALLBACK}.md"
    return file.read_text(encoding="utf-8")


class HelpDialog(Dialog):
    """Title, headings, paragraphs and points: as much Markdown as the help texts use."""

    def __init__(self, parent: QWidget, topic: str) -> None:
        lines = help_text(topic).splitlines()
        title = next((line[2:] for line in lines if line.startswith("# ")), say("Help"))
        super().__init__(parent, title, width=640)
        self.add(col(*_blocks(lines), gap="s"))
        close = button(say("Close"), "primary")
        close.clicked.connect(self.accept)
        self.set_actions(None, close, default=close)


def _blocks(lines: list[str]) -> list[Item]:
    out: list[Item] = []
    paragraph: list[str] = []

    def flush() -> None:
        if paragraph:
            out.append(para(" ".join(paragraph), tone="text"))
            paragraph.clear()

    for line in lines:
        if line.startswith("## "):
            flush()
            out += [4, text(line[3:], "h3", wrap=True)]
        elif line.startswith("- "):
            flush()
            out.append(row(text("·", "muted"), (para(line[2:], tone="text"), 1)))
        elif line.startswith("# ") or not line.strip():
            flush()
        else:
            paragraph.append(line.strip())
    flush()
    return out
