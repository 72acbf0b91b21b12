"""What the reader set: looks, names, motion. Changes hold at once."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from app.link import Link
from app.settings import Settings, ThemeMode
from core.messages.commands import Introduce


class PreferencesPresenter(QObject):
    """Writes settings and lets theme and worker know; who dresses the window listens."""

    changed = Signal()
    """Something was set."""
    theme_chosen = Signal(object)
    """A `ThemeMode`."""
    text_size_chosen = Signal(int)
    """Per cent."""
    motion_chosen = Signal(bool)
    """Whether movement is to be reduced."""

    def __init__(
        self, settings: Settings, link: Link, version: str, parent: QObject | None = None
    ) -> None:
        """Read nothing, write nothing yet.

        Args:
            settings: Where everything is kept.
            link: To the worker, which names the hospital to the others.
            version: Of the application.
            parent: Owner.
        """
        super().__init__(parent)
        self._settings = settings
        self._link = link
        self._version = version

    @property
    def settings(self) -> Settings:
        """What is kept."""
        return self._settings

    @property
    def version(self) -> str:
        """Of the application."""
        return self._version

    def introduction(self) -> Introduce:
        """Return the first command to a worker."""
        name = self._settings.hospital_name or "This hospital"
        person = self._settings.steward_name
        return Introduce(hospital=name, app_version=self._version, person=person)

    def set_theme(self, mode: ThemeMode) -> None:
        """Choose the colours."""
        self._settings.theme = mode
        self.theme_chosen.emit(mode)
        self.changed.emit()

    def set_text_size(self, percent: int) -> None:
        """Choose the text size."""
        self._settings.text_size = percent
        self.changed.emit()
        self.text_size_chosen.emit(percent)

    def set_reduce_motion(self, *, wanted: bool) -> None:
        """Forbid or allow movement."""
        self._settings.reduce_motion = wanted
        self.motion_chosen.emit(wanted)
        self.changed.emit()

    def set_hospital(self, name: str) -> None:
        """Name the hospital; partners of the next study see this name."""
        if name.strip() != self._settings.hospital_name:
            self._settings.hospital_name = name
            self._link.send(self.introduction())
            self.changed.emit()

    def set_steward(self, name: str) -> None:
        """Say who uses this computer."""
        if name.strip() != self._settings.steward_name:
            self._settings.steward_name = name
            self._link.send(self.introduction())
            self.changed.emit()

    def set_hosted_port(self, port: int) -> None:
        """Say at which port a relay on this computer listens."""
        self._settings.hosted_port = port

    def set_relay(self, *, host: str, port: int, fingerprint: str) -> None:
        """Say at which relay new studies meet."""
        settings = self._settings
        now = (host.strip(), port, fingerprint.strip())
        if now != (settings.relay_host, settings.relay_port, settings.relay_fingerprint):
            settings.relay_host, settings.relay_port, settings.relay_fingerprint = now
            self.changed.emit()
