"""OCSP over HTTP: POST and GET (RFC 6960 appendix A, RFC 5019 sections 5 and 6)."""

import asyncio
import base64
import logging
import os
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from email.utils import format_datetime
from functools import lru_cache
from pathlib import Path
from time import monotonic
from typing import NamedTuple

from anyio import to_thread
from starlette.types import Receive, Scope, Send

from lab.actions.answer_ocsp import OCSP_RESPONSE, Reply, Responder
from lab.actions.run_due import run_due
from lab.errors import BusyError, LabError, NotFoundError
from lab.lab import lab_path
from lab.pki.ocsp import refusal
from lab.web.handles import borrowed_lab, identity, open_quietly
from lab.web.posted import (
    CLOSE,
    MOST_OCTETS,
    Header,
    HttpRefusedError,
    posted_body,
)

_LONGEST_TEXT = MOST_OCTETS * 4 // 3 + 4
_DUE_EVERY_SECONDS = 5  # at most, when asked while nobody can sign
_WAIT_SECONDS = 0.05  # for a reader: all other clients of this process wait with it
_SAME_FILE_SECONDS = 0.1  # for which nobody looks whether the file is another

_log = logging.getLogger(__name__)
# Others are answered while an RSA key signs: that takes several times as long as all
# else, and the interpreter is free meanwhile.
_signing = ThreadPoolExecutor(os.cpu_count(), "signing")
_OCSP = (b"content-type", OCSP_RESPONSE.encode())
# Nobody may keep what is about one nonce, or what says only that there is no answer.
_NOT_KEPT = (b"cache-control", b"no-store")


class _Answer(NamedTuple):
    status: int
    headers: Iterable[Header]
    body: bytes = b""


class OcspEndpoint:
    """Answers on the event loop itself: most answers take less than a thread does.

    The lab is opened, and what is due is done, on a thread beside it.
    """

    def __init__(self, path: Path | None = None) -> None:
        self._path = path
        self._responder: Responder | None = None
        self._identity: tuple[str, int, int] | None = None
        self._opening = asyncio.Lock()
        self._due_at = 0.0
        self._has_looked = False
        self._same_until = 0.0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        reply = None
        try:
            reply = await self._answer_to(scope, receive)
            if reply is None:
                return  # the client has gone
            answer = self._as_http(reply, scope)
            if reply.delay_seconds:
                await asyncio.sleep(reply.delay_seconds)
        except HttpRefusedError as refused:
            kind = (b"content-type", b"text/plain; charset=utf-8")
            headers = (kind, *refused.headers)
            answer = _Answer(refused.status, headers, f"{refused}\n".encode())
        length = (b"content-length", b"%d" % len(answer.body))
        await send(
            {
                "type": "http.response.start",
                "status": answer.status,
                "headers": [*answer.headers, length],  # middleware adds its own
            }
        )
        await send({"type": "http.response.body", "body": answer.body})

    def close(self) -> None:
        """Close the lab; the next question opens it again."""
        if self._responder:
            self._responder.close()
        self._responder = self._identity = None
        self._has_looked, self._same_until = False, 0.0

    async def _answer_to(self, scope: Scope, receive: Receive) -> Reply | None:
        rest: str = scope["path_params"]["rest"]
        method = scope["method"]
        if rest and not rest.startswith("/"):
            raise HttpRefusedError(404, "not found")
        if method == "POST" and rest in ("", "/"):
            request = await posted_body(scope, receive)
            if request is None:
                return None
            return self._kept(request) or await self._reply(request, request)
        if method == "GET" and rest:
            # Slashes at the end are a part of base64.
            return await self._answer_to_text(rest.lstrip("/").rstrip("="))
        allowed = {"": b"POST", "/": b"GET, POST"}.get(rest, b"GET")
        raise HttpRefusedError(405, "method not allowed", (b"allow", allowed), CLOSE)

    async def _answer_to_text(self, text: str) -> Reply:
        """Answer what stands in a path: base64, whose padding is not needed."""
        if len(text) > _LONGEST_TEXT:
            raise HttpRefusedError(414, "the request is longer than 64 KiB", CLOSE)
        if kept := self._kept(text):
            return kept
        try:
            request = base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
        except ValueError:
            request = b""  # which is no request either
        return await self._reply(request, text)

    def _kept(self, name: bytes | str) -> Reply | None:
        """The answer that is still true, without waiting for anything."""
        if self._responder is None or not (self._has_looked or self._look()):
            return None
        return self._responder.kept(name)

    def _look(self) -> bool:
        """See whether somebody has written, or the file is another; False then.

        One look serves all requests that had arrived before it: they are answered in
        this turn of the loop, and those that arrive later are not.
        """
        assert self._responder  # for the type: whoever calls has looked
        try:
            if (now := monotonic()) >= self._same_until:
                if identity(self._path or lab_path()) != self._identity:
                    return False
                self._same_until = now + _SAME_FILE_SECONDS
            self._responder.look()
        except LabError:
            return False  # whoever looks closer finds out why
        self._has_looked = True
        asyncio.get_running_loop().call_soon(self._look_again)
        return True

    def _look_again(self) -> None:
        self._has_looked = False

    async def _reply(self, request: bytes, name: bytes | str) -> Reply:
        try:
            responder = await self._open()
            draft = responder.draft(request, has_looked=self._has_looked)
            if draft.is_due and await self._run_due():
                responder = await self._open()
                draft = responder.draft(request)
            if draft.takes_long:
                loop = asyncio.get_running_loop()
                return await loop.run_in_executor(_signing, responder.finish, draft)
            return responder.finish_and_keep(draft, request, name)
        except (NotFoundError, BusyError):
            return Reply(body=refusal("tryLater"))
        except LabError as trouble:
            _log.error("OCSP: %s", trouble)
            return Reply(body=refusal("internalError"))

    async def _open(self) -> Responder:
        if self._responder and self._has_looked:
            return self._responder
        path = self._path or lab_path()
        found = identity(path)
        async with self._opening:
            if self._responder is None or found != self._identity:
                self.close()
                lab = await to_thread.run_sync(open_quietly, path, _WAIT_SECONDS)
                self._responder, self._identity = Responder(lab), found
                opened = asyncio.get_running_loop(), self
                if opened not in _open_endpoints:
                    _open_endpoints.append(opened)
            return self._responder

    async def _run_due(self) -> bool:
        """Do what is due, unless somebody has just done so; say whether it was done."""
        now = monotonic()
        if now < self._due_at:
            return False
        self._due_at = now + _DUE_EVERY_SECONDS
        return await to_thread.run_sync(_run_due_once, self._path)

    def _as_http(self, reply: Reply, scope: Scope) -> _Answer:
        headers = [_type_of(reply)]
        if reply.fault:
            headers.append((b"x-pki-lab-fault", reply.fault.encode()))
        if scope["method"] == "POST":
            return _Answer(reply.http_status, headers, reply.body)
        if not reply.etag:
            headers.append(_NOT_KEPT)
            return _Answer(reply.http_status, headers, reply.body)
        life = self._life(reply)
        if _is_named(reply.etag.encode(), scope):
            return _Answer(304, life)
        return _Answer(200, headers + life, reply.body)

    def _life(self, reply: Reply) -> list[Header]:
        """By these a GET may be answered again from a cache (RFC 5019 section 6.2)."""
        assert reply.next_update  # for the type: what has an etag has both
        assert reply.this_update
        now = self._responder.asked_at if self._responder else reply.this_update
        left = max(0, int((reply.next_update - now).total_seconds()))
        return [
            (
                b"cache-control",
                b"max-age=%d, public, no-transform, must-revalidate" % left,
            ),
            (b"etag", reply.etag.encode()),
            # Beside the server's own Date, which follows the machine: RFC 9110 8.8.2.1.
            (b"last-modified", _http_date(reply.this_update, reply.shift)),
            (b"expires", _http_date(reply.next_update, reply.shift)),
        ]


_open_endpoints: list[tuple[asyncio.AbstractEventLoop, OcspEndpoint]] = []


def close_endpoints() -> None:
    """Close what the running event loop has opened."""
    running = asyncio.get_running_loop()
    for loop, endpoint in _open_endpoints[:]:
        if loop is running:
            endpoint.close()
            _open_endpoints.remove((loop, endpoint))


def _type_of(reply: Reply) -> Header:
    if reply.content_type == OCSP_RESPONSE:
        return _OCSP
    return b"content-type", reply.content_type.encode()


def _is_named(tag: bytes, scope: Scope) -> bool:
    fields = [value for name, value in scope["headers"] if name == b"if-none-match"]
    return bool(fields) and names(fields, tag)


def names(fields: Iterable[bytes], tag: bytes) -> bool:
    """Whether If-None-Match names this tag: weak comparison, RFC 9110 13.1.2."""
    parts = b",".join(fields).split(b",")
    return bool({part.strip().removeprefix(b"W/") for part in parts} & {tag, b"*"})


@lru_cache(maxsize=256)
def _http_date(moment: datetime, shift: timedelta) -> bytes:
    return format_datetime(moment - shift, usegmt=True).encode()


def _run_due_once(path: Path | None) -> bool:
    try:
        with borrowed_lab(path) as lab:
            run_due(lab)
    except LabError as refused:
        _log.warning("due jobs wait: %s", refused)
    return True
