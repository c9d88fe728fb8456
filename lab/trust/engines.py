"""What other engines say to the same question, and why they differ from the lab."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from ipaddress import ip_address

import cryptography
from cryptography import x509
from cryptography.x509.verification import (
    ClientVerifier,
    PolicyBuilder,
    ServerVerifier,
    Store,
    Subject,
    VerificationError,
)

from lab.pki.loading import UNREADABLE, load
from lab.pki.names import visible
from lab.pki.reading import read_certificate
from lab.rules.engine_differences import ENGINE_DIFFERENCES
from lab.trust.pool import EMPTY, Pool
from lab.trust.verdict import Peer, Verdict

_LIBRARY = f"cryptography {cryptography.__version__}"
# The first is its own; with the second it follows long chains, and runs out of
# signatures in the smallest circle.
_DEPTHS = (8, 255)
_TOO_DEEP = "exceeds max depth"
_MOST_LETTERS = 200


@dataclass(frozen=True, kw_only=True)
class EngineVerdict:
    """What an engine says; `accepted` is None where it cannot judge."""

    engine: str
    accepted: bool | None
    message: str
    why: str = ""  # it says otherwise than the lab, in words


def ask_cryptography(
    leaf: bytes,
    *,
    trusted: Pool,
    untrusted: Pool = EMPTY,
    at: datetime,
    name: str = "",
    usage: Peer = Peer.SERVER,
    verdict: Verdict | None = None,
) -> EngineVerdict:
    """Have the library's own verifier judge; `verdict` is the lab's, to compare with.

    A server needs a name: when none is asked for, the first that the leaf carries is.
    BadInputError when the leaf is no certificate.
    """
    certificate = load(leaf)
    if usage is Peer.ANY:
        return _cannot("it judges servers and clients only")
    if not len(trusted):
        return _cannot("it needs a trusted certificate")
    try:
        subject = next(_subjects(name, leaf), None)
        if subject is None and usage is Peer.SERVER:
            return _cannot("it needs a host name, and the certificate carries none")
        # Not called by its name: `time` asks the machine's clock everywhere else.
        as_of = PolicyBuilder().store(Store([each.x509 for each in trusted])).time
        builder = as_of(at)
        said = _answer(builder, certificate, untrusted, subject, usage)
    except UNREADABLE as error:
        return _cannot(_plain(error))
    if verdict is None:
        return said
    return replace(said, why=why_it_differs(verdict, said))


def why_it_differs(verdict: Verdict, engine: EngineVerdict) -> str:
    """Say in a sentence why an engine says otherwise; empty when it does not."""
    if engine.accepted is None or engine.accepted == verdict.accepted:
        return ""
    says = "accepts" if engine.accepted else "refuses"
    for row in ENGINE_DIFFERENCES:
        if row.says != says or not engine.engine.startswith(row.engine):
            continue
        # A row without a sign stands for all that the rows before it do not explain.
        known = row.sign in engine.message
        if engine.accepted:
            known = row.sign in ("", verdict.fault)
        if known:
            return row.why
    return ""


def _answer(
    builder: PolicyBuilder,
    certificate: x509.Certificate,
    untrusted: Pool,
    subject: Subject | None,
    usage: Peer,
) -> EngineVerdict:
    issuers = [each.x509 for each in untrusted]
    said = _cannot("")
    for depth in _DEPTHS:
        policy = builder.max_chain_depth(depth)
        verifier: ServerVerifier | ClientVerifier
        if usage is Peer.CLIENT or subject is None:
            verifier = policy.build_client_verifier()
        else:
            verifier = policy.build_server_verifier(subject)
        before, said = said, _verify(verifier, certificate, issuers)
        if said.accepted or len(issuers) < depth:
            return said
    return said if _TOO_DEEP in before.message else before


def _subjects(name: str, leaf: bytes) -> Iterator[Subject]:
    """The name that is asked for, else those that the leaf carries."""
    if name:
        yield _subject(name)
        return
    for text in read_certificate(leaf).alternative_names:
        kind, _, value = text.partition(":")
        if kind in ("DNS", "IP"):
            # No host is called by the star: any name that it stands for will do.
            yield _subject(value.replace("*.", "any.", 1))


def _subject(name: str) -> Subject:
    try:
        return x509.IPAddress(ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _verify(
    verifier: ServerVerifier | ClientVerifier,
    certificate: x509.Certificate,
    issuers: list[x509.Certificate],
) -> EngineVerdict:
    try:
        verified = verifier.verify(certificate, issuers)
    except VerificationError as error:
        return EngineVerdict(engine=_LIBRARY, accepted=False, message=_plain(error))
    chain = verified if isinstance(verified, list) else verified.chain
    message = f"{len(chain)} certificates"
    return EngineVerdict(engine=_LIBRARY, accepted=True, message=message)


def _cannot(message: str) -> EngineVerdict:
    return EngineVerdict(engine=_LIBRARY, accepted=None, message=message)


def _plain(error: Exception) -> str:
    """Its words without what it prints of its own insides and of the certificate."""
    text = str(error).removeprefix("validation failed: ")
    text = text.partition(" (encountered processing")[0].partition(": AlgorithmId")[0]
    return visible(text)[:_MOST_LETTERS]
