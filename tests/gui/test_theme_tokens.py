"""The colours keep their promise to readers, and nothing else in the shell invents one."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

import pytest

from app.theme import DARK, LIGHT, Palette, contrast
from app.theme.icons import IconSet
from app.theme.tokens import TYPE, TYPE_INK, Tokens, contrast_pairs

SHELL = Path(__file__).parents[2] / "app"


@pytest.mark.parametrize("palette", [LIGHT, DARK], ids=lambda p: p.name)
def test_every_pair_that_is_drawn_reaches_aa(palette: Palette) -> None:
    low = [pair for pair in contrast_pairs(palette) if pair.ratio < pair.need]
    assert low == []


def test_contrast_is_the_ratio_of_the_recommendation() -> None:
    assert contrast("#000000", "#FFFFFF") == pytest.approx(21)
    assert contrast("#777777", "#FFFFFF") == pytest.approx(4.478, abs=0.001)
    assert contrast("#FFFFFF", "#777777") == contrast("#777777", "#FFFFFF")


@pytest.mark.parametrize("palette", [LIGHT, DARK], ids=lambda p: p.name)
def test_palette_is_complete(palette: Palette) -> None:
    colours = [getattr(palette, f.name) for f in fields(palette) if f.name != "name"]
    flat = [c for one in colours for c in (one if isinstance(one, tuple) else (one,))]
    assert all(re.fullmatch("#[0-9A-F]{6}", colour) for colour in flat)


def test_lengths_that_hold_text_grow_and_type_grows_with_them() -> None:
    assert Tokens(scale=1.5).size(208) == 312
    assert Tokens(scale=1.5).type_px("body") == 21
    assert not Tokens(scale=1.0).stacked
    assert Tokens(scale=1.25).stacked
    assert set(TYPE) == set(TYPE_INK)


def test_only_the_tokens_hold_colours() -> None:
    strays = [
        f"{path.relative_to(SHELL)}: {found.group()}"
        for path in SHELL.rglob("*.py")
        if path.name != "tokens.py"
        for found in re.finditer(r"[\"' ]#[0-9A-Fa-f]{6}\b", path.read_text(encoding="utf-8"))
    ]
    assert strays == []


def test_every_drawing_uses_ink_and_ground_only() -> None:
    icons = IconSet()
    names = icons.names()
    assert {"studies", "cohorts", "ledger", "activity", "settings", "light-ok"} <= set(names)
    for name in names:
        svg = icons.svg(name, ink="#010203", ground="#040506")
        assert set(re.findall("#[0-9A-Fa-f]{6}", svg)) <= {"#010203", "#040506"}, name
        assert 'viewBox="0 0 24 24"' in svg, name
        assert 'stroke-width="1.7"' in svg, name
