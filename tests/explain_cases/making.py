"""The vocabulary of the cases: extensions, certificates, and what a case expects."""

from base64 import b64encode
from datetime import UTC, datetime
from hashlib import sha256
from typing import NamedTuple

from tests.explain_cases import der, keys
from tests.explain_cases.keys import Key

NOON = datetime(2030, 1, 1, 12, tzinfo=UTC)  # the moment most cases ask for
ANY_POLICY = "2.5.29.32.0"
ANY_USAGE = "2.5.29.37.0"
LAB = "1.3.6.1.4.1.99999"  # OIDs that nobody knows
BASIC_CONSTRAINTS, KEY_USAGE, EXTENDED_KEY_USAGE = "2.5.29.19", "2.5.29.15", "2.5.29.37"
SUBJECT_KEY_ID, AUTHORITY_KEY_ID = "2.5.29.14", "2.5.29.35"
ALTERNATIVE_NAMES = "2.5.29.17"
_DECADE = (datetime(2025, 1, 1, tzinfo=UTC), datetime(2035, 1, 1, tzinfo=UTC))
_TWO_YEARS = (datetime(2029, 1, 1, tzinfo=UTC), datetime(2031, 1, 1, tzinfo=UTC))
_PURPOSES = {
    "serverAuth": "1.3.6.1.5.5.7.3.1",
    "clientAuth": "1.3.6.1.5.5.7.3.2",
    "codeSigning": "1.3.6.1.5.5.7.3.3",
    "emailProtection": "1.3.6.1.5.5.7.3.4",
    "ipsecEndSystem": "1.3.6.1.5.5.7.3.5",
    "timeStamping": "1.3.6.1.5.5.7.3.8",
    "OCSPSigning": "1.3.6.1.5.5.7.3.9",
    "any": ANY_USAGE,
}
_BITS = (
    "digitalSignature",
    "nonRepudiation",
    "keyEncipherment",
    "dataEncipherment",
    "keyAgreement",
    "keyCertSign",
    "cRLSign",
    "encipherOnly",
    "decipherOnly",
)


class Extension(NamedTuple):
    """An extension as it stands in a certificate; `value` is the DER inside."""

    oid: str
    critical: bool
    value: bytes

    @property
    def der(self):
        flag = der.boolean(True) if self.critical else b""
        return der.sequence(der.oid(self.oid), flag, der.octets(self.value))


class Made(NamedTuple):
    """A certificate, and the key that it holds."""

    der: bytes
    subject: bytes
    issuer: bytes
    serial: int
    key: Key

    @property
    def base64(self):
        return b64encode(self.der).decode()


def basic_constraints(ca=True, path_length=None, critical=True):
    length = b"" if path_length is None else der.integer(path_length)
    value = der.sequence(der.boolean(True) if ca else b"", length)
    return Extension(BASIC_CONSTRAINTS, critical, value)


def key_usage(*names, critical=True):
    bits = der.named_bits(*(_BITS.index(name) for name in names))
    return Extension(KEY_USAGE, critical, bits)


def extended_key_usage(*names, critical=False):
    oids = (der.oid(_PURPOSES.get(name, name)) for name in names)
    return Extension(EXTENDED_KEY_USAGE, critical, der.sequence(*oids))


def alternative_names(*names, critical=False):
    """subjectAltName; text is a DNS name."""
    forms = (der.dns(name) if isinstance(name, str) else name for name in names)
    return Extension(ALTERNATIVE_NAMES, critical, der.sequence(*forms))


def name_constraints(permitted=(), excluded=(), critical=True):
    """Subtrees are general names, text is a DNS name, or whole GeneralSubtrees."""
    parts = [
        der.wrap(tag, b"".join(_subtree(each) for each in trees))
        for tag, trees in ((0xA0, permitted), (0xA1, excluded))
        if trees
    ]
    return Extension("2.5.29.30", critical, der.sequence(*parts))


def _subtree(base):
    if isinstance(base, str):
        base = der.dns(base)
    return base if base[0] == der.SEQUENCE else der.sequence(base)


def policies(*oids, critical=False):
    infos = (der.sequence(der.oid(each)) for each in oids)
    return Extension("2.5.29.32", critical, der.sequence(*infos))


def policy_mappings(*pairs, critical=True):
    """Each pair: the policy of the issuer, and that of the subject."""
    maps = (der.sequence(der.oid(ours), der.oid(theirs)) for ours, theirs in pairs)
    return Extension("2.5.29.33", critical, der.sequence(*maps))


def policy_constraints(require=None, inhibit_mapping=None, critical=True):
    """How many may follow before a policy must be named, or none may be mapped."""
    parts = [
        der.wrap(tag, der.integer(skip)[2:])
        for tag, skip in ((0x80, require), (0x81, inhibit_mapping))
        if skip is not None
    ]
    return Extension("2.5.29.36", critical, der.sequence(*parts))


def inhibit_any_policy(skip, critical=True):
    return Extension("2.5.29.54", critical, der.integer(skip))


def subject_key_id(key_id):
    return Extension(SUBJECT_KEY_ID, False, der.octets(key_id))


def authority_key_id(key_id=b"", name=b"", serial=None):
    """Which key of the issuer signed; or which certificate, by name and serial."""
    parts = der.wrap(0x80, key_id) if key_id else b""
    if serial is not None:
        number = der.integer(serial)[2:]
        parts += der.wrap(0xA1, der.directory(name)) + der.wrap(0x82, number)
    return Extension(AUTHORITY_KEY_ID, False, der.sequence(parts))


def unknown(critical=True, oid=f"{LAB}.1"):
    return Extension(oid, critical, der.text("whatever"))


def root(name="Root", *changes, **how):
    """A self-signed CA that lasts from 2025 to 2035."""
    how["without"] = (AUTHORITY_KEY_ID, *how.get("without", ()))
    return _make(name, None, _of_ca(), changes, _DECADE, **how)


def ca(name, by, *changes, **how):
    """A CA below another; `changes` replace its usual extensions or come on top."""
    return _make(name, by, _of_ca(), changes, _DECADE, **how)


def leaf(by, *changes, name="leaf.example", **how):
    """A certificate of the server leaf.example, for 2029 and 2030."""
    return _make(name, by, _of_leaf(), changes, _TWO_YEARS, **how)


def alone(*changes, name="leaf.example", **how):
    """A leaf that signed itself."""
    return _make(name, None, _of_leaf(), changes, _TWO_YEARS, **how)


def _of_ca():
    return (basic_constraints(), key_usage("keyCertSign", "cRLSign"))


def _of_leaf():
    return (
        alternative_names("leaf.example"),
        key_usage("digitalSignature", "keyEncipherment"),
        extended_key_usage("serverAuth", "clientAuth"),
    )


def named(name):
    """The distinguished name of a certificate of the lab; DER stays as it is."""
    return name if isinstance(name, bytes) else der.dn(O="Lab", CN=name)


def _make(name, by, usual, changes, dates, *, key=None, signer=None, **how):
    subject = named(name)
    key = key or keys.elliptic(name)
    issuer_key = by.key if by else key
    usual = (*usual, subject_key_id(key.id), authority_key_id(issuer_key.id))
    changed = {each.oid for each in changes if isinstance(each, Extension)}
    dropped = changed | set(how.pop("without", ()))
    extensions = [each for each in usual if each.oid not in dropped] + list(changes)
    how.setdefault("issuer", by.subject if by else subject)
    how.setdefault("start", dates[0])
    how.setdefault("end", dates[1])
    return certificate(subject, key, signer or issuer_key, extensions=extensions, **how)


def certificate(
    subject,
    key,
    signer,
    *,
    issuer,
    start,
    end,
    extensions,
    version=3,
    serial=None,
    hash_name="sha256",
    algorithm=None,
    inner_algorithm=None,
    sign=None,
    unique_ids=b"",
    signature_unused=0,
):
    """Build and sign a certificate (RFC 5280 section 4.1) without asking if it may be.

    `algorithm` is the identifier to write, `inner_algorithm` that inside when it is
    another; `sign` makes the signature instead of the signer's key.
    """
    algorithm = algorithm or signer.algorithm(hash_name)
    parts = b"".join(
        each if isinstance(each, bytes) else each.der for each in extensions
    )
    body = b"".join(
        (
            inner_algorithm or algorithm,
            issuer,
            der.sequence(der.moment(start), der.moment(end)),
            subject,
            key.spki,
            unique_ids,
            der.wrap(0xA3, der.sequence(parts)) if extensions else b"",
        )
    )
    if serial is None:
        serial = int.from_bytes(sha256(body).digest()[:8]) >> 2
    number = b"" if version == 1 else der.wrap(0xA0, der.integer(version - 1))
    tbs = der.sequence(number, der.integer(serial), body)
    signature = sign(tbs) if sign else signer.sign(tbs, hash_name)
    whole = der.sequence(tbs, algorithm, der.bits(signature, signature_unused))
    return Made(whole, subject, issuer, serial, key)
