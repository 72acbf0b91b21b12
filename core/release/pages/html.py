"""A document as one HTML file: nothing is loaded from anywhere, and it prints well.

Landmarks, one heading of the first level, captions and scopes of tables, and words for every
picture are there for screen readers. The letters it needs are inside (``lettering.py``).

References:
    WCAG 2.2; WAI-ARIA 1.2 (landmarks, img).
"""

from __future__ import annotations

import base64
from html import escape
from typing import Final

from core.release.pages import ink
from core.release.pages.document import (
    Audience,
    Block,
    Bullets,
    Document,
    Facts,
    Grid,
    Label,
    Notice,
    Paragraph,
    Picture,
    Section,
    Tone,
)
from core.release.pages.lettering import Lettering

_STAMPS: Final = {
    Audience.EVERYBODY: "Released numbers only",
    Audience.HOSPITAL: "Stays at this hospital",
}
_STYLE: Final = f"""
:root{{color-scheme:light}}*{{box-sizing:border-box}}
html{{font:14px/1.5 Inter,system-ui,sans-serif;color:{ink.TEXT};background:{ink.SUNKEN}}}
body{{margin:0 auto;max-width:64rem;padding:2.5rem 3rem;background:{ink.SURFACE}}}
h1{{font-size:1.85rem;line-height:1.2;margin:.25rem 0 .35rem;font-weight:600;
letter-spacing:-.01em}}
h2{{font-size:1.15rem;margin:2.4rem 0 .7rem;padding-top:.9rem;border-top:1px solid {ink.BORDER};
font-weight:600}}
p,ul,dl,figure,table{{margin:0 0 .9rem}}p,li,dd{{max-width:46rem;overflow-wrap:anywhere}}
ul{{padding-left:1.15rem}}li{{margin:.28rem 0}}
header .top{{display:flex;justify-content:space-between;align-items:center;gap:1rem}}
.kind,.sub,caption,footer{{color:{ink.SUBTLE}}}.sub{{font-size:1.02rem;margin-bottom:1.4rem}}
.stamp{{font-weight:600;font-size:.88rem;padding:.22rem .75rem;border-radius:1rem;
white-space:nowrap;background:{ink.ACCENT_SOFT};color:{ink.ACCENT}}}
.stamp.hospital{{background:{ink.WARN_SOFT};color:{ink.WARN}}}
.label{{border:1px solid {ink.BORDER};border-radius:12px;padding:1.35rem 1.6rem;margin:0 0 1rem}}
.label h2{{border:0;padding:0;margin:0 0 1rem;font-size:1rem}}
.odds{{display:grid;grid-template-columns:auto 1fr;gap:1.6rem;align-items:center;
margin-bottom:1rem}}
.odds b{{display:block;font-size:2.1rem;line-height:1.15;font-weight:600;letter-spacing:-.02em}}
.odds p{{margin:.2rem 0 0;color:{ink.MUTED}}}
.key{{font-size:.86rem;color:{ink.SUBTLE}}}
dl{{display:grid;grid-template-columns:minmax(9rem,14rem) 1fr;gap:.42rem 1.4rem}}
dt{{color:{ink.MUTED}}}dd{{margin:0}}
.scroll{{overflow-x:auto}}
table{{border-collapse:collapse;width:100%;font-size:.93rem}}
caption{{text-align:left;padding:0 0 .45rem;font-size:.9rem}}
th,td{{text-align:left;padding:.38rem .7rem .38rem 0;border-bottom:1px solid {ink.BORDER};
vertical-align:top}}thead th{{font-weight:600;color:{ink.MUTED};border-bottom-color:{ink.MUTED}}}
tbody th{{font-weight:400}}.n{{text-align:right;white-space:nowrap}}
figure svg{{width:100%;height:auto;display:block}}
figcaption{{color:{ink.MUTED};font-size:.93rem;margin:.35rem 0 .5rem;max-width:46rem}}
details summary{{cursor:pointer;color:{ink.ACCENT};font-weight:600;margin:.3rem 0 .6rem}}
:focus-visible{{outline:2px solid {ink.ACCENT};outline-offset:2px}}
.notice{{border-radius:8px;padding:.75rem 1rem;margin:0 0 .9rem;background:{ink.ACCENT_SOFT}}}
.notice.care{{background:{ink.WARN_SOFT}}}.notice p{{margin:0}}
footer{{border-top:1px solid {ink.BORDER};margin-top:2.4rem;padding-top:.9rem;font-size:.88rem}}
@page{{size:A4;margin:17mm 16mm 18mm}}
@media print{{html{{background:none;font-size:10.3px}}body{{max-width:none;padding:0}}
h2{{break-after:avoid}}figure,tr,.notice,.label{{break-inside:avoid}}
thead{{display:table-header-group}}
.scroll{{overflow:visible}}}}
@media (max-width:44rem){{body{{padding:1.2rem}}
dl,.odds{{grid-template-columns:1fr}}dd{{margin-bottom:.4rem}}}}
"""


def html_of(document: Document, letters: Lettering | None = None) -> bytes:
    """Return the document as one self-contained HTML file, UTF-8.

    Args:
        document: What is written.
        letters: Of this document, if they are there already.
    """
    letters = letters or Lettering.of(document)
    body = _body(document)
    fonts = _face(400, letters.regular) + _face(600, letters.bold)
    policy = "default-src 'none'; style-src 'unsafe-inline'; font-src data:; img-src data:"
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(document.title)} · {escape(document.kind)}</title>\n"
        f"<style>{fonts}{_STYLE}</style>\n</head>\n<body>\n{body}\n</body>\n</html>\n"
    ).encode()


def _face(weight: int, content: bytes) -> str:
    return (
        f"@font-face{{font-family:Inter;font-weight:{weight};"
        f"src:url(data:font/ttf;base64,{base64.b64encode(content).decode('ascii')}) "
        "format('truetype')}"
    )


def _body(document: Document) -> str:
    audience = document.audience
    label = _label(document.label) if document.label is not None else ""
    sections = "\n".join(_section(n, s) for n, s in enumerate(document.sections, 1))
    return (
        f'<header>\n<div class="top"><span class="kind">{escape(document.kind)}</span>'
        f'<span class="stamp {audience.value}">{escape(_STAMPS[audience])}</span></div>\n'
        f'<h1>{escape(document.title)}</h1>\n<p class="sub">{escape(document.subtitle)}</p>\n'
        f"</header>\n<main>\n{label}\n{sections}\n</main>\n"
        f"<footer>{escape(document.footer)}</footer>"
    )


def _label(label: Label) -> str:
    return (
        '<section class="label" aria-labelledby="label"><h2 id="label">Privacy label</h2>\n'
        f'<div class="odds">{_dots(label.odds)}<div><b>At most {label.odds} in 100</b>'
        f"<p>{escape(label.sentence)}</p></div></div>\n"
        '<p class="key">Filled dots: right by a fair guess, 50 of 100. Squares: added by this '
        "release, at most. Rings: still wrong.</p>\n"
        f"{_facts(Facts(rows=label.rows))}</section>"
    )


def _dots(odds: int) -> str:
    """Draw 100 marks in 5 rows: round for a fair guess, square for what is added, rings else."""
    marks = []
    for n in range(100):
        x, y = 7 + 11 * (n % 20), 7 + 11 * (n // 20)
        if n < 50:
            marks.append(f'<circle cx="{x}" cy="{y}" r="3.6" fill="{ink.REAL}"/>')
        elif n < odds:
            marks.append(
                f'<rect x="{x - 3.4}" y="{y - 3.4}" width="6.8" height="6.8" fill="{ink.HIGH}"/>'
            )
        else:
            marks.append(f'<circle cx="{x}" cy="{y}" r="3.1" fill="none" stroke="{ink.REAL}"/>')
    alt = f"100 dots: 50 for a fair guess, {max(0, odds - 50)} added by this release at most"
    return (
        f'<svg viewBox="0 0 223 58" width="268" height="70" role="img" aria-label="{alt}">'
        f"{''.join(marks)}</svg>"
    )


def _section(number: int, section: Section) -> str:
    blocks = "\n".join(_block(block) for block in section.blocks)
    return (
        f'<section aria-labelledby="s{number}">\n<h2 id="s{number}">{escape(section.title)}</h2>\n'
        f"{blocks}\n</section>"
    )


def _block(block: Block) -> str:
    match block:
        case Paragraph():
            return f"<p>{escape(block.text)}</p>"
        case Bullets():
            items = "".join(f"<li>{escape(item)}</li>" for item in block.items)
            return f"<ul>{items}</ul>"
        case Facts():
            return _facts(block)
        case Grid():
            return _grid(block)
        case Picture():
            return _picture(block)
        case Notice():
            care = " care" if block.tone is Tone.CARE else ""
            return (
                f'<div class="notice{care}" role="note"><p><strong>{escape(block.title)}</strong> '
                f"{escape(block.text)}</p></div>"
            )


def _facts(facts: Facts) -> str:
    rows = "".join(f"<dt>{escape(n)}</dt><dd>{escape(v)}</dd>" for n, v in facts.rows)
    return f"<dl>{rows}</dl>"


def _picture(picture: Picture) -> str:
    alt = escape(picture.alt, quote=True)
    look = f'style="max-width:{picture.breadth:.0%}"'
    svg = picture.svg.replace("<svg ", f'<svg role="img" aria-label="{alt}" {look} ', 1)
    return (
        f"<figure>{svg}<figcaption>{escape(picture.alt)}</figcaption>"
        f"<details open><summary>The numbers behind this picture</summary>{_grid(picture.grid)}"
        "</details></figure>"
    )


def _grid(grid: Grid) -> str:
    def side(column: int) -> str:
        return "" if column < grid.words else ' class="n"'

    heads = "".join(f'<th scope="col"{side(n)}>{escape(h)}</th>' for n, h in enumerate(grid.heads))
    rows = []
    for row in grid.rows:
        first = f'<th scope="row">{escape(row[0])}</th>'
        rest = "".join(f"<td{side(n)}>{escape(c)}</td>" for n, c in enumerate(row) if n)
        rows.append(f"<tr>{first}{rest}</tr>")
    return (
        f'<div class="scroll"><table><caption>{escape(grid.caption)}</caption>'
        f"<thead><tr>{heads}</tr></thead><tbody>{''.join(rows)}</tbody></table></div>"
    )
