"""Other engines: asked for real, and each difference of the table shown by a chain."""

from dataclasses import replace
from ipaddress import ip_address
from shutil import which
from subprocess import run

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID
from hypothesis import given as given_any
from hypothesis import strategies as st

from lab.errors import BadInputError
from lab.pki.bundles import write_pem
from lab.rules.engine_differences import ENGINE_DIFFERENCES
from lab.rules.path_rules import Fault
from lab.trust.engines import EngineVerdict, ask_cryptography, why_it_differs
from lab.trust.pool import pool
from lab.trust.verdict import Peer
from tests.trust.chains import (
    BEGIN,
    END,
    ISSUES,
    NOON,
    OF_A_CA,
    OF_A_LEAF,
    SECOND,
    ca,
    hosts,
    is_ca,
    judge,
    key,
    key_usage,
    leaf,
    named,
    raw,
    resigned,
    root,
    sign,
    usages,
    without_version,
)

HOST, ROLES, SIGNS = OF_A_LEAF
ANY = ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE
OPENSSL = which("openssl")


def ask(given, trusted, untrusted=(), *, at=NOON, **asked):
    """The library's verdict, compared with the lab's."""
    policy = {"policy": asked.pop("policy")} if "policy" in asked else {}
    verdict = judge(given, trusted, untrusted, at=at, **asked, **policy)
    said = ask_cryptography(
        given,
        trusted=pool(trusted),
        untrusted=pool(untrusted),
        at=at,
        verdict=verdict,
        **asked,
    )
    return verdict, said


def constraints(name):
    return (x509.NameConstraints([name], None),)


def odd_key(kind):
    """A CA with a key of this kind, and a leaf below it."""
    return leaf("Odd", issuer_key=kind), [root("Odd", own_key=kind, issuer_key=kind)]


def long_chain(length):
    chain = [root("CA 0")] + [ca(f"CA {n}", f"CA {n - 1}") for n in range(1, length)]
    return leaf(f"CA {length - 1}"), chain[:1], chain[1:]


def with_serial(hex_serial):
    serial = bytes.fromhex(hex_serial)
    return lambda parts: [parts[0], serial, *parts[2:]]


def written_in_full(parts):
    dates = bytes.fromhex("3022180f") + f"{BEGIN:%Y%m%d%H%M%S}Z".encode()
    dates += bytes.fromhex("180f") + f"{END:%Y%m%d%H%M%S}Z".encode()
    return [*parts[:4], dates, *parts[5:]]


def other_inside(parts):
    return [*parts[:2], bytes.fromhex("300a06082a8648ce3d040303"), *parts[3:]]


def new_below_old():
    """A root with a path length of zero, its new key, and a leaf below that."""
    new = sign("Root", "Root", *OF_A_CA, own_key=key("new"), issuer_key=key("Root"))
    given = sign("leaf.example", "Root", *OF_A_LEAF, issuer_key=key("new"))
    return given, [root("Root", is_ca(0), ISSUES)], [new]


def other_name_of_the_issuer():
    issuing = sign(named("Issuing"), "Root", *OF_A_CA, own_key=key(1))
    given = sign("leaf.example", named("ISSUING"), *OF_A_LEAF, issuer_key=key(1))
    return given, [root()], [issuing]


A_URI = x509.UniformResourceIdentifier("https://host.example/")
MAILBOX = x509.SubjectAlternativeName([x509.RFC822Name("a@example")])
REQUIRED = x509.PolicyConstraints(0, None)
EXCLUDED = x509.NameConstraints(None, [x509.DirectoryName(named("leaf.example"))])
NAMESAKE = x509.AuthorityKeyIdentifier.from_issuer_public_key(key(2).public_key())
# By the key of a row: what is asked (leaf, trusted, untrusted), and how.
SHOWN = {
    "authority_key": lambda: (leaf("Root", *OF_A_LEAF, identified=False), [root()]),
    "no_names": lambda: (leaf("Root", ROLES, SIGNS), [root()]),
    "other_names": lambda: (leaf("Root", MAILBOX), [root()]),
    "client_names": lambda: (leaf("Root", ROLES), [root()]),
    "names_critical": lambda: (leaf("Root", (HOST,), ROLES), [root()]),
    "any_usage": lambda: (leaf("Root", HOST, usages(ANY)), [root()]),
    "leaf_is_ca": lambda: (leaf("Root", HOST, is_ca(0)), [root()]),
    "leaf_signs": lambda: (
        leaf("Root", HOST, key_usage("digital_signature", "key_cert_sign")),
        [root()],
    ),
    "leaf_constrains": lambda: (
        leaf("Root", *OF_A_LEAF, constraints(x509.DNSName("example"))),
        [root()],
    ),
    "criticality": lambda: (leaf("Root", HOST, (ROLES,)), [root()]),
    "critical_unread": lambda: (
        leaf("Root", *OF_A_LEAF, (x509.InhibitAnyPolicy(0),)),
        [root()],
    ),
    "strict_reading": lambda: (
        leaf("Root", *OF_A_LEAF, raw("1.3.6.1.5.5.7.1.1", "05")),
        [root()],
    ),
    "ca_key_usage": lambda: (leaf("Root"), [root("Root", is_ca())]),
    "directory_names": lambda: (
        leaf("Root"),
        [
            root(
                "Root", *OF_A_CA, constraints(x509.DirectoryName(named("leaf.example")))
            )
        ],
    ),
    "dot_before": lambda: (
        leaf("Root"),
        [root("Root", *OF_A_CA, constraints(x509.DNSName(".example")))],
    ),
    "constraint_kind": lambda: (
        leaf("Root", _names(x509.DNSName("leaf.example"), A_URI)),
        [
            root(
                "Root",
                *OF_A_CA,
                constraints(x509.UniformResourceIdentifier("host.example")),
            )
        ],
    ),
    "rsa_size": lambda: odd_key(rsa.generate_private_key(65537, 1024)),
    "ca_key": lambda: odd_key(ed25519.Ed25519PrivateKey.generate()),
    "signature": lambda: (leaf("Root", algorithm=hashes.SHA224()), [root()]),
    "version": lambda: (leaf(), [resigned(root(), "Root", without_version)]),
    "serial": lambda: (resigned(leaf(), "Root", with_serial("0201ff")), [root()]),
    "work": lambda: long_chain(150),
    "names_by_byte": other_name_of_the_issuer,
    "anchor_signature": lambda: (leaf(), [resigned(root(), "Root", other_inside)]),
    "date_form": lambda: (resigned(leaf(), "Root", written_in_full), [root()]),
    "self_issued": new_below_old,
    "leaf_key_usage": lambda: (leaf("Root", HOST, key_usage("crl_sign")), [root()]),
    "leaf_key": lambda: (
        leaf("Root", own_key=rsa.generate_private_key(65537, 1024)),
        [root()],
    ),
    "key_identifiers": lambda: (
        leaf("Issuing", *OF_A_LEAF, NAMESAKE),
        [root()],
        [ca("Issuing"), ca("Issuing", own_key=key(2))],
    ),
    "lenient_reading": lambda: (
        leaf("Root", *OF_A_LEAF, raw("2.5.29.14", "3000")),
        [root()],
    ),
    "policies": lambda: (
        leaf("Issuing"),
        [root()],
        [ca("Issuing", "Root", *OF_A_CA, REQUIRED)],
    ),
    "constrained_names": lambda: (leaf(), [root("Root", *OF_A_CA, EXCLUDED)]),
    "wildcard": lambda: (leaf("Root", hosts("*.example")), [root()]),
}
ASKED = {
    "no_names": {"name": "leaf.example"},
    "other_names": {"name": "leaf.example"},
    "client_names": {"usage": Peer.CLIENT},
    "rsa_size": {"policy": "legacy"},
    "wildcard": {"name": "leaf.example"},
}
# Rows that stand for the rest, and those that are asked of OpenSSL.
REST = {"no_path", "other_rule", "other_leniency"}
OPENSSL_ROWS = [row for row in ENGINE_DIFFERENCES if row.engine == "OpenSSL"]


class TestTheLibrary:
    def test_it_accepts_what_the_lab_accepts(self):
        _, said = ask(leaf("Issuing"), [root()], [ca("Issuing")])

        assert said.accepted
        assert said.engine.startswith("cryptography ")
        assert (said.message, said.why) == ("3 certificates", "")

    @pytest.mark.parametrize("usage", [Peer.SERVER, Peer.CLIENT])
    def test_it_refuses_what_has_ended_in_its_own_words(self, usage):
        verdict, said = ask(leaf(), [root()], at=END + SECOND, usage=usage)

        assert verdict.fault is Fault.EXPIRED
        assert said.accepted is False
        assert said.message == "cert is not valid at validation time"
        assert said.why == ""

    def test_it_is_asked_for_the_name_that_is_asked_for(self):
        _, said = ask(leaf(), [root()], name="other.example")

        assert said.accepted is False

    @pytest.mark.parametrize(
        "name",
        [x509.DNSName("*.example.net"), x509.IPAddress(ip_address("10.0.0.1"))],
        ids=["star", "address"],
    )
    def test_it_is_asked_for_a_name_of_the_leaf_when_no_other_is(self, name):
        _, said = ask(leaf("Root", _names(name)), [root()])

        assert said.accepted

    @pytest.mark.parametrize(
        ("asked", "words"),
        [
            ({"usage": Peer.ANY}, "servers and clients only"),
            ({"given": leaf("Root", SIGNS)}, "the certificate carries none"),
            ({"trusted": []}, "needs a trusted certificate"),
            ({"name": "under_score.example"}, "invalid domain name"),
        ],
        ids=["any usage", "no name", "no anchor", "odd name"],
    )
    def test_it_says_where_it_cannot_judge(self, asked, words):
        asked = {"given": leaf(), "trusted": [root()]} | asked

        _, said = ask(**asked)

        assert said.accepted is None
        assert words in said.message
        assert said.why == ""

    def test_it_follows_a_chain_longer_than_its_own_depth(self):
        _, said = ask(*long_chain(60))

        assert said.accepted
        assert said.message == "61 certificates"

    def test_it_finds_the_way_out_of_a_circle(self):
        circle = [ca("A", "B"), ca("B", "C"), ca("C", "A"), ca("C")]

        assert ask(leaf("A"), [root()], circle)[1].accepted

    def test_no_certificate_is_refused(self):
        with pytest.raises(BadInputError, match="not a readable"):
            ask_cryptography(b"nothing", trusted=pool([root()]), at=NOON)

    CHAIN = (leaf("Issuing"), ca("Issuing"), root())

    @given_any(st.data())
    def test_it_is_asked_about_changed_bytes_without_harm(self, data):
        chain = list(self.CHAIN)
        place = data.draw(st.integers(0, 2))
        changed = bytearray(chain[place])
        changed[data.draw(st.integers(0, len(changed) - 1))] ^= data.draw(
            st.integers(1, 255)
        )
        chain[place] = bytes(changed)
        usage = data.draw(st.sampled_from(Peer))

        try:
            _, said = ask(chain[0], chain[2:], chain[1:2], usage=usage)
        except BadInputError:
            assert place == 0
        else:
            assert isinstance(said, EngineVerdict)


class TestDifferences:
    @pytest.mark.parametrize("row", ENGINE_DIFFERENCES, ids=lambda row: row.key)
    def test_a_row_is_a_sentence_and_says_who_refuses(self, row):
        assert row.engine in ("cryptography", "OpenSSL")
        assert row.says in ("refuses", "accepts")
        assert row.why.endswith(".")
        assert row.says == "refuses" or row.sign in ("", *Fault)

    def test_every_row_has_a_name_of_its_own_and_a_chain_that_shows_it(self):
        names = [row.key for row in ENGINE_DIFFERENCES]

        assert len(set(names)) == len(names)
        assert set(names) == {*SHOWN, *REST, "other_order", *OPENSSL_SHOWN}

    @pytest.mark.parametrize("name", SHOWN)
    def test_the_library_differs_as_the_table_says(self, name):
        [row] = [row for row in ENGINE_DIFFERENCES if row.key == name]

        verdict, said = ask(*SHOWN[name](), **ASKED.get(name, {}))

        assert verdict.accepted == (row.says == "refuses"), verdict.findings
        assert said.accepted == (row.says == "accepts"), said
        assert row.sign in (said.message if verdict.accepted else str(verdict.fault))
        assert said.why == row.why

    def test_what_no_row_explains_has_the_words_of_the_rest(self):
        accepted = judge(leaf(), [root()])
        refused = judge(leaf(), [root()], at=END + SECOND)
        said = EngineVerdict(engine="cryptography 1", accepted=False, message="hm")

        rest = {row.key: row.why for row in ENGINE_DIFFERENCES if row.key in REST}
        assert why_it_differs(accepted, said) == rest["other_rule"]
        said = replace(said, accepted=True)
        assert why_it_differs(refused, said) == rest["other_leniency"]
        assert why_it_differs(accepted, said) == ""


def _names(*names):
    return x509.SubjectAlternativeName(names)


# By the key of a row: what OpenSSL is asked, and how.
OPENSSL_SHOWN = {
    "openssl_any_usage": lambda: (leaf("Root", HOST, usages(ANY)), [root()]),
    "openssl_end": lambda: (leaf("Root", end=NOON), [root()]),
    "openssl_dot": lambda: (leaf(), [root()]),
    "openssl_key_id": lambda: (leaf("Root", *OF_A_LEAF, NAMESAKE), [root()]),
    "openssl_no_ca": lambda: (leaf(), [root("Root", ISSUES)]),
    "openssl_policies": SHOWN["policies"],
    "openssl_keys": SHOWN["leaf_key"],
    "openssl_signatures": lambda: (_with_sha1(leaf()), [root()]),
    "openssl_reading": lambda: (leaf("Root", raw("2.5.29.17", "3000")), [root()]),
}


@pytest.mark.skipif(OPENSSL is None, reason="openssl is not on the PATH")
@pytest.mark.parametrize("row", OPENSSL_ROWS, ids=lambda row: row.key)
def test_openssl_differs_as_the_table_says(row, tmp_path):
    given, trusted, *more = OPENSSL_SHOWN[row.key]()
    untrusted = more[0] if more else []
    name = "leaf.example." if row.key == "openssl_dot" else ""

    verdict = judge(given, trusted, untrusted, name=name)
    accepted, message = _ask_openssl(tmp_path, given, trusted, untrusted, name)

    assert verdict.accepted == (row.says == "refuses"), verdict.findings
    assert accepted == (row.says == "accepts"), message
    assert row.sign.lower() in (message.lower() if verdict.accepted else verdict.fault)


def _ask_openssl(folder, given, trusted, untrusted, name):
    command = [OPENSSL, "verify", "-partial_chain", "-no-CApath", "-no-CAstore"]
    command += ["-purpose", "sslserver", "-attime", str(int(NOON.timestamp()))]
    for option, held in (("-trusted", trusted), ("-untrusted", untrusted)):
        if held:
            path = folder / f"{option[1:]}.pem"
            path.write_bytes(write_pem(held))
            command += [option, str(path)]
    if name:
        command += ["-verify_hostname", name]
    path = folder / "leaf.pem"
    path.write_bytes(write_pem([given]))
    done = run([*command, str(path)], capture_output=True, text=True, check=False)
    return done.returncode == 0, done.stdout + done.stderr


def _with_sha1(der):
    old = bytes.fromhex("300906072a8648ce3d0401")

    def change(parts):
        return [*parts[:2], old, *parts[3:]]

    return resigned(der, "Root", change, algorithm=old, hashed=hashes.SHA1())
