"""A hospital's HTTP proxy for tests: CONNECT with a Basic login, in a thread of its own."""

from __future__ import annotations

import base64
import contextlib
import socket
import threading
from collections.abc import Iterator


class ConnectProxy:
    """Tunnels for who knows the login. Counts tunnels and refusals."""

    def __init__(self, login: str) -> None:
        """Listen; ``login`` is USER:PASSWORD, empty for none."""
        self._wanted = base64.b64encode(login.encode()).decode() if login else ""
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self.tunnels = self.refused = 0
        self._open: list[socket.socket] = []
        self._threads: list[threading.Thread] = []
        self._start(self._accept)

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for one in self._open:
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(5)
        for one in self._open:
            one.close()

    def _start(self, work, *words) -> None:
        thread = threading.Thread(target=work, args=words)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                came, _ = self._listener.accept()
                self._open.append(came)
                self._start(self._serve, came)

    def _serve(self, came: socket.socket) -> None:
        with contextlib.suppress(OSError):
            head = b""
            while not head.endswith(b"\r\n\r\n"):
                more = came.recv(1)
                if not more:
                    return
                head += more
            if self._wanted and f"Basic {self._wanted}".encode() not in head:
                self.refused += 1
                came.sendall(b"HTTP/1.1 407 Login\r\nProxy-Authenticate: Basic realm=test\r\n\r\n")
                came.shutdown(socket.SHUT_RDWR)
                return
            host, _, port = head.split()[1].decode().rpartition(":")
            there = socket.create_connection((host, int(port)), timeout=10)
            there.settimeout(None)
            self._open.append(there)
            self.tunnels += 1
            came.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
            self._start(self._pump, there, came)
            self._pump(came, there)

    @staticmethod
    def _pump(source: socket.socket, sink: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while chunk := source.recv(65536):
                sink.sendall(chunk)
        with contextlib.suppress(OSError):
            sink.shutdown(socket.SHUT_WR)


@contextlib.contextmanager
def connect_proxy(login: str = "") -> Iterator[ConnectProxy]:
    """A proxy, until the end of the block."""
    proxy = ConnectProxy(login)
    try:
        yield proxy
    finally:
        proxy.close()
