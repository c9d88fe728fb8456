"""Where a certificate says that its revocation can be asked for."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from cryptography import x509
from cryptography.x509.oid import AuthorityInformationAccessOID as Access

from lab.pki.extensions import one_extension, split_extensions
from lab.pki.loading import load_parts


class RevocationUrls(NamedTuple):
    """Addresses as they are written, in their order; nothing is said of them."""

    ocsp: tuple[str, ...] = ()
    crl: tuple[str, ...] = ()
    freshest: tuple[str, ...] = ()  # delta CRLs


def urls_of(certificate_der: bytes) -> RevocationUrls:
    """The addresses in the extensions that can be read.

    A distribution point for some reasons only, or of another CRL issuer, is left out
    (RFC 5280 section 4.2.1.13). Raises BadInputError for what is no certificate.
    """
    _, parts = load_parts(certificate_der)
    found: dict[str, list[str]] = {"ocsp": [], "crl": [], "freshest": []}
    for raw in split_extensions(parts.extensions):
        extension = one_extension(raw.whole)
        match extension and extension.value:
            case x509.AuthorityInformationAccess() as access:
                found["ocsp"] += _uris(
                    each.access_location
                    for each in access
                    if each.access_method == Access.OCSP
                )
            case x509.CRLDistributionPoints() as points:
                found["crl"] += _of_points(points)
            case x509.FreshestCRL() as points:
                found["freshest"] += _of_points(points)
    return RevocationUrls(**{name: tuple(urls) for name, urls in found.items()})


def _of_points(points: x509.CRLDistributionPoints | x509.FreshestCRL) -> Iterator[str]:
    for point in points:
        if not point.reasons and not point.crl_issuer:
            yield from _uris(point.full_name or ())


def _uris(names: Iterable[x509.GeneralName]) -> Iterator[str]:
    for name in names:
        if isinstance(name, x509.UniformResourceIdentifier):
            yield name.value
