"""CRLs, full and delta, are judged as RFC 5280 has it, and every failure says why."""

import shutil
import subprocess
from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import given
from hypothesis import strategies as st

from lab.errors import BadInputError
from lab.models import Revoked
from lab.pki.bundles import write_pem
from lab.pki.crls import sign_crl
from lab.pki.reading import read_certificate
from lab.trust.crl_answers import judge_crl
from lab.trust.judged import words
from tests.trust.chains import (
    NOON,
    OF_A_LEAF,
    ca,
    is_ca,
    key,
    key_usage,
    leaf,
    named,
    raw,
    root,
)

HOUR, DAY, SECOND = timedelta(hours=1), timedelta(days=1), timedelta(seconds=1)
USERS, OTHERS = "http://pki.example/users.crl", "http://pki.example/others.crl"
HOLD, REMOVE = "certificateHold", "removeFromCRL"


def point(*urls):
    """The extension of a certificate that says where its CRL is."""
    names = [x509.UniformResourceIdentifier(url) for url in urls]
    return x509.CRLDistributionPoints([x509.DistributionPoint(names, None, None, None)])


ROOT = root()
LEAF = leaf()
POINTED = leaf("Root", *OF_A_LEAF, point(USERS), name="pointed.example")
MIDDLE = ca("Middle")


def line(der, reason="", at=NOON - DAY, **more):
    return Revoked(serial=read_certificate(der).serial, at=at, reason=reason, **more)


def crl(*revoked, issuer=ROOT, owner="Root", number=5, begin=-HOUR, end=HOUR, **more):
    """A CRL of the lab's making, that holds for two hours."""
    return sign_crl(
        issuer_certificate=issuer,
        issuer_key=key(owner),
        number=number,
        this_update=NOON + begin,
        next_update=NOON + end,
        revoked=revoked,
        **more,
    )


def odd_crl(*extensions, entries=(), end=HOUR, issuer="Root", owner="Root"):
    """A CRL as the lab would not make one; extensions in a tuple are critical."""
    builder = x509.CertificateRevocationListBuilder(
        named(issuer), NOON - HOUR, NOON + end
    )
    for each in extensions:
        critical = isinstance(each, tuple)
        builder = builder.add_extension(each[0] if critical else each, critical)
    for each in entries:
        builder = builder.add_revoked_certificate(each)
    return builder.sign(key(owner), hashes.SHA256()).public_bytes(Encoding.DER)


def entry(der, *extensions):
    builder = (
        x509.RevokedCertificateBuilder()
        .serial_number(int(read_certificate(der).serial, 16))
        .revocation_date(NOON - DAY)
    )
    for each in extensions:
        critical = isinstance(each, tuple)
        builder = builder.add_extension(each[0] if critical else each, critical)
    return builder.build()


def scope(**said):
    fields = dict.fromkeys(("full_name", "relative_name", "only_some_reasons"))
    fields |= dict.fromkeys(
        (
            "only_contains_user_certs",
            "only_contains_ca_certs",
            "indirect_crl",
            "only_contains_attribute_certs",
        ),
        False,
    )
    return (x509.IssuingDistributionPoint(**(fields | said)),)


def judged(full, delta=None, **more):
    asked = {"certificate": LEAF, "issuer": ROOT, "now": NOON}
    return judge_crl(full, delta, **(asked | more))


def told(found):
    return [words(step) for step in found.steps]


def failures(found):
    return [words(step) for step in found.steps if not step.is_fine]


# -- what is said ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("revoked", "status", "reason"),
    [
        ([], "good", ""),
        ([line(MIDDLE, "superseded")], "good", ""),
        ([line(LEAF, "keyCompromise")], "revoked", "keyCompromise"),
        ([line(LEAF)], "revoked", "unspecified"),
        ([line(LEAF, HOLD)], "on_hold", HOLD),
    ],
    ids=["empty", "another", "listed", "no reason", "hold"],
)
def test_a_certificate_is_listed_or_not(revoked, status, reason):
    found = judged(crl(*revoked))

    assert (found.status, found.reason) == (status, reason)
    assert (found.signer, found.model) == (ROOT, "")
    assert (found.this_update, found.next_update) == (NOON - HOUR, NOON + HOUR)
    assert found.revoked_at == (NOON - DAY if reason else None)
    assert not failures(found)
    assert "CRL has the number 5" in str(told(found))


def test_since_when_a_key_is_suspect_is_told():
    found = judged(crl(line(LEAF, "keyCompromise", invalid_since=NOON - 9 * DAY)))

    assert "its key is suspect since 2029-12-23 12:00:00 UTC" in told(found)


# -- lists that cannot be used ---------------------------------------------------------


@pytest.mark.parametrize(
    ("full", "why"),
    [
        (b"", "the data are not a readable CRL"),
        (b"<html>", "the data are not a readable CRL"),
        (
            crl(issuer=root("Other"), owner="Other"),
            "the CRL is of CN=Other, not of CN=",
        ),
        (crl(owner="Thief"), "the CRL is not signed with the key of CN=Root"),
        (
            crl(begin=-9 * DAY, end=-SECOND),
            "the CRL is stale: it held until 2030-01-01 ",
        ),
        (crl(begin=SECOND), "the CRL begins to hold on 2030-01-01 12:00:01 UTC"),
        (crl(base=4), "it is a delta CRL, which only says what changed since number 4"),
        (crl(scope="authorities"), "the CRL is of another scope, authorities"),
        (
            odd_crl((raw("1.2.3.4", "0500"),)),
            "critical extension 1.2.3.4, which nobody",
        ),
        (
            odd_crl(entries=[entry(MIDDLE, (raw("1.2.3.5", "0500"),))]),
            "critical extension 1.2.3.5, which nobody",
        ),
        (odd_crl(scope(indirect_crl=True)), "the CRL is indirect: CN=Root speaks for"),
        (
            odd_crl(scope(only_contains_attribute_certs=True)),
            "the CRL is of another scope, other",
        ),
        (
            odd_crl(
                scope(only_some_reasons=frozenset([x509.ReasonFlags.key_compromise]))
            ),
            "the CRL is of another scope, other",
        ),
        (
            odd_crl(
                entries=[entry(LEAF, x509.CRLReason(x509.ReasonFlags.remove_from_crl))]
            ),
            "removeFromCRL stands in it, though it is no delta CRL",
        ),
    ],
    ids=[
        *("nothing", "HTML", "another issuer", "forged", "stale", "future", "delta"),
        *("authorities", "critical", "critical entry", "indirect", "attributes"),
        *("some reasons", "removed"),
    ],
)
def test_a_list_that_cannot_be_used_says_why(full, why):
    found = judged(full)

    assert found.status == "unusable"
    assert why in failures(found)[0]


@pytest.mark.parametrize("full", [crl(), odd_crl(scope(only_contains_user_certs=True))])
def test_an_extension_that_is_not_critical_or_that_is_known_is_no_matter(full):
    assert judged(full).status == "good"


@pytest.mark.parametrize(
    ("issuer", "why"),
    [
        (
            root("Root", is_ca(), (key_usage("key_cert_sign"),)),
            "the key of Root is not for CRLs, but for keyCertSign",
        ),
        (root(end=NOON - SECOND), "Root ended on 2030-01-01 11:59:59 UTC"),
        (root(begin=NOON + SECOND), "Root begins on 2030-01-01 12:00:01 UTC"),
    ],
    ids=["no cRLSign", "ended", "not begun"],
)
def test_an_issuer_that_may_not_speak_says_why(issuer, why):
    found = judged(crl(), issuer=issuer)

    assert found.status == "unusable"
    assert failures(found) == [why]


def test_a_namesake_of_the_issuer_says_nothing():
    namesake = root("Root", own_key=key("Impostor"), issuer_key=key("Impostor"))
    forged = crl(issuer=namesake, owner="Impostor")

    found = judged(forged, issuer=namesake)

    assert found.status == "unusable"
    assert failures(found) == ["Root has not issued the certificate"]


@pytest.mark.parametrize(("end", "status"), [(0, "good"), (1, "unusable")])
def test_the_last_second_counts(end, status):
    assert judged(crl(), now=NOON + HOUR + end * SECOND).status == status


# -- scopes ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("certificate", "kind", "status"),
    [
        (LEAF, "users", "good"),
        (LEAF, "authorities", "unusable"),
        (MIDDLE, "authorities", "good"),
        (MIDDLE, "users", "unusable"),
    ],
)
def test_a_list_is_for_users_or_for_authorities(certificate, kind, status):
    found = judged(crl(scope=kind), certificate=certificate)

    assert found.status == status


@pytest.mark.parametrize(
    ("certificate", "places", "status"),
    [
        (POINTED, [USERS], "good"),
        (POINTED, [OTHERS, USERS], "good"),
        (POINTED, [OTHERS], "unusable"),
        (POINTED, [], "good"),
        (LEAF, [OTHERS], "good"),
    ],
    ids=["same", "one of them", "another", "list without", "certificate without"],
)
def test_a_list_is_the_one_that_the_certificate_names(certificate, places, status):
    found = judged(crl(scope="users", places=places), certificate=certificate)

    assert found.status == status
    if status == "unusable":
        assert failures(found) == [
            f"the CRL is the one of {OTHERS}; the certificate names {USERS}"
        ]


# -- deltas ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("before", "since", "status"),
    [
        ([], [], "good"),
        ([], [line(LEAF, "superseded")], "revoked"),
        ([], [line(LEAF, HOLD)], "on_hold"),
        ([line(LEAF, HOLD)], [], "on_hold"),
        ([line(LEAF, HOLD)], [line(LEAF, REMOVE)], "good"),
        ([line(LEAF, HOLD)], [line(LEAF, "keyCompromise")], "revoked"),
        ([], [line(LEAF, REMOVE)], "good"),
    ],
    ids=["both empty", "new", "new hold", "old hold", "released", "worse", "nothing"],
)
def test_a_delta_is_what_changed_since(before, since, status):
    full = crl(*before, number=5)
    delta = crl(*since, number=6, base=5, begin=-SECOND, end=9 * DAY)

    found = judged(full, delta)

    assert found.status == status
    assert found.next_update == NOON + 9 * DAY
    assert not failures(found)
    assert "the delta CRL starts from number 5" in told(found)


def test_a_hold_that_was_lifted_says_so():
    found = judged(crl(line(LEAF, HOLD)), crl(line(LEAF, REMOVE), number=6, base=5))

    assert "the delta CRL lifts what the full one says: removeFromCRL" in told(found)
    assert (found.reason, found.revoked_at) == ("", None)


def test_a_delta_brings_a_full_list_up_to_date():
    full = crl(begin=-9 * DAY, end=-DAY)

    assert judged(full).status == "unusable"
    found = judged(full, crl(line(LEAF), number=6, base=5))

    assert found.status == "revoked"
    assert (
        "the CRL held until 2029-12-31 12:00:00 UTC; the delta CRL brings it up to date"
    ) in told(found)


def test_a_full_list_of_the_future_stays_one():
    found = judged(crl(begin=SECOND, end=DAY), crl(number=6, base=5))

    assert found.status == "unusable"


@pytest.mark.parametrize(
    ("delta", "why"),
    [
        (b"nothing", "the data are not a readable CRL"),
        (crl(number=6), "the delta CRL is a full one"),
        (
            crl(number=7, base=6),
            "the delta CRL starts from number 6; the full one is only 5",
        ),
        (
            crl(number=4, base=3),
            "the delta CRL has the number 4; the full one, 5, is newer",
        ),
        (
            crl(number=6, base=5, begin=-DAY, end=-SECOND),
            "the delta CRL is stale: it held until 2030-01-01 11:59:59 UTC; "
            "now is 2030-01-01 12:00:00 UTC",
        ),
        (
            crl(number=6, base=5, owner="Thief"),
            "the delta CRL is not signed with the key of CN=Root",
        ),
        (
            crl(number=6, base=5, scope="users"),
            "the delta CRL is of another scope than the full one",
        ),
        (
            odd_crl((x509.DeltaCRLIndicator(5),)),
            "the delta CRL is of another key than the full one",
        ),
    ],
    ids=["none", "full", "ahead", "old", "stale", "forged", "scope", "no number"],
)
def test_a_delta_that_does_not_fit_is_left_out(delta, why):
    """What the full list says stands."""
    found = judged(crl(line(LEAF, HOLD)), delta)

    assert (found.status, found.next_update) == ("on_hold", NOON + HOUR)
    assert why in failures(found)
    assert told(found)[-1] == "the delta CRL is left out"


def test_a_delta_of_the_same_number_fits():
    assert judged(crl(), crl(number=5, base=5)).status == "good"


def test_a_delta_of_an_older_base_fits():
    assert judged(crl(), crl(line(LEAF), number=6, base=2)).status == "revoked"


# -- hostile bytes ---------------------------------------------------------------------

_LISTED = crl(line(LEAF, "keyCompromise"))


@given(st.binary(max_size=300), st.integers(0, 600))
def test_any_bytes_are_judged_without_a_crash(noise, place):
    mixed = _LISTED[:place] + noise + _LISTED[place + len(noise) :]

    for full, delta in ((noise, None), (mixed, noise), (_LISTED, mixed)):
        found = judged(full, delta)

        assert found.status in ("revoked", "unusable")
        assert all(words(step).isprintable() for step in found.steps)


@pytest.mark.parametrize("tag", [0x2C, 0xA1])
def test_a_name_of_no_known_type_is_unreadable(tag):
    broken = _LISTED.replace(b"\x0c\x04Root", bytes((tag, 4)) + b"Root")

    assert failures(judged(broken)) == ["the data are not a readable CRL"]


@given(st.integers(0, 10_000), st.integers(0, 7))
def test_no_changed_bit_makes_a_list_that_says_otherwise(place, bit):
    changed = bytearray(_LISTED)
    changed[place % len(changed)] ^= 1 << bit

    assert judged(bytes(changed)).status in ("revoked", "unusable")


def test_a_certificate_that_is_none_is_refused():
    with pytest.raises(BadInputError):
        judged(crl(), certificate=b"nothing")
    with pytest.raises(BadInputError):
        judged(crl(), issuer=b"nothing")


# -- as openssl judges -----------------------------------------------------------------

DELTA = "http://pki.example/delta.crl"  # without one openssl uses no delta
_TABLE = {
    "empty": (crl(), None),
    "listed": (crl(line(LEAF, "keyCompromise")), None),
    "hold": (crl(line(LEAF, HOLD)), None),
    "another": (crl(line(MIDDLE)), None),
    "forged": (crl(owner="Thief"), None),
    "another issuer": (crl(issuer=root("Other"), owner="Other"), None),
    "stale": (crl(begin=-9 * DAY, end=-SECOND), None),
    "future": (crl(begin=SECOND), None),
    "users": (crl(scope="users"), None),
    "authorities": (crl(scope="authorities"), None),
    "attributes": (odd_crl(scope(only_contains_attribute_certs=True)), None),
    "critical": (odd_crl((raw("1.2.3.4", "0500"),)), None),
    "critical entry": (
        odd_crl(entries=[entry(MIDDLE, (raw("1.2.3.5", "0500"),))]),
        None,
    ),
    "delta, new": (crl(freshest=DELTA), crl(line(LEAF), number=6, base=5)),
    "delta, released": (
        crl(line(LEAF, HOLD), freshest=DELTA),
        crl(line(LEAF, REMOVE), number=6, base=5),
    ),
    "delta, ahead": (crl(freshest=DELTA), crl(line(LEAF), number=7, base=6)),
    "delta, older": (crl(freshest=DELTA), crl(line(LEAF), number=4, base=3)),
    "delta, scope": (
        crl(freshest=DELTA),
        crl(line(LEAF), number=6, base=5, scope="users"),
    ),
}


@pytest.mark.parametrize(("full", "delta"), _TABLE.values(), ids=_TABLE)
def test_openssl_judges_the_same(tmp_path, full, delta):
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not installed")
    lists = [each for each in (full, delta) if each]
    (tmp_path / "root").write_bytes(write_pem([ROOT]))
    (tmp_path / "leaf").write_bytes(write_pem([LEAF]))
    (tmp_path / "crls").write_bytes(
        b"".join(
            x509.load_der_x509_crl(each).public_bytes(Encoding.PEM) for each in lists
        )
    )

    done = subprocess.run(
        [
            *("openssl", "verify", "-attime", str(int(NOON.timestamp()))),
            *("-crl_check", "-use_deltas", "-extended_crl"),
            *("-CAfile", "root", "-CRLfile", "crls", "leaf"),
        ],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
    )

    theirs = "good" if done.returncode == 0 else "unusable"
    if "certificate revoked" in done.stderr:
        theirs = "revoked"
    ours = judged(full, delta).status
    assert ours.replace("on_hold", "revoked") == theirs, done.stderr
