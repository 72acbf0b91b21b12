"""The building blocks of every page. Import them from here.

Make a `Theme(application)` before the first widget. Lower-case builders return plain Qt widgets
or layouts; classes can be changed while they are shown. Widths given in pixels hold at 100 %
text size. Colours follow the theme by themselves; on `Theme.rescaled` pages are built again.

Words and icons
    text(words, role="body", tone=None, *, wrap=False) -> QLabel
        role: h1 h2 h3 body strong label muted caption mono figure;
        tone: text muted subtle accent ok warn danger
    para(words, role="muted", tone=None) -> Para       wrapped, **bold**; Para.set_words(words)
    glyph(name, ink="muted", pixels=18, *, ground="surface") -> Glyph; .set_drawing(name, ink)
    announce(widget, words, *, assertive=False)        to screen readers
    set_property(widget, name, value)                  style sheet property, re-polished

Standing together
    row(*items, gap="s"), col(*items, gap="s")         item: widget, layout, int (pixels),
                                                       None (stretch), (item, stretch)
    framed(layout, box="", *, pad=0, **properties)     a QFrame the sheet dresses
    rule(), side((field, share), ...), beside(card, card, shares=(1, 1)), clear(layout)

Boxes
    card(title, *items, note=None, aside=None, gap="m"), well(*items, gap="s", pad=16)
    empty(icon, title, words, *buttons), Skeleton(lines=3), scroll(column, pad=(28, 16))

Acting
    button(words, kind="secondary", icon=None, *, name=None, why=None) -> Button
        kind: primary secondary ghost danger; why = disabled, with this reason
        Button.set_words(words), .set_blocked(why | None), .set_icon(name | None)
    Check(words, *, checked=False)
    Segments(name, *options, chosen=0); .chosen(int), .current, .choose(number)
    Tabs(name, *titles); .currentChanged(int), .set_ready(number, why | None)
    ChoiceCard(key, title, *items, says="", blocked=None); .set_blocked(why | None)
    ChoiceCards(name, *cards, chosen=key); .chosen(str), .current, .choose(key), .card(key)

Fields
    edit(value="", placeholder="", *, secret=False, longest=200), comment(placeholder, lines=2)
    choose(*options, chosen=0) -> QComboBox, spin(low, high, value) -> QSpinBox
    field(title, control, hint="", error=None) -> Field; .set_error(words | None), .set_hint()

States and facts
    Light(state, words, role="label", *, ground="surface", wrap=False); .set_state(state, words)
        state: ok busy warn fail idle
    Pill(words, tone="muted", icon=None); .set_state(words, tone, icon)
    Banner(tone, title, *(lead, sentence), actions=(), details="")   tone: accent ok warn danger
    Pairs(*(key, value), key_width=150); .set_value(key, value)
    Table(name, [Column(title=, width=0, right=False, mono=False)], rows, *, fitted=False)
        .set_rows(rows), .rows

Painted
    IconArray(odds, *, base=50); .set_odds(odds)
    CapBar(spent, this, cap, *, height=16); .set_values(spent, this, cap), .is_over
    RangeBar(low, high, reference=None, *, scale=(0, 100), says=""); .set_values(...)
    Progress(fraction | None, says, *, ink="accent"); .set_fraction(fraction, says), .set_ink()
    Swatch(ink, *, hatch=False, disc=False, hollow=False); legend((Swatch, words), ...)
    Stepper(current=0, reached=None); .chosen(int), .set_step(current, reached)
    Timeline([Stage(state=, title=, detail="", note="")]); .set_stages(stages)

Dialogs
    Dialog(parent, title, *, note="", width=620, aside=None); .add(*items),
        .set_actions(*buttons, default=button), .open(); Escape rejects
"""

from app.views.widgets.boxes import ScrollPage, Skeleton, card, empty, scroll, well
from app.views.widgets.buttons import Button, Check, Segments, button
from app.views.widgets.choices import ChoiceCard, ChoiceCards, Radio, Tabs
from app.views.widgets.dialogs import Dialog, Scrim
from app.views.widgets.fields import Field, choose, comment, edit, field, spin, toggle_secret
from app.views.widgets.layout import beside, clear, col, framed, row, rule, side
from app.views.widgets.meters import (
    CapBar,
    IconArray,
    Painted,
    Progress,
    RangeBar,
    Swatch,
    legend,
)
from app.views.widgets.status import LIGHTS, Banner, Light, LightState, Pairs, Pill
from app.views.widgets.steps import STEPS, Stage, Stepper, Timeline
from app.views.widgets.tables import Column, RowsModel, Table
from app.views.widgets.text import Glyph, Para, announce, glyph, para, set_property, text

__all__ = [
    "LIGHTS",
    "STEPS",
    "Banner",
    "Button",
    "CapBar",
    "Check",
    "ChoiceCard",
    "ChoiceCards",
    "Column",
    "Dialog",
    "Field",
    "Glyph",
    "IconArray",
    "Light",
    "LightState",
    "Painted",
    "Pairs",
    "Para",
    "Pill",
    "Progress",
    "Radio",
    "RangeBar",
    "RowsModel",
    "Scrim",
    "ScrollPage",
    "Segments",
    "Skeleton",
    "Stage",
    "Stepper",
    "Swatch",
    "Table",
    "Tabs",
    "Timeline",
    "announce",
    "beside",
    "button",
    "card",
    "choose",
    "clear",
    "col",
    "comment",
    "edit",
    "empty",
    "field",
    "framed",
    "glyph",
    "legend",
    "para",
    "row",
    "rule",
    "scroll",
    "set_property",
    "side",
    "spin",
    "text",
    "toggle_secret",
    "well",
]
