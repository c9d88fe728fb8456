"""What to know before a certificate takes a slot or joins a store."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from lab.clock import utc_text
from lab.models import Certificate
from lab.pki.loading import UNREADABLE, load
from lab.pki.usages import usages_for
from lab.rules.keys_and_names import notes_on
from lab.rules.purposes import CLIENT, ISSUE, SERVER, Purpose
from lab.rules.request_form import UPLOAD_NOTES, refuses

_LARGEST_KEY = 4096  # facts §1.3
_EDGE = "Phone-Edge-trust"


@dataclass(frozen=True, kw_only=True)
class Note:
    """One thing to know: a template, and the values in it, as text for people."""

    text: str
    values: Mapping[str, str] = field(default_factory=dict)
    source: str = ""

    def __str__(self) -> str:
        return self.text.format(**self.values)


@dataclass(frozen=True, kw_only=True)
class Bits:
    """The usages of a certificate beside those that its purpose's request asks for."""

    missing: tuple[str, ...]  # that the table names
    missing_optional: tuple[str, ...]  # that only the prose of the document names
    extra: tuple[str, ...]


def compare_bits(row: Purpose, leaf: Certificate) -> Bits:
    """Compare with the purpose's table, as far as a key of this kind may carry it."""
    wanted = (*_fitting(row.key_usage, leaf), *row.extended_key_usage)
    prose = (
        *_fitting(row.optional_key_usage, leaf),
        *row.optional_extended_key_usage,
    )
    held = (*leaf.key_usage, *leaf.extended_key_usage)
    return Bits(
        missing=tuple(each for each in wanted if each not in held),
        missing_optional=tuple(each for each in prose if each not in held),
        extra=tuple(each for each in held if each not in (*wanted, *prose)),
    )


def slot_notes(
    row: Purpose,
    profile: str,
    leaf: Certificate,
    current: Certificate | None,
    issuer: Certificate | None,
    now: datetime,
) -> Iterator[Note]:
    """Notes on a leaf that is to take a slot; `current` is what is there."""
    yield from _about_any(leaf, now)
    if issuer and issuer.not_after < leaf.not_after:
        yield _note(
            "outlives_issuer",
            end=utc_text(leaf.not_after),
            issuer=_name(issuer),
            issuer_end=utc_text(issuer.not_after),
        )
    if current and leaf.not_after < current.not_after:
        yield _note(
            "ends_earlier",
            end=utc_text(leaf.not_after),
            there=utc_text(current.not_after),
        )
    for each in notes_on(row.name, leaf.key_type, leaf.key_size):
        yield Note(text="{note}.", values={"note": each.note}, source=each.source)
    if row.name == "ipsec" and leaf.is_ca and not refuses("ipsec", profile):
        yield _note("ipsec_authority")
    if row.name.startswith("tomcat"):
        names = [each.partition(":")[2] for each in leaf.alternative_names]
        if not any(each.startswith("IP:") for each in leaf.alternative_names):
            yield _note("use_the_names", names=", ".join(names) or leaf.common_name)
    if row.name == "tomcat" and row.product == "ucm":
        yield _note("tftp_copy")
        yield _note("edge_copy", issuer=_name(issuer or leaf))


def store_notes(
    store: str,
    profile: str,
    found: Sequence[Certificate],
    known: Sequence[Certificate],
    now: datetime,
) -> Iterator[Note]:
    """Notes on certificates that are to be trusted; `known` are there already."""
    lax = not refuses("Authorities", profile)
    subjects = [each.subject_hash for each in found]
    for each in found:
        yield from _about_any(each, now)
        if each in known:
            yield _note("unneeded", subject=_name(each), store=store)
        if each.self_signed and {SERVER, CLIENT} & set(each.extended_key_usage):
            # Measured: facts §13.
            if each.is_ca and ISSUE in each.key_usage:
                yield _note("mints_names", subject=_name(each))
        elif lax and each.is_ca and ISSUE not in each.key_usage:
            yield _note("no_authority", subject=_name(each))
    for subject in dict.fromkeys(subjects):
        if (count := subjects.count(subject)) > 1:
            first = found[subjects.index(subject)]
            yield _note("older_namesake", count=str(count), subject=_name(first))
    if store == _EDGE:
        yield _note("edge_fetched")


def revoked_note(certificate: Certificate, since: datetime) -> Note:
    """That a certificate is revoked, which stops no upload: facts §3.1."""
    return _note("revoked", subject=_name(certificate), since=utc_text(since))


def _about_any(certificate: Certificate, now: datetime) -> Iterator[Note]:
    if certificate.not_before > now:
        yield _note(
            "not_yet_valid",
            subject=_name(certificate),
            begin=utc_text(certificate.not_before),
        )
    if certificate.key_type == "RSA" and certificate.key_size > _LARGEST_KEY:
        size = str(certificate.key_size)
        yield _note("large_key", subject=_name(certificate), size=size)


def _fitting(usages: Sequence[str], leaf: Certificate) -> Sequence[str]:
    try:
        return usages_for(usages, load(leaf.der).public_key())
    except UNREADABLE:  # a key of a kind that the library does not know
        return usages


def _name(certificate: Certificate) -> str:
    return certificate.common_name or certificate.subject or certificate.serial


def _note(key: str, **values: str) -> Note:
    row = UPLOAD_NOTES[key]
    return Note(text=row.words, values=values, source=row.source)
