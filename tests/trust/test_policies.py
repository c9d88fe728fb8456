import random
from itertools import pairwise
from time import perf_counter

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import example, given
from hypothesis import strategies as st

from lab.pki.der import INTEGER, OID, SEQUENCE, wrap
from lab.pki.loading import load
from lab.trust.policies import (
    ANY_POLICY,
    ASKED_FOR,
    MAPS_ANY,
    NOT_WANTED,
    REQUIRED,
    TWICE,
    UNREADABLE,
    judge_policies,
)
from tests.trust.hand_made import (
    ask_openssl,
    build_path,
    named,
    needs_openssl,
    needs_openssl_3_0,
    raw,
)

METALS = {"gold": "1.2.3.1", "silver": "1.2.3.2", "lead": "1.2.3.3"}
POLICIES = METALS | {"any": ANY_POLICY}
OTHER_WORDS = ("self", "none", "ask")
INVALID_POLICY, NO_EXPLICIT_POLICY = 42, 43  # what OpenSSL says
# What the certificates below the anchor say, what the verifier asks for, and what is
# said of it; None when it is accepted. A certificate says "gold" (a policy that it
# names), "gold>lead" (a mapping), "require=0" (requireExplicitPolicy), "no-mapping=0",
# "no-any=0" (inhibit…), and is "self"-issued. A verifier "ask"s for an explicit policy
# and names those it wants.
CASES = {
    "nothing at all": ("none | none", "", None),
    "nothing, one asked for": ("none | none", "ask", ASKED_FOR),
    "one all along": ("gold | gold", "ask", None),
    "none in the leaf": ("gold | none", "ask", ASKED_FOR),
    "none in the leaf, not asked for": ("gold | none", "", None),
    "none in the CA": ("none | gold", "ask", ASKED_FOR),
    "none half way": ("gold | none | gold", "ask", ASKED_FOR),
    "another": ("gold | lead", "ask", ASKED_FOR),
    "one in common": ("gold silver | silver lead", "ask", None),
    "one in common, not all along": ("gold | gold lead | lead", "ask", ASKED_FOR),
    "any in the CA": ("any | gold", "ask", None),
    "any in the leaf": ("gold | any", "ask", None),
    "any half way": ("gold | any | gold", "ask", None),
    "any half way, another": ("gold | any | lead", "ask", ASKED_FOR),
    "any all along": ("any | any", "ask", None),
    "any beside another": ("gold any | lead", "ask", None),
    "wanted": ("gold | gold", "ask gold", None),
    "not wanted": ("gold | gold", "ask lead", NOT_WANTED),
    "not wanted, not asked for": ("gold | gold", "lead", None),
    "not wanted, required": ("gold require=0 | gold", "lead", NOT_WANTED),
    "one of two is wanted": ("gold lead | gold lead", "ask lead", None),
    "one of two that are wanted": ("gold | gold", "ask gold lead", None),
    "the wanted one ends half way": ("gold lead | gold", "ask lead", NOT_WANTED),
    "any, one is wanted": ("any | any", "ask lead", None),
    "the wanted one below any": ("any | lead", "ask lead", None),
    "another below any": ("any | gold", "ask lead", NOT_WANTED),
    "any is wanted": ("gold | gold", "ask any", None),
    "required": ("require=0 | none", "", REQUIRED),
    "required, and there": ("gold require=0 | gold", "", None),
    "required after one": ("require=1 | none", "", REQUIRED),
    "required after one of two": ("require=1 | none | none", "", REQUIRED),
    "required after more than there are": ("require=2 | none", "", None),
    "required by the leaf": ("none | require=0", "", REQUIRED),
    "required by the leaf for later": ("none | require=1", "", None),
    "required, later more loosely": ("require=0 | require=9 | none", "", REQUIRED),
    "required after one, self-issued": ("require=2 | self | none", "", None),
    "required after self-issued ones": ("require=1 | self | self | none", "", REQUIRED),
    "no any": ("any no-any=0 | any", "ask", ASKED_FOR),
    "no any, but one": ("any no-any=0 | gold", "ask", None),
    "no any, later": ("any no-any=1 | any", "ask", None),
    "no any, too late": ("any no-any=1 | any | any", "ask", ASKED_FOR),
    "no any, self-issued": ("gold no-any=0 | self any | gold", "ask", None),
    "mapped": ("gold gold>lead | lead", "ask", None),
    "mapped away": ("gold gold>lead | gold", "ask", ASKED_FOR),
    "mapped to itself": ("gold gold>gold | gold", "ask", None),
    "mapped, the first name wanted": ("gold gold>lead | lead", "ask gold", None),
    "mapped, the last name wanted": ("gold gold>lead | lead", "ask lead", NOT_WANTED),
    "mapped to two": ("gold gold>lead gold>silver | silver", "ask", None),
    "two mapped to one": (
        "gold lead gold>silver lead>silver | silver",
        "ask lead",
        None,
    ),
    "mapped twice": ("gold gold>silver | silver silver>lead | lead", "ask gold", None),
    "mapped, not named": ("gold silver>lead | lead", "ask", ASKED_FOR),
    "mapped crosswise": ("gold lead gold>lead lead>gold | lead", "ask gold", None),
    "mapped, then any": ("gold gold>lead | any | lead", "ask gold", None),
    "mapped from any": ("any gold>lead | lead", "ask gold", None),
    "mapped from any, wanted below": ("any gold>lead | lead", "ask lead", NOT_WANTED),
    "no mapping": ("gold no-mapping=0 | gold gold>lead | lead", "ask", ASKED_FOR),
    "no mapping, and the policy gone": (
        "gold no-mapping=0 | gold gold>lead | gold",
        "ask",
        ASKED_FOR,
    ),
    "no mapping, another policy": (
        "any no-mapping=0 | gold lead gold>lead | lead",
        "ask lead",
        None,
    ),
    "no mapping, later": ("gold no-mapping=1 | gold gold>lead | lead", "ask", None),
    "no mapping, in itself": ("gold gold>lead no-mapping=0 | lead", "ask", None),
    "no mapping, self-issued": (
        "gold no-mapping=1 | self gold gold>lead | lead",
        "ask",
        None,
    ),
    "mapped from any policy": ("gold any>lead | lead", "", MAPS_ANY),
    "mapped to any policy": ("gold gold>any | lead", "", MAPS_ANY),
    "named twice": ("gold gold | gold", "", TWICE),
    "named twice in the leaf": ("gold | any lead any", "", TWICE),
    "a number of more than eight octets": (
        "require=99999999999999999999999 | none",
        "",
        None,
    ),
    "a number below zero": ("require=-1 | none", "", UNREADABLE),
}
# Where OpenSSL says otherwise, and why RFC 5280 does not.
OTHERWISE = {
    "a mapping in the leaf is for nobody: section 6.1.4 is not for the last": (
        "gold no-mapping=0 | gold gold>lead",
        "ask",
        None,
    ),
    "nor does it stand for a policy that the leaf does not name": (
        "gold no-any=0 | any gold>lead",
        "ask",
        ASKED_FOR,
    ),
    "nor in a CA, where any policy is inhibited: section 6.1.3 (d)(2)": (
        "any no-any=0 | any gold>lead | lead",
        "ask",
        ASKED_FOR,
    ),
    "what is mapped from any policy has only its new name: 6.1.3 (d)(1)(i)": (
        "any gold>lead | any | lead",
        "ask lead",
        NOT_WANTED,
    ),
    "at the leaf the count goes on, self-issued or not: section 6.1.5 (a)": (
        "require=1 | self",
        "",
        REQUIRED,
    ),
    "no mapping names any policy, with or without policies: section 6.1.4 (a)": (
        "any>lead | none",
        "",
        MAPS_ANY,
    ),
}


def identifier(dotted):
    """An object identifier whose arcs after the second are below 128."""
    first, second, *others = map(int, dotted.split("."))
    return wrap(OID, bytes([40 * first + second, *others]))


def number(tag, text):
    value = int(text)
    size = value.bit_length() // 8 + 1
    return wrap(tag, value.to_bytes(size, signed=True))


def extensions(text):
    """The extensions that say what the words of a case do."""
    policies, mappings, constraints, found = [], [], {}, []
    for word in text.split():
        if ">" in word:
            mappings.append([identifier(POLICIES[one]) for one in word.split(">")])
        elif word in POLICIES:
            policies.append([identifier(POLICIES[word])])
        elif word not in OTHER_WORDS:
            what, _, skip = word.partition("=")
            constraints[what] = skip
    for oid, entries in (("2.5.29.32", policies), ("2.5.29.33", mappings)):
        if entries:
            sequences = [wrap(SEQUENCE, b"".join(entry)) for entry in entries]
            found.append(raw(oid, wrap(SEQUENCE, b"".join(sequences))))
    limits = [
        number(tag, constraints[what])
        for tag, what in ((0x80, "require"), (0x81, "no-mapping"))
        if what in constraints
    ]
    if limits:
        found.append(raw("2.5.29.36", wrap(SEQUENCE, b"".join(limits))))
    if "no-any" in constraints:
        found.append(raw("2.5.29.54", number(INTEGER, constraints["no-any"])))
    return found


def path_of(text):
    links, subjects = [[]], [named("anchor")]
    for place, said in enumerate(text.split("|")):
        links.append(extensions(said))
        own = named(f"level {place}")
        subjects.append(subjects[-1] if "self" in said.split() else own)
    return build_path(links, subjects)


def judge(path, asked):
    wanted = {POLICIES[word] for word in asked.split() if word != "ask"}
    return judge_policies(path, wanted=frozenset(wanted), explicit="ask" in asked)


def openssl_accepts(path, asked):
    words = asked.split()
    options = ["-policy_check"]
    if "ask" in words:
        options.append("-explicit_policy")
    # It takes no policy at all for none, where RFC 5280 section 6.1.1 has any-policy.
    for word in [word for word in words if word != "ask"] or ["any"]:
        options += ["-policy", POLICIES[word]]
    errors = ask_openssl(path, *options)
    assert errors <= {INVALID_POLICY, NO_EXPLICIT_POLICY}
    return not errors


@pytest.mark.parametrize(
    ("text", "asked", "said"), (CASES | OTHERWISE).values(), ids=CASES | OTHERWISE
)
def test_policies_are_processed_as_rfc_5280_says(text, asked, said):
    fault = judge(path_of(text), asked)

    assert (fault and fault.evidence) == said
    if fault:
        assert 0 < fault.position <= text.count("|") + 1
        assert "{" not in fault.evidence.format(**fault.values)


@needs_openssl
@pytest.mark.parametrize(("text", "asked", "said"), CASES.values(), ids=CASES)
def test_openssl_says_the_same(text, asked, said):
    assert openssl_accepts(path_of(text), asked) == (said is None)


@needs_openssl_3_0
@pytest.mark.parametrize(("text", "asked", "said"), OTHERWISE.values(), ids=OTHERWISE)
def test_openssl_says_otherwise_where_the_rfc_decides(text, asked, said):
    assert openssl_accepts(path_of(text), asked) != (said is None)


def draw_path(draw, most=4):
    """A path and what is asked of it, drawn by chance."""
    certificates = []
    for _ in range(draw.randint(1, most)):
        words = draw.sample([*POLICIES, "any"], draw.randint(0, 3))
        words = list(dict.fromkeys(words))
        if draw.random() < 0.4:
            pairs = draw.randint(1, 3)
            words += [
                f"{draw.choice([*METALS])}>{draw.choice([*METALS])}"
                for _ in range(pairs)
            ]
        for word, chance in (("require", 0.25), ("no-mapping", 0.15), ("no-any", 0.2)):
            if draw.random() < chance:
                words.append(f"{word}={draw.choice([0, 0, 1, 2])}")
        if draw.random() < 0.2:
            words.append("self")
        certificates.append(words)
    asked = ["ask"] if draw.random() < 0.6 else []
    if draw.random() < 0.4:
        asked += draw.sample([*METALS], draw.randint(1, 2))
    return certificates, " ".join(asked)


@needs_openssl
def test_openssl_says_the_same_of_paths_drawn_by_chance():
    draw = random.Random(5280)
    verdicts = []

    for _ in range(300):
        certificates, asked = draw_path(draw)
        # What it does otherwise is left out; see OTHERWISE.
        for words in certificates:
            words[:] = [
                word for word in words if ">" not in word or word.split(">")[0] in words
            ]
        certificates[-1] = [
            word for word in certificates[-1] if ">" not in word and word != "self"
        ]
        text = " | ".join(map(" ".join, certificates))
        path = path_of(text)
        accepted = judge(path, asked) is None
        assert openssl_accepts(path, asked) == accepted, (text, asked)
        verdicts.append(accepted)

    assert 60 < sum(verdicts) < 240


class Node:
    """A node of the tree in RFC 5280 section 6.1.2 (a)."""

    def __init__(self, policy, above=None):
        self.policy, self.above, self.expected = policy, above, {policy}
        self.children = []
        if above:
            above.children.append(self)

    def level(self, depth):
        if depth == 0:
            return [self]
        return [node for child in self.children for node in child.level(depth - 1)]

    def prune(self, depth):
        """Delete what ends above a depth; the tree that is left, or None."""
        self.children = [
            one for one in self.children if depth == 1 or one.prune(depth - 1)
        ]
        return self if self.children else None

    def grow(self, depth, policies, use_any):
        """Section 6.1.3 (d)."""
        above = self.level(depth - 1)
        for policy in policies - {"any"}:
            matching = [node for node in above if policy in node.expected]
            for node in matching or [node for node in above if node.policy == "any"]:
                Node(policy, node)
        if "any" in policies and use_any:
            for node in above:
                for policy in node.expected - {one.policy for one in node.children}:
                    Node(policy, node)
        return self.prune(depth)

    def map(self, depth, pairs, may_map):
        """Section 6.1.4 (b)."""
        for policy in {issuers for issuers, _ in pairs}:
            here = self.level(depth)
            nodes = [node for node in here if node.policy == policy]
            if not may_map:
                for node in nodes:
                    node.above.children.remove(node)
                continue
            wild = [node for node in here if node.policy == "any"]
            for node in nodes or [Node(policy, one.above) for one in wild]:
                node.expected = {below for above, below in pairs if above == policy}
        return self.prune(depth)

    def keep(self, depth, wanted):
        """Section 6.1.5 (g)."""
        for node in [node for above in range(depth) for node in self.level(above)]:
            if node.policy == "any":
                node.children = [
                    one for one in node.children if one.policy in {"any", *wanted}
                ]
        return self.prune(depth)


def accepted_by_the_tree(certificates, asked):
    """RFC 5280 section 6.1 to the letter, with the tree that may grow beyond bounds."""
    wanted = set(asked.split()) - {"ask"}
    count = len(certificates)
    explicit = 0 if "ask" in asked else count + 1
    any_policy = mapping = count + 1
    tree = Node("any")
    for depth, words in enumerate(certificates, 1):
        is_self, is_last = "self" in words, depth == count
        skips = {what: int(skip) for what, _, skip in parted(words, "=")}
        policies = {word for word in words if word in POLICIES}
        use_any = any_policy > 0 or (is_self and not is_last)
        tree = tree and tree.grow(depth, policies, use_any)
        if not explicit and not tree:
            return False
        if not is_last:
            pairs = [(above, below) for above, _, below in parted(words, ">")]
            tree = tree and tree.map(depth, pairs, mapping > 0)
            if not is_self:
                explicit, mapping, any_policy = (
                    max(one - 1, 0) for one in (explicit, mapping, any_policy)
                )
            explicit = min(explicit, skips.get("require", explicit))
            mapping = min(mapping, skips.get("no-mapping", mapping))
            any_policy = min(any_policy, skips.get("no-any", any_policy))
    explicit = 0 if skips.get("require") == 0 else max(explicit - 1, 0)
    if tree and wanted:
        tree = tree.keep(count, wanted)
    return explicit > 0 or bool(tree)


def parted(words, mark):
    return [word.partition(mark) for word in words if mark in word]


def test_the_levels_say_what_the_tree_of_rfc_5280_says():
    draw = random.Random(9618)
    verdicts = []

    for _ in range(1500):
        certificates, asked = draw_path(draw, most=5)
        text = " | ".join(map(" ".join, certificates))
        accepted = judge(path_of(text), asked) is None
        assert accepted_by_the_tree(certificates, asked) == accepted, (text, asked)
        verdicts.append(accepted)

    assert 300 < sum(verdicts) < 1200


def test_a_fault_names_who_requires_a_policy_and_where_none_is_left():
    path = path_of("gold require=1 | gold | lead | gold")

    fault = judge(path, "")

    assert fault.position == 3
    assert fault.evidence.format(**fault.values) == (
        "CN=level 0 requires a certificate policy, and none holds down to CN=level 2"
    )


def test_a_looser_requirement_further_down_is_not_the_one_that_is_named():
    fault = judge(path_of("gold require=1 | gold require=9 | none"), "")

    assert fault.values["authority"] == "CN=level 0"


@pytest.mark.parametrize(
    "value", [b"", b"\x02\x00", b"\x02\x01\x00\x00", b"\x04\x01\x00"]
)
def test_what_is_no_number_of_certificates_cannot_be_read(value):
    path = build_path([[], [raw("2.5.29.54", value)], []])

    assert judge(path, "").evidence == UNREADABLE


def test_a_fault_names_the_policies_that_are_wanted():
    fault = judge(path_of("gold | gold"), "ask lead silver")

    assert fault.position == 1
    assert fault.values == {"subject": "CN=level 0", "wanted": "1.2.3.2, 1.2.3.3"}


def test_what_the_anchor_says_does_not_count():
    path = build_path([extensions("gold gold require=0"), extensions("lead")])

    assert judge(path, "ask lead") is None


@pytest.mark.parametrize("asked", ["", "ask", "ask gold"])
def test_an_anchor_alone_and_no_path_need_no_policy(asked):
    anchor = build_path([extensions("gold gold any>gold require=0")])

    assert judge(anchor, asked) is None
    assert judge([], asked) is None


@pytest.mark.parametrize("last", [0x20, 0x21, 0x24, 0x36])
def test_an_extension_that_is_there_twice_says_nothing(last):
    value = wrap(SEQUENCE, wrap(SEQUENCE, identifier("1.2.3.1")))
    twins = [raw("2.5.29.98", value), raw("2.5.29.99", value)]
    anchor, leaf = build_path([[], twins])
    der = leaf.public_bytes(Encoding.DER)
    for other in (98, 99):
        der = der.replace(bytes((0x55, 0x1D, other)), bytes((0x55, 0x1D, last)))

    fault = judge([anchor, load(der)], "")

    assert fault.evidence == UNREADABLE
    assert fault.values == {"subject": "CN=level 1"}


def test_paths_that_double_the_tree_with_each_ca_are_judged_at_once():
    # RFC 9618 section 2: each of two policies is mapped to both.
    both = "gold lead gold>gold gold>lead lead>gold lead>lead"
    path = path_of(" | ".join([both] * 40 + ["silver"]))

    start = perf_counter()
    fault = judge(path, "ask")

    assert fault.position == 41
    assert perf_counter() - start < 0.5


def test_thousands_of_policies_and_mappings_are_judged_at_once():
    names = [identifier(f"1.2.{4 + n // 100}.{n % 100}") for n in range(5000)]
    each = wrap(SEQUENCE, b"".join(wrap(SEQUENCE, name) for name in names))
    pairs = wrap(SEQUENCE, b"".join(wrap(SEQUENCE, a + b) for a, b in pairwise(names)))
    links = [[raw("2.5.29.32", each), raw("2.5.29.33", pairs)]] * 4
    path = build_path([[], *links, extensions("gold")])

    start = perf_counter()
    fault = judge(path, "ask")

    assert fault.evidence == ASKED_FOR
    assert perf_counter() - start < 2


def test_an_identifier_of_absurd_length_is_not_read():
    endless = wrap(OID, b"\x2a" + b"\x81" * 200_000 + b"\x01")
    said = raw("2.5.29.32", wrap(SEQUENCE, wrap(SEQUENCE, endless)))

    start = perf_counter()
    fault = judge(build_path([[], [said]]), "")

    assert fault.evidence == UNREADABLE
    assert perf_counter() - start < 0.5


WELL_MADE = [one.value for one in extensions("gold gold>lead require=1")]


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["2.5.29.32", "2.5.29.33", "2.5.29.36", "2.5.29.54"]),
            st.binary(max_size=40)
            | st.binary(max_size=20).map(lambda inner: wrap(SEQUENCE, inner))
            | st.sampled_from(WELL_MADE),
        ),
        max_size=4,
        unique_by=lambda pair: pair[0],
    ),
    st.booleans(),
)
@example([("2.5.29.32", wrap(SEQUENCE, wrap(SEQUENCE, wrap(OID, b"\x80"))))], False)
def test_any_bytes_are_judged(values, in_leaf):
    said = [raw(oid, value) for oid, value in values]
    path = build_path([[], [], said] if in_leaf else [[], said, []])

    fault = judge(path, "")

    if fault:
        assert fault.evidence.format(**fault.values)
        assert fault.evidence in (UNREADABLE, REQUIRED, MAPS_ANY, TWICE)


@given(st.randoms(use_true_random=False))
def test_asking_for_a_policy_accepts_no_more(draw):
    certificates, _ = draw_path(draw)
    path = path_of(" | ".join(map(" ".join, certificates)))

    if judge(path, "ask gold") is None:
        assert judge(path, "ask gold lead") is None
        assert judge(path, "ask") is None
        assert judge(path, "gold") is None
    if judge(path, "ask") is None:
        assert judge(path, "") is None
