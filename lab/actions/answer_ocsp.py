"""Answer OCSP requests for the lab's own authorities, without any HTTP."""

import logging
from collections import OrderedDict
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256

from lab.actions.bend_answer import GARBAGE, Workshop, bend
from lab.actions.ocsp_book import Book, Found, NoAnswerError
from lab.errors import BadInputError, BusyError, LabError
from lab.lab import Lab
from lab.models import Step
from lab.pki.keys import PrivateKey, spec_of
from lab.pki.ocsp import (
    Answer,
    OcspRequest,
    mangle,
    read_request,
    refusal,
    sign_answers,
)
from lab.store.database import telling_trouble

OCSP_RESPONSE = "application/ocsp-response"
_MOST_KEPT_OCTETS = 64 * 1024 * 1024
_LONGEST_KEPT_REQUEST = 2048  # octets; it takes some 110 to ask about one certificate
_OVERHEAD = 800  # octets that keeping an answer takes beside its own

_log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """What an answer is made of, and why it is so."""

    answers: tuple[Answer, ...] = ()
    refusal: str = ""  # an OCSP status, in place of answers
    signer_certificate: bytes = b""
    signer_key: PrivateKey | None = None
    certificates: tuple[bytes, ...] = ()
    this_update: datetime
    next_update: datetime | None = None
    produced_at: datetime
    nonce: bytes | None = None
    http_status: int = 200
    content_type: str = OCSP_RESPONSE
    delay_seconds: float = 0.0
    mangled: bool = False  # the signature is spoiled
    garbage: bool = False  # bytes that are no answer at all
    fault: str = ""  # the one that is at work, if any
    why: tuple[Step, ...] = ()
    is_due: bool = False  # it may be otherwise when what is due has been done

    @property
    def takes_long(self) -> bool:
        """Whether to sign it takes longer than to have another thread do so.

        What is signed once and kept is none of these.
        """
        return self.nonce is not None and (
            self.signer_key is not None and spec_of(self.signer_key).type == "RSA"
        )


@dataclass(frozen=True, kw_only=True)
class Reply:
    """What goes to the client; what has an `etag` may be kept until `next_update`."""

    http_status: int = 200
    content_type: str = OCSP_RESPONSE
    body: bytes
    delay_seconds: float = 0.0
    fault: str = ""
    this_update: datetime | None = None
    next_update: datetime | None = None
    etag: str = ""
    shift: timedelta = timedelta()  # between the machine's time and the lab's
    is_due: bool = False


class Responder:
    """Answers from one open lab; for one thread at a time.

    An answer without a nonce is kept as it was signed for half of its life, unless
    somebody writes to the lab before. Whether somebody has is asked each time.
    """

    def __init__(self, lab: Lab) -> None:
        self._lab = lab
        self._book = Book(lab)
        self._kept: OrderedDict[bytes | str, tuple[datetime, Reply]] = OrderedDict()
        self._kept_octets = 0
        self._asked_at = lab.clock.now()

    @property
    def asked_at(self) -> datetime:
        """The moment of the last look, by the lab's clock."""
        return self._asked_at

    def look(self) -> None:
        """See what time it is, and drop what is kept when somebody has written.

        Raises a `LabError` when the lab cannot be read.
        """
        with telling_trouble(self._lab.db):
            self._look()

    def kept(self, name: bytes | str) -> Reply | None:
        """The answer that was kept as `name` and was true at the last look, or None."""
        until, reply = self._kept.get(name, _NOTHING)
        if reply is None or reply.this_update is None:
            return None
        if not reply.this_update <= self._asked_at < until:
            return None
        self._kept.move_to_end(name)
        return reply

    def reply(
        self, request: bytes, name: bytes | str = b"", *, has_looked: bool = False
    ) -> Reply:
        """Answer this request; the answer is kept as `name`, or as the request.

        It looks first, unless the caller `has_looked` since the request arrived.
        """
        draft = self.draft(request, has_looked=has_looked)
        return self.finish_and_keep(draft, request, name)

    def draft(self, request: bytes, *, has_looked: bool = False) -> Recipe:
        """What the answer is to be made of; trouble with the lab is a refusal too."""
        try:
            with telling_trouble(self._lab.db):
                if not has_looked:
                    self._look()
                return self._recipe(request)
        except BusyError:
            return self._refusal("tryLater")
        except LabError as trouble:
            _log.error("OCSP: %s", trouble)
            return self._refusal("internalError")

    def finish(self, draft: Recipe) -> Reply:
        """Sign it; nothing is read from the lab for that, and any thread may do it."""
        return _signed(draft, self._book.shift)

    def finish_and_keep(
        self, draft: Recipe, request: bytes, name: bytes | str = b""
    ) -> Reply:
        """The same for what was drafted last; it is kept when it may be."""
        reply = self.finish(draft)
        if reply.etag and len(request) <= _LONGEST_KEPT_REQUEST:
            self._keep(name or request, reply)
        return reply

    def recipe(self, request: bytes) -> Recipe:
        """What the answer to this request is made of, and why it is so.

        Raises a `LabError` when the lab cannot be read, or its keys cannot.
        """
        with telling_trouble(self._lab.db):
            self._look()
            return self._recipe(request, is_explained=True)

    def close(self) -> None:
        self._lab.close()

    def _refusal(self, status: str) -> Recipe:
        now = self._asked_at
        return Recipe(refusal=status, this_update=now, produced_at=now)

    def _look(self) -> None:
        if self._book.refresh():
            self._kept.clear()
            self._kept_octets = 0
        self._asked_at = self._book.moment()

    def _recipe(self, request: bytes, *, is_explained: bool = False) -> Recipe:
        try:
            return self._compose(_read(request), is_explained)
        except NoAnswerError as refused:
            return Recipe(
                refusal=refused.status,
                this_update=self._asked_at,
                produced_at=self._asked_at,
                why=(refused.step,),
                is_due=refused.is_due,
            )

    def _compose(self, asked: OcspRequest, is_explained: bool) -> Recipe:
        now = self._asked_at
        found = [self._book.find(each) for each in asked.ids]
        authority = found[0].authority
        if any(each.authority is not authority for each in found):
            raise NoAnswerError("unauthorized", _TWO_ISSUERS)
        fault = next((each.fault for each in found if each.fault), None)
        signer = self._book.signer(authority, now)
        life = timedelta(minutes=authority.ocsp_minutes)
        recipe = Recipe(
            answers=tuple([each.answer for each in found]),
            signer_certificate=signer.certificate.der,
            signer_key=signer.key,
            certificates=signer.along,
            this_update=now,
            # Nobody need believe an answer for longer than its signer.
            next_update=min(now + life, signer.certificate.not_after),
            produced_at=now,
            nonce=asked.nonce,
            why=(*_steps(asked, found), signer.step) if is_explained else (),
        )
        if fault is None:
            return recipe
        der, key = self._book.issuer(authority)
        workshop = Workshop(
            issuer_certificate=der,
            issuer_key=key,
            now=now,
            concerned=tuple(each.fault == fault for each in found),
        )
        return bend(recipe, fault, workshop)

    def _keep(self, name: bytes | str, reply: Reply) -> None:
        assert reply.this_update  # for the type: what has an etag has both
        assert reply.next_update
        until = reply.this_update + (reply.next_update - reply.this_update) / 2
        if name in self._kept:
            self._kept_octets -= _size(name, self._kept.pop(name)[1])
        self._kept[name] = until, reply
        self._kept_octets += _size(name, reply)
        while self._kept_octets > _MOST_KEPT_OCTETS:
            oldest, (_, gone) = self._kept.popitem(last=False)
            self._kept_octets -= _size(oldest, gone)


_NOTHING: tuple[datetime, Reply | None] = datetime.min.replace(tzinfo=UTC), None
_TWO_ISSUERS = Step(
    template="the certificates are of two issuers, and nobody signs for both",
    is_fine=False,
)
_SIGNED = Step(template="the request is signed; anybody may ask, so nobody looks")


def _read(request: bytes) -> OcspRequest:
    try:
        asked = read_request(request)
    except BadInputError as refused:
        values = {name: str(value) for name, value in refused.values.items()}
        step = Step(template=refused.template, values=values, is_fine=False)
        raise NoAnswerError("malformedRequest", step) from None
    if asked.unknown_critical:
        step = Step(
            template="the request has an extension that is critical and unknown: {oid}",
            values={"oid": ", ".join(asked.unknown_critical)},
            is_fine=False,
        )
        raise NoAnswerError("malformedRequest", step)
    return asked


def _steps(asked: OcspRequest, found: list[Found]) -> tuple[Step, ...]:
    nonce = _NO_NONCE
    if asked.nonce is not None:
        values = {"size": str(len(asked.nonce))}
        nonce = Step(template="the nonce of {size} octets is sent back", values=values)
    steps = tuple(step for each in found for step in each.steps)
    return (*((_SIGNED,) if asked.is_signed else ()), *steps, nonce)


_NO_NONCE = Step(template="there is no nonce, so the answer may be kept for others")


def _signed(recipe: Recipe, shift: timedelta) -> Reply:
    body = _body(recipe)
    may_be_kept = (
        not recipe.refusal
        and not recipe.fault
        and recipe.nonce is None
        and recipe.next_update is not None
    )
    return Reply(
        http_status=recipe.http_status,
        content_type=recipe.content_type,
        body=body,
        delay_seconds=recipe.delay_seconds,
        fault=recipe.fault,
        this_update=recipe.this_update,
        next_update=recipe.next_update,
        etag=f'"{sha256(body).hexdigest()}"' if may_be_kept else "",
        shift=shift,
        is_due=recipe.is_due,
    )


def _body(recipe: Recipe) -> bytes:
    if recipe.garbage:
        return GARBAGE
    if recipe.refusal or recipe.signer_key is None:
        return refusal(recipe.refusal or "internalError")
    signed = sign_answers(
        recipe.answers,
        signer_certificate=recipe.signer_certificate,
        signer_key=recipe.signer_key,
        certificates=recipe.certificates,
        this_update=recipe.this_update,
        next_update=recipe.next_update,
        produced_at=recipe.produced_at,
        nonce=recipe.nonce,
    )
    return mangle(signed) if recipe.mangled else signed


def _size(name: bytes | str, reply: Reply) -> int:
    return len(name) + len(reply.body) + _OVERHEAD
