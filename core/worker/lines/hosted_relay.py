"""A relay on the coordinator's own computer, for hospitals in one network: one click, no server.

It runs in a process of its own, so that a busy worker does not slow the hospitals down, and ends
with the worker.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from core.errors import WorkerError
from core.relay.certificate import kept_sha256

_START_S: Final = 20.0
_GRACE_S: Final = 15.0


@dataclass(frozen=True, slots=True, kw_only=True)
class HostedPlace:
    """What an invitation says about the hosted relay.

    Attributes:
        host: Address of this computer in its network.
        port: TCP port.
        certificate_sha256: Of the relay's certificate, kept from one start to the next.
    """

    host: str
    port: int
    certificate_sha256: str


class HostedRelay:
    """Owns one relay process. Invariant: at most one, and it never outlives this process.

    Attributes:
        connections: Open connections, as the relay said last.
        n_bytes: Bytes that it copied since it started.
    """

    def __init__(self, folder: Path, changed: Callable[[], None] = lambda: None) -> None:
        """Keep the relay's certificate in ``folder``; nothing is started yet.

        Args:
            folder: For the certificate.
            changed: Called when the counts changed, and when the relay ended by itself.
        """
        self._folder, self._changed = folder, changed
        self._child: asyncio.subprocess.Process | None = None
        self._following: asyncio.Task[None] | None = None
        self.connections = 0
        self.n_bytes = 0

    @property
    def running(self) -> bool:
        """Whether the relay runs."""
        return self._child is not None and self._child.returncode is None

    @property
    def kept_sha256(self) -> str:
        """Of the certificate that the relay shows at every start; empty before the first."""
        return kept_sha256(self._folder)

    async def start(self, listen: str, port: int) -> HostedPlace:
        """Start the relay.

        Args:
            listen: Own address to listen on; ``0.0.0.0`` for all of them.
            port: TCP port; 0 for any that is free.

        Raises:
            WorkerError: WO604 if it runs already or the port is not free.
        """
        if self.running:
            raise WorkerError("WO604", step="start the relay", reason="it runs already")
        place = f"[{listen}]:{port}" if ":" in listen else f"{listen}:{port}"
        self._child = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "core.worker.commands.relay", "--hosted"),
            *("--listen", place, "--home", str(self._folder)),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
        )
        line = b""
        if self._child.stdout is not None:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_START_S):
                    line = await self._child.stdout.readline()
        try:
            facts = json.loads(line)
            port, sha256 = int(facts["port"]), str(facts["certificate_sha256"])
        except (ValueError, KeyError, TypeError):
            await self.stop()
            raise WorkerError(
                "WO604", step="start the relay", reason=f"port {port} is not free here"
            ) from None
        self._following = asyncio.create_task(self._follow(self._child))
        host = listen if listen not in {"0.0.0.0", "::"} else own_address()  # noqa: S104
        return HostedPlace(host=host, port=port, certificate_sha256=sha256)

    async def stop(self) -> None:
        """End the relay: the waiting are sent away, open sessions get ten seconds."""
        child, self._child = self._child, None
        self.connections = self.n_bytes = 0
        following, self._following = self._following, None
        if following is not None:
            following.cancel()
            await asyncio.gather(following, return_exceptions=True)
        if child is None:
            return
        if child.stdin is not None:
            child.stdin.close()
        try:
            async with asyncio.timeout(_GRACE_S):
                await child.wait()
        except TimeoutError:
            with contextlib.suppress(ProcessLookupError):
                child.kill()
            await child.wait()

    async def _follow(self, child: asyncio.subprocess.Process) -> None:
        """Read the relay's counts until it ends."""
        while child.stdout is not None and (line := await child.stdout.readline()):
            with contextlib.suppress(ValueError, KeyError, TypeError):
                counts = json.loads(line)
                found = (int(counts["connections"]), int(counts["bytes"]))
                if found != (self.connections, self.n_bytes):
                    self.connections, self.n_bytes = found
                    self._changed()
        await child.wait()
        self.connections = self.n_bytes = 0
        self._changed()


def own_address() -> str:
    """Return this computer's address in its network, as others would dial it; nothing is sent."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # a documentation address: only the route is asked
            return str(probe.getsockname()[0])
        except OSError:
            return "127.0.0.1"
