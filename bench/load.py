"""Asking a server as fast as it answers, and how long each answer takes.

Raw sockets, each with one question under way, which was made before the start unless it
has a nonce: beside a server in Python this takes a small part of one core. How small is
told, so that nobody has to believe it.
"""

import socket
from collections.abc import Iterator
from dataclasses import dataclass
from select import EPOLLIN, epoll
from time import perf_counter, process_time

_GIVE_UP_SECONDS = 30
_END_OF_HEAD = b"\r\n\r\n"


@dataclass(frozen=True, kw_only=True)
class Load:
    """What a server did under load."""

    rate: float  # answers a second
    p50_ms: float
    p99_ms: float
    busy: float  # the share of the time in which the client itself was at work


@dataclass(kw_only=True)
class _Line:
    """One connection, its question, and what came of the answer."""

    socket: socket.socket
    asked_at: float
    received: bytes = b""


def load(
    port: int,
    questions: Iterator[bytes],
    *,
    seconds: float,
    connections: int = 16,
    is_kept: bool = True,
) -> Load:
    """Ask one question after another for so many seconds.

    Without `is_kept` every question has a connection of its own, for servers that
    know no other way. Raises `RuntimeError` for an answer that is none: a server
    that refuses is quick, and of no interest.
    """
    times: list[float] = []
    with epoll() as ready:
        lines: dict[int, _Line] = {}
        for _ in range(connections):
            _begin(ready, lines, connect(port), next(questions))
        start, worked = perf_counter(), process_time()
        end = start + seconds
        while (now := perf_counter()) < end or not times:
            found = ready.poll(_GIVE_UP_SECONDS)
            if not found:
                raise RuntimeError("the server has stopped answering")
            for number, _ in found:
                line = lines[number]
                part = line.socket.recv(65536)
                line.received += part
                if not _is_whole(line.received, part, is_kept):
                    continue
                now = perf_counter()
                times.append(now - line.asked_at)
                if is_kept:
                    line.received, line.asked_at = b"", now
                    line.socket.sendall(next(questions))
                else:
                    del lines[number]
                    line.socket.close()
                    _begin(ready, lines, connect(port), next(questions))
        took, busy = now - start, process_time() - worked
        for line in lines.values():
            line.socket.close()
    times.sort()
    return Load(
        rate=len(times) / took,
        p50_ms=times[len(times) // 2] * 1000,
        p99_ms=times[len(times) * 99 // 100] * 1000,
        busy=busy / took,
    )


def ask(port: int, question: bytes) -> bytes:
    """The body of the answer to one question, on a connection of its own."""
    with connect(port) as line:
        line.sendall(question)
        return receive(line)


def receive(line: socket.socket) -> bytes:
    """The body of the answer that comes over this connection."""
    received = part = line.recv(65536)
    while not _is_whole(received, part, True):
        part = line.recv(65536)
        received += part
    return received.partition(_END_OF_HEAD)[2]


def connect(port: int) -> socket.socket:
    """A connection whose small parts are sent at once."""
    line = socket.create_connection(("127.0.0.1", port), timeout=_GIVE_UP_SECONDS)
    line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return line


def post(path: str, body: bytes) -> bytes:
    """A question as it goes over the line."""
    head = (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n"
        "Content-Type: application/ocsp-request\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def get(path: str) -> bytes:
    return f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode()


def _begin(
    ready: epoll, lines: dict[int, _Line], line: socket.socket, question: bytes
) -> None:
    line.sendall(question)
    lines[line.fileno()] = _Line(socket=line, asked_at=perf_counter())
    ready.register(line.fileno(), EPOLLIN)


def _is_whole(received: bytes, part: bytes, is_kept: bool) -> bool:
    """Whether all of a right answer is there: its head tells how long it is."""
    head, end, body = received.partition(_END_OF_HEAD)
    if not part and (is_kept or not end):
        raise RuntimeError("the server has hung up")
    if not end:
        return False
    if not head.startswith((b"HTTP/1.1 200", b"HTTP/1.0 200")):
        raise RuntimeError(f"the server refuses: {received[:200]!r}")
    fields = head.lower()
    at = fields.find(b"content-length:") + 15
    if at < 15:
        raise RuntimeError("the server does not say how long its answer is")
    length = int(fields[at:].split(b"\r\n", 1)[0])
    if len(body) < length:
        return False
    # The status "successful" follows the length of the sequence: RFC 6960 4.2.1.
    if b"\x0a\x01\x00" not in body[:8]:
        raise RuntimeError(f"the responder refuses: {body[:16].hex()}")
    # A server that keeps no connection closes it: waiting for that costs nobody.
    return is_kept or not part
