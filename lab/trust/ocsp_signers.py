"""Who signed an OCSP answer, and by which trust model that one is believed."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from typing import NamedTuple

from lab.errors import BadInputError
from lab.models import Certificate, Step
from lab.pki.extensions import split_extensions
from lab.pki.links import is_issued_by, is_signature
from lab.pki.loading import load_parts
from lab.pki.names import name_hash, read_name
from lab.pki.ocsp import issuer_hashes
from lab.pki.ocsp_answer import OcspAnswer
from lab.pki.reading import read_certificate
from lab.trust.judged import all_fine, fine, wrong

DELEGATED, DESIGNATED = "DTM", "TRP"  # as lab.rules.revocation.TRUST_MODELS has them
_MOST = 20  # certificates of an answer that are looked at
_OCSP_SIGNING = "OCSPSigning"
_SIGNS = {"digitalSignature", "nonRepudiation"}
_NO_CHECK = "1.3.6.1.5.5.7.48.1.5"

_Judge = Callable[[Certificate], Iterator[Step]]


class Believed(NamedTuple):
    """The signer with the model by which it is believed, and what was tried."""

    model: str = ""  # empty: nobody vouches for the signer
    signer: bytes | None = None
    steps: tuple[Step, ...] = ()


def believe(
    answer: OcspAnswer, *, issuer: bytes, designated: Sequence[bytes], now: datetime
) -> Believed:
    """Try the delegated trust model, and then the trusted responder model.

    `issuer` is that of the certificate asked about, `designated` are the certificates
    that this machine was told to believe (RFC 6960 section 4.2.2.2). The steps of a
    model that failed tell why.
    """
    first = _by_delegation(answer, issuer, now)
    if first.model:
        return first
    second = _by_designation(answer, designated, now)
    signer = second.signer or first.signer
    return Believed(second.model, signer, (*first.steps, *second.steps))


def _by_delegation(answer: OcspAnswer, issuer: bytes, now: datetime) -> Believed:
    """The issuer itself signed, or a signer that it issued for this purpose."""
    above = read_certificate(issuer)
    candidates = [each for each in answer.certificates[:_MOST] if each != issuer]

    def judge(signer: Certificate) -> Iterator[Step]:
        if signer.der == issuer:
            yield fine("{model}: {signer} issued the certificate", **_named(signer))
            yield from _dates(DELEGATED, signer, now)
        else:
            yield from _delegation(signer, above, now)

    found = _first(answer, [issuer, *candidates], DELEGATED, judge)
    if found.steps:
        return found
    why = wrong(
        "{model}: the signer, {signer}, is neither the issuer, {issuer}, "
        "nor among the {count} certificates of the answer",
        model=DELEGATED,
        signer=_said(answer),
        issuer=_name(above),
        count=len(answer.certificates),
    )
    return Believed(steps=(why,))


def _by_designation(
    answer: OcspAnswer, designated: Sequence[bytes], now: datetime
) -> Believed:
    """A certificate signed that this machine was told to believe."""

    def judge(signer: Certificate) -> Iterator[Step]:
        yield fine("{model}: {signer} is designated", **_named(signer, DESIGNATED))
        yield from _dates(DESIGNATED, signer, now)
        if _OCSP_SIGNING not in signer.extended_key_usage:
            yield fine(
                "{model}: {signer} has not the usage OCSPSigning, and needs none: "
                "it was designated",
                **_named(signer, DESIGNATED),
            )

    found = _first(answer, designated, DESIGNATED, judge)
    if found.steps:
        return found
    if not designated:
        why = wrong("{model}: no certificate is designated", model=DESIGNATED)
        return Believed(steps=(why,))
    why = wrong(
        "{model}: the signer, {signer}, is none of the {count} designated certificates",
        model=DESIGNATED,
        signer=_said(answer),
        count=len(designated),
    )
    return Believed(steps=(why,))


def _first(
    answer: OcspAnswer, candidates: Iterable[bytes], model: str, judge: _Judge
) -> Believed:
    """The first candidate that signed and may; else why the last one does not.

    Candidates that the answer does not name as its signer are left out: nothing is
    found when none is left.
    """
    found = Believed()
    for signer in _signers(answer, candidates):
        steps = [*judge(signer), _signature(answer, signer, model)]
        if all_fine(steps):
            return Believed(model, signer.der, tuple(steps))
        failed = tuple(step for step in steps if not step.is_fine)
        found = Believed("", signer.der, failed)
    return found


def _delegation(
    signer: Certificate, issuer: Certificate, now: datetime
) -> Iterator[Step]:
    """What makes a certificate a signer for its issuer."""
    names = _named(signer) | {"issuer": _name(issuer)}
    if signer.issuer_hash != issuer.subject_hash or not is_issued_by(
        signer.der, issuer.der
    ):
        # It must be issued directly by the same CA: RFC 6960 section 4.2.2.2.
        names["by"] = signer.issuer_common_name or signer.issuer
        yield wrong("{model}: {signer} was issued by {by}, not by {issuer}", **names)
    else:
        yield fine("{model}: {signer} was issued by {issuer}", **names)
    if _OCSP_SIGNING not in signer.extended_key_usage:
        yield wrong("{model}: {signer} has not the usage OCSPSigning", **names)
    if signer.key_usage and not _SIGNS & {*signer.key_usage}:
        yield wrong(
            "{model}: the key of {signer} is for {usage}, not for signatures",
            usage=", ".join(signer.key_usage),
            **names,
        )
    yield from _dates(DELEGATED, signer, now)
    if not _needs_no_check(signer):
        yield fine(
            "{model}: {signer} may have been revoked itself; nobody was asked, and it "
            "does not say id-pkix-ocsp-nocheck",
            **names,
        )


def _dates(model: str, signer: Certificate, now: datetime) -> Iterator[Step]:
    names = _named(signer, model) | {"now": now}
    # Both ends are inclusive: RFC 5280 section 4.1.2.5.
    if now < signer.not_before:
        begin = signer.not_before
        yield wrong("{model}: {signer} begins on {begin}", begin=begin, **names)
    if now > signer.not_after:
        yield wrong("{model}: {signer} ended on {end}", end=signer.not_after, **names)


def _signature(answer: OcspAnswer, signer: Certificate, model: str) -> Step:
    is_good = is_signature(
        signer.der,
        signed=answer.signed,
        algorithm=answer.algorithm,
        signature=answer.signature,
    )
    if is_good:
        return fine("{model}: the key of {signer} signed it", **_named(signer, model))
    return wrong(
        "{model}: the answer names {signer} as its signer, whose key did not sign it",
        **_named(signer, model),
    )


def _signers(answer: OcspAnswer, ders: Iterable[bytes]) -> Iterator[Certificate]:
    """Those that the answer names as its signer: several may have one name or key."""
    for der in ders:
        try:
            if answer.signer_name:
                subject = load_parts(der)[1].subject
                is_named = name_hash(subject) == name_hash(answer.signer_name)
            else:
                is_named = issuer_hashes(der, "sha1")[1] == answer.signer_key
            if is_named:
                yield read_certificate(der)
        except (BadInputError, ValueError, IndexError):  # it can be nobody's
            continue


def _needs_no_check(signer: Certificate) -> bool:
    extensions = split_extensions(load_parts(signer.der)[1].extensions)
    return any(each.dotted == _NO_CHECK for each in extensions)


def _said(answer: OcspAnswer) -> str:
    """The signer as the answer names it, or by its certificate."""
    if answer.signer_name:
        name = read_name(answer.signer_name)
        return name.common_name or name.text
    for signer in _signers(answer, answer.certificates[:_MOST]):
        return _name(signer)
    return f"key {answer.signer_key.hex()}"


def _named(signer: Certificate, model: str = DELEGATED) -> dict[str, object]:
    return {"model": model, "signer": _name(signer)}


def _name(certificate: Certificate) -> str:
    return certificate.common_name or certificate.subject
