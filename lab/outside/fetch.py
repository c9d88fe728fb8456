"""One HTTP request over a socket to an address that was judged; nothing is trusted."""

import socket
from collections.abc import Sequence
from http.client import (
    HTTPConnection,
    HTTPException,
    HTTPResponse,
    IncompleteRead,
    RemoteDisconnected,
)
from ipaddress import IPv4Network, IPv6Network
from time import monotonic
from typing import NamedTuple

from lab.errors import BadInputError, UnreachableError
from lab.outside.addresses import Network, Resolve, Target, find_targets
from lab.outside.connecting import connect
from lab.outside.deadline import Deadline
from lab.outside.urls import Url, is_of_origin, read_url, redirected
from lab.outside.wire import TooMuchError, Wire
from lab.pki.names import visible

SECONDS = 5.0
MOST_BYTES = 16 * 1024 * 1024  # of a body: a CRL with some 400,000 lines
MOST_REDIRECTS = 3
_CHUNK = 64 * 1024
_EVERYWHERE: tuple[Network, ...] = (IPv4Network("0.0.0.0/0"), IPv6Network("::/0"))
_REDIRECTS = (301, 302, 303, 307, 308)
_KEEPING = (307, 308)  # of these the request is the same: RFC 9110 section 15.4
_SHOWN = 80


class Fetched(NamedTuple):
    """What a server said, whatever its status."""

    url: str  # where it was in the end
    http_status: int
    content_type: str  # in small letters, without parameters
    headers: tuple[tuple[str, str], ...]
    body: bytes
    address: str
    milliseconds: int
    redirects: tuple[str, ...] = ()  # the addresses before it


def fetch(
    url: str,
    *,
    body: bytes | None = None,
    content_type: str = "",
    allowed: Sequence[Network],
    own: str = "",
    seconds: float = SECONDS,
    most_bytes: int = MOST_BYTES,
    most_redirects: int = MOST_REDIRECTS,
    resolve: Resolve = socket.getaddrinfo,
) -> Fetched:
    """Ask by GET, or by POST when there is a body, and return the answer.

    The address must be in `allowed`, unless the URL has the host and port of `own`;
    each redirect is judged anew. `seconds` count for everything together, from the
    name to the last byte. No proxy is used, no cookie is kept.

    Raises RuleError for what may not be asked, UnreachableError when nothing comes or
    it does not end in time, and BadInputError for an answer that is none.
    """
    began, deadline = monotonic(), Deadline(seconds)
    there, before = read_url(url), list[str]()
    while True:
        networks = _EVERYWHERE if is_of_origin(there, own) else allowed
        sent = _Sent(there, body, content_type, networks, most_bytes)
        answer, read, target = _ask(sent, deadline, resolve)
        location = answer.getheader("Location")
        if answer.status not in _REDIRECTS or location is None:
            break
        if len(before) >= most_redirects:
            raise BadInputError(
                "{url} sends on to another address, after {count} redirects",
                hint="More are not followed. Name the last address.",
                url=there.shown,
                count=len(before),
            )
        before.append(str(there))
        there = _next(there, answer.status, location, body)
    return Fetched(
        url=str(there),
        http_status=answer.status,
        content_type=_type_of(answer),
        headers=tuple(
            (visible(name), visible(str(value))) for name, value in answer.getheaders()
        ),
        body=read,
        address=str(target.address),
        milliseconds=round((monotonic() - began) * 1000),
        redirects=tuple(before),
    )


class _Sent(NamedTuple):
    """One question, and where it may go."""

    there: Url
    body: bytes | None
    content_type: str
    allowed: Sequence[Network]
    most_bytes: int


def _ask(
    sent: _Sent, deadline: Deadline, resolve: Resolve
) -> tuple[HTTPResponse, bytes, Target]:
    """Connect to an address that is allowed, ask, and read; all trouble is ours."""
    wire = None
    try:
        targets = find_targets(
            sent.there.endpoint,
            allowed=sent.allowed,
            seconds=deadline.left(),
            resolve=resolve,
        )
        connection, target = connect(sent.there.endpoint, targets, deadline)
        with connection:
            wire = Wire(connection, deadline)
            answer, body = _exchange(wire, sent)
    except TimeoutError:  # it is an OSError too
        raise _late(sent.there, deadline.seconds, wire) from None
    except (HTTPException, ValueError, OSError, TooMuchError) as trouble:
        raise _broken(sent.there, trouble, wire) from None
    return answer, body, target


def _exchange(wire: Wire, sent: _Sent) -> tuple[HTTPResponse, bytes]:
    """One question and its answer, as far as it may go."""
    there, most_bytes = sent.there, sent.most_bytes
    connection = HTTPConnection(*there.endpoint)
    connection.sock = wire
    headers = {"Host": there.host, "User-Agent": "pki-lab", "Connection": "close"}
    if sent.body is not None:
        headers["Content-Type"] = sent.content_type
    method = "GET" if sent.body is None else "POST"
    connection.request(method, there.target, sent.body, headers)
    answer = connection.getresponse()
    _check_framing(there, answer, most_bytes)
    # What frames a body is never much more than the body.
    wire.allow(2 * most_bytes + _CHUNK)
    parts, length = list[bytes](), 0
    while part := answer.read(_CHUNK):
        parts.append(part)
        length += len(part)
        if length > most_bytes:
            raise TooMuchError
    if answer.length:
        raise BadInputError(
            "{url} ends its answer after {count} bytes; {missing} are missing",
            hint="The server, or something on the way, cuts answers short.",
            url=there.shown,
            count=length,
            missing=answer.length,
        )
    return answer, b"".join(parts)


def _check_framing(there: Url, answer: HTTPResponse, most_bytes: int) -> None:
    """Refuse what could be read in two ways, and what is too long by its own words."""
    lengths = answer.headers.get_all("Content-Length") or []
    codings = answer.headers.get_all("Transfer-Encoding") or []
    packed = answer.getheader("Content-Encoding", "identity").strip().lower()
    is_odd = (
        len(set(lengths)) > 1
        or any(not _is_number(each) for each in lengths)
        or [each.lower() for each in codings] not in ([], ["chunked"])
        or bool(lengths and codings)  # RFC 9112 section 6.3
        or packed != "identity"  # nothing else was asked for
    )
    if is_odd:
        raise BadInputError(
            "{url} frames its answer in a way that is not clear: {headers}",
            hint="One Content-Length, or chunked, and no compression is expected.",
            url=there.shown,
            headers=visible(", ".join([*lengths, *codings, packed])[:_SHOWN]),
        )
    if lengths and int(lengths[0]) > most_bytes:
        raise TooMuchError


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 15


def _type_of(answer: HTTPResponse) -> str:
    text = answer.getheader("Content-Type", "").split(";")[0].strip().lower()
    return visible(text[:_SHOWN])


def _next(there: Url, status: int, location: str, body: bytes | None) -> Url:
    if body is not None and status not in _KEEPING:
        raise BadInputError(
            "{url} answers a question with HTTP {status}, which drops the question",
            hint="A POST is sent on with 307 or 308 (RFC 9110 section 15.4).",
            url=there.shown,
            status=status,
        )
    return redirected(there, location)


def _late(there: Url, seconds: float, wire: Wire | None) -> UnreachableError:
    if wire is None or not wire.received:
        return UnreachableError(
            "{url} gives no answer within {seconds} seconds",
            hint="Check the address and the port, and firewalls on the way.",
            url=there.shown,
            seconds=f"{seconds:g}",
        )
    return UnreachableError(
        "{url} has not ended its answer after {seconds} seconds; {count} bytes came",
        hint="It is slow, or does it on purpose. Try again, or allow more time.",
        url=there.shown,
        seconds=f"{seconds:g}",
        count=wire.received,
    )


def _broken(there: Url, trouble: Exception, wire: Wire | None) -> BadInputError:
    """What to say of an answer that breaks off or is none."""
    if isinstance(trouble, TooMuchError):
        return BadInputError(
            "{url} sends more than an answer may have; {count} bytes came",
            hint="Check that the address is the one of a responder or of a CRL.",
            url=there.shown,
            count=wire.received if wire else 0,
        )
    if wire is None or not wire.received or isinstance(trouble, RemoteDisconnected):
        return UnreachableError(
            "{url} closes the connection before it says anything",
            hint="Check the port, and the log of the server.",
            url=there.shown,
        )
    if isinstance(trouble, OSError | IncompleteRead):
        return BadInputError(
            "{url} breaks off within its answer; {count} bytes came",
            hint="The log of the server may say why.",
            url=there.shown,
            count=wire.received,
        )
    return BadInputError(
        "{url} does not answer as HTTP has it; it begins: {said}",
        hint="Check the port; something else may be listening there.",
        url=there.shown,
        said=visible(wire.beginning.decode("ascii", "backslashreplace")),
    )
