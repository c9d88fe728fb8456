"""A CA, a leaf below it, several who could sign answers, and answers by two makers."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp
from cryptography.x509.oid import ExtendedKeyUsageOID

from lab.pki.ocsp import Answer, cert_id, sign_answers
from tests.trust import chains
from tests.trust.chains import key, key_usage, sign, usages

OCSP_SIGNING = usages(ExtendedKeyUsageOID.OCSP_SIGNING)
SIGNS = (key_usage("digital_signature"),)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_REASONS = {reason.value: reason for reason in x509.ReasonFlags}


class Site:
    """Certificates around a moment; each is signed once, and known by its name."""

    def __init__(self, now):
        self.now = now
        self.root = self._made(chains.root)
        self.other_root = self._made(chains.root, "Other Root")
        self.leaf = self._made(chains.leaf)
        self.sibling = self._made(chains.leaf, name="sibling.example")
        self.foreign = self._made(chains.leaf, "Other Root")
        self.middle = self._made(chains.ca, "Middle")
        self.signers = {
            "issuer": ("Root", self.root),
            "delegated": self._signer("Delegated", OCSP_SIGNING, SIGNS),
            "no usage of keys": self._signer("Plain", OCSP_SIGNING),
            "without EKU": self._signer("Without", SIGNS),
            "any EKU": self._signer(
                "Any", usages(ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE), SIGNS
            ),
            "server": self._signer("Server", usages(ExtendedKeyUsageOID.SERVER_AUTH)),
            "wrong usage of keys": self._signer(
                "Wrapper", OCSP_SIGNING, (key_usage("key_encipherment"),)
            ),
            "ended": self._signer(
                "Ended", OCSP_SIGNING, SIGNS, begin=now - 9 * DAY, end=now - DAY
            ),
            "not begun": self._signer(
                "Future", OCSP_SIGNING, SIGNS, begin=now + DAY, end=now + 9 * DAY
            ),
            "of another CA": self._signer(
                "Foreign", OCSP_SIGNING, SIGNS, issuer="Other Root"
            ),
            "below": self._signer("Below", OCSP_SIGNING, SIGNS, issuer="Middle"),
            "of a namesake": (
                "Namesake",
                self._made(
                    sign, "Namesake", "Root", OCSP_SIGNING, issuer_key=key("Impostor")
                ),
            ),
            "another CA": ("Other Root", self.other_root),
        }

    def _signer(self, name, *extensions, issuer="Root", **changed):
        return name, self._made(sign, name, issuer, *extensions, **changed)

    def _made(self, make, *arguments, **changed):
        span = {"begin": self.now - 300 * DAY, "end": self.now + 300 * DAY}
        return make(*arguments, **(span | changed))


@dataclass(frozen=True, kw_only=True)
class Saying:
    """An answer as a test wants it."""

    status: str = "good"
    reason: str = ""
    at: timedelta | datetime = -DAY
    about: str = "leaf"
    issuer: str = "root"
    hash_name: str = "sha1"
    signer: str = "delegated"
    signing_key: str = ""  # another one than the signer's
    with_signer: bool = True
    this_update: timedelta = -HOUR
    next_update: timedelta | None = HOUR
    nonce: bytes | None = None

    def moment(self, site):
        return self.at if isinstance(self.at, datetime) else site.now + self.at


def by_the_library(site, saying, *, extensions=(), algorithm=None):
    """As the OCSP builder of `cryptography` makes it."""
    owner, der = site.signers[saying.signer]
    signer = x509.load_der_x509_certificate(der)
    is_revoked = saying.status == "revoked"
    hashed = getattr(hashes, saying.hash_name.upper())()
    builder = (
        ocsp.OCSPResponseBuilder()
        .add_response(
            x509.load_der_x509_certificate(getattr(site, saying.about)),
            x509.load_der_x509_certificate(getattr(site, saying.issuer)),
            hashed,
            ocsp.OCSPCertStatus[saying.status.upper()],
            site.now + saying.this_update,
            None if saying.next_update is None else site.now + saying.next_update,
            saying.moment(site) if is_revoked else None,
            _REASONS[saying.reason] if is_revoked and saying.reason else None,
        )
        .responder_id(ocsp.OCSPResponderEncoding.NAME, signer)
    )
    if saying.with_signer:
        builder = builder.certificates([signer])
    if saying.nonce is not None:
        builder = builder.add_extension(x509.OCSPNonce(saying.nonce), False)
    for each, is_critical in extensions:
        builder = builder.add_extension(each, is_critical)
    signed = builder.sign(
        key(saying.signing_key or owner), algorithm or hashes.SHA256()
    )
    return signed.public_bytes(Encoding.DER)


def by_the_lab(site, saying):
    """As the lab's own responder makes it."""
    owner, der = site.signers[saying.signer]
    wanted = cert_id(
        getattr(site, saying.about), getattr(site, saying.issuer), saying.hash_name
    )
    answer = Answer(
        id=wanted,
        status=saying.status,
        at=saying.moment(site) if saying.status == "revoked" else None,
        reason=saying.reason,
    )
    return sign_answers(
        [answer],
        signer_certificate=der,
        signer_key=key(saying.signing_key or owner),
        certificates=[der] if saying.with_signer else [],
        this_update=site.now + saying.this_update,
        next_update=None
        if saying.next_update is None
        else site.now + saying.next_update,
        produced_at=site.now,
        nonce=saying.nonce,
    )


MAKERS = (by_the_library, by_the_lab)
