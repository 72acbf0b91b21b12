"""The real clock."""

from __future__ import annotations

import time


class SystemClock:
    """Implements core.ports.Clock with the operating system's clocks."""

    def now(self) -> float:
        """Return seconds since the epoch, UTC."""
        return time.time()

    def monotonic(self) -> float:
        """Return seconds that never run backwards."""
        return time.monotonic()
