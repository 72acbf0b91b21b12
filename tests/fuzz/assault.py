"""Strangers at a listening socket: bytes at random, half a handshake, lies about lengths, good
words with changed bytes, connections that say nothing and connections that break.
"""

from __future__ import annotations

import contextlib
import json
import random
import socket
import ssl
import struct
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

HOST = "127.0.0.1"
TIMEOUT_S = 5.0
MOST_AT_ONCE = 64 * 1024
WORDS = (
    *("\ud800", "", "a" * 3000, "\x1b[2J", "0" * 32, "0" * 31, None, True, 10**400, -1, 1, 2**63),
    *(
        [],
        {},
        [[[]]],
        {"a": {}},
        0.5,
        "-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----\n",
    ),
)


def trusting_anybody() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context


@dataclass
class Assault:
    """Attacks on one port until ``n_bytes`` were handed to the network.

    Attributes:
        port: On this computer.
        n_bytes: In all.
        seed: The same attacks again.
        words: Good first frames of the port's language, to be changed.
        sent: Bytes by kind of attack.
        tried: Connections by kind of attack.
    """

    port: int
    n_bytes: int
    seed: int = 1
    words: tuple[bytes, ...] = ()
    sent: Counter[str] = field(default_factory=Counter)
    tried: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self._dice = random.Random(self.seed)
        self._tls = trusting_anybody()
        self._held: list[socket.socket] = []

    def run(self) -> None:
        kinds: tuple[Callable[[], None], ...] = (
            *(self.raw, self.probe, self.broken, self.half_a_handshake, self.after_tls),
            *(self.lying_length, self.changed_word, self.changed_word),
        )
        try:
            while self.sent.total() < self.n_bytes:
                kind = self._dice.choice(kinds)
                self.tried[kind.__name__] += 1
                with contextlib.suppress(OSError):  # hung up on: as it should be
                    kind()
        finally:
            for held in self._held:
                held.close()

    # ---- kinds

    def raw(self) -> None:
        with self._dialled() as wire:
            self._send("raw", wire, self._random())

    def probe(self) -> None:
        """What a port scanner or a load balancer does."""
        wire = self._dialled()
        if self._dice.random() < 0.1 and len(self._held) < 5:
            self._held.append(wire)  # says nothing, stays
        else:
            wire.close()

    def broken(self) -> None:
        """A reset in the middle."""
        with self._dialled() as wire:
            self._send("broken", wire, self._random()[: self._dice.randrange(4096)])
            wire.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    def half_a_handshake(self) -> None:
        """A right hello of TLS, cut, changed, or followed by anything."""
        incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        with contextlib.suppress(ssl.SSLWantReadError):
            self._tls.wrap_bio(incoming, outgoing).do_handshake()
        hello = bytearray(outgoing.read())
        if self._dice.random() < 0.5:
            hello[self._dice.randrange(len(hello))] ^= 1 << self._dice.randrange(8)
        else:
            del hello[self._dice.randrange(len(hello)) :]
        with self._dialled() as wire:
            self._send("half_a_handshake", wire, bytes(hello) + self._random()[:2000])

    def after_tls(self) -> None:
        with self._encrypted() as wire:
            self._send("after_tls", wire, self._random())

    def lying_length(self) -> None:
        length = self._dice.choice([0, 1, 5, 1023, 1024, 1025, 4096, 2**24, 2**31, 2**32 - 1])
        with self._encrypted() as wire:
            order = self._dice.choice(["big", "little"])
            self._send("lying_length", wire, length.to_bytes(4, order) + self._random())

    def changed_word(self) -> None:
        """A good first word with a wrong value in it, or with wrong bytes."""
        if not self.words:
            return
        body = self._dice.choice(self.words)[4:]
        if self._dice.random() < 0.5:
            tree = json.loads(body)
            name = self._dice.choice([*sorted(tree["fields"]), "other"])
            tree["fields"][name] = self._dice.choice(WORDS)
            body = json.dumps(tree).encode()
        else:
            changed = bytearray(body)
            changed[self._dice.randrange(len(changed))] = self._dice.randrange(256)
            body = bytes(changed)
        with self._encrypted() as wire:
            frame = len(body).to_bytes(4, "big") + body
            self._send("changed_word", wire, frame + self._random()[: self._dice.randrange(100)])
            wire.settimeout(0.3)
            with contextlib.suppress(TimeoutError):
                wire.recv(100)

    # ---- tools

    def _random(self) -> bytes:
        return self._dice.randbytes(self._dice.randrange(1, MOST_AT_ONCE))

    def _dialled(self) -> socket.socket:
        return socket.create_connection((HOST, self.port), TIMEOUT_S)

    def _encrypted(self) -> ssl.SSLSocket:
        return self._tls.wrap_socket(self._dialled(), server_hostname="syncohort")

    def _send(self, kind: str, wire: socket.socket, content: bytes) -> None:
        view = memoryview(content)
        while view:
            n = wire.send(view[:16384])
            self.sent[kind] += n
            view = view[n:]
