"""Certificate revocation lists (RFC 5280 section 5)."""

from collections.abc import Sequence
from datetime import datetime

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import AuthorityInformationAccessOID

from lab.errors import BadInputError
from lab.models import Revoked
from lab.pki.certificates import IssuerUrls, authority_key_identifier
from lab.pki.keys import PrivateKey, hash_for, spec_of
from lab.pki.loading import UNREADABLE, load

# removeFromCRL is for delta CRLs only: RFC 5280 section 5.3.1.
_REASONS = {
    reason.value: reason
    for reason in x509.ReasonFlags
    if reason is not x509.ReasonFlags.remove_from_crl
}


def sign_crl(
    *,
    issuer_certificate: bytes,
    issuer_key: PrivateKey,
    number: int,
    this_update: datetime,
    next_update: datetime,
    revoked: Sequence[Revoked],
    issuer_urls: IssuerUrls | None = None,
    hash_name: str = "",
) -> bytes:
    """Sign a complete CRL; return its DER.

    Of `issuer_urls` the place of the issuer's certificate goes in, when it has one
    (section 5.2.7). The reason "unspecified" is left out, as section 5.3.1 wants.
    """
    if next_update < this_update:
        raise BadInputError(
            "the next CRL would be due on {due}, before this one is made on {made}",
            hint="Choose a later time for the next one.",
            due=next_update,
            made=this_update,
        )
    builder = x509.CertificateRevocationListBuilder(
        issuer_name=load(issuer_certificate).subject,
        last_update=this_update.replace(microsecond=0),
        next_update=next_update.replace(microsecond=0),
        # All at once: adding them one by one copies the list each time.
        revoked_certificates=[_line(entry) for entry in revoked],
    )
    try:
        builder = builder.add_extension(
            authority_key_identifier(issuer_certificate), critical=False
        ).add_extension(x509.CRLNumber(number), critical=False)
        if issuer_urls is not None and issuer_urls.ca_issuers:
            place = x509.UniformResourceIdentifier(issuer_urls.ca_issuers)
            method = AuthorityInformationAccessOID.CA_ISSUERS
            access = x509.AccessDescription(method, place)
            builder = builder.add_extension(
                x509.AuthorityInformationAccess([access]), critical=False
            )
        algorithm = hash_for(spec_of(issuer_key), hash_name)
        return builder.sign(issuer_key, algorithm).public_bytes(Encoding.DER)  # type: ignore[arg-type]  # hash_for gives one of the three
    except UNREADABLE as error:
        raise BadInputError("the CRL cannot be built: {reason}", reason=error) from None


def _line(entry: Revoked) -> x509.RevokedCertificate:
    try:
        builder = (
            x509.RevokedCertificateBuilder()
            .serial_number(int(entry.serial, 16))
            .revocation_date(entry.at.replace(microsecond=0))
        )
        reason = _REASONS[entry.reason or "unspecified"]
    except (ValueError, KeyError):
        raise BadInputError(
            "serial {serial} with reason {reason} cannot stand in a CRL",
            hint="Use a positive serial and a reason of RFC 5280 section 5.3.1.",
            serial=entry.serial,
            reason=entry.reason,
        ) from None
    if reason is not x509.ReasonFlags.unspecified:
        builder = builder.add_extension(x509.CRLReason(reason), critical=False)
    return builder.build()
