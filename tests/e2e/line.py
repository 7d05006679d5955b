"""A network line that can be cut: a small TCP proxy on loopback, to one port of this machine."""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
from collections.abc import Callable

_PIECE = 1 << 16
_RESET = struct.pack("ii", 1, 0)
"""SO_LINGER with no time: the connection ends with a reset, as one does that was cut."""


class Line:
    """Passes on what comes to `port`, until it is cut: then nobody listens there any more."""

    def __init__(self, target: int) -> None:
        """Open at once. `target` is the port to which all of it goes."""
        self._target = target
        self.loses: Callable[[], bool] = lambda: False
        """Asked for each piece of an answer: whether the connection breaks off before it."""
        self._lock = threading.Lock()
        self._open: set[socket.socket] = set()
        self._listener: socket.socket | None = None
        self.port = 0
        self.mend()

    @property
    def url(self) -> str:
        """Where the line begins."""
        return f"http://127.0.0.1:{self.port}"

    def mend(self) -> None:
        """Listen again, at the same port."""
        listener = socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", self.port))
        listener.listen(64)
        self.port = listener.getsockname()[1]
        self._listener = listener
        threading.Thread(target=self._accept, args=(listener,), daemon=True).start()

    def cut(self) -> None:
        """Reset every connection, in the middle of whatever it carries, and take no more."""
        if self._listener is not None:
            with contextlib.suppress(OSError):
                self._listener.shutdown(socket.SHUT_RDWR)
            self._listener.close()
            self._listener = None
        with self._lock:
            ended, self._open = self._open, set()
        for each in ended:
            self._reset(each)

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                caller, _ = listener.accept()
            except OSError:  # it was cut
                return
            try:
                called = socket.create_connection(("127.0.0.1", self._target), 10)
                called.settimeout(None)
            except OSError:
                self._reset(caller)
                continue
            with self._lock:
                self._open |= {caller, called}
            for way in ((caller, called, False), (called, caller, True)):
                threading.Thread(target=self._pass_on, args=way, daemon=True).start()

    def _pass_on(self, source: socket.socket, target: socket.socket, answers: bool) -> None:
        with contextlib.suppress(OSError):
            while piece := source.recv(_PIECE):
                if answers and self.loses():
                    raise ConnectionResetError
                target.sendall(piece)
            target.shutdown(socket.SHUT_WR)
            return
        for each in (source, target):
            self._reset(each)

    @staticmethod
    def _reset(connection: socket.socket) -> None:
        with contextlib.suppress(OSError):
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
            connection.shutdown(socket.SHUT_RDWR)
        connection.close()
