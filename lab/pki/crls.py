"""Certificate revocation lists, full and delta: sign and read (RFC 5280 section 5)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import AuthorityInformationAccessOID

from lab.errors import BadInputError
from lab.models import Revoked
from lab.pki.certificates import IssuerUrls, authority_key_identifier
from lab.pki.keys import PrivateKey, hash_for, spec_of
from lab.pki.loading import UNREADABLE, load, quietly
from lab.pki.names import name_hash, name_text

MAX_CRL_BYTES = 32 * 1024 * 1024
REMOVE = "removeFromCRL"
EVERYTHING, USERS, AUTHORITIES = "everything", "users", "authorities"
_REASONS = {reason.value: reason for reason in x509.ReasonFlags}
# What a reader of CRLs must know to judge by one that marks it as critical.
_KNOWN = (
    x509.IssuingDistributionPoint,
    x509.DeltaCRLIndicator,
    x509.CRLNumber,
    x509.AuthorityKeyIdentifier,
    x509.FreshestCRL,
)
_KNOWN_IN_ENTRIES = (x509.CRLReason, x509.InvalidityDate)


@dataclass(frozen=True, kw_only=True)
class ReadCrl:
    """A CRL of anybody, read once; `find` looks a serial number up in it.

    `scope` is "everything", "users" or "authorities" as the issuing distribution
    point says, and "other" when it is narrower in another way (section 5.2.5).
    """

    issuer: str
    issuer_hash: str
    authority_key_identifier: str  # hex; empty when absent
    number: int | None
    base: int | None  # a delta's: the number of the full list it starts from
    this_update: datetime
    next_update: datetime | None
    scope: str
    is_indirect: bool  # it may speak for other issuers
    places: tuple[str, ...]  # addresses in its issuing distribution point
    freshest: tuple[str, ...]  # addresses of its delta CRLs
    unknown_critical: tuple[str, ...]  # OIDs; of the list and of its entries
    size: int  # entries
    _crl: x509.CertificateRevocationList = field(repr=False)

    @property
    def is_delta(self) -> bool:
        return self.base is not None

    def find(self, serial: str) -> Revoked | None:
        """The entry of this serial number (lower-case hex), or None."""
        try:
            entry = self._crl.get_revoked_certificate_by_serial_number(int(serial, 16))
        except UNREADABLE:
            raise _unreadable() from None
        return None if entry is None else _entry(entry)

    def lines(self) -> Iterator[Revoked]:
        """Every entry, in the order of the list."""
        try:
            for entry in self._crl:
                yield _entry(entry)
        except UNREADABLE:
            raise _unreadable() from None

    def is_signed_by(self, issuer_certificate: bytes) -> bool:
        """Whether this certificate's key made the signature; no name is looked at."""
        try:
            key = load(issuer_certificate).public_key()
            return self._crl.is_signature_valid(key)  # type: ignore[arg-type]  # a key that signs nothing is a TypeError
        except UNREADABLE:
            return False


def read_crl(der: bytes) -> ReadCrl:
    """Read a CRL in DER; BadInputError when the bytes are not one."""
    if len(der) > MAX_CRL_BYTES:
        raise BadInputError(
            "the CRL has {size} bytes; at most {limit} are read",
            hint="Check that the file is a CRL.",
            size=len(der),
            limit=MAX_CRL_BYTES,
        )
    try:
        crl = quietly(lambda: x509.load_der_x509_crl(der))
        extensions = quietly(lambda: crl.extensions)
        found = {type(each.value): each.value for each in extensions}
        point = found.get(x509.IssuingDistributionPoint)
        number = found.get(x509.CRLNumber)
        base = found.get(x509.DeltaCRLIndicator)
        key = found.get(x509.AuthorityKeyIdentifier)
        return ReadCrl(
            issuer=name_text(crl.issuer),
            issuer_hash=name_hash(crl.issuer.public_bytes()),
            authority_key_identifier=((key and key.key_identifier) or b"").hex(),
            number=number and number.crl_number,
            base=base and base.crl_number,
            this_update=crl.last_update_utc,
            next_update=crl.next_update_utc,
            scope=_scope(point),
            is_indirect=bool(point and point.indirect_crl),
            places=_addresses(point.full_name if point else None),
            freshest=tuple(
                address
                for each in found.get(x509.FreshestCRL, ())
                for address in _addresses(each.full_name)
            ),
            unknown_critical=tuple(dict.fromkeys(_unknown(crl))),
            size=len(crl),
            _crl=crl,
        )
    except (*UNREADABLE, KeyError):  # a name of a type that does not exist
        raise _unreadable() from None


def sign_crl(
    *,
    issuer_certificate: bytes,
    issuer_key: PrivateKey,
    number: int,
    this_update: datetime,
    next_update: datetime,
    revoked: Sequence[Revoked],
    base: int | None = None,
    scope: str = EVERYTHING,
    places: Sequence[str] = (),
    freshest: str = "",
    issuer_urls: IssuerUrls | None = None,
    hash_name: str = "",
) -> bytes:
    """Sign a complete CRL, or with `base` a delta CRL; return its DER.

    With another scope than everything it says so, and which `places` it is read from;
    `freshest` is where a full one has its deltas. Of `issuer_urls` the place of the
    issuer's certificate goes in, when it has one (section 5.2.7). The reason
    "unspecified" is left out, as section 5.3.1 wants; `removeFromCRL` is for deltas.
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
        revoked_certificates=[_line(entry, base is not None) for entry in revoked],
    )
    try:
        builder = builder.add_extension(
            authority_key_identifier(issuer_certificate), critical=False
        ).add_extension(x509.CRLNumber(number), critical=False)
        if base is not None:
            builder = builder.add_extension(x509.DeltaCRLIndicator(base), critical=True)
        if scope != EVERYTHING:
            builder = builder.add_extension(_point(scope, places), critical=True)
        # Never in a delta: section 5.2.6.
        if freshest and base is None:
            place = x509.DistributionPoint(_uris([freshest]), None, None, None)
            builder = builder.add_extension(x509.FreshestCRL([place]), critical=False)
        if issuer_urls is not None and issuer_urls.ca_issuers:
            method = AuthorityInformationAccessOID.CA_ISSUERS
            (uri,) = _uris([issuer_urls.ca_issuers])
            access = x509.AccessDescription(method, uri)
            builder = builder.add_extension(
                x509.AuthorityInformationAccess([access]), critical=False
            )
        algorithm = hash_for(spec_of(issuer_key), hash_name)
        return builder.sign(issuer_key, algorithm).public_bytes(Encoding.DER)  # type: ignore[arg-type]  # hash_for gives one of the three
    except UNREADABLE as error:
        raise BadInputError("the CRL cannot be built: {reason}", reason=error) from None


def _point(scope: str, places: Sequence[str]) -> x509.IssuingDistributionPoint:
    return x509.IssuingDistributionPoint(
        full_name=_uris(places) or None,
        relative_name=None,
        only_contains_user_certs=scope == USERS,
        only_contains_ca_certs=scope == AUTHORITIES,
        only_some_reasons=None,
        indirect_crl=False,
        only_contains_attribute_certs=False,
    )


def _uris(addresses: Sequence[str]) -> list[x509.UniformResourceIdentifier]:
    return [x509.UniformResourceIdentifier(address) for address in addresses]


def _line(entry: Revoked, is_delta: bool) -> x509.RevokedCertificate:
    try:
        builder = (
            x509.RevokedCertificateBuilder()
            .serial_number(int(entry.serial, 16))
            .revocation_date(entry.at.replace(microsecond=0))
        )
        reason = _REASONS[entry.reason or "unspecified"]
    except (ValueError, KeyError):
        raise _unfit(entry) from None
    # removeFromCRL is for delta CRLs only: RFC 5280 section 5.3.1.
    if entry.reason == REMOVE and not is_delta:
        raise _unfit(entry)
    if reason is not x509.ReasonFlags.unspecified:
        builder = builder.add_extension(x509.CRLReason(reason), critical=False)
    if entry.invalid_since:
        moment = x509.InvalidityDate(entry.invalid_since.replace(microsecond=0))
        builder = builder.add_extension(moment, critical=False)
    return builder.build()


def _unfit(entry: Revoked) -> BadInputError:
    return BadInputError(
        "serial {serial} with reason {reason} cannot stand in a CRL",
        hint="Use a positive serial and a reason of RFC 5280 section 5.3.1.",
        serial=entry.serial,
        reason=entry.reason,
    )


def _entry(entry: x509.RevokedCertificate) -> Revoked:
    found = {type(each.value): each.value for each in entry.extensions}
    reason = found.get(x509.CRLReason)
    since = found.get(x509.InvalidityDate)
    return Revoked(
        serial=f"{entry.serial_number:x}",
        at=entry.revocation_date_utc,
        reason=reason.reason.value if reason else "unspecified",
        invalid_since=since and since.invalidity_date_utc,
    )


def _scope(point: x509.IssuingDistributionPoint | None) -> str:
    if point is None:
        return EVERYTHING
    if point.only_some_reasons or point.only_contains_attribute_certs:
        return "other"
    if point.only_contains_user_certs:
        return USERS
    return AUTHORITIES if point.only_contains_ca_certs else EVERYTHING


def _addresses(names: Sequence[x509.GeneralName] | None) -> tuple[str, ...]:
    return tuple(
        name.value
        for name in names or ()
        if isinstance(name, x509.UniformResourceIdentifier)
    )


def _unknown(crl: x509.CertificateRevocationList) -> Iterator[str]:
    """Critical extensions that the lab does not follow: sections 5.2 and 5.3."""
    for extension in crl.extensions:
        if extension.critical and not isinstance(extension.value, _KNOWN):
            yield extension.oid.dotted_string
    for entry in crl:
        for extension in entry.extensions:
            known = isinstance(extension.value, _KNOWN_IN_ENTRIES)
            if extension.critical and not known:
                yield extension.oid.dotted_string


def _unreadable() -> BadInputError:
    return BadInputError(
        "the data are not a readable CRL",
        hint="Check that they are a whole CRL in DER.",
    )
