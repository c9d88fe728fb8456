"""Everything the lab knows of one certificate, for the command line."""

from typing import Any

from sqlite_utils import Database

from lab.actions.export import chain_of, details_of
from lab.clock import utc_text
from lab.commands.printing import certificate_fields, placement_fields
from lab.errors import NotFoundError, RuleError
from lab.lab import Lab
from lab.models import Certificate, Chain, Placement
from lab.rules.states import STATES
from lab.store import certificates, listing, settings
from lab.store.listing import View

_MOST_NAMED = 5
_MOST_MATCHES = 20


def find_one(db: Database, name: str) -> Certificate:
    """The certificate whose fingerprint or serial begins so, or whose CN this is.

    A `RuleError` that lists them when there are several, a `NotFoundError` when none.
    """
    found = certificates.matching(db, name, _MOST_MATCHES)
    if not found:
        raise NotFoundError(
            "no certificate has the fingerprint, serial or common name {name}",
            hint="Look it up with: python -m lab list.",
            name=repr(name),
        )
    if len(found) > 1:
        named = [
            f"{each.sha256[:16]} ({each.common_name or each.serial}, "
            f"until {each.not_after:%Y-%m-%d})"
            for each in found[:_MOST_NAMED]
        ]
        more = len(found) - len(named)
        raise RuleError(
            "{name} fits {count} certificates: {found}",
            hint="Name one by the beginning of its fingerprint.",
            name=repr(name),
            count=f"{len(found)} or more"
            if len(found) == _MOST_MATCHES
            else len(found),
            found=", ".join(named) + (f", and {more} more" if more else ""),
        )
    return found[0]


def dossier(lab: Lab, certificate: Certificate) -> dict[str, Any]:
    """Fields, extensions, chain, places, revocation and effective end, for JSON."""
    effective = certificates.effective(lab.db, certificate.sha256)
    revoked = certificates.revocation(lab.db, certificate.sha256)
    details = details_of(lab, certificate.sha256)
    return {
        **certificate_fields(certificate),
        "extensions": [vars(each) for each in details.extensions],
        "public_key": details.key,
        "chain": [
            certificate_fields(link.certificate)
            for link in chain_of(lab, certificate.sha256)
        ],
        "effective_end": effective.end,
        "limited_by": effective.limited_by,
        "chain_state": effective.chain,
        "why": why(lab, certificate),
        "revoked": vars(revoked) if revoked else None,
        "places": [placement_fields(row) for row in _places(lab, certificate)],
    }


def why(lab: Lab, certificate: Certificate) -> str:
    """Why the effective end is what it is, in a sentence."""
    effective = certificates.effective(lab.db, certificate.sha256)
    if effective.limited_by == certificate.sha256:
        cause = "Its own end comes first."
        if certificates.revocation(lab.db, certificate.sha256):
            cause = "It was revoked then."
    else:
        limit = certificates.get(lab.db, effective.limited_by)
        cause = f"{limit.common_name or limit.subject}, above it, ends first."
    if effective.chain is Chain.UNTRUSTED:
        return f"{cause} Nobody who verifies it holds its root."
    if effective.chain is Chain.INCOMPLETE:
        return f"{cause} An issuer is missing."
    return cause


def sections(lab: Lab, certificate: Certificate) -> list[tuple[str, list[str]]]:
    """The same for people: headings, and the lines below each."""
    effective = certificates.effective(lab.db, certificate.sha256)
    details = details_of(lab, certificate.sha256)
    found = [
        ("Certificate", _field_lines(certificate)),
        ("Public key", list(details.key)),
        (
            "Effective end",
            [utc_text(effective.end), why(lab, certificate)],
        ),
    ]
    if revoked := certificates.revocation(lab.db, certificate.sha256):
        found.append(("Revoked", [f"{utc_text(revoked.at)}, {revoked.reason}"]))
    for each in details.extensions:
        critical = ", critical" if each.critical else ""
        found.append((f"Extension {each.name}{critical}", list(each.lines)))
    chain = [
        f"{link.certificate.common_name or link.certificate.subject}, "
        f"{'revoked' if link.revoked else 'until'} {utc_text(link.end)}"
        for link in chain_of(lab, certificate.sha256)
    ]
    found.append(("Chain", chain))
    places = [
        f"{place_text(row)}, {row.usage}, {STATES[row.state].label.lower()}"
        for row in _places(lab, certificate)
    ]
    found.append(("Places", places or ["none"]))
    return found


def place_text(row: Placement) -> str:
    """Where a certificate is: "tomcat on cucm-pub"."""
    return f"{row.name} on {row.party}" if row.name else row.party


def _places(lab: Lab, certificate: Certificate) -> list[Placement]:
    view = View(at=lab.clock.now(), thresholds=settings.thresholds(lab.db))
    return listing.get(lab.db, view, certificate.sha256)


def _field_lines(certificate: Certificate) -> list[str]:
    constraints = "no"
    if certificate.is_ca:
        limit = certificate.path_length
        constraints = "yes" if limit is None else f"yes, path length {limit}"
    lines = {
        "subject": certificate.subject,
        "issuer": certificate.issuer,
        "serial": certificate.serial,
        "fingerprint (SHA-256)": certificate.sha256,
        "fingerprint (SHA-1)": certificate.sha1,
        "not before": utc_text(certificate.not_before),
        "not after": utc_text(certificate.not_after),
        "signed with": certificate.signature_algorithm,
        "self-signed": "yes" if certificate.self_signed else "no",
        "certificate authority": constraints,
        "names": ", ".join(certificate.alternative_names),
        "key usage": ", ".join(certificate.key_usage),
        "extended key usage": ", ".join(certificate.extended_key_usage),
    }
    return [f"{name}: {value}" for name, value in lines.items() if value]
