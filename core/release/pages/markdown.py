"""A document as Markdown: the data card that travels with the table and is read anywhere.

The bytes follow from the document alone, so that every hospital writes and signs the same ones.
"""

from __future__ import annotations

from typing import Final

from core.release.pages.document import (
    Block,
    Bullets,
    Document,
    Facts,
    Grid,
    Notice,
    Paragraph,
    Picture,
    Section,
)

#: What Markdown would read as markup, in names that people typed.
_SPECIAL: Final = "\\`*_[]<>|#"


def markdown_of(document: Document) -> bytes:
    """Return the document as UTF-8 Markdown; a picture becomes the table behind it."""
    parts = [
        f"# {plain(document.title)}",
        f"{plain(document.kind)} · {plain(document.subtitle)}",
    ]
    if document.label is not None:
        odds = ("Worst-case odds", document.label.sentence)
        facts = Facts(rows=(odds, *document.label.rows))
        parts.append(_section(Section(title="Privacy label", blocks=(facts,))))
    parts += [_section(s) for s in document.sections]
    return ("\n\n".join(parts) + "\n").encode("utf-8")


def plain(text: str) -> str:
    r"""Return text that Markdown shows as it is, on one line.

    >>> plain("a*b|c")
    'a\\*b\\|c'
    """
    return "".join(f"\\{c}" if c in _SPECIAL else c for c in " ".join(text.split()))


def _section(section: Section) -> str:
    blocks = [_block(block) for block in section.blocks]
    return "\n\n".join([f"## {plain(section.title)}", *blocks])


def _block(block: Block) -> str:
    match block:
        case Paragraph():
            return plain(block.text)
        case Bullets():
            return "\n".join(f"- {plain(item)}" for item in block.items)
        case Facts():
            return "\n".join(f"- **{plain(name)}:** {plain(value)}" for name, value in block.rows)
        case Grid():
            return _grid(block)
        case Picture():
            return _grid(block.grid)
        case Notice():
            return f"> **{plain(block.title)}** {plain(block.text)}"


def _grid(grid: Grid) -> str:
    marks = [":--" if n < grid.words else "--:" for n in range(len(grid.heads))]
    lines = [
        f"**{plain(grid.caption)}**",
        "",
        _row([plain(h) for h in grid.heads]),
        _row(marks),
        *(_row([plain(c) for c in row]) for row in grid.rows),
    ]
    return "\n".join(lines)


def _row(cells: list[str]) -> str:
    return "| " + " | ".join(cells) + " |"
