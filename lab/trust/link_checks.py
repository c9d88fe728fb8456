"""What is said of a signature that does not fit, and of a path that stops short."""

from collections.abc import Iterator
from itertools import pairwise

from lab.pki.reading import SIGNATURE_ALGORITHMS
from lab.rules.path_rules import Fault
from lab.trust.findings import finding
from lab.trust.issuers import Issuers, is_named
from lab.trust.pool import Entry
from lab.trust.search import End, Found
from lab.trust.verdict import Finding


def link_findings(found: Found, issuers: Issuers) -> Iterator[Finding]:
    """The links of a path that do not hold, and the one that is not there."""
    for child, issuer in pairwise(found.path):
        if not child.is_signed_by(issuer):
            yield _not_signed(child, issuers)
    last = found.path[-1]
    match found.end:
        case End.MISSING:
            yield _without_issuer(last, issuers)
        case End.ROOT:
            yield finding(
                Fault.NOT_TRUSTED, last, "{name} is self-signed and is not trusted"
            )
        case End.CIRCLE:
            yield finding(
                Fault.NOT_TRUSTED,
                last,
                "{name} and its issuers sign each other in a circle; "
                "none of them is trusted",
            )


def _not_signed(child: Entry, issuers: Issuers) -> Finding:
    """The finding on a signature that no key of its issuer's name verifies."""
    algorithm = child.x509.signature_algorithm_oid.dotted_string
    namesakes = issuers.namesakes(child)
    key = child.structure.issued_by.key
    if algorithm not in SIGNATURE_ALGORITHMS:
        evidence = "{name} is signed with {algorithm}, which nobody here can check"
    elif key and not any(is_named(child, each) for each in namesakes):
        evidence = (
            "{name} names {issuer} with the key {key} as its issuer; "
            "those of that name that are here have other keys, which did not sign it"
        )
    else:
        evidence = (
            "{name} names {issuer} as its issuer, whose key did not sign it; "
            "certificates of that name: {number}"
        )
    return finding(
        Fault.BAD_SIGNATURE,
        child,
        evidence,
        issuer=child.issuer_name,
        key=key,
        algorithm=algorithm,
        number=len(namesakes),
    )


def _without_issuer(child: Entry, issuers: Issuers) -> Finding:
    if issuers.namesakes(child):  # none but itself
        return _not_signed(child, issuers)
    key = child.structure.issued_by.key
    evidence = "{name} names {issuer} as its issuer, who is missing"
    if key:
        evidence = "{name} names {issuer} with the key {key}, who is missing"
    return finding(
        Fault.ISSUER_MISSING, child, evidence, issuer=child.issuer_name, key=key
    )
