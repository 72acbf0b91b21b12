"""Settings: how it looks, for whom this computer acts, who decides, where studies meet."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import Signal

from app.presenters.connection import ConnectionPresenter
from app.presenters.identity import IdentityPresenter
from app.presenters.preferences import PreferencesPresenter
from app.presenters.wording import say
from app.settings import NAME_LENGTH_MAX, TEXT_SIZES, ThemeMode
from app.theme import current_theme
from app.views.dialogs.approve import ApproverDialog
from app.views.dialogs.identity import BackUpDialog, RenewDialog, RestoreDialog
from app.views.page import PageHeader
from app.views.pages.live import LivePage
from app.views.pages.settings_cards import PeopleCard
from app.views.pages.settings_connection import HostCard, ProxyCard, RelayCard
from app.views.pages.settings_identity import IdentityCard
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

    stop_relay_wanted = Signal()
    """The reader wants to end the relay on this computer."""

    def __init__(
        self,
        preferences: PreferencesPresenter,
        identity: IdentityPresenter,
        connection: ConnectionPresenter,
    ) -> None:
        note = say("Changes are saved at once, except those that need two people.")
        super().__init__(PageHeader(say("Settings"), note), help_topic="settings", pad=(28, 4))
        self._preferences = preferences
        self._identity = identity
        self._shape: tuple[object, ...] = ()
        settings = preferences.settings
        names = (say("System"), say("Light"), say("Dark"))
        self._modes = Segments(say("Theme"), *names, chosen=_MODES.index(settings.theme))
        sizes = [f"{percent} %" for percent in TEXT_SIZES]
        self._size = choose(*sizes, chosen=TEXT_SIZES.index(settings.text_size))
        self._still = Check(say("Reduce motion"), checked=settings.reduce_motion)
        self._hospital = edit(settings.hospital_name, longest=NAME_LENGTH_MAX)
        self._steward = edit(settings.steward_name, longest=NAME_LENGTH_MAX)
        self._relay = RelayCard(settings)
        self._proxy = ProxyCard(connection, lambda: bool(settings.relay_host))
        self._host = HostCard(connection, settings.hosted_port)
        self.show_state()
        self._relay.chosen.connect(self._set_relay)
        self._relay.check_wanted.connect(self.check_wanted)
        self._proxy.check_wanted.connect(self.check_wanted)
        self._host.port_chosen.connect(preferences.set_hosted_port)
        self._host.stop_wanted.connect(self.stop_relay_wanted)
        identity.changed.connect(self.show_state)
        self._modes.chosen.connect(self._set_mode)
        self._size.activated.connect(self._set_size)
        self._still.toggled.connect(self._set_motion)
        self._hospital.editingFinished.connect(self._set_hospital)
        self._steward.editingFinished.connect(self._set_steward)

    def show_state(self) -> None:
        """Follow the identity; fields that are being typed in stay what they are."""
        state = self._identity.state
        shape = (state.shown, state.need, state.why_locked, state.problem)
        if shape != self._shape:
            self._shape = shape
            self._build()

    def back_up(self) -> None:
        """Save the identity in a file."""
        BackUpDialog(self, self._identity, self._preferences.settings).open()

    def restore(self) -> None:
        """Take the identity of a backup."""
        RestoreDialog(self, self._identity, self._preferences.settings).open()

    def renew(self) -> None:
        """Make a new key."""
        RenewDialog(self, self._identity).open()

    def _build(self) -> None:
        self._keep_fields()
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
        identity = IdentityCard(self._identity.state)
        identity.unlock_wanted.connect(self._identity.unlock)
        identity.backup_wanted.connect(self.back_up)
        identity.restore_wanted.connect(self.restore)
        identity.renew_wanted.connect(self.renew)
        people = PeopleCard(self._identity.state, self._preferences.settings.steward_name)
        people.set_up_wanted.connect(self._set_up)
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
                    say("needs two people and a written reason: Privacy ledger, Caps and cohorts"),
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
            ways = (self._relay, self._proxy, self._host)
            self.refill(looks, who, identity, people, *ways, cap, keys, version)
        else:
            left = col(looks, self._relay, self._proxy, keys, version, None, gap="m")
            right = col(who, identity, people, self._host, cap, None, gap="m")
            self.refill(row((left, 6), (right, 5), gap="m"))

    def _keep_fields(self) -> None:
        """Take the fields out before their cards are built again, with what is typed in them."""
        typed = (self._modes, self._size, self._still, self._hospital, self._steward)
        for box in (*typed, self._relay, self._proxy, self._host):
            box.setParent(None)

    def _set_up(self) -> None:
        steward = self._preferences.settings.steward_name
        shown = self._identity.state.shown
        ApproverDialog(self, self._identity, (shown.steward if shown else "") or steward).open()

    def _set_relay(self, host: str, port: int, fingerprint: str) -> None:
        self._preferences.set_relay(host=host, port=port, fingerprint=fingerprint)
        self._proxy.follow_relay()

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
