"""The one door to MPyC: it shares the inputs and deals the keys; our channels carry its messages.

MPyC 0.11 is written to be a program's master. Importing it reads ``sys.argv`` and the environment,
configures logging, and builds the one runtime of the process; it opens its own sockets, unpickles
what peers send, and stops the event loop when one of its coroutines fails. ``load`` tames that:
arguments of our choice, our channels in the place of its connections, our codec in the place of
pickle, and failures handed to the session. tests/protocol pins each place where this reaches into
MPyC, so that another release of MPyC cannot change it unnoticed.

References:
    protocol.md "MPyC 0.11: traps found by running it". B. Schoenmakers, MPyC,
    https://github.com/lschoe/mpyc.
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Awaitable, Callable, Iterable
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from core.errors import InternalError, ProtocolError, SessionError
from core.protocol.array_codec import ArrayCodec, PeerBytes
from core.protocol.field import MersenneField, Words
from core.protocol.mailbox import Kind, Label
from core.protocol.session import Session
from core.protocol.signs import SharedKeys

#: The release whose private names are used here; another one is refused.
MPYC_VERSION: Final = "0.11"
#: Statistical security of MPyC's comparisons, bits (protocol.md trap 6).
_SECURITY_BITS: Final = 60
_KEY_BYTES: Final = 16
#: Values that MPyC shares in one step: more would block the event loop for long.
_PIECE: Final = 4_000


class _Exchanger:
    """Stands in the place of MPyC's MessageExchanger for one peer; its program counter is a label.

    Attributes:
        nbytes_sent: As MPyC counts.
    """

    def __init__(self, session: Session, party: int) -> None:
        self._session, self._party = session, party
        self._name = session.name(party)
        self.nbytes_sent = 0

    def send(self, pc: int, payload: bytes) -> None:
        """Send what MPyC labels ``pc``."""
        self.nbytes_sent += len(payload)
        self._session.send(self._party, Label(Kind.MPYC, pc), payload)

    def receive(self, pc: int) -> asyncio.Future[PeerBytes]:
        """Return a future of the peer's payload labelled ``pc``."""
        marked: asyncio.Future[PeerBytes] = asyncio.get_running_loop().create_future()
        raw = self._session.take(self._party, Label(Kind.MPYC, pc))

        def mark(done: asyncio.Future[bytes]) -> None:
            if not done.cancelled() and not marked.done():
                marked.set_result(PeerBytes.of(self._name, done.result()))

        raw.add_done_callback(mark)
        return marked

    def close_connection(self) -> None:
        """Do nothing: the composition root closes the channels."""


class MpycBackend:
    """MPyC's runtime for one run.

    Invariant: one for each process; made inside the running event loop.
    """

    def __init__(self, session: Session) -> None:
        """Load MPyC for this party of the session's plan.

        Raises:
            InternalError: If MPyC is another release, was loaded before, or does not start.
        """
        plan = session.plan
        self._session = session
        self._codec = ArrayCodec()
        runtime, asyncoro = _import_mpyc(len(plan.parties), session.own_number, plan.threshold)
        self._rt: Any = runtime.mpc
        self._finfields: Any = runtime.finfields
        runtime.pickle = self._codec
        asyncoro._reconcile = _reconciler(self._rt, asyncoro, self._failed)  # noqa: SLF001 - pinned by a test
        self._rt._loop.set_exception_handler(self._loop_failed)  # noqa: SLF001 - pinned by a test
        for party in self._rt.parties:
            own = party.pid == session.own_number
            party.protocol = None if own else _Exchanger(session, party.pid)

    def _failed(self, error: BaseException) -> None:
        """End the session because a coroutine of MPyC ended with an exception."""
        if isinstance(error, ProtocolError | SessionError | InternalError):
            self._session.fail(error)
        else:
            unexpected = InternalError("IN902", kind=type(error).__name__)
            unexpected.__cause__ = error  # for the log of this process: kind and place only
            self._session.fail(unexpected)

    def _loop_failed(self, _loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        error = context.get("exception")
        if isinstance(error, OSError):
            return  # a broken connection: its channel reports it, with the party's name
        self._failed(
            error
            if isinstance(error, BaseException)
            else InternalError("IN902", kind="event loop")
        )

    async def deal_keys(self) -> SharedKeys:
        """Exchange the keys of pseudo-random secret sharing; return those that this party holds.

        Of each set of m - t parties the lowest number drew the key (MPyC, operating system's
        generator) and sends it to the other members, over their authenticated channels.

        Reveals:
            To each member of a set of m - t parties its key; to nobody else. No data.

        Raises:
            SessionError: SE404 after the step's longest wait.
            ProtocolError: PR502 if a peer sends keys of another length.
        """
        rt, session = self._rt, self._session
        session.require_all_joined()
        for party in session.others:
            keys = rt._prss_keys_to_peer(party) if party > session.own_number else []  # noqa: SLF001
            session.send(party, Label(Kind.KEYS), b"".join(keys))
        for party in session.others:
            size = rt._prss_keys_from_peer(party) if party < session.own_number else 0  # noqa: SLF001
            found = await session.collect(Label(Kind.KEYS), (party,), size, "keys")
            if size:
                rt._prss_keys_from_peer(party, found[party])  # noqa: SLF001
        keys_by_set = {tuple(members): bytes(key) for members, key in rt._prss_keys.items()}  # noqa: SLF001
        if any(len(key) != _KEY_BYTES for key in keys_by_set.values()):
            raise InternalError("IN901", rule="keys of pseudo-random sharing have 16 bytes")
        return SharedKeys(
            n_parties=len(rt.parties), threshold=rt.threshold, party=rt.pid, keys=keys_by_set
        )

    async def share_sum(
        self, field: MersenneField, vector: NDArray[np.int64], step: str, step_s: float
    ) -> Words:
        """Share this party's vector with all parties; return its share of the sum of all vectors.

        Args:
            field: Large enough for the sum.
            vector: Shape (n,), int64; n is the same at every party.
            step: Named in the error when the deadline passes.
            step_s: Longest wait, seconds.

        Returns:
            Shape (n,), elements: a point of polynomials of degree t whose value at 0 is the sum.

        Reveals:
            To each party one Shamir share of each value: any t of them are independent of the
                values.

        Raises:
            SessionError: SE404 after the longest wait.
        """
        n_pieces = -(-len(vector) // _PIECE)
        size = -(-len(vector) // n_pieces)
        self._codec.expect(field, size)
        padded = np.zeros(n_pieces * size, dtype=np.int64)  # pieces of one length, strictly
        padded[: len(vector)] = vector
        try:
            async with asyncio.timeout(step_s):
                sent = []
                for start in range(0, len(padded), size):
                    sent.append(self._input(field, padded[start : start + size]))
                    await asyncio.sleep(0)
                pieces = [_sum(field, await per_sender) for per_sender in sent]
        except TimeoutError:
            spent = self._session.spent()
            raise SessionError("SE404", stage=step, seconds=f"{step_s:g}", spent=spent) from None
        return np.concatenate(pieces)[: len(vector)]

    def _input(self, field: MersenneField, vector: NDArray[np.int64]) -> Awaitable[Any]:
        """Begin to share one piece with all parties."""
        # NB: Python integers only; a float in an object array silently becomes 0 in MPyC
        words = np.array([int(v) % field.modulus for v in vector], dtype=object)
        sharing: Awaitable[Any] = self._rt.input(self._finfields.GF(field.modulus).array(words))
        return sharing


def _sum(field: MersenneField, per_sender: Iterable[Any]) -> Words:
    """Return the sum of one share from each party."""
    (first,), *others = per_sender
    total: Words = first.value.astype(np.uint64)
    for (shares,) in others:
        total = field.add(total, shares.value.astype(np.uint64))
    return total


def _import_mpyc(n_parties: int, own_number: int, threshold: int) -> tuple[Any, Any]:
    """Import MPyC under arguments and an environment of our choice, then put both back."""
    if "mpyc.runtime" in sys.modules:
        raise InternalError("IN901", rule="MPyC is loaded once in a process")
    for name in [n for n in os.environ if n.startswith("MPYC_") or n == "READTHEDOCS"]:
        del os.environ[name]
    argv = sys.argv
    sys.argv = ["engine", "-M", str(n_parties), "-I", str(own_number), "-T", str(threshold)]
    sys.argv += ["-K", str(_SECURITY_BITS), "-W", "0", "--no-log", "--no-uvloop"]
    try:
        from mpyc import asyncoro, runtime  # noqa: PLC0415 - it reads argv when imported
    finally:
        sys.argv = argv
    found = getattr(runtime, "mpc", None)
    if found is None or runtime.Runtime.version != MPYC_VERSION:
        raise InternalError("IN901", rule=f"MPyC {MPYC_VERSION} starts")
    if (found.pid, len(found.parties), found.threshold) != (own_number, n_parties, threshold):
        raise InternalError("IN901", rule="MPyC takes the session's parties and threshold")
    return runtime, asyncoro


def _reconciler(
    rt: Any,  # noqa: ANN401 - MPyC has no types
    asyncoro: Any,  # noqa: ANN401
    on_failure: Callable[[BaseException], None],
) -> Callable[[object, asyncio.Task[Any]], None]:
    """Return what MPyC runs when a coroutine ends; its own stops the event loop on a failure."""
    set_placeholders = getattr(asyncoro, "__reconcile")  # a dotted name is mangled in a class

    def reconcile(declared: object, task: asyncio.Task[Any]) -> None:
        rt._pc_level -= 1  # noqa: SLF001
        if task.cancelled():
            return
        error = task.exception()
        if error is not None:
            on_failure(error)
        elif declared is not None:
            set_placeholders(declared, task.result())

    return reconcile
