"""Private keys on their way into and out of the store."""

from lab.errors import RuleError
from lab.lab import Lab
from lab.models import KeySpec
from lab.pki.keys import PrivateKey, key_id, load_key, spec_of, to_der
from lab.store import keys, settings


def new_key(lab: Lab, spec: KeySpec) -> PrivateKey:
    """Make a key and keep it, sealed when the lab has a passphrase.

    A `RuleError` when its other keys are sealed and nobody gave the passphrase.
    """
    if lab.sealer is None and settings.get(lab.db, "key_check"):
        raise _sealed()
    key = lab.make_key(spec)
    name = key_id(key.public_key())
    material = to_der(key)
    if lab.sealer:
        material = lab.sealer.seal(material, name)
    keys.add(lab.db, name, spec_of(key), material, sealed=lab.sealer is not None)
    return key


def private_key(lab: Lab, name: str) -> PrivateKey:
    """The key of that id; a `LabError` when the lab has none or cannot open it."""
    material, sealed = keys.get(lab.db, name)
    if sealed and lab.sealer is None:
        raise _sealed()
    if sealed and lab.sealer:
        material = lab.sealer.unseal(material, name)
    return load_key(material)


def _sealed() -> RuleError:
    return RuleError(
        "the private keys of this lab are sealed",
        hint="Start the lab with LAB_KEY_PASSPHRASE set to its passphrase.",
    )
