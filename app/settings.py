"""What the application remembers about its user: a typed face on one settings file.

No other module opens `QSettings`. A value that a person or an older version left unreadable
falls back to its default, so a damaged file never stops the application. Nothing about a
patient is stored here.
"""

from __future__ import annotations

import contextlib
from enum import StrEnum
from pathlib import Path
from typing import Final

from PySide6.QtCore import QByteArray, QSettings

TEXT_SIZES: Final = (100, 125, 150, 200)
"""Text sizes the reader may choose, in per cent."""

NAME_LENGTH_MAX: Final = 80
RELAY_PORT: Final = 443
PORT_MAX: Final = 65_535


class ThemeMode(StrEnum):
    """Which colours the reader asked for."""

    SYSTEM = "system"
    LIGHT = "light"
    DARK = "dark"


class Settings:
    """Typed values in `settings.ini` below one folder; each assignment is kept at once."""

    def __init__(self, folder: Path) -> None:
        """Open the file, or start with defaults.

        Args:
            folder: Where `settings.ini` lives; it is made when the first value is written.
        """
        self._store = QSettings(str(folder / "settings.ini"), QSettings.Format.IniFormat)

    @property
    def theme(self) -> ThemeMode:
        """Colours; the system decides at first."""
        found = self._words("look/theme")
        return ThemeMode(found) if found in tuple(ThemeMode) else ThemeMode.SYSTEM

    @theme.setter
    def theme(self, mode: ThemeMode) -> None:
        self._store.setValue("look/theme", mode.value)

    @property
    def text_size(self) -> int:
        """Text size in per cent, one of `TEXT_SIZES`."""
        found = self._words("look/text_size")
        return int(found) if found in map(str, TEXT_SIZES) else TEXT_SIZES[0]

    @text_size.setter
    def text_size(self, percent: int) -> None:
        self._store.setValue("look/text_size", str(percent))

    @property
    def reduce_motion(self) -> bool:
        """Whether nothing on the screen may move by itself."""
        return self._words("look/reduce_motion") == "yes"

    @reduce_motion.setter
    def reduce_motion(self, wanted: bool) -> None:
        self._store.setValue("look/reduce_motion", "yes" if wanted else "no")

    @property
    def language(self) -> str:
        """Language code such as `en`; empty means the system's."""
        return self._words("look/language")

    @language.setter
    def language(self, code: str) -> None:
        self._store.setValue("look/language", code)

    @property
    def hospital_name(self) -> str:
        """For whom this computer acts; empty before the first start is finished."""
        return self._words("identity/hospital")

    @hospital_name.setter
    def hospital_name(self, name: str) -> None:
        self._store.setValue("identity/hospital", name.strip()[:NAME_LENGTH_MAX])

    @property
    def steward_name(self) -> str:
        """Who uses this computer; empty before the first start is finished."""
        return self._words("identity/steward")

    @steward_name.setter
    def steward_name(self, name: str) -> None:
        self._store.setValue("identity/steward", name.strip()[:NAME_LENGTH_MAX])

    @property
    def relay_host(self) -> str:
        """Name of the relay at which new studies meet; empty without one."""
        return self._words("network/relay_host")

    @relay_host.setter
    def relay_host(self, host: str) -> None:
        self._store.setValue("network/relay_host", host.strip())

    @property
    def relay_port(self) -> int:
        """Port of the relay."""
        return self._port("network/relay_port") or RELAY_PORT

    @relay_port.setter
    def relay_port(self, port: int) -> None:
        self._store.setValue("network/relay_port", str(port))

    @property
    def relay_fingerprint(self) -> str:
        """SHA-256 of the relay's certificate; empty where a public authority vouches for it."""
        return self._words("network/relay_fingerprint")

    @relay_fingerprint.setter
    def relay_fingerprint(self, fingerprint: str) -> None:
        self._store.setValue("network/relay_fingerprint", fingerprint.strip())

    @property
    def hosted_port(self) -> int:
        """Port at which a relay on this computer listened last; 0 before there was one."""
        return self._port("network/hosted_port")

    @hosted_port.setter
    def hosted_port(self, port: int) -> None:
        self._store.setValue("network/hosted_port", str(port))

    @property
    def window_geometry(self) -> QByteArray:
        """Where the window was, as Qt wrote it; empty at the first start."""
        found = self._store.value("window/geometry")
        return found if isinstance(found, QByteArray) else QByteArray()

    @window_geometry.setter
    def window_geometry(self, geometry: QByteArray) -> None:
        self._store.setValue("window/geometry", geometry)

    @property
    def last_folder(self) -> Path:
        """Where the last file was chosen; the home folder at first, or when it is gone."""
        found = self._words("files/last_folder")
        with contextlib.suppress(OSError):  # a name that no disk allows
            if found and Path(found).is_dir():
                return Path(found)
        return Path.home()

    @last_folder.setter
    def last_folder(self, folder: Path) -> None:
        self._store.setValue("files/last_folder", str(folder))

    def reference_of(self, study_id: str) -> str:
        """Path of the public reference's file that a study was created with here; empty if there
        is none, or if that was elsewhere.
        """
        return self._words(f"references/{study_id}")

    def keep_reference(self, study_id: str, path: str) -> None:
        """Remember with which reference a study was created, should it be planned again."""
        self._store.setValue(f"references/{study_id}", path)

    def flush(self) -> None:
        """Write to disk now; Qt does it by itself a moment later."""
        self._store.sync()

    def _port(self, key: str) -> int:
        """A port, or 0 where there is none; never a number of thousands of digits."""
        found = self._words(key)
        known = found.isascii() and found.isdigit() and len(found) <= len(str(PORT_MAX))
        return int(found) if known and int(found) <= PORT_MAX else 0

    def _words(self, key: str) -> str:
        found = self._store.value(key)
        return found if isinstance(found, str) else ""
