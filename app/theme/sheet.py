"""One style sheet and one `QPalette`, built from tokens.

Widgets are chosen by dynamic properties: `role` and `tone` on labels, `box` on frames, `kind` on
buttons, `ground` and `edge` on regions, `ring` where the keyboard is, `invalid` on fields.
NB: Qt drops a corner radius that is larger than half of the height.
"""

from __future__ import annotations

from typing import Final

from PySide6.QtGui import QColor, QPalette

from app.theme.tokens import (
    CONTROL_HEIGHT,
    FOCUS_WIDTH,
    FONT_MONO,
    RADIUS_CARD,
    RADIUS_CONTROL,
    RADIUS_PILL,
    RADIUS_SEGMENT,
    TARGET_MIN,
    TYPE,
    TYPE_INK,
    Palette,
    Tokens,
    Tone,
)

_TONES: Final[tuple[Tone, ...]] = (
    "text",
    "muted",
    "subtle",
    "accent",
    "ok",
    "warn",
    "danger",
)
_SOFT: Final = ("accent", "ok", "warn", "danger")


def qt_palette(palette: Palette) -> QPalette:
    """Colours for the parts of Qt that the sheet does not reach."""
    role = QPalette.ColorRole
    plain = {
        role.Window: palette.canvas,
        role.WindowText: palette.text,
        role.Base: palette.surface,
        role.AlternateBase: palette.sunken,
        role.Text: palette.text,
        role.Button: palette.surface,
        role.ButtonText: palette.text,
        role.Highlight: palette.accent,
        role.HighlightedText: palette.on_accent,
        role.PlaceholderText: palette.subtle,
        role.ToolTipBase: palette.surface,
        role.ToolTipText: palette.text,
        role.Link: palette.accent,
    }
    out = QPalette()
    for which, colour in plain.items():
        out.setColor(which, QColor(colour))
    for which in (role.WindowText, role.Text, role.ButtonText):
        out.setColor(QPalette.ColorGroup.Disabled, which, QColor(palette.subtle))
    return out


def type_sheet(tokens: Tokens) -> str:
    """Type sizes and weights alone: all that is left under the system's high contrast."""
    rules = [
        f'QLabel[role="{role}"] {{ font-size: {tokens.type_px(role)}px; font-weight: {weight}; }}'
        for role, (_pixels, weight) in TYPE.items()
    ]
    rules.append(f'QLabel[role="mono"] {{ font-family: "{FONT_MONO}"; }}')
    return "\n".join(rules)


def style_sheet(tokens: Tokens, marks: str) -> str:
    """The whole sheet.

    Args:
        tokens: Colours and text scale.
        marks: Folder, with forward slashes, that holds `check.svg`, `dot.svg` and `fold.svg`.
    """
    return "\n".join(
        (
            type_sheet(tokens),
            _labels(tokens.palette),
            _boxes(tokens),
            _buttons(tokens),
            _small_buttons(tokens),
            _fields(tokens, marks),
            _choices(tokens, marks),
            _tables(tokens),
            _bars(tokens),
        )
    )


def _labels(p: Palette) -> str:
    rules = ["QLabel { background: transparent; }"]
    rules += [
        f'QLabel[role="{role}"] {{ color: {p.ink(tone)}; }}' for role, tone in TYPE_INK.items()
    ]
    rules += [f'QLabel[tone="{tone}"] {{ color: {p.ink(tone)}; }}' for tone in _TONES]
    return "\n".join(rules)


def _boxes(t: Tokens) -> str:
    p = t.palette
    rules = [
        f'QFrame[box="{box}"][tone="{tone}"] {{ background: {getattr(p, tone + "_soft")}; }}'
        for box in ("pill", "banner")
        for tone in _SOFT
    ]
    rules += [
        f'QWidget[ground="{ground}"] {{ background: {getattr(p, ground)}; }}'
        for ground in ("canvas", "surface", "sunken", "rail")
    ]
    rules += [
        f'QFrame[edge="{side}"] {{ border: none; border-{side}: 1px solid {p.border}; }}'
        for side in ("top", "bottom", "left", "right")
    ]
    return f"""
QFrame[box="card"], QFrame[box="dialog"] {{
  background: {p.surface}; border: 1px solid {p.border}; border-radius: {RADIUS_CARD}px; }}
QFrame[box="choice"] {{ background: {p.surface}; border: 1px solid {p.border};
  border-radius: {RADIUS_CARD}px; padding: 1px; }}
QFrame[box="choice"]:hover {{ border: 1px solid {p.edge}; }}
QFrame[box="choice"][chosen="true"] {{ border: 2px solid {p.accent}; padding: 0; }}
QFrame[box="choice"]:disabled {{ background: {p.sunken}; border: 1px solid {p.border}; }}
QFrame[box="well"] {{ background: {p.sunken}; border: none;
  border-radius: {RADIUS_CONTROL}px; }}
QFrame[box="drop"] {{ background: {p.sunken}; border: 1.5px dashed {p.edge};
  border-radius: {RADIUS_CARD}px; }}
QFrame[box="drop"][over="true"] {{ background: {p.accent_soft};
  border: 2px dashed {p.accent}; }}
QFrame[box="banner"] {{ border: none; border-radius: {RADIUS_CONTROL}px; }}
QFrame[box="pill"] {{ background: {p.sunken}; border: none;
  border-radius: {t.size(RADIUS_PILL)}px; }}
QFrame[box="rule"] {{ background: {p.border}; border: none; }}
QToolTip {{ background: {p.surface}; color: {p.text}; border: 1px solid {p.border};
  padding: 6px; font-size: {t.type_px("caption")}px; }}
""" + "\n".join(rules)


def _buttons(t: Tokens) -> str:
    p = t.palette
    height = t.size(CONTROL_HEIGHT) - 2
    ring = f"{FOCUS_WIDTH}px solid"
    return f"""
QPushButton {{ min-height: {height}px; padding: 0 14px; border-radius: {RADIUS_CONTROL}px;
  font-size: {t.type_px("body")}px; font-weight: 500;
  background: {p.surface}; color: {p.text}; border: 1px solid {p.edge}; }}
QPushButton:hover {{ background: {p.sunken}; }}
QPushButton:pressed {{ background: {p.border}; }}
QPushButton:disabled {{ color: {p.subtle}; background: {p.sunken};
  border: 1px solid {p.border}; }}
QPushButton[ring="true"]:focus {{ border: {ring} {p.focus}; padding: 0 13px; }}
QPushButton[kind="primary"] {{ background: {p.accent}; color: {p.on_accent};
  border: 1px solid {p.accent}; }}
QPushButton[kind="primary"]:hover, QPushButton[kind="primary"]:pressed {{
  background: {p.accent_hover}; }}
QPushButton[kind="primary"][ring="true"]:focus {{ border: {ring} {p.text}; padding: 0 13px; }}
QPushButton[kind="primary"]:disabled {{ background: {p.sunken}; color: {p.subtle};
  border: 1px solid {p.border}; }}
QPushButton[kind="danger"] {{ color: {p.danger}; border: 1px solid {p.danger}; }}
QPushButton[kind="danger"]:hover {{ background: {p.danger_soft}; }}
QPushButton[kind="danger"]:disabled {{ color: {p.subtle}; border: 1px solid {p.border}; }}
QPushButton[kind="danger"][ring="true"]:focus {{ border: {ring} {p.focus}; }}
QPushButton[kind="ghost"] {{ background: transparent; border: 1px solid transparent;
  color: {p.accent}; padding: 0 8px; }}
QPushButton[kind="ghost"]:hover {{ background: {p.accent_soft}; }}
QPushButton[kind="ghost"]:disabled {{ color: {p.subtle}; background: transparent; }}
QPushButton[kind="ghost"][ring="true"]:focus {{ border: {ring} {p.focus}; padding: 0 7px; }}
"""


def _small_buttons(t: Tokens) -> str:
    p = t.palette
    ring = f"{FOCUS_WIDTH}px solid {p.focus}"
    low = t.size(TARGET_MIN) - 2
    return f"""
QPushButton[kind="nav"] {{ text-align: left; background: transparent; color: {p.muted};
  border: 1px solid transparent; padding: 0 10px; }}
QPushButton[kind="nav"]:hover {{ background: {p.border}; }}
QPushButton[kind="nav"]:checked {{ background: {p.surface}; color: {p.text};
  font-weight: 600; border: 1px solid {p.border}; }}
QPushButton[kind="nav"][ring="true"]:focus {{ border: {ring}; padding: 0 9px; }}
QPushButton[kind="segment"] {{ min-height: {low}px; color: {p.muted};
  border-radius: {RADIUS_SEGMENT}px; border: 1px solid {p.edge}; padding: 0 12px; }}
QPushButton[kind="segment"]:checked {{ background: {p.accent_soft}; color: {p.accent};
  font-weight: 600; border: 1px solid {p.accent}; }}
QPushButton[kind="segment"][ring="true"]:focus {{ border: {ring}; padding: 0 11px; }}
QPushButton[kind="step"] {{ background: transparent; border: 1px solid transparent;
  padding: 0 6px; min-height: {low}px; color: {p.muted}; }}
QPushButton[kind="step"]:hover {{ background: {p.accent_soft}; }}
QPushButton[kind="step"]:checked {{ color: {p.text}; font-weight: 600; }}
QPushButton[kind="step"]:disabled {{ color: {p.subtle}; background: transparent;
  border: 1px solid transparent; }}
QPushButton[kind="step"][ring="true"]:focus {{ border: {ring}; padding: 0 5px; }}
QTabBar {{ background: transparent; border: none; }}
QTabBar::tab {{ min-height: {low}px; padding: 2px 8px; margin-right: 10px; color: {p.muted};
  background: transparent; border: 2px solid transparent;
  font-size: {t.type_px("body")}px; font-weight: 500; }}
QTabBar::tab:hover {{ color: {p.text}; }}
QTabBar::tab:selected {{ color: {p.accent}; border-bottom: 2px solid {p.accent}; }}
QTabBar::tab:disabled {{ color: {p.subtle}; }}
QTabBar[ring="true"]::tab:selected {{ border: {ring};
  border-radius: {RADIUS_SEGMENT}px; }}
"""


def _fields(t: Tokens, marks: str) -> str:
    p = t.palette
    body = t.type_px("body")
    return f"""
QLineEdit, QComboBox, QPlainTextEdit, QAbstractSpinBox {{
  min-height: {t.size(CONTROL_HEIGHT) - 2}px; padding: 0 10px; font-size: {body}px;
  background: {p.surface}; color: {p.text}; border: 1px solid {p.edge};
  border-radius: {RADIUS_CONTROL}px;
  selection-background-color: {p.accent}; selection-color: {p.on_accent}; }}
QLineEdit, QPlainTextEdit {{ placeholder-text-color: {p.subtle}; }}
QPlainTextEdit {{ padding: 6px 8px; }}
QLineEdit:focus, QPlainTextEdit:focus, QAbstractSpinBox:focus,
QComboBox:focus {{ border: {FOCUS_WIDTH}px solid {p.focus}; padding: 0 9px; }}
QAbstractSpinBox, QAbstractSpinBox:focus {{ padding: 0; }}
QPlainTextEdit:focus {{ padding: 5px 7px; }}
QLineEdit[invalid="true"], QComboBox[invalid="true"], QPlainTextEdit[invalid="true"],
QAbstractSpinBox[invalid="true"] {{ border: 2px solid {p.danger}; padding: 0 9px; }}
QLineEdit[invalid="true"]:focus, QComboBox[invalid="true"]:focus,
QAbstractSpinBox[invalid="true"]:focus {{ border: 2px solid {p.focus}; }}
QLineEdit:disabled, QComboBox:disabled, QPlainTextEdit:disabled, QAbstractSpinBox:disabled {{
  background: {p.sunken}; color: {p.subtle}; border: 1px solid {p.border}; }}
QAbstractSpinBox::up-button, QAbstractSpinBox::down-button {{ width: 0; border: none; }}
QAbstractSpinBox QLineEdit, QAbstractSpinBox QLineEdit:focus {{ min-height: 0; border: none;
  padding: 0 10px; background: transparent; }}
QComboBox::drop-down {{ border: none; width: {t.size(26)}px; }}
QComboBox::down-arrow {{ image: url("{marks}/fold.svg");
  width: {t.size(14)}px; height: {t.size(14)}px; }}
QComboBox QAbstractItemView, QMenu {{ background: {p.surface}; color: {p.text};
  border: 1px solid {p.edge}; padding: 4px; outline: none; font-size: {body}px;
  selection-background-color: {p.accent_soft}; selection-color: {p.text}; }}
QComboBox QAbstractItemView::item {{ min-height: {t.size(TARGET_MIN)}px; }}
QMenu::item {{ padding: 7px 18px; border-radius: {RADIUS_SEGMENT}px; }}
QMenu::item:selected {{ background: {p.accent_soft}; }}
QMenu::item:disabled {{ color: {p.subtle}; }}
"""


def _choices(t: Tokens, marks: str) -> str:
    p = t.palette
    side = t.size(16)
    return f"""
QCheckBox, QRadioButton {{ spacing: 8px; color: {p.text}; font-size: {t.type_px("body")}px;
  border: {FOCUS_WIDTH}px solid transparent; border-radius: {RADIUS_SEGMENT}px;
  padding: 2px 4px 2px 1px; min-height: {t.size(TARGET_MIN) - 8}px; }}
QCheckBox:disabled, QRadioButton:disabled {{ color: {p.subtle}; }}
QCheckBox[role="h3"], QRadioButton[role="h3"] {{ font-weight: 600; }}
QCheckBox[ring="true"]:focus, QRadioButton[ring="true"]:focus {{
  border: {FOCUS_WIDTH}px solid {p.focus}; }}
QCheckBox::indicator, QRadioButton::indicator {{ width: {side}px; height: {side}px;
  border: 1px solid {p.edge}; background: {p.surface}; border-radius: 4px; }}
QRadioButton::indicator {{ border-radius: {(side + 2) // 2}px; }}
QCheckBox::indicator:checked {{ background: {p.accent}; border: 1px solid {p.accent};
  image: url("{marks}/check.svg"); }}
QRadioButton::indicator:checked {{ border: 1px solid {p.accent};
  image: url("{marks}/dot.svg"); }}
QCheckBox::indicator:disabled, QRadioButton::indicator:disabled {{
  background: {p.sunken}; border: 1px solid {p.border}; }}
"""


def _tables(t: Tokens) -> str:
    p = t.palette
    return f"""
QTableView {{ background: {p.surface}; color: {p.text}; border: 1px solid {p.border};
  border-radius: {RADIUS_CONTROL}px; gridline-color: transparent; outline: none;
  font-size: {t.type_px("muted")}px;
  selection-background-color: {p.accent_soft}; selection-color: {p.text}; }}
QTableView:focus {{ border: {FOCUS_WIDTH}px solid {p.focus}; }}
QTableView::item {{ border-bottom: 1px solid {p.border}; padding: 0 10px; }}
QTableView::item:selected {{ background: {p.accent_soft}; color: {p.text}; }}
QHeaderView, QHeaderView::section {{ background: {p.sunken}; color: {p.muted}; border: none;
  font-size: {t.type_px("caption")}px; font-weight: 500; }}
QHeaderView::section {{ border-bottom: 1px solid {p.border}; padding: 0 12px;
  min-height: {t.size(32)}px; }}
QTableCornerButton::section {{ background: {p.sunken}; border: none; }}
QListView {{ background: transparent; color: {p.text}; border: none; outline: none; }}
"""


def _bars(t: Tokens) -> str:
    p = t.palette
    return f"""
QScrollArea {{ background: transparent; border: none; }}
QScrollBar:vertical {{ background: transparent; width: 10px; margin: 2px; }}
QScrollBar:horizontal {{ background: transparent; height: 10px; margin: 2px; }}
QScrollBar::handle:vertical {{ background: {p.edge}; border-radius: 3px; min-height: 32px; }}
QScrollBar::handle:horizontal {{ background: {p.edge}; border-radius: 3px; min-width: 32px; }}
QScrollBar::add-line, QScrollBar::sub-line {{ width: 0; height: 0; }}
QScrollBar::add-page, QScrollBar::sub-page {{ background: transparent; }}
"""
