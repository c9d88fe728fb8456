"""Private keys at rest: sealed with a key that comes from a passphrase."""

from secrets import token_bytes

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from lab.errors import BadInputError, RuleError

_NONCE_BYTES = 12  # 96 bits: NIST SP 800-38D section 5.2.1.1
_MIN_SALT_BYTES = 16  # RFC 7914 section 2 leaves it open; 128 bits as in SP 800-132


class Sealer:
    """Seals and opens bytes with AES-256-GCM.

    What the bytes are `about` is bound to them: sealed bytes do not open under
    another name.
    """

    def __init__(self, key: bytes) -> None:
        self._cipher = AESGCM(key)

    @classmethod
    def from_passphrase(cls, passphrase: str, salt: bytes) -> "Sealer":
        """Derive the key with scrypt (32 MiB, a tenth of a second), once."""
        if len(salt) < _MIN_SALT_BYTES:
            raise BadInputError(
                "the salt has {size} bytes; it needs {least}",
                size=len(salt),
                least=_MIN_SALT_BYTES,
            )
        derive = Scrypt(salt=salt, length=32, n=2**15, r=8, p=1)
        return cls(derive.derive(passphrase.encode("utf-8", "surrogatepass")))

    def seal(self, data: bytes, about: str) -> bytes:
        """Return nonce and ciphertext; they differ each time."""
        nonce = token_bytes(_NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, data, about.encode())

    def unseal(self, data: bytes, about: str) -> bytes:
        """Return what was sealed; RuleError when this passphrase does not open it."""
        nonce, sealed = data[:_NONCE_BYTES], data[_NONCE_BYTES:]
        try:
            return self._cipher.decrypt(nonce, sealed, about.encode())
        except (InvalidTag, ValueError):
            raise RuleError(
                "the passphrase does not open the key of {about}",
                hint="Set LAB_KEY_PASSPHRASE to the passphrase this lab was made with.",
                about=about,
            ) from None
