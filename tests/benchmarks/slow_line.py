"""A long, narrow line to the relay in user space, where the test host cannot shape its network.

    python tests/benchmarks/slow_line.py LISTEN_PORT HOST PORT DELAY_S

Every byte to and from the relay waits ``delay_s`` and passes ``mbit_s`` in its turn, for each
connection.
"""

from __future__ import annotations

import asyncio
import contextlib
import sys
import threading
from typing import Final

_TRIES: Final = 100
_PAUSE_S: Final = 0.1


class SlowLine:
    """Forwards a local port to another one. Runs in a thread of its own."""

    def __init__(
        self,
        target_port: int,
        delay_s: float,
        mbit_s: float,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
    ) -> None:
        """Forward ``port`` (0: any) of this computer to ``target_port`` of ``host``."""
        self._target, self._delay, self._bytes_s = target_port, delay_s, mbit_s * 125_000
        self._host, self._wanted = host, port
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self.port = 0
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        self._ready.wait(10)

    def close(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        server = self._loop.run_until_complete(
            asyncio.start_server(self._serve, "127.0.0.1", self._wanted, limit=1 << 20)
        )
        self.port = server.sockets[0].getsockname()[1]
        self._ready.set()
        self._loop.run_forever()
        left = asyncio.all_tasks(self._loop)
        for task in left:
            task.cancel()
        self._loop.run_until_complete(asyncio.gather(*left, return_exceptions=True))
        server.close()
        self._loop.close()

    async def _target_streams(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """Connect to the target, which may not be there yet."""
        for _ in range(_TRIES):
            with contextlib.suppress(ConnectionError):
                return await asyncio.open_connection(self._host, self._target, limit=1 << 20)
            await asyncio.sleep(_PAUSE_S)
        raise ConnectionError

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError, asyncio.CancelledError):
            there, back = await self._target_streams()
            await asyncio.gather(self._carry(reader, back), self._carry(there, writer))

    async def _carry(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        """Read as fast as the rate allows; write each piece when it has travelled."""
        travelling: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue(4096)

        async def arrive() -> None:
            while True:
                due, piece = await travelling.get()
                await asyncio.sleep(max(0.0, due - self._loop.time()))
                if not piece:
                    break
                sink.write(piece)
                await sink.drain()
            sink.close()

        arriving = asyncio.ensure_future(arrive())
        free = self._loop.time()
        with contextlib.suppress(ConnectionError):
            while True:
                piece = await source.read(65536)
                free = max(free, self._loop.time()) + len(piece) / self._bytes_s
                await travelling.put((free + self._delay, piece))
                await asyncio.sleep(max(0.0, free - self._loop.time()))
                if not piece:
                    break
        with contextlib.suppress(ConnectionError):
            await arriving


def main() -> None:
    """Forward until killed; the rate is somebody else's to limit."""
    listen, host, target, delay_s = sys.argv[1:5]
    line = SlowLine(int(target), float(delay_s), 10_000.0, host=host, port=int(listen))
    print(line.port, flush=True)
    threading.Event().wait()


if __name__ == "__main__":
    main()
