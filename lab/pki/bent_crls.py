"""Certificate revocation lists with one thing wrong, for the laboratory of faults."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from lab.errors import BadInputError
from lab.models import Revoked
from lab.pki.bent_signers import Signer, stranger_to
from lab.pki.certificates import authority_key_identifier
from lab.pki.keys import hash_for, spec_of
from lab.pki.loading import UNREADABLE

GARBAGE = b"\x30\x82\x01\x00this is neither a list nor an answer"
_Extensions = Sequence[tuple[x509.ExtensionType, bool]]  # the second: it is critical
_DAY = timedelta(days=1)
_DATES = {"stale": (-2 * _DAY, -_DAY), "future": (_DAY, 2 * _DAY)}
# An arc for documentation (RFC 5612): nobody knows an extension below it.
_UNKNOWN = x509.ObjectIdentifier("1.3.6.1.4.1.32473.1")
_FOR_AUTHORITIES = x509.IssuingDistributionPoint(
    None, None, False, True, None, False, False
)
_EXTENSIONS: Mapping[str, _Extensions] = {
    "wrong_scope": ((_FOR_AUTHORITIES, True),),
    "critical_extension": ((x509.UnrecognizedExtension(_UNKNOWN, b"\x05\x00"), True),),
}
_SOMEBODY_ELSE = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Somebody else")])


@dataclass(frozen=True)
class Entries:
    """What is to stand in a list otherwise than it does."""

    without: Collection[str] | None = ()  # serial numbers in hex; None: all of them
    with_these: Sequence[Revoked] = ()


def change_entries(der: bytes, entries: Entries, issuer: Signer) -> bytes:
    """Sign the same list with other entries."""
    crl = _load(der)
    gone = {int(serial, 16) for serial in entries.without or ()}
    gone |= {int(each.serial, 16) for each in entries.with_these}
    kept = [] if entries.without is None else list(crl)
    lines = [each for each in kept if each.serial_number not in gone]
    lines += [_line(each) for each in entries.with_these]
    return _sign(crl, lines, issuer)


def bend_list(der: bytes, fault: str, issuer: Signer, now: datetime) -> bytes:
    """The list with a fault of `lab.rules.faults` that is in its bytes."""
    if fault == "garbage":
        return GARBAGE
    crl = _load(der)
    if fault == "bad_signature":
        return flip_bit(der, crl.signature)
    signer, others = issuer, _EXTENSIONS.get(fault, ())
    if fault == "wrong_signer":
        signer = stranger_to(issuer.certificate, issuer.key)
        others = ((authority_key_identifier(signer.certificate), False),)
    name = _SOMEBODY_ELSE if fault == "wrong_id" else crl.issuer
    dates = None
    if fault in _DATES:
        begin, end = _DATES[fault]
        dates = now + begin, now + end
    return _sign(crl, list(crl), signer, name=name, dates=dates, others=others)


def flip_bit(der: bytes, signature: bytes) -> bytes:
    """The same bytes, but for the last bit of the signature in them."""
    at = der.rindex(signature) + len(signature) - 1
    return der[:at] + bytes([der[at] ^ 1]) + der[at + 1 :]


def _load(der: bytes) -> x509.CertificateRevocationList:
    try:
        return x509.load_der_x509_crl(der)
    except UNREADABLE:
        raise BadInputError(
            "the data are not a readable list of revoked certificates",
            hint="Publish the list again.",
        ) from None


def _line(entry: Revoked) -> x509.RevokedCertificate:
    return (
        x509.RevokedCertificateBuilder()
        .serial_number(int(entry.serial, 16))
        .revocation_date(entry.at)
        .add_extension(x509.CRLReason(x509.ReasonFlags(entry.reason)), False)
        .build()
    )


def _sign(
    crl: x509.CertificateRevocationList,
    lines: list[x509.RevokedCertificate],
    signer: Signer,
    *,
    name: x509.Name | None = None,
    dates: tuple[datetime, datetime] | None = None,
    others: _Extensions = (),
) -> bytes:
    """Sign it as it is but for what is given; `others` replace those of their kind."""
    assert crl.next_update_utc is not None  # the lab's own lists all have one
    this_update, next_update = dates or (crl.last_update_utc, crl.next_update_utc)
    builder = x509.CertificateRevocationListBuilder(
        issuer_name=name or crl.issuer,
        last_update=this_update,
        next_update=next_update,
        revoked_certificates=lines,
    )
    replaced = {extension.oid for extension, _ in others}
    for each in crl.extensions:
        if each.oid not in replaced:
            builder = builder.add_extension(each.value, each.critical)
    for extension, is_critical in others:
        builder = builder.add_extension(extension, is_critical)
    algorithm = hash_for(spec_of(signer.key))
    return builder.sign(signer.key, algorithm).public_bytes(Encoding.DER)  # type: ignore[arg-type]  # hash_for gives one of the three
