import pytest
from hypothesis import given
from hypothesis import strategies as st

from lab.errors import BadInputError, RuleError
from lab.pki.sealing import Sealer

SALT = bytes(range(16))


@pytest.fixture(scope="module")
def sealer():
    return Sealer.from_passphrase("correct horse", SALT)


def test_what_was_sealed_opens_again(sealer):
    sealed = sealer.seal(b"a private key", "CN=root")

    assert sealer.unseal(sealed, "CN=root") == b"a private key"
    assert b"private" not in sealed


def test_sealing_twice_gives_different_bytes(sealer):
    assert sealer.seal(b"same", "x") != sealer.seal(b"same", "x")


def test_the_same_passphrase_and_salt_open_it_later(sealer):
    later = Sealer.from_passphrase("correct horse", SALT)

    assert later.unseal(sealer.seal(b"key", "x"), "x") == b"key"


@pytest.mark.parametrize(
    ("passphrase", "salt"),
    [("wrong horse", SALT), ("correct horse", SALT[::-1])],
    ids=["passphrase", "salt"],
)
def test_another_passphrase_or_salt_does_not_open_it(sealer, passphrase, salt):
    other = Sealer.from_passphrase(passphrase, salt)

    with pytest.raises(RuleError) as refused:
        other.unseal(sealer.seal(b"key", "CN=root"), "CN=root")

    assert str(refused.value) == "the passphrase does not open the key of CN=root"
    assert "LAB_KEY_PASSPHRASE" in refused.value.hint


def test_sealed_bytes_do_not_open_under_another_name(sealer):
    sealed = sealer.seal(b"key", "CN=root")

    with pytest.raises(RuleError, match="CN=other"):
        sealer.unseal(sealed, "CN=other")


@given(st.binary(max_size=64))
def test_bytes_that_were_never_sealed_do_not_open(sealer, data):
    with pytest.raises(RuleError):
        sealer.unseal(data, "x")


def test_a_short_salt_is_refused():
    with pytest.raises(BadInputError, match="3 bytes"):
        Sealer.from_passphrase("x", b"abc")
