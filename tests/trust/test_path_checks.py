"""Each rule of a path, both ways: what breaks it, and what just keeps it."""

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, ed25519, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID

from lab.pki.der import SEQUENCE, wrap
from lab.rules.algorithm_policies import ALGORITHMS, POLICIES
from lab.rules.path_rules import KNOWN_EXTENSIONS, Fault
from lab.trust.verdict import Peer
from tests.trust.chains import (
    CLIENT_AUTH,
    END,
    ISSUES,
    NOON,
    OF_A_CA,
    OF_A_LEAF,
    SECOND,
    SERVER_AUTH,
    ca,
    faults,
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

ANY = ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE
MAIL = ExtendedKeyUsageOID.EMAIL_PROTECTION
SIGNS = key_usage("digital_signature")
HOST = hosts("leaf.example")

# What each extension may hold.
READABLE = {
    "2.5.29.14": "040101",
    "2.5.29.15": "03020780",
    "2.5.29.17": "300e820c6c6561662e6578616d706c65",
    "2.5.29.19": "3000",
    "2.5.29.30": "300aa0083006820474657374",
    "2.5.29.31": "30023000",
    "2.5.29.32": "3006300406022a03",
    "2.5.29.33": "300a300806022a0306022a04",
    "2.5.29.35": "3000",
    "2.5.29.36": "3003800105",
    "2.5.29.37": "300a06082b06010505070301",
    "2.5.29.54": "020105",
    "1.3.6.1.5.5.7.48.1.5": "0500",
}


def judge_leaf(*extensions, **asked):
    return judge(leaf("Root", *extensions), [root()], **asked)


def judge_ca(*extensions, **asked):
    """A chain whose intermediate certificate has these extensions."""
    return judge(
        leaf("Issuing"), [root()], [ca("Issuing", "Root", *extensions)], **asked
    )


def judge_root(*extensions, **asked):
    """A chain whose trusted root has these extensions."""
    return judge(leaf("Root"), [root("Root", *extensions)], **asked)


def chain(**changed):
    """Leaf, intermediate and root, of which some are made otherwise."""
    return (
        leaf("Issuing", **changed.get("leaf", {})),
        ca("Issuing", **changed.get("issuing", {})),
        root(**changed.get("root", {})),
    )


class TestValidity:
    @pytest.mark.parametrize("place", ["leaf", "issuing", "root"])
    def test_the_first_second_counts_and_the_one_before_does_not(self, place):
        given, issuing, trusted = chain(**{place: {"begin": NOON}})

        inside = judge(given, [trusted], [issuing], at=NOON)
        outside = judge(given, [trusted], [issuing], at=NOON - SECOND)

        assert inside.accepted
        assert [each.fault for each in outside.findings] == [Fault.NOT_YET_VALID]
        assert outside.findings[0].values["begin"] == NOON

    @pytest.mark.parametrize("place", ["leaf", "issuing", "root"])
    def test_the_last_second_counts_and_the_next_does_not(self, place):
        given, issuing, trusted = chain(**{place: {"end": NOON}})

        inside = judge(given, [trusted], [issuing], at=NOON)
        outside = judge(given, [trusted], [issuing], at=NOON + SECOND)

        assert inside.accepted
        assert [each.fault for each in outside.findings] == [Fault.EXPIRED]

    def test_a_trusted_leaf_ends_as_any_other(self):
        given = leaf("Nobody here")

        assert judge(given, [given], at=END).accepted
        assert judge(given, [given], at=END + SECOND).fault is Fault.EXPIRED


class TestAuthorities:
    def test_an_issuer_without_basic_constraints_is_no_ca(self):
        for verdict in (judge_ca(ISSUES), judge_root(ISSUES)):
            assert verdict.fault is Fault.NOT_A_CA
            assert "has no basic constraints" in str(verdict.findings[0])

    def test_an_issuer_that_says_false_is_no_ca(self):
        false = x509.BasicConstraints(False, None)

        for verdict in (judge_ca(false, ISSUES), judge_root(false, ISSUES)):
            assert verdict.fault is Fault.NOT_A_CA
            assert "CA:FALSE" in str(verdict.findings[0])

    def test_a_trusted_root_of_version_one_may_issue_and_no_other_certificate(self):
        old_root = resigned(root(), "Root", without_version)
        old_ca = resigned(ca("Issuing"), "Root", without_version)

        assert judge(leaf(), [old_root]).accepted
        assert judge(leaf("Issuing"), [root()], [old_ca]).fault is Fault.NOT_A_CA
        assert judge(leaf("Issuing"), [old_ca]).fault is Fault.NOT_A_CA

    def test_an_issuer_whose_key_usage_lacks_signing_may_not_issue(self):
        for verdict in (judge_ca(is_ca(), SIGNS), judge_root(is_ca(), SIGNS)):
            assert [each.fault for each in verdict.findings] == [Fault.KEY_USAGE]
            assert "without keyCertSign" in str(verdict.findings[0])

    def test_an_issuer_without_key_usage_may_issue(self):
        assert judge_ca(is_ca()).accepted
        assert judge_root(is_ca()).accepted

    @pytest.mark.parametrize(("allowed", "accepted"), [(0, False), (1, True)])
    def test_a_path_length_counts_the_intermediates_below(self, allowed, accepted):
        given = [ca("Issuing")]

        verdict = judge(leaf("Issuing"), [root("Root", is_ca(allowed))], given)

        assert verdict.accepted == accepted
        assert accepted or faults(verdict) == [(Fault.PATH_LENGTH, "Root")]

    def test_the_leaf_is_not_counted_even_when_it_is_a_ca(self):
        given = ca("Issuing")

        assert judge(given, [root("Root", is_ca(0))], usage=Peer.ANY).accepted

    def test_self_issued_certificates_are_not_counted(self):
        new = sign("Root", "Root", *OF_A_CA, own_key=key("new root"))
        given = sign("leaf.example", "Root", *OF_A_LEAF, issuer_key=key("new root"))

        assert judge(given, [root("Root", is_ca(0), ISSUES)], [new]).accepted

    def test_a_path_length_beside_false_says_nothing(self):
        odd = raw("2.5.29.19", "3003020100")

        assert judge_leaf(*OF_A_LEAF, odd).accepted
        assert judge_ca(odd).fault is Fault.NOT_A_CA

    def test_false_that_is_written_out_is_read(self):
        assert judge_leaf(*OF_A_LEAF, raw("2.5.29.19", "3003010100")).accepted


class TestUsages:
    @pytest.mark.parametrize(
        ("bit", "server", "client"),
        [
            ("digital_signature", True, True),
            ("key_agreement", True, True),
            ("key_encipherment", True, False),
            ("data_encipherment", False, False),
            ("content_commitment", False, False),
            ("key_cert_sign", False, False),
        ],
    )
    def test_a_leaf_needs_a_bit_that_its_role_uses(self, bit, server, client):
        given = leaf("Root", HOST, (key_usage(bit),))

        for usage, accepted in ((Peer.SERVER, server), (Peer.CLIENT, client)):
            verdict = judge(given, [root()], usage=usage)
            assert verdict.fault is (None if accepted else Fault.KEY_USAGE)
        assert judge(given, [root()], usage=Peer.ANY).accepted
        assert judge(given, [given]).accepted == server

    def test_a_leaf_may_have_keycertsign_beside(self):
        both = key_usage("digital_signature", "key_cert_sign")

        assert judge_leaf(HOST, both).accepted

    @pytest.mark.parametrize(
        ("extended", "server", "client"),
        [
            ((), True, True),
            ((SERVER_AUTH,), True, False),
            ((CLIENT_AUTH,), False, True),
            ((MAIL,), False, False),
            ((ANY,), True, True),
            ((MAIL, ANY), True, True),
        ],
        ids=["none", "server", "client", "mail", "any", "mail and any"],
    )
    @pytest.mark.parametrize("place", ["leaf", "ca", "root", "own anchor"])
    def test_leaf_and_issuers_name_the_role_or_nothing(
        self, place, extended, server, client
    ):
        more = [usages(*extended)] if extended else []
        given = leaf("Issuing", HOST, SIGNS, *(more if place == "leaf" else []))
        issuing = ca("Issuing", "Root", *OF_A_CA, *(more if place == "ca" else []))
        trusted = root("Root", *OF_A_CA, *(more if place == "root" else []))
        if place == "own anchor":
            given = trusted = leaf("Issuing", HOST, SIGNS, *more)

        for usage, accepted in ((Peer.SERVER, server), (Peer.CLIENT, client)):
            verdict = judge(given, [trusted], [issuing], usage=usage)
            assert verdict.fault is (None if accepted else Fault.EXTENDED_KEY_USAGE)
        assert judge(given, [trusted], [issuing], usage=Peer.ANY).accepted


class TestExtensions:
    UNKNOWN = raw("1.2.3.4", "0500")

    def test_an_unknown_critical_extension_is_refused_in_all_places(self):
        odd = (self.UNKNOWN,)
        alone = leaf("Nobody here", *OF_A_LEAF, odd)

        for verdict in (
            judge_leaf(*OF_A_LEAF, odd),
            judge_ca(*OF_A_CA, odd),
            judge_root(*OF_A_CA, odd),
            judge(alone, [alone]),
        ):
            assert [each.fault for each in verdict.findings] == [
                Fault.CRITICAL_EXTENSION
            ]
            assert "1.2.3.4" in str(verdict.findings[0])

    def test_an_unknown_extension_that_is_not_critical_is_passed_over(self):
        assert judge_leaf(*OF_A_LEAF, self.UNKNOWN).accepted
        assert judge_ca(*OF_A_CA, self.UNKNOWN).accepted

    @pytest.mark.parametrize("row", KNOWN_EXTENSIONS.values(), ids=lambda row: row.name)
    def test_a_known_extension_may_be_critical_where_the_table_says_so(self, row):
        odd = (raw(row.oid, READABLE[row.oid]),)
        given = leaf("Root", odd, identified=False)

        verdict = judge(given, [root()])

        expected = [] if row.may_be_critical else [Fault.CRITICAL_EXTENSION]
        assert [each.fault for each in verdict.findings] == expected

    @pytest.mark.parametrize("row", KNOWN_EXTENSIONS.values(), ids=lambda row: row.name)
    def test_a_known_extension_of_rubbish_is_malformed(self, row):
        odd = raw(row.oid, "31020500")

        verdict = judge(leaf("Root", odd, identified=False), [root()])

        assert verdict.fault is Fault.MALFORMED
        assert row.name in str(verdict.findings[0])

    @pytest.mark.parametrize(
        "odd",
        [
            raw("2.5.29.15", "03020700"),
            raw("2.5.29.17", "3000"),
            raw("2.5.29.19", "30060101ff0201ff"),
            raw("2.5.29.19", "30030101ff0500"),
            raw("2.5.29.30", "3000"),
            raw("2.5.29.32", "300c300406022a03300406022a03"),
            raw("2.5.29.33", "3000"),
            raw("2.5.29.35", "3005a103820100"),
            raw("2.5.29.36", "3000"),
            raw("2.5.29.37", "3000"),
        ],
        ids=[
            *("no usage", "no names", "path length below zero", "more than two parts"),
            *("no constraints", "policy twice", "no mappings", "issuer without serial"),
            *("no requirement", "no extended usage"),
        ],
    )
    def test_what_the_rfc_does_not_allow_in_an_extension_is_malformed(self, odd):
        given = leaf("Root", odd, identified=False)

        assert judge(given, [root()]).fault is Fault.MALFORMED
        assert judge(given, [given]).fault is Fault.MALFORMED

    def test_an_extension_that_no_path_needs_may_hold_anything(self):
        assert judge_leaf(*OF_A_LEAF, raw("1.3.6.1.5.5.7.1.1", "05")).accepted


class TestStructure:
    def test_an_extension_that_is_there_twice_is_malformed(self):
        def twice(parts):
            content = parts[-1][4:] if parts[-1][1] == 0x81 else parts[-1][2:]
            inner = content[3:] if content[1] == 0x81 else content[2:]
            first = inner[: 2 + inner[1]]
            return [*parts[:-1], wrap(0xA3, wrap(SEQUENCE, inner + first))]

        verdict = judge(resigned(leaf("Root", HOST), "Root", twice), [root()])

        assert verdict.fault is Fault.MALFORMED
        assert "has the extension subjectAltName twice" in str(verdict.findings[0])

    def test_extensions_in_version_one_are_malformed(self):
        given = resigned(leaf(), "Root", lambda parts: parts[1:])

        assert judge(given, [root()]).fault is Fault.MALFORMED

    def test_two_algorithms_inside_and_outside_are_malformed_but_in_an_anchor(self):
        inside = bytes.fromhex("300a06082a8648ce3d040303")

        def other(parts):
            return [*parts[:2], inside, *parts[3:]]

        given = resigned(leaf(), "Root", other)
        trusted = resigned(root(), "Root", other)

        assert judge(given, [root()]).fault is Fault.MALFORMED
        assert judge(leaf(), [trusted]).accepted
        assert judge(given, [given]).accepted

    @pytest.mark.parametrize(
        "serial", ["020100", "0201ff", "0215" + "01" * 21], ids=["0", "-1", "long"]
    )
    def test_a_serial_number_that_no_ca_should_give_is_taken(self, serial):
        given = resigned(
            leaf(), "Root", lambda p: [p[0], bytes.fromhex(serial), *p[2:]]
        )

        assert judge(given, [root()]).accepted

    def test_an_issuer_without_a_name_is_malformed(self):
        nobody = x509.Name([])
        nameless = sign(nobody, nobody, *OF_A_CA, own_key=key(1), issuer_key=key(1))
        given = sign("leaf.example", nobody, *OF_A_LEAF, issuer_key=key(1))

        verdict = judge(given, [nameless])

        assert [each.fault for each in verdict.findings] == [Fault.MALFORMED] * 2

    def test_a_leaf_without_a_name_is_taken(self):
        given = sign(x509.Name([]), "Root", (HOST,), own_key=key(1))

        assert judge(given, [root()], name="leaf.example").accepted


class TestNamesAndPolicies:
    def test_a_name_that_a_ca_excludes_is_refused_with_both_names(self):
        excludes = (x509.NameConstraints(None, [x509.DNSName("example")]),)

        verdict = judge_ca(*OF_A_CA, excludes)

        assert faults(verdict) == [(Fault.NAME_CONSTRAINTS, "leaf.example")]
        assert "Issuing" in str(verdict.findings[0])
        assert "DNS:leaf.example" in str(verdict.findings[0])

    def test_a_name_that_a_ca_permits_is_taken(self):
        permits = (x509.NameConstraints([x509.DNSName("example")], None),)

        assert judge_ca(*OF_A_CA, permits).accepted
        assert judge_root(*OF_A_CA, permits).accepted

    def test_a_ca_whose_own_name_is_excluded_is_the_one_at_fault(self):
        excludes = (x509.NameConstraints(None, [x509.DirectoryName(named("Issuing"))]),)

        verdict = judge(
            leaf("Issuing"), [root("Root", *OF_A_CA, excludes)], [ca("Issuing")]
        )

        assert faults(verdict) == [(Fault.NAME_CONSTRAINTS, "Issuing")]

    def test_a_policy_that_is_required_must_hold(self):
        required = (x509.PolicyConstraints(0, None),)
        policy = x509.CertificatePolicies(
            [x509.PolicyInformation(x509.ObjectIdentifier("1.2.3"), None)]
        )
        issuing = ca("Issuing", "Root", *OF_A_CA, required, policy)

        without = judge(leaf("Issuing"), [root()], [issuing])
        having = judge(leaf("Issuing", *OF_A_LEAF, policy), [root()], [issuing])

        assert [each.fault for each in without.findings] == [Fault.POLICY]
        assert having.accepted


class TestAlgorithms:
    @pytest.mark.parametrize(
        ("made", "default", "legacy"),
        [
            (lambda: rsa.generate_private_key(65537, 1024), False, True),
            (lambda: rsa.generate_private_key(65537, 2040), False, True),
            (lambda: rsa.generate_private_key(65537, 2048), True, True),
            (lambda: ec.generate_private_key(ec.SECP224R1()), False, False),
            (lambda: ec.generate_private_key(ec.SECP384R1()), True, True),
            (lambda: ec.generate_private_key(ec.BrainpoolP256R1()), True, True),
            (lambda: ed25519.Ed25519PrivateKey.generate(), True, True),
            (lambda: ed448.Ed448PrivateKey.generate(), True, True),
            (lambda: dsa.generate_private_key(1024), False, False),
        ],
        ids=[
            *("RSA 1024", "RSA 2040", "RSA 2048", "P-224", "P-384", "brainpool"),
            *("Ed25519", "Ed448", "DSA"),
        ],
    )
    def test_a_key_is_as_strong_as_the_policy_asks(self, made, default, legacy):
        strong = made()
        of_leaf = leaf("Root", own_key=strong)

        for policy, accepted in (("default", default), ("legacy", legacy)):
            expected = None if accepted else Fault.WEAK_KEY
            assert judge(of_leaf, [root()], policy=policy).fault is expected
            assert judge(of_leaf, [of_leaf], policy=policy).fault is expected

    def test_an_anchor_with_a_weak_key_is_refused(self):
        weak = rsa.generate_private_key(65537, 1024)
        trusted = root("Root", own_key=weak, issuer_key=weak)
        given = leaf("Root", issuer_key=weak)

        verdict = judge(given, [trusted])

        assert faults(verdict) == [(Fault.WEAK_KEY, "Root")]
        assert "RSA 1024" in str(verdict.findings[0])
        assert "RSA 2048" in verdict.findings[0].remedy
        assert judge(given, [trusted], policy="legacy").accepted

    def test_a_sha1_signature_is_weak_and_taken_by_the_legacy_policy(self, sha1_chain):
        given, issuing, trusted = sha1_chain

        verdict = judge(given, [trusted], [issuing])

        assert faults(verdict) == [
            (Fault.WEAK_SIGNATURE, "leaf.example"),
            (Fault.WEAK_SIGNATURE, "Issuing"),
        ]
        assert judge(given, [trusted], [issuing], policy="legacy").accepted
        assert judge(given, [given]).accepted

    @pytest.fixture
    def sha1_chain(self):
        """Leaf, intermediate and root, each signed with ecdsa-with-SHA1."""
        return tuple(
            _signed_with_sha1(der, issuer)
            for der, issuer in (
                (leaf("Issuing"), "Issuing"),
                (ca("Issuing"), "Root"),
                (root(), "Root"),
            )
        )

    @pytest.mark.parametrize(
        "algorithm", [hashes.SHA224(), hashes.SHA384(), hashes.SHA512()]
    )
    def test_stronger_hashes_are_taken(self, algorithm):
        assert judge(leaf("Root", algorithm=algorithm), [root()]).accepted

    def test_a_policy_has_no_algorithm_twice(self):
        found = [(row.policy, row.part, row.algorithm) for row in ALGORITHMS]

        assert len(set(found)) == len(found)
        assert list(POLICIES) == ["default", "legacy"]

    def test_what_the_default_policy_takes_the_legacy_policy_takes_too(self):
        for part, row in POLICIES["default"].items():
            assert POLICIES["legacy"][part].at_least <= row.at_least


def _signed_with_sha1(der, issuer):
    """The same certificate, whose issuer used the hash of factory certificates."""
    old = bytes.fromhex("300906072a8648ce3d0401")
    return resigned(
        der,
        issuer,
        lambda parts: [*parts[:2], old, *parts[3:]],
        algorithm=old,
        hashed=hashes.SHA1(),
    )
