"""The house's letters for pages: only those that a page needs, small enough to be carried inside.

The bundled Inter is OpenType with cubic outlines, which neither ReportLab nor every printer reads;
here it becomes TrueType. Figures are the tabular ones, so that numbers stand under each other.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from importlib.resources import files
from typing import Any, Final, Self

from core.release.pages.document import Document

_FILES: Final = {400: "Inter-Regular.otf", 600: "Inter-SemiBold.otf"}
#: Largest distance of a new outline from the old one, font units (2048 to the em).
_TOLERANCE: Final = 1.0
_ALWAYS: Final = "".join(map(chr, range(0x20, 0x7F))) + "·–—…“”’−×≤≥•☐"


@dataclass(frozen=True, slots=True, kw_only=True)
class Lettering:
    """The letters of one document, as TrueType: regular and semi-bold."""

    regular: bytes
    bold: bytes

    @classmethod
    def of(cls, document: Document) -> Self:
        """Return the letters that a document needs."""
        letters = "".join(sorted(set(_ALWAYS) | set(repr(document))))
        return cls(regular=truetype(400, letters), bold=truetype(600, letters))


def truetype(weight: int, letters: str) -> bytes:
    """Return Inter of a weight, 400 or 600, with these letters, as far as it has them.

    The same letters give the same bytes.
    """
    from fontTools import subset  # noqa: PLC0415 - only when pages are written
    from fontTools.ttLib import TTFont  # noqa: PLC0415 - see above

    source = io.BytesIO((files("resources") / "fonts" / _FILES[weight]).read_bytes())
    font = TTFont(source, recalcTimestamp=False)
    _tabular(font)
    for table in ("GSUB", "GPOS", "GDEF"):  # after the digits nothing needs them
        if table in font:
            del font[table]
    chosen = subset.Subsetter(subset.Options(notdef_outline=True))
    chosen.populate(text=letters)
    chosen.subset(font)
    _to_quadratic(font)
    stream = io.BytesIO()
    font.save(stream)
    return stream.getvalue()


def _tabular(font: Any) -> None:  # noqa: ANN401 - fontTools' own type
    """Map the digits to their tabular forms."""
    rules = font["GSUB"].table
    forms: dict[str, str] = {}
    for record in rules.FeatureList.FeatureRecord:
        if record.FeatureTag == "tnum":
            for index in record.Feature.LookupListIndex:
                for rule in rules.LookupList.Lookup[index].SubTable:
                    forms |= rule.mapping
    for table in font["cmap"].tables:
        for code, name in list(table.cmap.items()):
            if chr(code).isdecimal():
                table.cmap[code] = forms.get(name, name)


def _to_quadratic(font: Any) -> None:  # noqa: ANN401 - see above
    from fontTools.pens.cu2quPen import Cu2QuPen  # noqa: PLC0415 - see above
    from fontTools.pens.ttGlyphPen import TTGlyphPen  # noqa: PLC0415 - see above
    from fontTools.ttLib import newTable  # noqa: PLC0415 - see above

    order = font.getGlyphOrder()
    outlines, glyphs = font.getGlyphSet(), {}
    for name in order:
        pen = TTGlyphPen(outlines)
        outlines[name].draw(Cu2QuPen(pen, _TOLERANCE, reverse_direction=True))
        glyphs[name] = pen.glyph()
        glyphs[name].recalcBounds(None)
    font["loca"] = newTable("loca")
    font["glyf"] = table = newTable("glyf")
    table.glyphOrder, table.glyphs = order, glyphs
    most = font["maxp"]
    most.tableVersion = 0x00010000
    zero = ("Zones", "TwilightPoints", "Storage", "FunctionDefs", "InstructionDefs")
    for field in (*zero, "StackElements", "SizeOfInstructions", "ComponentElements"):
        setattr(most, f"max{field}", 1 if field == "Zones" else 0)
    most.maxSizeOfInstructions = most.maxComponentDepth = 0
    font["post"].formatType = 3.0  # nobody needs the glyphs' names
    del font["CFF "]
    if "VORG" in font:
        del font["VORG"]
    font.sfntVersion = "\x00\x01\x00\x00"
