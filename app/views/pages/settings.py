"""Settings: how it looks, for whom this computer acts."""

from __future__ import annotations

from typing import Final

from app.presenters.preferences import PreferencesPresenter
from app.presenters.wording import say
from app.settings import NAME_LENGTH_MAX, TEXT_SIZES, ThemeMode
from app.theme import current_theme
from app.views.page import PageHeader
from app.views.pages.live import LivePage
from app.views.widgets import (
    Check,
    Pairs,
    Segments,
    card,
    choose,
    col,
    edit,
    field,
    row,
    side,
    text,
)

_MODES: Final = (ThemeMode.SYSTEM, ThemeMode.LIGHT, ThemeMode.DARK)


class SettingsPage(LivePage):
    """Every change is kept at once."""

    def __init__(self, preferences: PreferencesPresenter) -> None:
        note = say("Changes are saved at once.")
        super().__init__(PageHeader(say("Settings"), note), help_topic="settings", pad=(28, 4))
        self._preferences = preferences
        settings = preferences.settings
        names = (say("System"), say("Light"), say("Dark"))
        self._modes = Segments(say("Theme"), *names, chosen=_MODES.index(settings.theme))
        sizes = [f"{percent} %" for percent in TEXT_SIZES]
        self._size = choose(*sizes, chosen=TEXT_SIZES.index(settings.text_size))
        self._still = Check(say("Reduce motion"), checked=settings.reduce_motion)
        self._hospital = edit(settings.hospital_name, longest=NAME_LENGTH_MAX)
        self._steward = edit(settings.steward_name, longest=NAME_LENGTH_MAX)
        self._build()
        self._modes.chosen.connect(self._set_mode)
        self._size.activated.connect(self._set_size)
        self._still.toggled.connect(self._set_motion)
        self._hospital.editingFinished.connect(self._set_hospital)
        self._steward.editingFinished.connect(self._set_steward)

    def _build(self) -> None:
        theme = col(text(say("Theme"), "label", "text"), row(self._modes, None), gap="xs")
        size = field(say("Text size"), self._size)
        looks = card(say("Appearance"), side((theme, 3), (size, 2)), self._still)
        name = field(
            say("Name of this hospital"),
            self._hospital,
            say("The other hospitals of a study see this name."),
        )
        steward = field(
            say("Name of the steward"), self._steward, say("Stands at the foot of the rail.")
        )
        who = card(say("This hospital"), name, steward)
        cap = card(
            say("Lifetime cap"),
            Pairs(
                (say("New cohorts"), say("4 units for the patients of a cohort, for ever")),
                (
                    say("What it means"),
                    say("at most 99 in 100 instead of 50, all releases of a cohort together"),
                ),
                (
                    say("Raising it"),
                    say(
                        "needs two people and a written reason; it is not offered in this version"
                    ),
                ),
            ),
        )
        keys = card(
            say("Keyboard"),
            Pairs(
                ("Ctrl 1 … 5", say("the five sections")),
                ("Ctrl N", say("new study")),
                ("Ctrl F", say("search")),
                ("Ctrl E", say("export")),
                (say("Alt ← →"), say("the step before, the step after")),
                ("F6", say("rail, page, boundary")),
                ("F1", say("help of the page")),
                key_width=110,
            ),
        )
        version = text(say("SynCohort {v}", v=self._preferences.version), "caption")
        if current_theme().tokens.stacked:
            self.refill(looks, who, cap, keys, version)
        else:
            left = col(looks, cap, version, None, gap="m")
            self.refill(row((left, 6), (col(who, keys, None, gap="m"), 5), gap="m"))

    def _set_mode(self, number: int) -> None:
        self._preferences.set_theme(_MODES[number])

    def _set_size(self, number: int) -> None:
        self._preferences.set_text_size(TEXT_SIZES[number])

    def _set_motion(self, wanted: bool) -> None:  # noqa: FBT001 - Qt's signal
        self._preferences.set_reduce_motion(wanted=wanted)

    def _set_hospital(self) -> None:
        self._preferences.set_hospital(self._hospital.text())

    def _set_steward(self) -> None:
        self._preferences.set_steward(self._steward.text())
