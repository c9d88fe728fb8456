"""What was posted: how much of it, of which type, and how soon."""

import asyncio
from collections.abc import Iterable

from starlette.types import Receive, Scope

Header = tuple[bytes, bytes]

MOST_OCTETS = 64 * 1024
CLOSE = (b"connection", b"close")
_BODY_SECONDS = 10  # for a request to arrive in whole
_REQUEST_TYPE = b"application/ocsp-request"


class HttpRefusedError(Exception):
    """Why HTTP itself says no: before anybody looks at what is asked."""

    def __init__(self, status: int, line: str, *headers: Header) -> None:
        super().__init__(line)
        self.status, self.headers = status, headers


async def posted_body(scope: Scope, receive: Receive) -> bytes | None:
    """What was posted; None when the client has gone before its end."""
    _check_head(scope["headers"])
    try:
        async with asyncio.timeout(_BODY_SECONDS):
            return await _received(receive)
    except TimeoutError:
        line = f"the request did not arrive within {_BODY_SECONDS} seconds"
        raise HttpRefusedError(408, line, CLOSE) from None


def _check_head(headers: Iterable[Header]) -> None:
    kind = b""
    for name, value in headers:
        if name == b"content-type":
            kind = value
        elif name == b"content-length" and value.isdigit() and _is_long(value):
            raise _too_long()
    if kind != _REQUEST_TYPE and _media_type(kind) != _REQUEST_TYPE:
        line = "the content type is not application/ocsp-request"
        raise HttpRefusedError(415, line, CLOSE)


async def _received(receive: Receive) -> bytes | None:
    message = await receive()
    if message["type"] == "http.request" and not message.get("more_body"):
        body: bytes = message.get("body", b"")
        if len(body) > MOST_OCTETS:
            raise _too_long()
        return body
    parts = bytearray()
    while message["type"] == "http.request":
        parts += message.get("body", b"")
        if len(parts) > MOST_OCTETS:
            raise _too_long()
        if not message.get("more_body"):
            return bytes(parts)
        message = await receive()
    return None


def _too_long() -> HttpRefusedError:
    return HttpRefusedError(413, "the request is longer than 64 KiB", CLOSE)


def _is_long(number: bytes) -> bool:
    return len(number.lstrip(b"0")) > 9 or int(number) > MOST_OCTETS


def _media_type(value: bytes) -> bytes:
    return value.partition(b";")[0].strip().lower()
