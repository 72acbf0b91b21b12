"""A connection that arrives when accepting ends is handed over or still waits: never lost."""

from __future__ import annotations

import asyncio
import contextlib
import socket

import pytest

from core.sockets import accept_all


@pytest.fixture
def listener():
    with socket.create_server(("127.0.0.1", 0)) as made:
        made.setblocking(False)
        yield made


async def steps(count: int) -> None:
    for _ in range(count):
        await asyncio.sleep(0)


@pytest.mark.parametrize("count", range(8))
def test_no_step_of_cancellation_loses_a_connection(listener: socket.socket, count: int) -> None:
    taken: list[socket.socket] = []

    async def story() -> None:
        accepting = asyncio.ensure_future(accept_all(listener, lambda c, _: taken.append(c)))
        await steps(3)
        with socket.create_connection(listener.getsockname()):
            await steps(count)
            accepting.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await accepting
            if not taken:
                taken.append(listener.accept()[0])

    asyncio.run(story())
    assert len(taken) == 1
    assert taken[0].recv(1) == b""  # the caller is gone
    taken[0].close()


def test_a_crowd_is_taken_one_after_another_and_an_error_ends_nothing(
    listener: socket.socket,
) -> None:
    class Trouble:
        """A listener that has no room for the first caller."""

        left = 1

        def accept(self) -> tuple[socket.socket, object]:
            if self.left:
                self.left -= 1
                raise OSError(24, "Too many open files")
            return listener.accept()

        def fileno(self) -> int:
            return listener.fileno()

    async def story() -> None:
        taken: asyncio.Queue[socket.socket] = asyncio.Queue()
        accepting = asyncio.ensure_future(
            accept_all(Trouble(), lambda c, _: taken.put_nowait(c))  # type: ignore[arg-type]
        )
        callers = [socket.create_connection(listener.getsockname()) for _ in range(5)]
        found = [await asyncio.wait_for(taken.get(), 10) for _ in callers]
        assert {c.getpeername() for c in found} == {c.getsockname() for c in callers}
        assert not any(c.getblocking() for c in found)
        accepting.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await accepting
        for one in (*found, *callers):
            one.close()

    asyncio.run(story())


def test_where_the_loop_cannot_wait_it_looks_again(
    listener: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def story() -> None:
        def unknown(*_: object) -> None:
            raise NotImplementedError

        monkeypatch.setattr(asyncio.get_running_loop(), "add_reader", unknown)
        taken: asyncio.Queue[socket.socket] = asyncio.Queue()
        accepting = asyncio.ensure_future(accept_all(listener, lambda c, _: taken.put_nowait(c)))
        await steps(3)
        with socket.create_connection(listener.getsockname()):
            (await asyncio.wait_for(taken.get(), 10)).close()
        accepting.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await accepting

    asyncio.run(story())
