"""A hospital's line to the relay that can be cut: an HTTP proxy (CONNECT) in threads of the test.

A cut cable does not say goodbye: both ends stay open and nothing passes any more.
"""

from __future__ import annotations

import contextlib
import socket
import threading

from core.model.peer import ProxySetting


class Cable:
    """Passes everything until ``cut``; ``change`` flips a bit on the way to the hospital."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._wires: list[socket.socket] = []
        self._threads: list[threading.Thread] = []
        self._passing = True
        self._changing = False
        self.passed = 0
        self._start(self._accept)

    @property
    def setting(self) -> ProxySetting:
        return ProxySetting(host="127.0.0.1", port=self._listener.getsockname()[1])

    def cut(self) -> None:
        self._passing = False

    def change(self) -> None:
        self._changing = True

    def _start(self, work, *arguments) -> None:
        thread = threading.Thread(target=work, args=arguments, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                near, _ = self._listener.accept()
                self._wires.append(near)
                self._start(self._serve, near)

    def _serve(self, near: socket.socket) -> None:
        with contextlib.suppress(OSError):
            head = b""
            while not head.endswith(b"\r\n\r\n"):
                head += near.recv(1)
            host, port = head.split()[1].decode().rsplit(":", 1)
            far = socket.create_connection((host, int(port)))
            self._wires.append(far)
            near.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
            self._start(self._pump, far, near, True)
            self._pump(near, far, False)

    def _pump(self, source: socket.socket, sink: socket.socket, homewards: bool) -> None:
        with contextlib.suppress(OSError):
            while chunk := source.recv(65536):
                if not self._passing:
                    continue
                if homewards and self._changing and len(chunk) > 100:
                    self._changing = False
                    chunk = chunk[:50] + bytes([chunk[50] ^ 1]) + chunk[51:]
                self.passed += len(chunk)
                sink.sendall(chunk)
            if self._passing:  # a cut cable does not pass a goodbye either
                sink.shutdown(socket.SHUT_WR)

    def close(self) -> None:
        for wire in (self._listener, *self._wires):
            with contextlib.suppress(OSError):
                wire.shutdown(socket.SHUT_RDWR)
            wire.close()
        for thread in self._threads:
            thread.join(5)
