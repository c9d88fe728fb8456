"""PKCS#12 files: their certificates are taken out, their private keys never opened."""

from collections.abc import Sequence

from cryptography.hazmat.primitives.serialization import Encoding, pkcs12

from lab.errors import BadInputError, PasswordNeededError
from lab.pki.kinds import nothing_in
from lab.pki.loading import UNREADABLE, quietly
from lab.pki.pfx import broken, read_safes, unlocked_copies
from lab.pki.pieces import Contents, Piece
from lab.rules.purposes import SEED_R14
from lab.rules.trust_stores import STORES

# Firefox writes 600,000 for each of its safes, keys and seals; others some thousand.
MAX_ITERATIONS = 700_000
MAX_PASSWORDS = 5
MAX_PASSWORD_LENGTH = 256
_MAX_BYTES = 8 * 1024 * 1024
_MAX_LABEL = 256
_PLACES = frozenset({*STORES, *(purpose for _, purpose in SEED_R14)})


def read_pkcs12(
    data: bytes, passwords: Sequence[str], contents: Contents | None = None
) -> list[Piece]:
    """Read the certificates of a PKCS#12 file (RFC 7292), with their friendly names.

    The passwords are tried in turn, then none. How often that iterates is added up
    first. Raises BadInputError for too many iterations and for what is no such file,
    PasswordNeededError when no password fits.
    """
    into = Contents() if contents is None else contents
    _check_passwords(passwords)
    if len(data) > _MAX_BYTES:
        raise BadInputError(
            "the PKCS#12 file has {size} bytes; at most {limit} are read",
            hint="Export its certificates as PEM.",
            size=len(data),
            limit=_MAX_BYTES,
        )
    safes = read_safes(data)
    if safes.iterations > MAX_ITERATIONS:
        raise BadInputError(
            "the PKCS#12 file asks for {count} iterations; at most {limit} are done",
            hint="Export it again with fewer: 10000, for example.",
            count=safes.iterations,
            limit=MAX_ITERATIONS,
        )
    into.private_keys += safes.keys
    for password in dict.fromkeys([*passwords, ""] if safes.is_locked else [""]):
        for copy in unlocked_copies(safes, password):
            if (pieces := _open(copy, password)) is not None:
                if not pieces:
                    raise nothing_in({"PRIVATE KEY"} if safes.keys else set())
                return pieces
    raise _no_password_fits(passwords) if safes.is_locked else broken()


def _open(copy: bytes, password: str) -> list[Piece] | None:
    try:
        loaded = quietly(lambda: pkcs12.load_pkcs12(copy, password.encode()))
    except UNREADABLE:
        return None
    pieces = []
    for found in loaded.additional_certs:
        label = (found.friendly_name or b"").decode("utf-8", "replace")[:_MAX_LABEL]
        der = found.certificate.public_bytes(Encoding.DER)
        pieces.append(Piece(der, label if label in _PLACES else "", "", label))
    return pieces


def _check_passwords(passwords: Sequence[str]) -> None:
    if len(passwords) > MAX_PASSWORDS:
        raise BadInputError(
            "{count} passwords were given; at most {limit} are tried",
            hint="Give those that fit.",
            count=len(passwords),
            limit=MAX_PASSWORDS,
        )
    for password in passwords:
        if len(password) > MAX_PASSWORD_LENGTH:
            raise BadInputError(
                "a password of {count} characters was given; at most {limit} are tried",
                hint="Check what was pasted.",
                count=len(password),
                limit=MAX_PASSWORD_LENGTH,
            )
        if any(letter == "\0" or "\ud800" <= letter <= "\udfff" for letter in password):
            raise BadInputError(
                "a password has a character that no password has",
                hint="Type it instead of pasting it.",
            )


def _no_password_fits(passwords: Sequence[str]) -> BadInputError:
    if not passwords:
        return PasswordNeededError(
            "the PKCS#12 file needs a password", hint="Give its password."
        )
    return PasswordNeededError(
        "none of the passwords given opens the PKCS#12 file",
        hint="Check the password. If it is right, the file is damaged.",
    )
