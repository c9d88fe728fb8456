"""Bend what a responder is about to say by a fault that was set."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from secrets import token_bytes
from types import MappingProxyType
from typing import TYPE_CHECKING

from lab.models import Fault, Step
from lab.pki.bent_crls import GARBAGE
from lab.pki.bent_signers import (
    Signer,
    expired_signer,
    signer_without_usage,
    stranger_to,
)
from lab.pki.keys import PrivateKey
from lab.rules.faults import FAULTS

if TYPE_CHECKING:  # it calls what is here
    from lab.actions.answer_ocsp import Recipe

__all__ = ["BENDS", "GARBAGE", "WEB_PAGE", "Workshop", "bend", "step_of"]

WEB_PAGE = "text/html"
_HOUR, _DAY = timedelta(hours=1), timedelta(days=1)


@dataclass(frozen=True, kw_only=True)
class Workshop:
    """What a bent answer is made with: the issuer it is about, and the moment."""

    issuer_certificate: bytes
    issuer_key: PrivateKey
    now: datetime
    concerned: tuple[bool, ...]  # which of the answers are about what has the fault


_Bend = Callable[["Recipe", Fault, Workshop], "Recipe"]


def bend(recipe: Recipe, fault: Fault, workshop: Workshop) -> Recipe:
    """The recipe of an answer with this fault, and a step that says so."""
    bent = BENDS[fault.fault](recipe, fault, workshop)
    return replace(bent, fault=fault.fault, why=(*recipe.why, step_of(fault)))


def step_of(fault: Fault) -> Step:
    """What to say of an answer, or a list, that this fault has bent."""
    return Step(
        template="the fault {fault} is at work for {target}: {happens}",
        values={
            "fault": fault.fault,
            "target": fault.target or "everything",
            "happens": FAULTS[fault.fault].happens,
        },
        is_fine=False,
    )


def _says(status: str, reason: str = "") -> _Bend:
    def say(recipe: Recipe, _fault: Fault, workshop: Workshop) -> Recipe:
        at = workshop.now - _HOUR if status == "revoked" else None
        said = tuple(
            replace(each, status=status, at=at, reason=reason) if is_bent else each
            for each, is_bent in zip(recipe.answers, workshop.concerned, strict=True)
        )
        return replace(recipe, answers=said)

    return say


def _refuses(status: str) -> _Bend:
    return lambda recipe, _fault, _workshop: replace(recipe, refusal=status)


def _signed_by(signer_for: Callable[[Workshop], Signer]) -> _Bend:
    def sign(recipe: Recipe, _fault: Fault, workshop: Workshop) -> Recipe:
        signer = signer_for(workshop)
        return replace(
            recipe,
            signer_certificate=signer.certificate,
            signer_key=signer.key,
            certificates=(signer.certificate,),
        )

    return sign


def _dated(begin: timedelta, end: timedelta) -> _Bend:
    """An answer that holds between these two, both from now on."""

    def date(recipe: Recipe, _fault: Fault, workshop: Workshop) -> Recipe:
        first = workshop.now + begin
        last = workshop.now + end
        return replace(recipe, this_update=first, next_update=last, produced_at=first)

    return date


def _about_another(recipe: Recipe, _fault: Fault, workshop: Workshop) -> Recipe:
    others = tuple(
        replace(each, id=replace(each.id, serial=each.id.serial + is_bent))
        for each, is_bent in zip(recipe.answers, workshop.concerned, strict=True)
    )
    return replace(recipe, answers=others)


def _with_another_nonce(recipe: Recipe, _fault: Fault, _workshop: Workshop) -> Recipe:
    if recipe.nonce is None:  # there is none to be wrong
        return recipe
    size = len(recipe.nonce)
    other = bytes([recipe.nonce[0] ^ 0xFF]) + token_bytes(size)[1:]
    return replace(recipe, nonce=other)


def _late(recipe: Recipe, fault: Fault, _workshop: Workshop) -> Recipe:
    return replace(recipe, delay_seconds=fault.seconds)


def _with(**fields: object) -> _Bend:
    return lambda recipe, _fault, _workshop: replace(recipe, **fields)  # type: ignore[arg-type]  # the table below gives each field its kind


def _stranger(shop: Workshop) -> Signer:
    return stranger_to(shop.issuer_certificate, shop.issuer_key)


def _without_usage(shop: Workshop) -> Signer:
    return signer_without_usage(shop.issuer_certificate, shop.issuer_key, shop.now)


def _expired(shop: Workshop) -> Signer:
    return expired_signer(shop.issuer_certificate, shop.issuer_key, shop.now)


BENDS: Mapping[str, _Bend] = MappingProxyType(
    {
        "good": _says("good"),
        "revoked": _says("revoked", "keyCompromise"),
        "on_hold": _says("revoked", "certificateHold"),
        "unknown": _says("unknown"),
        "tryLater": _refuses("tryLater"),
        "internalError": _refuses("internalError"),
        "malformed": _refuses("malformedRequest"),
        "sigRequired": _refuses("sigRequired"),
        "unauthorized": _refuses("unauthorized"),
        "garbage": _with(garbage=True),
        "bad_signature": _with(mangled=True),
        "wrong_signer": _signed_by(_stranger),
        "missing_eku": _signed_by(_without_usage),
        "expired_signer": _signed_by(_expired),
        "wrong_id": _about_another,
        "stale": _dated(-2 * _DAY, -_DAY),
        "future": _dated(_DAY, 2 * _DAY),
        "no_next_update": _with(next_update=None),
        "nonce_dropped": _with(nonce=None),
        "nonce_wrong": _with_another_nonce,
        "slow": _late,
        "http_500": _with(http_status=500),
        "wrong_content_type": _with(content_type=WEB_PAGE),
    }
)
