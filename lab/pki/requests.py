"""Certificate signing requests (PKCS#10, RFC 2986)."""

from collections.abc import Iterable, Sequence

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding

from lab.errors import BadInputError
from lab.models import SigningRequest, SubjectFields
from lab.pki.bundles import find_blocks
from lab.pki.extensions import facts_of
from lab.pki.keys import PrivateKey, hash_for, key_id, spec_of
from lab.pki.loading import UNREADABLE, quietly
from lab.pki.names import build_general_names, build_name, read_name
from lab.pki.reading import SIGNATURE_ALGORITHMS
from lab.pki.usages import build_extended_key_usage, build_key_usage

MAX_REQUEST_BYTES = 64 * 1024


def build_request(
    *,
    subject: SubjectFields,
    key: PrivateKey,
    alternative_names: Sequence[str] = (),
    key_usage: Iterable[str],
    extended_key_usage: Iterable[str],
    hash_name: str = "",
    is_ca: bool = False,
) -> bytes:
    """Build a request that asks for these usages and names; return its DER.

    Usages are asked for as given, also those that no certificate of an EC key may
    carry: the cluster asks for them too (facts §1.6).
    """
    usages, extended = list(key_usage), list(extended_key_usage)
    builder = x509.CertificateSigningRequestBuilder(build_name(subject))
    if extended:
        builder = builder.add_extension(build_extended_key_usage(extended), False)
    if usages:
        builder = builder.add_extension(build_key_usage(usages), False)
    if is_ca:
        constraints = x509.BasicConstraints(ca=True, path_length=0)
        builder = builder.add_extension(constraints, True)
    if alternative_names:
        names = x509.SubjectAlternativeName(build_general_names(alternative_names))
        builder = builder.add_extension(names, False)
    algorithm = hash_for(spec_of(key), hash_name)
    return builder.sign(key, algorithm).public_bytes(Encoding.DER)  # type: ignore[arg-type]  # hash_for gives one of the three


def read_request(data: bytes) -> SigningRequest:
    """Read a request, PEM or DER, and check its signature.

    Raises BadInputError when the data are not a request, when its signature does not
    fit its key, and when the key is neither RSA nor EC.
    """
    if len(data) > MAX_REQUEST_BYTES:
        raise BadInputError(
            "the request has {size} bytes; at most {limit} are read",
            hint="Check that the file is one certificate signing request.",
            size=len(data),
            limit=MAX_REQUEST_BYTES,
        )
    der = _request_der(data)
    request = _load(der)
    try:
        key = quietly(request.public_key)
        signature_fits = request.is_signature_valid
        signed_with = request.signature_algorithm_oid.dotted_string
        facts = facts_of(quietly(lambda: request.extensions))
        subject = read_name(quietly(lambda: request.subject).public_bytes())
    except UNREADABLE:
        raise BadInputError(
            "the request has a key, a name or an extension that cannot be read",
            hint="Make the request again.",
        ) from None
    if not isinstance(key, rsa.RSAPublicKey | ec.EllipticCurvePublicKey):
        raise BadInputError(
            "the key of the request for {subject} is neither RSA nor EC",
            hint="Make the request with an RSA or EC key.",
            subject=subject.text,
        )
    if not signature_fits:
        raise BadInputError(
            "the signature of the request for {subject} does not fit its key",
            hint="Make the request again; this one was changed after signing.",
            subject=subject.text,
        )
    return SigningRequest(
        der=der,
        subject=subject.text,
        common_name=subject.common_name,
        alternative_names=facts.alternative_names,
        key_id=key_id(key),
        key=spec_of(key),
        key_usage=facts.key_usage,
        extended_key_usage=facts.extended_key_usage,
        signature_algorithm=SIGNATURE_ALGORITHMS.get(signed_with, signed_with),
    )


def request_pem(der: bytes) -> bytes:
    """Write a request as PEM."""
    return _load(der).public_bytes(Encoding.PEM)


def request_subject(der: bytes) -> x509.Name:
    """Return the subject that a request asks for."""
    return _load(der).subject


def request_key(der: bytes) -> rsa.RSAPublicKey | ec.EllipticCurvePublicKey:
    """Return the public key of a request that was read before."""
    key = _load(der).public_key()
    if not isinstance(key, rsa.RSAPublicKey | ec.EllipticCurvePublicKey):
        raise _not_a_request()
    return key


def _load(der: bytes) -> x509.CertificateSigningRequest:
    try:
        return quietly(lambda: x509.load_der_x509_csr(der))
    except UNREADABLE:
        raise _not_a_request() from None


def _request_der(data: bytes) -> bytes:
    if b"-----BEGIN " not in data:
        return data
    for block in find_blocks(data):
        if block.label in ("CERTIFICATE REQUEST", "NEW CERTIFICATE REQUEST"):
            return block.der()
    raise _not_a_request()


def _not_a_request() -> BadInputError:
    return BadInputError(
        "the data are not a certificate signing request",
        hint="Give a PKCS#10 request as PEM or DER.",
    )
