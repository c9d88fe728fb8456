"""Private keys on their way into and out of the store."""

from lab.errors import RuleError
from lab.lab import Lab
from lab.models import KeySpec
from lab.pki.keys import PrivateKey, key_id, load_key, spec_of, to_der
from lab.pki.tokens import SECRET_BYTES, make_secret, secret_id
from lab.store import keys, settings


def new_key(lab: Lab, spec: KeySpec) -> PrivateKey:
    """Make a key and keep it, sealed when the lab has a passphrase.

    A `RuleError` when its other keys are sealed and nobody gave the passphrase.
    """
    _check_may_keep(lab)
    key = lab.make_key(spec)
    keep_key(lab, key_id(key.public_key()), spec_of(key), to_der(key))
    return key


def new_secret(lab: Lab) -> str:
    """Make an encryption key and keep it, sealed like the others; return its id."""
    _check_may_keep(lab)
    made = make_secret()
    spec = KeySpec(type="AES", size=8 * SECRET_BYTES)
    keep_key(lab, secret_id(made), spec, made)
    return secret_id(made)


def keep_key(lab: Lab, name: str, spec: KeySpec, material: bytes) -> None:
    """Store the bytes of a key, unless the lab has it, sealed when it seals."""
    _check_may_keep(lab)
    if lab.sealer:
        material = lab.sealer.seal(material, name)
    keys.add(lab.db, name, spec, material, sealed=lab.sealer is not None)


def private_key(lab: Lab, name: str) -> PrivateKey:
    """The key of that id; a `LabError` when the lab has none or cannot open it."""
    return load_key(secret(lab, name))


def secret(lab: Lab, name: str) -> bytes:
    """The bytes of the key of that id, opened; the same refusals."""
    material, sealed = keys.get(lab.db, name)
    if sealed and lab.sealer is None:
        raise _sealed()
    if sealed and lab.sealer:
        material = lab.sealer.unseal(material, name)
    return material


def _check_may_keep(lab: Lab) -> None:
    if lab.sealer is None and settings.get(lab.db, "key_check"):
        raise _sealed()


def _sealed() -> RuleError:
    return RuleError(
        "the private keys of this lab are sealed",
        hint="Start the lab with LAB_KEY_PASSPHRASE set to its passphrase.",
    )
