"""The hospital's proxy: its address in a private file, its password in the system's key store.

Where there is no key store, the password is held for this session only: it never goes to a file.
"""

from __future__ import annotations

import contextlib
import json
import urllib.request
from dataclasses import replace
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from core.errors import PlanError, WorkerError
from core.model.peer import ProxySetting
from core.network.installation import KeyPlace
from core.worker.home import write_atomically

_KEY_NAME: Final = "proxy"
_FILE: Final = "proxy.json"


class ProxyShelf:
    """Holds the proxy in use. Invariant: a password is sent only to the proxy it was typed for."""

    def __init__(self, folder: Path, keys: KeyPlace) -> None:
        """Name where it is kept; nothing is read yet."""
        self._path = folder / _FILE
        self._keys = keys
        self._read = False
        self._setting: ProxySetting | None = None
        self._kept_well: bool | None = None
        self._has_store: bool | None = None

    @property
    def setting(self) -> ProxySetting | None:
        """The proxy that is used now, or None."""
        if not self._read:
            self._setting, self._read = self._kept(), True
        return self._setting

    @property
    def key_store(self) -> bool:
        """Whether passwords can be kept; asked once, since key stores can be slow."""
        if self._has_store is None:
            self._has_store = not self._keys.unavailable()
        return self._has_store

    @property
    def password_kept(self) -> bool:
        """Whether the present password will be there after a restart."""
        present = self.setting
        if self._kept_well is None:
            self._kept_well = bool(present and present.password) and bool(self._password(present))
        return self._kept_well

    def use(self, wanted: ProxySetting | None, *, keep: bool) -> None:
        """Take another proxy, or none; with ``keep`` for later sessions, too. A password that the
        key store does not take holds for this session.

        Raises:
            WorkerError: WO603 if the disk refuses.
        """
        present = self.setting
        if wanted is not None and wanted.user and not wanted.password and present is not None:
            same = (wanted.host, wanted.port, wanted.user)
            if same == (present.host, present.port, present.user):
                wanted = replace(wanted, password=present.password)
        if keep:
            self._keep(wanted)
        self._setting, self._kept_well = wanted, None

    def _keep(self, wanted: ProxySetting | None) -> None:
        if self.key_store:
            with contextlib.suppress(WorkerError):
                if wanted is not None and wanted.password:
                    self._keys.write(_KEY_NAME, _locked(wanted))
                else:
                    self._keys.remove(_KEY_NAME)
        if wanted is None:
            self._path.unlink(missing_ok=True)
            return
        public = {"host": wanted.host, "port": wanted.port, "user": wanted.user}
        write_atomically(self._path, json.dumps(public).encode())

    def _kept(self) -> ProxySetting | None:
        """Read the kept proxy; a damaged file counts as none."""
        try:
            tree = json.loads(self._path.read_bytes())
            found = ProxySetting(
                host=str(tree["host"]), port=int(tree["port"]), user=str(tree["user"])
            )
        except (OSError, ValueError, KeyError, TypeError, PlanError):
            return None
        return replace(found, password=self._password(found)) if found.user else found

    def _password(self, setting: ProxySetting | None) -> str:
        """Return the kept password, if it belongs to this very proxy and user."""
        if setting is None or not self.key_store:
            return ""
        try:
            kept = self._keys.read(_KEY_NAME) or ""
        except WorkerError:
            return ""
        place, _, password = kept.partition("\n")
        return password if place == _place(setting) else ""


def _place(setting: ProxySetting) -> str:
    return f"{setting.user}@{setting.host}:{setting.port}"


def _locked(setting: ProxySetting) -> str:
    return f"{_place(setting)}\n{setting.password}"


def environment_proxy() -> str:
    """Return the proxy that this computer's environment names, as HOST:PORT; empty: none.

    NB: a user name or password in it is dropped, never shown or used.
    """
    named = urllib.request.getproxies()
    found = named.get("https") or named.get("all") or named.get("http") or ""
    try:
        parts = urlsplit(found if "//" in found else f"//{found}")
        host, port = parts.hostname or "", parts.port or 8080
    except ValueError:
        return ""
    return f"{host}:{port}" if host else ""
