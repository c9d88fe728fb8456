"""Paths: which one is taken, what is said of it, and that the search ends."""

import os
import random
from functools import cache
from itertools import permutations

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from hypothesis import given
from hypothesis import strategies as st

from lab.errors import BadInputError
from lab.pki.loading import load
from lab.rules.path_rules import CLUSTER_RULES, PATH_RULES, Fault
from lab.trust.findings import Question
from lab.trust.issuers import MOST_WORK
from lab.trust.pool import Entry, pool
from lab.trust.search import Search
from lab.trust.verdict import Peer, Verdict
from tests.trust.chains import (
    ISSUES,
    NOON,
    OF_A_CA,
    OF_A_LEAF,
    SECOND,
    ca,
    faults,
    hosts,
    is_ca,
    judge,
    key,
    leaf,
    named,
    names_of,
    raw,
    root,
    sign,
)

OTHER_ROOT = root("Other root")
ENDED = {"end": NOON - SECOND}


@pytest.fixture(scope="module")
def mesh():
    """Twenty CAs, each with a certificate from each other one, and self-signed."""
    names = [f"CA {number}" for number in range(20)]
    crossed = [ca(one, two) for one in names for two in names if one != two]
    return names, crossed, {name: root(name) for name in names}


@pytest.fixture(scope="module")
def below_mesh():
    return leaf("CA 0")


@pytest.fixture(scope="module", params=["EC", "RSA"])
def crowd(request):
    """Five thousand CAs of one name, each with a key of its own."""

    def made(identified):
        if request.param == "EC":
            keys = [ec.generate_private_key(ec.SECP256R1()) for _ in range(5000)]
            crowded = [ca("Crowd", own_key=k, identified=identified) for k in keys]
            return crowded, key("signer")
        signer = rsa.generate_private_key(65537, 2048)
        first = ca("Crowd", own_key=signer, identified=identified)
        return [_with_another_key(first) for _ in range(5000)], signer

    return made


class TestAcceptance:
    def test_a_chain_to_a_trusted_root_is_accepted(self):
        verdict = judge(leaf("Issuing"), [root()], [ca("Issuing")], name="leaf.example")

        assert verdict.accepted
        assert verdict.findings == ()
        assert verdict.fault is None
        assert names_of(verdict) == ["leaf.example", "Issuing", "Root"]
        assert verdict.anchored
        assert verdict.rules == ()
        assert verdict.tried == 1

    def test_any_trusted_certificate_ends_a_path(self):
        verdict = judge(leaf("Issuing"), [ca("Issuing")], [root()])

        assert verdict.accepted
        assert names_of(verdict) == ["leaf.example", "Issuing"]
        assert verdict.rules == ("partial_chain",)

    def test_a_path_ends_at_the_first_trusted_certificate(self):
        verdict = judge(leaf("Issuing"), [ca("Issuing"), root(**ENDED)])

        assert verdict.accepted
        assert names_of(verdict) == ["leaf.example", "Issuing"]

    def test_a_trusted_leaf_is_its_own_anchor_ca_or_not(self):
        tiny = (is_ca(0), x509.SubjectAlternativeName([x509.DNSName("leaf.example")]))
        alone = sign("leaf.example", "leaf.example", *tiny)
        signed = leaf("Nobody here")

        assert judge(alone, [alone]).rules == ("own_anchor",)
        assert judge(signed, [signed]).rules == ("own_anchor", "partial_chain")
        assert judge(signed, [signed], name="leaf.example").accepted

    def test_the_common_name_counts_where_no_other_name_does(self):
        named_so = leaf("Root", *OF_A_LEAF[1:], name="node.example")

        verdict = judge(named_so, [root()], name="node.example")

        assert verdict.accepted
        assert verdict.rules == ("common_name",)

    def test_the_sound_one_of_two_cross_signed_chains_is_taken(self):
        again = ca("Issuing", "Other root")
        given = leaf("Issuing")

        verdict = judge(given, [root(**ENDED), OTHER_ROOT], [ca("Issuing"), again])

        assert verdict.accepted
        assert names_of(verdict) == ["leaf.example", "Issuing", "Other root"]

    def test_the_shortest_of_the_sound_paths_is_taken(self):
        cross = ca("Root", "Other root")

        verdict = judge(leaf("Issuing"), [OTHER_ROOT, root()], [ca("Issuing"), cross])

        assert names_of(verdict) == ["leaf.example", "Issuing", "Root"]

    def test_a_longer_path_is_taken_when_the_short_one_is_too_long_for_its_ca(self):
        strict = root("Root", is_ca(0), ISSUES)
        roots = [strict, OTHER_ROOT]
        given = [ca("Issuing"), ca("Root", "Other root")]

        verdict = judge(leaf("Issuing"), roots, given)

        assert verdict.accepted
        assert names_of(verdict) == ["leaf.example", "Issuing", "Root", "Other root"]

    def test_a_path_is_found_that_no_name_constraint_stands_against(self):
        narrow = (x509.NameConstraints(None, [x509.DirectoryName(named("Issuing"))]),)
        first = root("Root", *OF_A_CA, narrow)

        verdict = judge(
            leaf("Issuing"),
            [first, OTHER_ROOT],
            [ca("Issuing"), ca("Root", "Other root")],
        )

        assert verdict.accepted
        assert names_of(verdict)[-1] == "Other root"
        assert verdict.tried > 1

    def test_names_are_compared_as_the_rfc_says_and_not_byte_by_byte(self):
        given = sign(
            "leaf.example", named("ISSUING  ca"), *OF_A_LEAF, issuer_key=key(1)
        )
        issuing = sign(named("Issuing CA"), "Root", *OF_A_CA, own_key=key(1))

        assert judge(given, [root()], [issuing]).accepted

    def test_a_self_signed_leaf_may_stand_below_its_trusted_predecessor(self):
        first, second = (root("node", is_ca(0), hosts("node")) for _ in range(2))

        verdict = judge(second, [first], usage=Peer.ANY)

        assert verdict.accepted
        assert len(verdict.path) == 2


class TestRefusal:
    def test_nobody_of_the_name_is_a_missing_issuer_and_says_whom(self):
        verdict = judge(leaf("Issuing"), [root()])

        assert faults(verdict) == [(Fault.ISSUER_MISSING, "leaf.example")]
        assert not verdict.anchored
        key_id = verdict.path[0].authority_key_identifier
        assert f"Issuing with the key {key_id}" in str(verdict.findings[0])
        assert verdict.findings[0].remedy.startswith("Give the missing issuer Issuing")

    def test_an_incomplete_chain_is_followed_as_far_as_it_goes(self):
        verdict = judge(leaf("Second"), [OTHER_ROOT], [ca("Second", "First")])

        assert faults(verdict) == [(Fault.ISSUER_MISSING, "Second")]

    def test_a_whole_chain_to_a_root_that_is_not_trusted_names_the_root(self):
        verdict = judge(leaf("Issuing"), [OTHER_ROOT], [ca("Issuing"), root()])

        assert faults(verdict) == [(Fault.NOT_TRUSTED, "Root")]
        assert str(verdict.findings[0]) == "Root is self-signed and is not trusted"

    def test_a_self_signed_leaf_is_not_trusted_of_itself(self):
        verdict = judge(root("leaf.example", *OF_A_LEAF), [root()], [root("Third")])

        assert faults(verdict) == [(Fault.NOT_TRUSTED, "leaf.example")]

    def test_an_issuer_whose_key_did_not_sign_is_a_bad_signature(self):
        forged = leaf("Root", issuer_key=key("somebody"), identified=False)

        verdict = judge(forged, [root()])

        assert faults(verdict) == [(Fault.BAD_SIGNATURE, "leaf.example")]
        assert names_of(verdict) == ["leaf.example", "Root"]
        assert verdict.anchored

    def test_issuers_that_have_other_keys_did_not_sign_either(self):
        verdict = judge(leaf("Root"), [root(own_key=key(2), issuer_key=key(2))])

        assert faults(verdict) == [(Fault.BAD_SIGNATURE, "leaf.example")]
        assert "have other keys" in str(verdict.findings[0])

    def test_a_leaf_that_is_its_issuer_by_name_only_is_signed_by_nobody(self):
        own = sign("node", "node", own_key=key(1), issuer_key=key(2), identified=False)
        other = sign("node", "node", own_key=key(1), issuer_key=key(2))

        assert judge(own, [root()]).fault is Fault.BAD_SIGNATURE
        assert judge(own, [root()], [own]).fault is Fault.BAD_SIGNATURE
        assert judge(other, [root()]).fault is Fault.BAD_SIGNATURE
        issuer = sign("node", "Root", *OF_A_CA, own_key=key(2))
        assert judge(own, [root()], [issuer]).accepted

    def test_a_changed_byte_in_a_signature_is_found(self):
        given = leaf()
        changed = given[:-1] + bytes([given[-1] ^ 1])

        assert judge(changed, [root()]).fault is Fault.BAD_SIGNATURE

    def test_an_algorithm_that_nobody_knows_is_a_bad_signature(self):
        known = bytes.fromhex("06082a8648ce3d040302")
        given = leaf().replace(known, bytes.fromhex("06082a8648ce3d04037f"))

        verdict = judge(given, [root()])

        assert verdict.fault is Fault.BAD_SIGNATURE
        assert "1.2.840.10045.4.3.127" in str(verdict.findings[0])

    def test_a_key_identifier_chooses_among_namesakes(self):
        ours = ca("Issuing")
        namesake = ca("Issuing", own_key=key("namesake"))

        verdict = judge(leaf("Issuing"), [root()], [namesake, ours])

        assert verdict.path[1].der == ours

    def test_a_key_identifier_that_fits_nobody_decides_nothing(self):
        wrong = x509.AuthorityKeyIdentifier(b"another key", None, None)

        assert judge(leaf("Root", *OF_A_LEAF, wrong), [root()]).accepted

    def test_a_key_identifier_excludes_while_somebody_else_fits(self):
        wrong = x509.AuthorityKeyIdentifier.from_issuer_public_key(
            key("namesake").public_key()
        )
        namesake = ca("Issuing", own_key=key("namesake"))
        given = leaf("Issuing", *OF_A_LEAF, wrong)

        assert judge(given, [root()], [ca("Issuing")]).accepted
        verdict = judge(given, [root()], [ca("Issuing"), namesake])
        assert verdict.fault is Fault.BAD_SIGNATURE

    def test_a_serial_number_in_the_key_identifier_chooses_too(self):
        old, new = ca("Issuing", **ENDED), ca("Issuing")
        serial = load(new).serial_number
        by_serial = x509.AuthorityKeyIdentifier(
            None, [x509.DirectoryName(named("Root"))], serial
        )
        given = leaf("Issuing", *OF_A_LEAF, by_serial)

        assert judge(given, [root()], [old, new]).accepted
        assert judge(given, [root()], [old]).fault is Fault.EXPIRED

    def test_every_rule_that_the_best_path_breaks_is_listed_in_order(self):
        ended = ca("Issuing", "Root", is_ca(), **ENDED)
        forbids = root("Root", is_ca(0))
        given = leaf("Second", *OF_A_LEAF, **ENDED)

        verdict = judge(
            given, [forbids], [ended, ca("Second", "Issuing")], name="x.example"
        )

        assert faults(verdict) == [
            (Fault.EXPIRED, "leaf.example"),
            (Fault.EXPIRED, "Issuing"),
            (Fault.PATH_LENGTH, "Root"),
            (Fault.NAME_MISMATCH, "leaf.example"),
        ]

    def test_a_host_name_is_judged_even_where_there_is_no_path(self):
        verdict = judge(leaf("Issuing"), [], name="other.example")

        assert [each.fault for each in verdict.findings] == [
            Fault.ISSUER_MISSING,
            Fault.NAME_MISMATCH,
        ]
        assert "DNS:leaf.example; other.example is asked for" in str(
            verdict.findings[1]
        )

    def test_the_path_with_the_fewest_faults_is_explained(self):
        worse = ca("Issuing", "Other root", *OF_A_CA, **ENDED)
        better = ca("Issuing", "Root", is_ca())
        roots = [root("Other root", is_ca(), **ENDED), root(**ENDED)]

        verdict = judge(leaf("Issuing"), roots, [worse, better])

        assert faults(verdict) == [(Fault.EXPIRED, "Root")]

    def test_of_as_many_faults_the_path_to_an_anchor_is_explained(self):
        to_a_root = ca("Issuing", "Other root")
        to_nobody = ca("Issuing", "Nobody here")
        anchored = ca("Issuing", **ENDED)

        verdict = judge(
            leaf("Issuing"), [root()], [to_nobody, OTHER_ROOT, to_a_root, anchored]
        )

        assert faults(verdict) == [(Fault.EXPIRED, "Issuing")]
        assert verdict.anchored

    def test_a_root_is_nearer_to_an_anchor_than_a_missing_issuer(self):
        given = [ca("Issuing", "Nobody here"), ca("Issuing", "Other root"), OTHER_ROOT]

        verdict = judge(leaf("Issuing"), [root()], given)

        assert faults(verdict) == [(Fault.NOT_TRUSTED, "Other root")]

    def test_an_expired_anchor_is_refused_and_a_second_before_is_not(self):
        trusted = root("Root", end=NOON)

        assert judge(leaf(), [trusted], at=NOON).accepted
        verdict = judge(leaf(), [trusted], at=NOON + SECOND)
        assert faults(verdict) == [(Fault.EXPIRED, "Root")]
        assert str(verdict.findings[0]) == (
            "Root ended on 2030-01-01 12:00 UTC; "
            "the moment asked for is 2030-01-01 12:00:01 UTC"
        )


class TestQuestions:
    def test_the_order_of_the_pools_makes_no_difference(self):
        issuing = [ca("Issuing"), ca("Issuing", "Other root"), ca("Issuing", **ENDED)]
        roots = [root(), OTHER_ROOT, root(**ENDED)]
        given = leaf("Issuing")

        accepted = {
            judge(given, trusted, untrusted)
            for trusted in permutations(roots)
            for untrusted in permutations(issuing)
        }
        refused = {
            _said(judge(given, [], untrusted, name="x"))
            for untrusted in permutations([*issuing, OTHER_ROOT])
        }

        assert len({each.path for each in accepted}) == 1
        assert len(refused) == 1

    def test_what_is_in_both_pools_is_trusted(self):
        assert judge(leaf(), [root()], [root(), leaf()]).accepted

    def test_parts_of_a_second_do_not_count(self):
        given = leaf("Root", end=NOON)

        assert judge(given, [root()], at=NOON.replace(microsecond=999_999)).accepted

    def test_a_pool_counts_what_it_cannot_read(self):
        held = pool([root(), b"nothing", root()[:-1], b""])

        assert (len(held), held.unreadable) == (1, 3)
        assert [each.name for each in held] == ["Root"]

    def test_no_certificate_no_name_and_no_policy_are_refused(self):
        with pytest.raises(BadInputError, match="not a readable"):
            judge(b"nothing", [root()])
        with pytest.raises(BadInputError, match="neither a host name nor an address"):
            judge(leaf(), [root()], name="not a name")
        with pytest.raises(BadInputError, match="no algorithm policy 'lax'"):
            judge(leaf(), [root()], policy="lax")


class TestBounds:
    def test_a_mesh_with_one_trusted_is_crossed_by_the_shortest_way(
        self, mesh, below_mesh
    ):
        _, crossed, roots = mesh

        verdict = judge(below_mesh, [roots["CA 7"]], [*crossed, *roots.values()])

        assert names_of(verdict) == ["leaf.example", "CA 0", "CA 7"]
        assert verdict.accepted

    def test_a_mesh_with_none_trusted_ends_at_a_root(self, mesh, below_mesh):
        _, crossed, roots = mesh

        verdict = judge(below_mesh, [OTHER_ROOT], [*crossed, *roots.values()])

        assert faults(verdict) == [(Fault.NOT_TRUSTED, "CA 0")]

    def test_a_mesh_without_roots_is_a_circle(self, mesh, below_mesh):
        verdict = judge(below_mesh, [OTHER_ROOT], mesh[1])

        assert verdict.fault is Fault.NOT_TRUSTED
        assert "in a circle" in str(verdict.findings[0])

    @pytest.mark.parametrize(
        ("trusted", "fault"),
        [
            (root("CA 7", **ENDED), Fault.EXPIRED),
            (root("CA 7", is_ca(0), ISSUES), Fault.PATH_LENGTH),
            (
                root("CA 7", *OF_A_CA, x509.NameConstraints(None, [x509.DNSName("")])),
                Fault.NAME_CONSTRAINTS,
            ),
        ],
        ids=["expired", "path length", "excluded"],
    )
    def test_a_mesh_whose_only_anchor_is_faulty_says_which_fault(
        self, mesh, below_mesh, trusted, fault
    ):
        _, crossed, _ = mesh

        verdict = judge(below_mesh, [trusted], crossed)

        assert faults(verdict) == [
            (fault, "leaf.example" if "name" in fault else "CA 7")
        ]

    def test_each_link_of_a_mesh_is_looked_at_once(self, mesh, below_mesh):
        _, crossed, roots = mesh
        search = _search(below_mesh, [OTHER_ROOT], [*crossed, *roots.values()])

        found = list(search.paths())

        assert len(found) == 20
        assert search.issuers.work <= len(crossed) + len(roots) + 1
        assert search.steps <= 20 * (len(crossed) + len(roots) + 1)

    def test_a_mesh_that_only_whole_paths_can_rule_out_is_too_complex(
        self, mesh, below_mesh
    ):
        _, crossed, _ = mesh
        required = (x509.PolicyConstraints(0, None),)
        way_out = ca("CA 7", "Other root", *OF_A_CA, required)

        verdict = judge(below_mesh, [OTHER_ROOT], [*crossed, way_out])

        assert faults(verdict) == [(Fault.TOO_COMPLEX, "leaf.example")]
        assert verdict.findings[0].remedy.startswith("Give fewer certificates")

    def test_a_chain_of_two_hundred_is_followed_to_its_root(self):
        lengths = [is_ca(199 - number) for number in range(200)]
        chain = [root("CA 0", lengths[0])]
        chain += [ca(f"CA {n}", f"CA {n - 1}", lengths[n]) for n in range(1, 200)]
        random.Random(1).shuffle(rest := chain[1:])

        verdict = judge(leaf("CA 199"), chain[:1], rest)
        stricter = judge(leaf("CA 199"), [root("CA 0", is_ca(198))], rest)

        assert verdict.accepted
        assert len(verdict.path) == 201
        assert faults(stricter) == [(Fault.PATH_LENGTH, "CA 0")]
        assert "allows 198 intermediate certificates below it; there are 199" in str(
            stricter.findings[0]
        )

    @pytest.mark.parametrize("identified", [True, False], ids=["ids", "no ids"])
    def test_the_one_of_five_thousand_namesakes_that_signed_is_found(
        self, crowd, identified
    ):
        crowded, signer = crowd(identified)
        given = leaf("Crowd", issuer_key=signer, identified=identified)
        real = ca("Crowd", own_key=signer, identified=identified)
        search = _search(given, [root()], [*crowded, real])

        assert next(search.paths()).faults == 0
        # The leaf's own signature, and that of its issuer.
        assert search.issuers.work <= (2 if identified else len(crowded) + 2)

    def test_none_of_five_thousand_namesakes_signed(self, crowd):
        crowded, signer = crowd(identified=False)
        given = leaf("Crowd", issuer_key=signer, identified=False)

        verdict = judge(given, [root()], crowded)

        assert faults(verdict)[0] == (Fault.BAD_SIGNATURE, "leaf.example")

    def test_many_certificates_of_one_key_are_one_issuer(self):
        same = [ca("Crowd") for _ in range(300)]
        given = leaf("Crowd")

        search = _search(given, [root()], same)

        assert next(search.paths()).faults == 0
        assert search.issuers.work == 2

    def test_certificates_that_sign_each_other_come_to_an_end(self):
        circle = [ca("A", "B"), ca("B", "C"), ca("C", "A")]

        verdict = judge(leaf("A"), [root()], circle)
        with_way_out = judge(leaf("A"), [root()], [*circle, ca("C")])

        assert verdict.fault is Fault.NOT_TRUSTED
        assert "sign each other in a circle" in str(verdict.findings[0])
        assert with_way_out.accepted

    def test_a_leaf_in_a_circle_with_its_issuer_comes_to_an_end(self):
        one, two = ca("A", "B"), ca("B", "A")

        assert judge(one, [root()], [two], usage=Peer.ANY).fault is Fault.NOT_TRUSTED
        assert judge(one, [root("A")], [two], usage=Peer.ANY).accepted

    def test_more_signatures_than_are_checked_is_too_complex(self):
        keys = [ec.generate_private_key(ec.SECP256R1()) for _ in range(250)]
        chain = [
            sign("Crowd", "Crowd", own_key=one, issuer_key=two, identified=False)
            for one, two in zip(keys, [*keys[1:], keys[0]], strict=True)
        ]
        given = leaf("Crowd", issuer_key=keys[0], identified=False)

        verdict = judge(given, [root()], chain, name="x.example")

        assert [each.fault for each in verdict.findings] == [
            Fault.NAME_MISMATCH,
            Fault.TOO_COMPLEX,
        ]
        assert verdict.findings[1].values["signatures"] == MOST_WORK + 1


class TestAgainstEnumeration:
    """The search gives up ways that are worse; here no way is given up."""

    ROWS = st.tuples(
        st.sampled_from("ABCD"),  # subject
        st.sampled_from("ABCDE"),  # issuer; of E there is no certificate
        st.booleans(),  # ended
        st.sampled_from([None, None, 0, 1]),  # path length
        st.sampled_from([False, False, True]),  # trusted
    )

    @given(st.lists(ROWS, min_size=1, max_size=8, unique=True))
    def test_the_path_with_the_fewest_faults_of_all_is_explained(self, rows):
        given = _made("leaf.example", "A", False, None, 0)
        made = [_made(*row[:4], number) for number, row in enumerate(rows)]
        trusted = [der for der, row in zip(made, rows, strict=True) if row[4]]

        verdict = judge(given, trusted, made)

        ways = list(_ways(rows, []))
        if not ways:
            assert "in a circle" in str(verdict.findings[-1])
            return
        fewest = min(faults for faults, _ in ways)
        assert verdict.accepted == (fewest == 0)
        assert len(verdict.findings) == fewest
        assert verdict.anchored == ((fewest, "anchor") in ways)


class TestHostileBytes:
    CHAIN = (leaf("Issuing"), ca("Issuing"), root())

    @given(st.data())
    def test_a_changed_chain_is_judged_or_refused_in_words(self, data):
        chain = list(self.CHAIN)
        place = data.draw(st.integers(0, 2))
        changed = bytearray(chain[place])
        for _ in range(data.draw(st.integers(1, 4))):
            at = data.draw(st.integers(0, len(changed) - 1))
            changed[at] ^= data.draw(st.integers(1, 255))
        cut = data.draw(st.one_of(st.just(len(changed)), st.integers(0, len(changed))))
        chain[place] = bytes(changed[:cut])
        usage = data.draw(st.sampled_from(Peer))

        try:
            verdict = judge(
                chain[0], chain[2:], chain[1:2], name="leaf.example", usage=usage
            )
        except BadInputError:
            assert place == 0
        else:
            assert isinstance(verdict, Verdict)
            for finding in verdict.findings:
                assert str(finding)
                assert finding.remedy.endswith(".")

    @given(st.binary(max_size=64), st.sampled_from(range(3)))
    def test_an_extension_of_any_bytes_is_judged(self, value, place):
        oids = ["2.5.29.15", "2.5.29.17", "2.5.29.19", "2.5.29.30", "2.5.29.32"]
        oids += ["2.5.29.33", "2.5.29.35", "2.5.29.36", "2.5.29.37", "2.5.29.54"]
        odd = [
            x509.UnrecognizedExtension(x509.ObjectIdentifier(oid), value)
            for oid in oids
        ]
        chain = [leaf("Issuing"), ca("Issuing"), root()]
        makers = (
            lambda: leaf("Issuing", *odd, identified=False),
            lambda: ca("Issuing", "Root", *odd, identified=False),
            lambda: root("Root", *odd, identified=False),
        )
        chain[place] = makers[place]()

        verdict = judge(chain[0], chain[2:], chain[1:2], name="leaf.example")

        assert verdict.fault is Fault.MALFORMED


class TestTables:
    def test_every_fault_has_a_rule_in_the_same_order(self):
        assert list(PATH_RULES) == list(Fault)

    @pytest.mark.parametrize(
        "row",
        [*PATH_RULES.values(), *CLUSTER_RULES.values()],
        ids=lambda row: row.fault,
    )
    def test_rules_and_remedies_are_sentences(self, row):
        assert row.rule.endswith(".")
        assert row.remedy.endswith(".")
        assert row.rule[0].isupper()
        assert row.remedy[0].isupper()
        assert not row.title.endswith(".")


@cache
def _made(subject, issuer, ended, path_length, number):
    """A certificate of these properties; `number` tells it from another one."""
    dates = ENDED if ended else {}
    if subject == "leaf.example":
        return leaf(issuer, **dates)
    return ca(
        subject, issuer, is_ca(path_length), raw("1.2.3", f"{number:02x}"), **dates
    )


def _ways(rows, path):
    """Of each path upward from `path`, which is not ended: its faults, and its end."""
    issuer = rows[path[-1]][1] if path else "A"
    above = [number for number, row in enumerate(rows) if row[0] == issuer]
    if not above:
        yield _broken(rows, path) + 1, "missing"
    for number in above:
        subject, its_issuer, _, _, is_trusted = rows[number]
        if number in path:
            continue
        longer = [*path, number]
        if is_trusted:
            yield _broken(rows, longer), "anchor"
        elif subject == its_issuer:
            yield _broken(rows, longer) + 1, "root"
        else:
            yield from _ways(rows, longer)


def _broken(rows, path):
    """How many rules the certificates of a path break, the leaf being sound."""
    faults = counted = 0
    for number in path:
        subject, issuer, ended, path_length, _ = rows[number]
        faults += ended + (path_length is not None and counted > path_length)
        counted += subject != issuer
    return faults


def _said(verdict):
    return verdict.path, tuple(map(str, verdict.findings))


def _search(given, trusted, untrusted):
    question = Question(at=NOON, usage=Peer.SERVER, policy="default")
    return Search(Entry(given), pool(trusted), pool(untrusted), question)


def _with_another_key(der):
    """The same certificate of an RSA key that nobody has."""
    certificate = load(der)
    modulus = certificate.public_key().public_numbers().n.to_bytes(256)
    other = bytearray(os.urandom(256))
    other[0] |= 0x80
    other[-1] |= 1
    changed = der.replace(modulus, bytes(other))
    digest = x509.SubjectKeyIdentifier.from_public_key(certificate.public_key()).digest
    return changed.replace(digest, os.urandom(20))
