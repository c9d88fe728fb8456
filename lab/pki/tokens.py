"""OAuth tokens: claims that one key of the cluster hides and the other signs.

A token is a compact JWS (RFC 7515) whose one claim, `private`, is a compact JWE (RFC
7516) with the claims of the user. Pure: keys and values in, text out.
"""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as Base64Error
from collections.abc import Mapping
from hashlib import sha256
from secrets import token_bytes
from typing import Any

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import (
    decode_dss_signature,
    encode_dss_signature,
)
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from lab.errors import BadInputError, RuleError
from lab.pki.keys import PrivateKey, PublicKey, key_id
from lab.pki.loading import load

SECRET_BYTES = 32  # AES-256: RFC 7518 section 5.3 calls it A256GCM
_NONCE_BYTES, _TAG_BYTES = 12, 16
_MOST_CHARACTERS = 16 * 1024
_HASHES: Mapping[str, hashes.HashAlgorithm] = {
    "RS256": hashes.SHA256(),
    "ES256": hashes.SHA256(),
    "ES384": hashes.SHA384(),
    "ES512": hashes.SHA512(),
}
_CURVES = {256: "ES256", 384: "ES384", 521: "ES512"}
_Key = PrivateKey | PublicKey


def make_secret() -> bytes:
    """Make an encryption key."""
    return token_bytes(SECRET_BYTES)


def secret_id(secret: bytes) -> str:
    """The checksum of an encryption key: its SHA-256, as lower-case hex."""
    return sha256(secret).hexdigest()


def build_token(
    claims: Mapping[str, object], signing_key: PrivateKey, secret: bytes
) -> str:
    """Hide the claims under the secret, and sign what comes of it."""
    header = {
        "alg": _algorithm(signing_key),
        "typ": "JWT",
        "kid": key_id(signing_key.public_key()),
    }
    signed = f"{_pack(header)}.{_pack({'private': _hide(claims, secret)})}"
    return f"{signed}.{_to_text(_sign(signing_key, signed.encode()))}"


def key_ids(token: str) -> tuple[str, str]:
    """The ids of the signing and the encryption key that the token itself names."""
    header, claims, _ = _parts(token)
    hidden, *_ = _split(str(_unpack(claims).get("private", "")), 5)
    return str(_unpack(header).get("kid")), str(_unpack(hidden).get("kid"))


def signer_key(certificate: bytes) -> PublicKey:
    """The key that a certificate, as DER, says its tokens are signed with."""
    key = load(certificate).public_key()
    if not isinstance(key, rsa.RSAPublicKey | ec.EllipticCurvePublicKey):
        raise RuleError(
            "the certificate of the signing key has a key that signs no tokens",
            hint="Renew the signing key.",
        )
    return key


def check_signature(token: str, public_key: PublicKey) -> None:
    """A `RuleError` unless this key has signed the token."""
    header, claims, signature = _parts(token)
    # The key says which algorithm is right, never the token: RFC 8725 section 3.1.
    right = _unpack(header).get("alg") == _algorithm(public_key)
    signed = f"{header}.{claims}".encode()
    if not right or not _verifies(public_key, _from_text(signature), signed):
        raise RuleError(
            "the signing key {key} has not signed this token",
            hint="The user signs in again and gets a new one.",
            key=key_id(public_key)[:16],
        )


def open_claims(token: str, secret: bytes) -> dict[str, Any]:
    """The claims of the user; a `RuleError` unless this secret hides them.

    Call `check_signature` first: whoever signed them is not known before.
    """
    _, claims, _ = _parts(token)
    hidden = str(_unpack(claims).get("private", ""))
    header, _, nonce, text, tag = _split(hidden, 5)
    if _unpack(header).get("enc") != "A256GCM":
        raise _no_token()
    try:
        opened = AESGCM(secret).decrypt(
            _from_text(nonce), _from_text(text) + _from_text(tag), header.encode()
        )
    except (InvalidTag, ValueError):
        raise RuleError(
            "the encryption key {key} does not open this token",
            hint="The user signs in again and gets a new one.",
            key=secret_id(secret)[:16],
        ) from None
    return _object(opened)


def _hide(claims: Mapping[str, object], secret: bytes) -> str:
    header = _pack({"alg": "dir", "enc": "A256GCM", "kid": secret_id(secret)})
    nonce = token_bytes(_NONCE_BYTES)
    data = json.dumps(claims, separators=(",", ":")).encode()
    # The header is bound to the text: RFC 7516 section 5.1, step 14.
    sealed = AESGCM(secret).encrypt(nonce, data, header.encode())
    text, tag = sealed[:-_TAG_BYTES], sealed[-_TAG_BYTES:]
    # With "dir" nothing stands where another key would be encrypted.
    return ".".join([header, "", *map(_to_text, (nonce, text, tag))])


def _algorithm(key: _Key) -> str:
    if isinstance(key, rsa.RSAPrivateKey | rsa.RSAPublicKey):
        return "RS256"
    return _CURVES[key.key_size]


def _sign(key: PrivateKey, data: bytes) -> bytes:
    chosen = _HASHES[_algorithm(key)]
    if isinstance(key, rsa.RSAPrivateKey):
        return key.sign(data, padding.PKCS1v15(), chosen)
    # Two numbers of the curve's length, one after the other: RFC 7518 section 3.4.
    size = (key.key_size + 7) // 8
    numbers = decode_dss_signature(key.sign(data, ec.ECDSA(chosen)))
    return b"".join(number.to_bytes(size, "big") for number in numbers)


def _verifies(key: PublicKey, signature: bytes, data: bytes) -> bool:
    chosen = _HASHES[_algorithm(key)]
    try:
        if isinstance(key, rsa.RSAPublicKey):
            key.verify(signature, data, padding.PKCS1v15(), chosen)
        else:
            size = (key.key_size + 7) // 8
            if len(signature) != 2 * size:
                return False
            first, second = signature[:size], signature[size:]
            encoded = encode_dss_signature(
                int.from_bytes(first, "big"), int.from_bytes(second, "big")
            )
            key.verify(encoded, data, ec.ECDSA(chosen))
    except InvalidSignature:
        return False
    return True


def _parts(token: str) -> tuple[str, str, str]:
    if len(token) > _MOST_CHARACTERS:
        raise _no_token()
    header, claims, signature = _split(token, 3)
    return header, claims, signature


def _split(text: str, count: int) -> list[str]:
    parts = text.split(".")
    if len(parts) != count:
        raise _no_token()
    return parts


def _pack(value: Mapping[str, object]) -> str:
    return _to_text(json.dumps(value, separators=(",", ":")).encode())


def _unpack(text: str) -> dict[str, Any]:
    return _object(_from_text(text))


def _object(data: bytes) -> dict[str, Any]:
    try:
        found = json.loads(data)
    except (ValueError, RecursionError):
        raise _no_token() from None
    if not isinstance(found, dict):
        raise _no_token()
    return found


def _to_text(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def _from_text(text: str) -> bytes:
    try:
        return urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4))
    except (Base64Error, UnicodeEncodeError):
        raise _no_token() from None


def _no_token() -> BadInputError:
    return BadInputError(
        "this is no token of the lab",
        hint="A token is three parts with a dot between them.",
    )
