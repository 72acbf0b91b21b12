"""Every component on a few pages, to be looked at: `python tests/gui/gallery.py OUT_FOLDER`.

Renders light, dark and large text without a screen and prints what the checks find.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path

from PySide6.QtWidgets import QApplication, QWidget

from app.settings import ThemeMode
from app.theme import Theme, register_fonts
from app.views.widgets import (
    Banner,
    CapBar,
    Check,
    ChoiceCard,
    ChoiceCards,
    Column,
    IconArray,
    Light,
    Pairs,
    Pill,
    Progress,
    RangeBar,
    Segments,
    Skeleton,
    Stage,
    Stepper,
    Swatch,
    Table,
    Tabs,
    Timeline,
    beside,
    button,
    card,
    choose,
    col,
    comment,
    edit,
    empty,
    field,
    glyph,
    legend,
    para,
    row,
    rule,
    scroll,
    side,
    text,
    well,
)

LOOKS = (
    ("light", ThemeMode.LIGHT, 100),
    ("dark", ThemeMode.DARK, 100),
    ("large", ThemeMode.LIGHT, 150),
)


def words_and_buttons() -> QWidget:
    """Type roles, pills, lights, buttons."""
    roles = [
        text(f"{role}: patients never leave this hospital", role)
        for role in ("h1", "h2", "h3", "body", "strong", "label", "muted", "caption", "mono")
    ]
    lights = [
        Light(state, words)
        for state, words in (
            ("ok", "Ready"),
            ("busy", "Counting genes securely"),
            ("warn", "Waiting for a second person"),
            ("fail", "No answer since 14:19"),
            ("idle", "Not answered yet"),
        )
    ]
    pills = [
        Pill("Released", "ok", "check"),
        Pill("Step 3 of 5 · Join", "accent"),
        Pill("Sending has stopped", "warn", "lock"),
        Pill("1 of 6 needs action", "danger", "light-fail"),
        Pill("Draft"),
    ]
    buttons = [
        button("Continue to Join", "primary"),
        button("Choose file", "primary", "file"),
        button("Replace"),
        button("Compare words", "secondary", "phone"),
    ]
    more = [
        button("Back", "ghost"),
        button("Cancel run", "danger", "stop"),
        button("See results", "primary", why="Opens when the run is done"),
        button("Find out why", why="Everything is connected"),
    ]
    chosen = row(Segments("Days", "Today", "This week", "All", chosen=1), None)
    body = col(
        beside(
            card("Type", *roles, gap="s"),
            card(
                "Lights",
                *lights,
                row(*pills[:2], None),
                row(*pills[2:4], None),
                row(pills[4], None),
                gap="s",
            ),
        ),
        card(
            "Buttons",
            row(*buttons, None),
            row(*more, None),
            chosen,
            row(Tabs("Results", "Overview", "Resemblance", "Biology", "Privacy"), None),
        ),
        None,
        gap="m",
    )
    return scroll(body)


def fields_and_banners() -> QWidget:
    """Fields with hint and error, check boxes, banners, key-value pairs."""
    return scroll(
        col(
            Banner(
                "danger",
                "The connection to Klinikum Ostufer was lost at 14:19",
                (
                    "What happened.",
                    (
                        "Their computer did not answer for 90 seconds, so every "
                        "hospital stopped counting."
                    ),
                ),
                ("Privacy cap.", "Nothing was opened, so the 1 unit is **not** spent."),
                actions=(
                    button("Run this stage again", "primary", why="Waiting for them"),
                    button("Find out why"),
                ),
                details="SE402 hospital 3 of 4 silent for 90 s",
            ),
            Banner(
                "warn", "1 unit is left under the lifetime cap", ("", "Choose a stricter level.")
            ),
            beside(
                card(
                    "About this cohort",
                    field("Cohort name", edit("Leukaemia 2019–2025"), "Only you see this name."),
                    field(
                        "Diagnosis column",
                        edit("sample_date"),
                        error="“sample_date” holds 287 different dates. Choose the column with "
                        "the diagnosis; “diagnosis” looks right.",
                    ),
                    side(
                        (field("Port", edit("8443")), 1),
                        (field("Second person", choose("Privacy officer", "Research office")), 2),
                    ),
                    field("Comment for the ledger", comment("Needed when you reject")),
                    Check("We spoke by phone", checked=True),
                    Check("I know the person I spoke to"),
                ),
                card(
                    "What you agree to",
                    well(
                        Pairs(
                            (
                                "Privacy level",
                                "Balanced, 1 unit · at most 73 in 100 instead of 50",
                            ),
                            ("Genes and diagnoses", "958 genes, 5 diagnoses"),
                            ("Secret unless", "two other hospitals pool what they hold"),
                        )
                    ),
                    Skeleton(3),
                    para(
                        "**Raw counts or log values.** The app detects which and shows you "
                        "before it continues."
                    ),
                    row(
                        glyph("shield", "accent"),
                        glyph("people"),
                        glyph("dna"),
                        glyph("clock"),
                        glyph("hospital"),
                        glyph("export"),
                        glyph("search"),
                        None,
                    ),
                    None,
                ),
            ),
            None,
            gap="m",
        )
    )


def choices_and_meters() -> QWidget:
    """Radio cards with icon arrays, bars, table."""

    def preset(key: str, title: str, odds: int, says: str, cost: str, why: str | None = None):
        sentence = para(f"At most **{odds} in 100** instead of 50", "muted", "text")
        return ChoiceCard(
            key,
            title,
            row(IconArray(odds), None),
            sentence,
            text(says, "caption", wrap=True),
            text(cost, "caption", wrap=True),
            says=f"{cost}; at most {odds} in 100 instead of 50",
            blocked=why,
        )

    presets = ChoiceCards(
        "How sure could an attacker become that one patient took part?",
        preset("strict", "Strictest", 62, "Rare diagnoses blur.", "Uses 0.5 units of the cap"),
        preset("balanced", "Balanced", 73, "Suits most studies.", "Uses 1 unit of the cap"),
        preset(
            "detail",
            "Most detail",
            88,
            "Weakest protection.",
            "Uses 2 units of the cap",
            "Needs 2 units, 1 is left",
        ),
        chosen="balanced",
    )
    keys = legend(
        (Swatch("real", disc=True), "right by a fair guess"),
        (Swatch("high"), "added by the release, at most"),
        (Swatch("edge", disc=True, hollow=True), "still wrong"),
    )
    cap = card(
        "Lifetime cap",
        CapBar(1.5, 1, 4),
        CapBar(3, 2, 4),
        CapBar(0, 0, 4),
        legend(
            (Swatch("real"), "Spent 1.5"),
            (Swatch("high", hatch=True), "This study 1"),
            (Swatch("sunken", hollow=True), "Left after it 1.5"),
        ),
    )
    ranges = card(
        "Expected usefulness at this level",
        RangeBar(86, 91, 94, says="86 to 91, real 94"),
        RangeBar(61, 72, 84),
        RangeBar(0, 0, 0, scale=(0, 10)),
        Progress(0.58, "58 percent"),
        Progress(None, "Estimating"),
        Progress(0.3, "stopped", ink="danger"),
    )
    table = Table(
        "Preview",
        [
            Column(title="Patient", width=130),
            Column(title="Diagnosis"),
            Column(title="CD19", width=90, right=True),
            Column(title="Fingerprint", width=130, mono=True),
        ],
        [["Hidden 001", "B-ALL", "8.91", "c41e 07ab"], ["Hidden 002", "AML", "2.44", "77fe 19c0"]],
        fitted=True,
    )
    return scroll(col(presets, keys, beside(cap, ranges), card(None, table), None, gap="m"))


def steps_and_empty() -> QWidget:
    """Stepper, timeline, empty place."""
    line = Timeline(
        [
            Stage(
                state="ok",
                title="Hospitals connected and identified",
                detail="4 of 4, over encrypted connections",
                note="1 min",
            ),
            Stage(state="ok", title="Shares distributed", detail="62 MB sent", note="3 min"),
            Stage(
                state="busy",
                title="Genes counted per diagnosis",
                detail="556 of 958 genes, all hospitals in step",
                note="11 of about 18 min",
            ),
            Stage(state="idle", title="Noise added, noisy totals opened", note="about 4 min"),
            Stage(state="idle", title="Synthetic patients drawn on this computer"),
        ]
    )
    hero = card(
        None,
        row(
            (
                col(
                    text("About 12 minutes left", "figure"),
                    text("Started 14:02 · expected end 14:31", "caption", wrap=True),
                    gap="xs",
                ),
                1,
            ),
            text("58 %", "figure", "accent"),
        ),
        Progress(0.58, "58 percent"),
    )
    return scroll(
        col(
            Stepper(3),
            Stepper(1, 3),
            rule(),
            hero,
            card("Stages", line),
            empty(
                "studies",
                "No studies yet",
                "A study lets several hospitals create synthetic patients together.",
                button("New study", "primary", "plus"),
            ),
            None,
            gap="m",
        )
    )


PAGES: dict[str, Callable[[], QWidget]] = {
    "words_and_buttons": words_and_buttons,
    "fields_and_banners": fields_and_banners,
    "choices_and_meters": choices_and_meters,
    "steps_and_empty": steps_and_empty,
}


def main(folder: Path) -> None:
    """Write one picture per page and look."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    application = QApplication(sys.argv[:1])
    register_fonts()
    theme = Theme(application)
    folder.mkdir(parents=True, exist_ok=True)
    for look, mode, percent in LOOKS:
        theme.set_mode(mode)
        theme.set_text_size(percent)
        for name, make in PAGES.items():
            page = make()
            page.resize(900, 900)
            page.show()
            application.processEvents()
            page.grab().save(str(folder / f"{name}_{look}.png"))
            page.deleteLater()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
