import os
import stat

import pytest

from lab.actions.add_authority import add_authority
from lab.actions.key_ring import private_key
from lab.actions.publish_crl import publish_crl
from lab.errors import RuleError
from lab.lab import open_lab
from lab.models import KeySpec
from lab.pki.keys import key_id, to_der
from lab.store import certificates, events, keys, parties

PASSPHRASE = "öpen sesame"
EC = KeySpec(type="EC", size=256)


@pytest.fixture
def path(tmp_path, monkeypatch):
    monkeypatch.delenv("LAB_KEY_PASSPHRASE", raising=False)
    return tmp_path / "lab.sqlite3"


@pytest.fixture
def passphrase(monkeypatch):
    """Sets or takes away the passphrase of whatever opens a lab next."""

    def give(text):
        if text is None:
            monkeypatch.delenv("LAB_KEY_PASSPHRASE", raising=False)
        else:
            monkeypatch.setenv("LAB_KEY_PASSPHRASE", text)

    return give


@pytest.fixture
def sealed(path, passphrase):
    """The path of a lab with one authority whose key was sealed from the start."""
    passphrase(PASSPHRASE)
    lab = open_lab(path)
    add_authority(lab, "root", "Root CA", key=EC)
    lab.close()
    return path


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


def side_files(path):
    found = [path.with_name(path.name + end) for end in ("-wal", "-shm")]
    return [each for each in found if each.exists()]


def bytes_of(path):
    return b"".join(each.read_bytes() for each in (path, *side_files(path)))


def secrets_of(lab):
    """A piece of the secret part of every key, as it would stand in the file."""
    pieces = []
    elliptic_or_rsa = "SELECT id FROM keys WHERE type IN ('RSA', 'EC')"
    asymmetric = {name for (name,) in lab.db.execute(elliptic_or_rsa)}
    for name, material in keys.unsealed(lab.db):
        if name not in asymmetric:  # an encryption key is all secret
            pieces.append(material[:24])
            continue
        key = private_key(lab, name)
        numbers = key.private_numbers()
        secret = numbers.d if hasattr(numbers, "d") else numbers.private_value
        piece = secret.to_bytes((secret.bit_length() + 7) // 8)[:24]
        assert piece in material
        pieces.append(piece)
    return pieces


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o077])
def test_the_file_and_what_sqlite_puts_beside_it_are_its_owners_alone(path, umask):
    before = os.umask(umask)
    try:
        lab = open_lab(path)
        add_authority(lab, "root", "Root CA", key=EC)
        found = side_files(path)
        modes = {mode(each) for each in (path, *found)}
    finally:
        os.umask(before)
    lab.close()

    assert len(found) == 2
    assert modes == {0o600}


def test_without_a_passphrase_the_key_is_in_the_file(path):
    lab = open_lab(path)
    add_authority(lab, "root", "Root CA", key=EC)

    [secret] = secrets_of(lab)

    assert secret in bytes_of(path)
    lab.close()


def test_with_a_passphrase_no_key_is_in_the_file_and_all_can_be_used(path, passphrase):
    passphrase(PASSPHRASE)
    lab = open_lab(path)
    add_authority(lab, "root", "Root CA", key=EC)
    authority = parties.authority(lab.db, "root")
    name = certificates.get(lab.db, authority.certificate).key_id

    key = private_key(lab, name)

    assert key_id(key.public_key()) == name
    assert to_der(key) not in bytes_of(path)
    assert to_der(key)[36:68] not in bytes_of(path)  # the number itself
    assert list(keys.unsealed(lab.db)) == []
    assert PASSPHRASE.encode() not in bytes_of(path)
    lab.close()


def test_a_passphrase_given_later_leaves_nothing_of_the_keys_before(
    example, example_path, passphrase
):
    secrets = secrets_of(example)
    assert len(secrets) > 50
    assert all(secret in bytes_of(example_path) for secret in secrets)
    example.close()

    passphrase(PASSPHRASE)
    lab = open_lab(example_path)
    left = bytes_of(example_path)

    assert not [secret for secret in secrets if secret in left]
    publish_crl(lab, "example-root")
    lab.close()


def test_keys_still_beside_the_file_are_sealed_too(path, passphrase):
    first = open_lab(path)
    add_authority(first, "root", "Root CA", key=EC)
    [secret] = secrets_of(first)
    [wal] = [each for each in side_files(path) if each.name.endswith("-wal")]
    assert secret in wal.read_bytes()

    passphrase(PASSPHRASE)
    second = open_lab(path)

    assert secret not in bytes_of(path)
    first.close()
    second.close()
    assert secret not in bytes_of(path)


def test_a_wrong_passphrase_is_refused_in_plain_words(sealed, passphrase):
    before = bytes_of(sealed)
    passphrase("guess")

    with pytest.raises(RuleError, match="does not open the key of this lab") as caught:
        open_lab(sealed)

    assert "LAB_KEY_PASSPHRASE" in caught.value.hint
    assert bytes_of(sealed) == before


def test_the_first_passphrase_counts_even_before_there_is_a_key(path, passphrase):
    passphrase(PASSPHRASE)
    open_lab(path).close()
    passphrase("another")

    with pytest.raises(RuleError, match="does not open the key of this lab"):
        open_lab(path)


def test_without_its_passphrase_a_sealed_lab_can_be_looked_at(sealed, passphrase):
    passphrase(None)

    lab = open_lab(sealed)

    assert [each.name for each in parties.authorities(lab.db)] == ["root"]
    lab.close()


@pytest.mark.parametrize(
    "deed",
    [
        pytest.param(lambda lab: publish_crl(lab, "root"), id="to sign"),
        pytest.param(
            lambda lab: add_authority(lab, "two", "Second CA", key=EC), id="to make one"
        ),
    ],
)
def test_without_its_passphrase_whatever_needs_a_key_is_refused(
    sealed, passphrase, deed
):
    passphrase(None)
    lab = open_lab(sealed)
    before = events.head(lab.db)

    with pytest.raises(
        RuleError, match="private keys of this lab are sealed"
    ) as caught:
        deed(lab)

    assert "LAB_KEY_PASSPHRASE" in caught.value.hint
    assert events.head(lab.db) == before
    assert list(keys.unsealed(lab.db)) == []
    lab.close()


def test_a_sealed_key_does_not_open_under_another_name(sealed, passphrase):
    passphrase(PASSPHRASE)
    lab = open_lab(sealed)
    add_authority(lab, "two", "Second CA", key=EC)
    [one, two] = [row[0] for row in lab.db.execute("SELECT id FROM keys")]
    material, _ = keys.get(lab.db, one)
    keys.seal(lab.db, two, material)

    with pytest.raises(RuleError, match="does not open the key of"):
        private_key(lab, two)

    lab.close()
