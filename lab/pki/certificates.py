"""Certificates of every kind the lab issues: values and dates in, DER out."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from secrets import randbits

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import AuthorityInformationAccessOID as Access
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from lab.errors import BadInputError, RuleError
from lab.models import SubjectFields
from lab.pki.extensions import extension_facts
from lab.pki.keys import PrivateKey, PublicKey, hash_for, spec_of
from lab.pki.loading import UNREADABLE, load, load_parts
from lab.pki.names import build_general_names, build_name
from lab.pki.usages import build_extended_key_usage, build_key_usage, usages_for

# A PrintableString (X.680 section 41.4) within ub-serial-number of RFC 5280.
_DEVICE = re.compile(r"[A-Za-z0-9 '()+,./:=?-]{1,64}")
_Extensions = list[tuple[x509.ExtensionType, bool]]


@dataclass(frozen=True, kw_only=True)
class IssuerUrls:
    """Where an authority's CRL, certificate and OCSP responder are; empty: nowhere."""

    crl: str = ""
    freshest: str = ""  # its delta CRLs
    ca_issuers: str = ""
    ocsp: str = ""


_NOWHERE = IssuerUrls()


def build_root(
    *,
    subject: SubjectFields,
    key: PrivateKey,
    not_before: datetime,
    not_after: datetime,
    path_length: int | None = None,
) -> bytes:
    """Build a root CA that signs itself."""
    name, public_key = build_name(subject), key.public_key()
    extensions = _authority_extensions(public_key, path_length)
    return _sign(name, name, public_key, key, (not_before, not_after), extensions)


def build_issuing(
    *,
    subject: SubjectFields,
    public_key: PublicKey,
    issuer_certificate: bytes,
    issuer_key: PrivateKey,
    not_before: datetime,
    not_after: datetime,
    path_length: int | None = 0,
    urls: IssuerUrls = _NOWHERE,
) -> bytes:
    """Build a CA below another one; `urls` are those of its issuer."""
    issuer = load(issuer_certificate)
    extensions = [
        *_authority_extensions(public_key, path_length),
        (authority_key_identifier(issuer_certificate), False),
        *_url_extensions(urls),
    ]
    dates = (not_before, not_after)
    return _sign(
        build_name(subject), issuer.subject, public_key, issuer_key, dates, extensions
    )


def build_ocsp_signer(
    *,
    subject: SubjectFields,
    public_key: PublicKey,
    issuer_certificate: bytes,
    issuer_key: PrivateKey,
    not_before: datetime,
    not_after: datetime,
) -> bytes:
    """Build a certificate that answers OCSP for its issuer (RFC 6960 4.2.2.2).

    It is not to be checked for revocation itself (id-pkix-ocsp-nocheck, 4.2.2.2.1).
    """
    issuer = load(issuer_certificate)
    extensions: _Extensions = [
        (x509.BasicConstraints(ca=False, path_length=None), True),
        (build_key_usage(["digitalSignature"]), True),
        (x509.ExtendedKeyUsage([ExtendedKeyUsageOID.OCSP_SIGNING]), False),
        (x509.OCSPNoCheck(), False),
        (x509.SubjectKeyIdentifier.from_public_key(public_key), False),
        (authority_key_identifier(issuer_certificate), False),
    ]
    dates = (not_before, not_after)
    return _sign(
        build_name(subject), issuer.subject, public_key, issuer_key, dates, extensions
    )


def build_self_signed(
    *,
    subject: SubjectFields,
    key: PrivateKey,
    not_before: datetime,
    not_after: datetime,
    alternative_names: Sequence[str] = (),
    key_usage: Iterable[str],
    extended_key_usage: Iterable[str],
    hash_name: str = "",
) -> bytes:
    """Build what a node makes for itself: a certificate that is a tiny CA.

    The profile is that of a real one (facts §1.5): key usage not critical and always
    with keyCertSign, CA:TRUE with path length 0, no alternative names unless given.
    """
    name, public_key = build_name(subject), key.public_key()
    usages = usages_for([*key_usage, "keyCertSign"], public_key)
    extended = list(extended_key_usage)
    extensions: _Extensions = [(build_key_usage(usages), False)]
    if extended:
        extensions.append((build_extended_key_usage(extended), False))
    extensions += [
        (x509.SubjectKeyIdentifier.from_public_key(public_key), False),
        (x509.BasicConstraints(ca=True, path_length=0), True),
        *_alternative_names(alternative_names, name),
    ]
    # Sixteen bytes with the first bit clear, as the real ones have.
    serial = 1 << 126 | randbits(126)
    dates = (not_before, not_after)
    return _sign(name, name, public_key, key, dates, extensions, hash_name, serial)


def build_leaf(
    *,
    subject: SubjectFields | x509.Name,
    public_key: PublicKey,
    issuer_certificate: bytes,
    issuer_key: PrivateKey,
    not_before: datetime,
    not_after: datetime,
    alternative_names: Sequence[str] = (),
    key_usage: Iterable[str],
    extended_key_usage: Iterable[str],
    urls: IssuerUrls = _NOWHERE,
    is_ca: bool = False,
    path_length: int | None = None,
    hash_name: str = "",
) -> bytes:
    """Build a certificate that a CA signs for a purpose.

    `is_ca` is for CAPF: it gets keyCertSign, CA:TRUE and path length 0 unless another
    is given. Raises RuleError for keyCertSign without it (RFC 5280 section 4.2.1.9).
    """
    issuer = load(issuer_certificate)
    name = subject if isinstance(subject, x509.Name) else build_name(subject)
    wanted, extended = set(key_usage), list(extended_key_usage)
    if is_ca:
        wanted.add("keyCertSign")
        path_length = 0 if path_length is None else path_length
    elif "keyCertSign" in wanted:
        raise RuleError(
            "keyCertSign is asked for, but the certificate would not be a CA",
            hint="Leave keyCertSign out, or sign it as a CA.",
        )
    usages = usages_for(wanted, public_key)
    constraints = x509.BasicConstraints(ca=is_ca, path_length=path_length)
    extensions: _Extensions = [(constraints, True)]
    if usages:
        extensions.append((build_key_usage(usages), True))
    if extended:
        built = build_extended_key_usage(extended)
        # RFC 3161 section 2.3.
        is_critical = ExtendedKeyUsageOID.TIME_STAMPING in built
        extensions.append((built, is_critical))
    extensions += [
        *_alternative_names(alternative_names, name),
        (x509.SubjectKeyIdentifier.from_public_key(public_key), False),
        (authority_key_identifier(issuer_certificate), False),
        *_url_extensions(urls),
    ]
    dates = (not_before, not_after)
    return _sign(
        name, issuer.subject, public_key, issuer_key, dates, extensions, hash_name
    )


def build_lsc(
    *,
    subject: SubjectFields,
    public_key: PublicKey,
    issuer_certificate: bytes,
    issuer_key: PrivateKey,
    not_before: datetime,
    not_after: datetime,
    urls: IssuerUrls = _NOWHERE,
    hash_name: str = "",
) -> bytes:
    """Build a phone's locally significant certificate; CAPF is the issuer.

    The common name is SEP and the MAC address. Both extended key usages are there
    from release 14 on.
    """
    return build_leaf(
        subject=subject,
        public_key=public_key,
        issuer_certificate=issuer_certificate,
        issuer_key=issuer_key,
        not_before=not_before,
        not_after=not_after,
        key_usage=("digitalSignature", "keyEncipherment"),
        extended_key_usage=("serverAuth", "clientAuth"),
        urls=urls,
        hash_name=hash_name,
    )


def build_mic(
    *,
    subject: SubjectFields,
    public_key: PublicKey,
    issuer_certificate: bytes,
    issuer_key: PrivateKey,
    not_before: datetime,
    not_after: datetime,
    device: str = "",
    urls: IssuerUrls = _NOWHERE,
    hash_name: str = "",
) -> bytes:
    """Build a phone's manufacturing-installed certificate.

    The common name is model, "-SEP" and MAC address; `device` is the serialNumber
    attribute, such as "PID:CP-8845 SN:FCH12345678", and is left out when empty.
    """
    name = build_name(subject)
    if device:
        if not _DEVICE.fullmatch(device):
            raise BadInputError(
                "the device serial {value} cannot stand in a name",
                hint="Use 1 to 64 ASCII letters, digits, spaces, colons and hyphens.",
                value=repr(device),
            )
        attribute = x509.NameAttribute(NameOID.SERIAL_NUMBER, device)
        name = x509.Name([attribute, *name])
    return build_leaf(
        subject=name,
        public_key=public_key,
        issuer_certificate=issuer_certificate,
        issuer_key=issuer_key,
        not_before=not_before,
        not_after=not_after,
        key_usage=("digitalSignature", "keyEncipherment"),
        extended_key_usage=(),
        urls=urls,
        hash_name=hash_name,
    )


def authority_key_identifier(issuer_certificate: bytes) -> x509.AuthorityKeyIdentifier:
    """Build the extension that names an issuer's key (certificates and CRLs).

    It equals the issuer's own identifier (RFC 5280 section 4.2.1.1).
    """
    issuer, parts = load_parts(issuer_certificate)
    digest = bytes.fromhex(extension_facts(parts.extensions).subject_key_identifier)
    if not digest:
        key = issuer.public_key()
        digest = x509.SubjectKeyIdentifier.from_public_key(key).digest
    return x509.AuthorityKeyIdentifier(digest, None, None)


def _authority_extensions(
    public_key: PublicKey, path_length: int | None
) -> _Extensions:
    return [
        (x509.BasicConstraints(ca=True, path_length=path_length), True),
        (build_key_usage(["keyCertSign", "cRLSign"]), True),
        (x509.SubjectKeyIdentifier.from_public_key(public_key), False),
    ]


def _alternative_names(names: Sequence[str], subject: x509.Name) -> _Extensions:
    if not names:
        return []
    # Critical when the subject is empty: RFC 5280 section 4.2.1.6.
    built = x509.SubjectAlternativeName(build_general_names(names))
    return [(built, not list(subject))]


def _url_extensions(urls: IssuerUrls) -> _Extensions:
    found: _Extensions = []
    if urls.crl:
        point = x509.DistributionPoint([_url(urls.crl)], None, None, None)
        found.append((x509.CRLDistributionPoints([point]), False))
    if urls.freshest:
        point = x509.DistributionPoint([_url(urls.freshest)], None, None, None)
        found.append((x509.FreshestCRL([point]), False))
    methods = [
        x509.AccessDescription(method, _url(url))
        for method, url in (
            (Access.OCSP, urls.ocsp),
            (Access.CA_ISSUERS, urls.ca_issuers),
        )
        if url
    ]
    if methods:
        found.append((x509.AuthorityInformationAccess(methods), False))
    return found


def _url(text: str) -> x509.UniformResourceIdentifier:
    try:
        return x509.UniformResourceIdentifier(text)
    except ValueError:
        raise BadInputError(
            "the address {url} cannot stand in a certificate",
            hint="Write it in ASCII.",
            url=repr(text),
        ) from None


def _sign(
    subject: x509.Name,
    issuer: x509.Name,
    public_key: PublicKey,
    issuer_key: PrivateKey,
    dates: tuple[datetime, datetime],
    extensions: _Extensions,
    hash_name: str = "",
    serial: int = 0,
) -> bytes:
    start, end = (moment.replace(microsecond=0) for moment in dates)
    if start > end:
        raise BadInputError(
            "the certificate would end on {end}, before it begins on {start}",
            hint="Choose a later end.",
            end=end,
            start=start,
        )
    algorithm = hash_for(spec_of(issuer_key), hash_name)
    try:
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(issuer)
            .public_key(public_key)
            .serial_number(serial or x509.random_serial_number())
            .not_valid_before(start)
            .not_valid_after(end)
        )
        for extension, critical in extensions:
            builder = builder.add_extension(extension, critical)
        return builder.sign(issuer_key, algorithm).public_bytes(Encoding.DER)  # type: ignore[arg-type]  # hash_for gives one of the three
    except UNREADABLE as error:
        raise BadInputError(
            "the certificate cannot be built: {reason}", reason=error
        ) from None
