"""A connection whose every byte is counted and timed; HTTP is read from it."""

import io
import socket
from typing import TYPE_CHECKING

from lab.outside.deadline import Deadline

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

_HEAD = 64 * 1024  # bytes before the body: status, headers, and "100 Continue"
_SAID = 40  # bytes kept to be shown


class TooMuchError(Exception):
    """More came than was allowed; it never leaves `fetch`."""


class Wire:
    """What `http.client` uses of a socket."""

    def __init__(self, connection: socket.socket, deadline: Deadline) -> None:
        self._connection = connection
        self._deadline = deadline
        self._most = _HEAD
        self.received = 0
        self.beginning = b""

    def allow(self, more: int) -> None:
        """Let so many bytes more come."""
        self._most += more

    def sendall(self, data: bytes) -> None:
        self._connection.settimeout(self._deadline.left())
        self._connection.sendall(data)

    def makefile(self, _mode: str) -> io.BufferedReader:
        return io.BufferedReader(_Incoming(self))

    def close(self) -> None:
        """Nothing: `http.client` lets go of it before it has read the body."""

    def receive_into(self, buffer: "WriteableBuffer") -> int:
        """As `recv_into`, within the time and the number of bytes that are left."""
        if self.received > self._most:
            raise TooMuchError
        self._connection.settimeout(self._deadline.left())
        count = self._connection.recv_into(buffer)
        self.received += count
        if len(self.beginning) < _SAID:
            said = bytes(memoryview(buffer)[:count])
            self.beginning = (self.beginning + said)[:_SAID]
        return count


class _Incoming(io.RawIOBase):
    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "WriteableBuffer") -> int:
        return self._wire.receive_into(buffer)
