"""A run worker that misbehaves in one way: ``python rogue.py MODE``. For the tests only."""

from __future__ import annotations

import logging
import os
import pickle
import sys

import numpy as np

from core.worker.channel import claim_standard_output


def never(*_arguments: object, **_named: object) -> None:
    os.write(2, b"UNPICKLED\n")
    os._exit(99)


def refuse_pickle() -> None:
    """Any use of pickle ends the process."""
    import _pickle

    for module in (pickle, _pickle):
        for name in ("loads", "load", "dumps", "dump", "Unpickler", "Pickler"):
            setattr(module, name, never)


def bear_own_bytes() -> type:
    """Let the rogue not stumble over its own share: MPyC reads it back as it reads a peer's."""
    from core.protocol.array_codec import ArrayCodec, PeerBytes

    honest = ArrayCodec.loads

    def loads(self, payload):
        if isinstance(payload, PeerBytes):
            return honest(self, payload)
        return np.zeros(self._count, dtype=object)

    ArrayCodec.loads = loads
    return ArrayCodec


def send_pickles() -> None:
    codec = bear_own_bytes()
    codec.dumps = lambda _self, array: pickle.dumps(array)


def send_large_numbers() -> None:
    codec = bear_own_bytes()
    codec.dumps = lambda _self, array: b"\xff" * 8 * len(array)


def open_wrongly() -> None:
    from core.protocol.aggregation import JointAggregator

    honest = JointAggregator._open

    async def wrong(self, field, index, stage, own):
        return await honest(self, field, index, stage, field.add(own, own * 0 + 1))

    JointAggregator._open = wrong


def claim_another_version() -> None:
    import core.worker.runs.engine_parts

    core.worker.runs.engine_parts.__version__ = "0.0.9"


def show_another_certificate() -> None:
    import datetime as dt

    from core.network.identity import RunIdentity
    from core.randomness import NoiseSource

    honest = RunIdentity.trust

    def trust(_self, certificates):
        return honest(RunIdentity(NoiseSource(), dt.datetime.now(dt.UTC)), certificates)

    RunIdentity.trust = trust


def talk_on_standard_output() -> None:
    """What a chatty library would do, and arguments and variables that MPyC would obey."""
    from core.protocol.mpyc_backend import MpycBackend

    honest = MpycBackend.share_sum

    async def chatty(self, *arguments):
        print("chatter")
        os.write(1, b"chatter\n")
        sys.stdout.flush()
        logging.getLogger().error("chatter of a library")
        return await honest(self, *arguments)

    MpycBackend.share_sum = chatty
    sys.argv = ["engine", "-V", "-H", "-M", "9", "-I", "4", "--ssl", "--no-async", "--config", "x"]
    os.environ.update(READTHEDOCS="True", MPYC_NOPRSS="1", MPYC_MIX32_64BIT="1", MPYC_NONUMPY="1")


def fail_inside_mpyc() -> None:
    from core.protocol.array_codec import ArrayCodec

    def broken(_self, _payload):
        raise ZeroDivisionError

    ArrayCodec.loads = broken


def send_no_frames() -> None:
    """Write garbage in the place of the opening shares."""
    from core.protocol.mailbox import Kind
    from core.protocol.session import Session

    honest = Session.broadcast

    def garbage(self, label, payload):
        if label.kind is not Kind.OPENING:
            honest(self, label, payload)
            return
        for channel in self._channels.values():
            channel.send(b"\xee" + payload)
        honest(self, label, payload)

    Session.broadcast = garbage


def lie_about_measurements() -> None:
    from core.protocol.session import Session

    honest = Session.compare_digests

    async def other(self, digest):
        await honest(self, digest[::-1])

    Session.compare_digests = other


def announce_another_table() -> None:
    from core.protocol import table
    from core.worker.runs import engine_run

    honest = table._HEAD.pack

    class Head:
        size = table._HEAD.size
        unpack = table._HEAD.unpack

        @staticmethod
        def pack(length, digest):
            return honest(length, digest[::-1])

    table._HEAD = Head
    engine_run.send_table = table.send_table


def watch_the_loop() -> None:
    """Write the event loop's longest computing time without a pause, milliseconds, at the end.

    CPU time of the loop's thread: a busy machine does not lengthen it.
    """
    import asyncio
    import time

    from core.worker.runs.engine_run import RunWorker

    honest = RunWorker.run

    async def watched(self):
        longest = 0.0

        async def watch() -> None:
            nonlocal longest
            before = time.thread_time()
            while True:
                await asyncio.sleep(0)
                now = time.thread_time()
                longest, before = max(longest, now - before), now

        watching = asyncio.ensure_future(watch())
        status = await honest(self)
        watching.cancel()
        os.write(2, b"LONGEST %d ms\n" % round(longest * 1000))
        return status

    RunWorker.run = watched


if __name__ == "__main__":
    EVENTS = claim_standard_output()
    globals()[sys.argv[1]]()
    from core.worker.runs.engine_run import main

    raise SystemExit(main(EVENTS))
