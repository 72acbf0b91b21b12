"""A document as plain values, before it becomes Markdown, HTML or PDF.

Whoever builds one decides what may stand in it (``released.py``, ``local.py``); whoever writes it
knows no study.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from core.errors import InternalError


class Audience(StrEnum):
    """Who may read a document; it stands on every page."""

    EVERYBODY = "everybody"
    HOSPITAL = "hospital"


class Tone(StrEnum):
    """How a notice looks; its words say the same."""

    PLAIN = "plain"
    CARE = "care"


@dataclass(frozen=True, slots=True, kw_only=True)
class Paragraph:
    """One paragraph of plain text."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Bullets:
    """A list of sentences."""

    items: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """Names and values, one pair on a line."""

    rows: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """A table. Invariant: every row has a cell under each heading.

    Attributes:
        caption: What it is about; also what a screen reader announces.
        heads: One heading per column.
        rows: Cells as text.
        words: So many leading columns hold words; the others hold numbers and stand right.
    """

    caption: str
    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    words: int = 1

    def __post_init__(self) -> None:
        """Refuse rows of another length.

        Raises:
            InternalError: IN901.
        """
        if any(len(row) != len(self.heads) for row in self.rows):
            raise InternalError("IN901", rule="a table's rows have a cell under each heading")


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A plot with its words and the numbers behind it.

    Attributes:
        svg: For the screen and for HTML.
        png: The same for PDF.
        width: Pixels of the PNG.
        height: Pixels of the PNG.
        breadth: Proportion of the page's width that it takes, so that all letters are one size.
        alt: What is seen, in one sentence.
        grid: The numbers behind the plot.
    """

    svg: str
    png: bytes
    width: int
    height: int
    breadth: float
    alt: str
    grid: Grid


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """A sentence that must not be overlooked."""

    title: str
    text: str
    tone: Tone = Tone.PLAIN


Block = Paragraph | Bullets | Facts | Grid | Picture | Notice


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A heading and what stands under it."""

    title: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """The privacy label of the first page.

    Attributes:
        odds: Worst-case chance of 100 that a guess about one patient is right.
        sentence: The same in words.
        rows: Budget, protected unit, neighbours, delta, trust, spent.
    """

    odds: int
    sentence: str
    rows: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """All of it, in order.

    Attributes:
        kind: Such as ``Report`` or ``Data card``.
        title: Of the study.
        subtitle: One line under it.
        audience: Who may read it.
        label: The privacy label; None where there is no study.
        sections: The rest.
        footer: On every page of the PDF.
    """

    kind: str
    title: str
    subtitle: str
    audience: Audience
    label: Label | None
    sections: tuple[Section, ...]
    footer: str
