"""Which way to go up: several issuers, cross-signing, renewals, circles, dead ends.

RFC 5280 asks whether there is a valid path; how to find it is RFC 4158.
"""

from datetime import UTC, datetime
from itertools import pairwise
from random import Random

from lab.rules.path_rules import Fault
from tests.explain_cases import der, keys
from tests.explain_cases import making as make
from tests.explain_cases.cases import Case, accepted, refused
from tests.explain_cases.making import basic_constraints, name_constraints
from tests.explain_cases.reasons import NEEDS_KEY_IDS, NO_WAY_BACK

ENDED = {"end": datetime(2029, 12, 31, tzinfo=UTC)}
NEW = keys.elliptic("new")


@accepted()
def a_chain_sent_from_the_top_down():
    """
    Root (trusted) -> CA 1 -> CA 2 -> CA 3 -> leaf; given as CA 1, CA 2, CA 3
    """
    *cas, leaf = _line("Root", "CA 1", "CA 2", "CA 3")
    return Case(leaf, cas[:1], cas[1:])


@accepted()
def a_chain_sent_from_the_bottom_up():
    """
    Root (trusted) -> CA 1 -> CA 2 -> CA 3 -> leaf; given as CA 3, CA 2, CA 1, Root
    """
    *cas, leaf = _line("Root", "CA 1", "CA 2", "CA 3")
    return Case(leaf, cas[:1], cas[::-1])


@accepted()
def a_chain_sent_with_everything_twice():
    """
    Root (trusted) -> CA 1 -> leaf; CA 1 and the leaf given twice
    """
    root, issuing, leaf = _line("Root", "CA 1")
    return Case(leaf, [root], [leaf, issuing, issuing, leaf])


@accepted()
def a_chain_among_a_hundred_strangers():
    """
    Root (trusted) -> CA 1 -> leaf; beside it a hundred CAs of other names
    """
    root, issuing, leaf = _line("Root", "CA 1")
    strangers = [make.ca(f"Stranger {number}", root) for number in range(100)]
    return Case(leaf, [root], [*strangers, issuing])


@accepted()
def an_intermediate_signed_by_two_roots_of_which_the_first_is_trusted():
    """
    Root A (trusted) -> Issuing -> leaf
    Root B           -> Issuing
    """
    one, other = make.root("Root A"), make.root("Root B")
    below = [make.ca("Issuing", each) for each in (one, other)]
    return Case(make.leaf(below[0]), [one], [*below, other])


@accepted(openssl=NO_WAY_BACK)
def an_intermediate_signed_by_two_roots_of_which_the_second_is_trusted():
    """
    Root A           -> Issuing -> leaf
    Root B (trusted) -> Issuing
    """
    one, other = make.root("Root A"), make.root("Root B")
    below = [make.ca("Issuing", each) for each in (one, other)]
    return Case(make.leaf(below[0]), [other], [*below, one])


@refused(Fault.NOT_TRUSTED)
def an_intermediate_signed_by_two_roots_that_nobody_trusts():
    """
    Root A -> Issuing -> leaf
    Root B -> Issuing
    """
    roots = [make.root("Root A"), make.root("Root B")]
    below = [make.ca("Issuing", each) for each in roots]
    return Case(make.leaf(below[0]), [make.root("Another")], [*below, *roots])


@accepted()
def a_new_root_vouched_for_by_the_old():
    """
    Old (trusted) -> New (cross) -> Issuing -> leaf
    """
    old, new = make.root("Old"), make.root("New")
    issuing = make.ca("Issuing", new)
    return Case(make.leaf(issuing), [old], [issuing, make.ca("New", old)])


@accepted(openssl=NO_WAY_BACK)
def a_new_root_vouched_for_by_the_old_and_by_itself():
    """
    Old (trusted) -> New (cross)  -> Issuing -> leaf
                     New -> itself
    """
    old, new = make.root("Old"), make.root("New")
    issuing = make.ca("Issuing", new)
    cross = make.ca("New", old)
    return Case(make.leaf(issuing), [old], [issuing, new, cross])


@accepted()
def a_new_root_trusted_whose_old_voucher_has_ended():
    """
    Old (trusted, ended) -> New (cross, ended) -/
                            New (trusted)      -> Issuing -> leaf

    What happened to many on 2021-09-30.
    """
    old, new = make.root("Old", **ENDED), make.root("New")
    issuing = make.ca("Issuing", new)
    cross = make.ca("New", old, **ENDED)
    return Case(make.leaf(issuing), [old, new], [issuing, cross])


@refused(Fault.EXPIRED)
def a_new_root_not_trusted_whose_old_voucher_has_ended():
    """
    Old (trusted, ended) -> New (cross) -> Issuing -> leaf
    """
    old, new = make.root("Old", **ENDED), make.root("New")
    issuing = make.ca("Issuing", new)
    return Case(make.leaf(issuing), [old], [issuing, make.ca("New", old)])


@accepted()
def an_intermediate_renewed_with_its_key():
    """
    Root (trusted) -> Issuing (ended) -/
    Root (trusted) -> Issuing (again) -> leaf
    """
    root = make.root()
    old, again = make.ca("Issuing", root, **ENDED), make.ca("Issuing", root)
    return Case(make.leaf(old), [root], [old, again])


@refused(Fault.BAD_SIGNATURE)
def an_intermediate_renewed_with_another_key_and_the_old_one_gone():
    """
    Root (trusted) -> (Issuing, old key) -> leaf
    Root (trusted) -> Issuing (new key)
    """
    root = make.root()
    old = make.ca("Issuing", root)
    return Case(make.leaf(old), [root], [make.ca("Issuing", root, key=NEW)])


@accepted()
def an_intermediate_renewed_with_another_key_and_both_there():
    """
    Root (trusted) -> Issuing (old key) -> leaf
    Root (trusted) -> Issuing (new key)
    """
    root = make.root()
    old, new = make.ca("Issuing", root), make.ca("Issuing", root, key=NEW)
    return Case(make.leaf(old), [root], [new, old])


@accepted()
def a_root_renewed_with_its_key_and_both_trusted():
    """
    Root (trusted, ended) -/
    Root (trusted, again) -> leaf
    """
    old, again = make.root(**ENDED), make.root()
    return Case(make.leaf(old), [old, again])


@accepted()
def a_root_renewed_with_its_key_and_only_the_new_one_trusted():
    """
    Root (ended)          -/
    Root (trusted, again) -> leaf
    """
    old, again = make.root(**ENDED), make.root()
    return Case(make.leaf(old), [again], [old])


@refused(Fault.EXPIRED)
def a_root_renewed_with_its_key_and_only_the_old_one_trusted():
    """
    Root (trusted, ended) -> leaf
    Root (again, not trusted)
    """
    old, again = make.root(**ENDED), make.root()
    return Case(make.leaf(again), [old], [again])


@accepted()
def a_new_key_of_the_root_signed_by_the_old():
    """
    Root (trusted, old key) -> Root (new key) -> leaf; RFC 4210 section 4.4
    """
    old = make.root()
    new = make.ca("Root", old, key=NEW)
    return Case(make.leaf(new), [old], [new])


@accepted()
def an_old_key_of_the_root_signed_by_the_new():
    """
    Root (trusted, new key) -> Root (old key) -> leaf; RFC 4210 section 4.4
    """
    new = make.root(key=NEW)
    old = make.ca("Root", new)
    return Case(make.leaf(old), [new], [old])


@accepted()
def one_name_on_every_level():
    """
    CA (trusted, key 1) -> CA (key 2) -> CA (key 3) -> leaf
    """
    first = make.root("CA")
    second = make.ca("CA", first, key=keys.elliptic("second"))
    third = make.ca("CA", second, key=keys.elliptic("third"))
    return Case(make.leaf(third), [first], [third, second])


@accepted()
def the_last_of_twenty_namesakes_signed():
    """
    Root (trusted) -> Issuing 1 … Issuing 20, of one name; the twentieth -> leaf
    """
    root = make.root()
    all_of_them = [
        make.ca("Issuing", root, key=keys.elliptic(f"namesake {number}"))
        for number in range(20)
    ]
    return Case(make.leaf(all_of_them[-1]), [root], all_of_them)


@accepted(openssl=NO_WAY_BACK, cryptography=NEEDS_KEY_IDS)
def the_last_of_twenty_namesakes_without_key_identifiers_signed():
    """
    Root (trusted) -> Issuing 1 … Issuing 20, no key identifiers; the twentieth -> leaf
    """
    root = make.root()
    all_of_them = [_bare(root, keys.elliptic(f"namesake {each}")) for each in range(20)]
    leaf = make.leaf(all_of_them[-1], without=[make.AUTHORITY_KEY_ID])
    return Case(leaf, [root], all_of_them)


def _bare(root, key):
    return make.ca("Issuing", root, key=key, without=[make.SUBJECT_KEY_ID])


@accepted(openssl=NO_WAY_BACK)
def a_way_whose_top_is_missing_beside_one_that_is_whole():
    """
    (Gone) -> Sub CA 1          -> Issuing -/
    Root (trusted) -> Sub CA 2  -> Issuing -> leaf
    """
    root, gone = make.root(), make.root("Gone")
    subs = [make.ca("Sub CA 1", gone), make.ca("Sub CA 2", root)]
    below = [make.ca("Issuing", sub) for sub in subs]
    return Case(make.leaf(below[0]), [root], [*below, *subs])


@accepted(openssl=NO_WAY_BACK)
def a_way_that_is_too_long_beside_one_that_is_not():
    """
    Root A (trusted, pathlen 0) -> Issuing -/
    Root B (trusted)            -> Issuing -> leaf
    """
    roots = [make.root("Root A", basic_constraints(path_length=0)), make.root("Root B")]
    below = [make.ca("Issuing", each) for each in roots]
    return Case(make.leaf(below[0]), roots, below)


@accepted(openssl=NO_WAY_BACK)
def a_way_that_is_constrained_beside_one_that_is_not():
    """
    Root (trusted) -> Issuing (permitted DNS:test)    -/
    Root (trusted) -> Issuing (permitted DNS:example) -> leaf
    """
    root = make.root()
    below = [
        make.ca("Issuing", root, name_constraints([domain]))
        for domain in ("test", "example")
    ]
    return Case(make.leaf(below[0]), [root], below)


@accepted(openssl=NO_WAY_BACK)
def a_way_for_clients_beside_one_for_servers():
    """
    Root (trusted) -> Issuing (clientAuth) -/
    Root (trusted) -> Issuing (serverAuth) -> leaf
    """
    root = make.root()
    below = [
        make.ca("Issuing", root, make.extended_key_usage(usage))
        for usage in ("clientAuth", "serverAuth")
    ]
    return Case(make.leaf(below[0]), [root], below)


@accepted(openssl=NO_WAY_BACK)
def a_long_way_that_holds_beside_a_short_one_that_does_not():
    """
    Old (trusted, ended) -> Issuing -/
    New (trusted) -> CA 1 -> CA 2 -> Issuing -> leaf
    """
    old, new = make.root("Old", **ENDED), make.root("New")
    first = make.ca("CA 1", new)
    second = make.ca("CA 2", first)
    below = [make.ca("Issuing", each) for each in (old, second)]
    return Case(make.leaf(below[0]), [old, new], [*below, first, second])


@accepted()
def a_path_length_that_only_the_longer_way_exceeds():
    """
    Root (trusted) -> CA 1 -> Issuing (cross)  -/
    Root (trusted) -> CA 2 (pathlen 1) -> Issuing -> leaf
    """
    root = make.root()
    first = make.ca("CA 1", root, basic_constraints(path_length=0))
    second = make.ca("CA 2", root, basic_constraints(path_length=1))
    below = [make.ca("Issuing", each) for each in (first, second)]
    return Case(make.leaf(below[1]), [root], [second, first, *reversed(below)])


@refused(Fault.NOT_TRUSTED)
def two_cas_that_sign_each_other_and_nobody_else():
    """
    CA 1 -> CA 2 -> CA 1 -> … -> leaf; another root is trusted
    """
    first, second = _signing_each_other()
    return Case(make.leaf(first), [make.root()], [first, second])


@accepted(openssl=NO_WAY_BACK)
def a_circle_with_a_way_out():
    """
    CA 1 -> CA 2 -> CA 1 -> leaf
    Root (trusted) -> CA 2
    """
    first, second = _signing_each_other()
    root = make.root()
    out = make.ca("CA 2", root)
    return Case(make.leaf(first), [root], [first, second, out])


def _signing_each_other():
    first, second = make.root("CA 1"), make.root("CA 2")
    return make.ca("CA 1", second), make.ca("CA 2", first)


@accepted()
def a_trusted_certificate_within_a_circle():
    """
    CA 1 -> CA 2 (trusted) -> CA 1 -> leaf
    """
    first, second = _signing_each_other()
    return Case(make.leaf(first), [second], [first])


@refused(Fault.NOT_TRUSTED)
def a_circle_of_five():
    """
    CA 1 -> CA 2 -> CA 3 -> CA 4 -> CA 5 -> CA 1 -> … -> leaf
    """
    alone = [make.root(f"CA {number}") for number in range(1, 6)]
    ring = [make.ca(f"CA {at + 1}", alone[at - 1]) for at in range(5)]
    return Case(make.leaf(ring[0]), [make.root()], ring)


@accepted()
def a_bridge_between_two_companies():
    """
    Theirs (trusted) -> Bridge -> Ours -> leaf
    Ours, Bridge     -> each of the other two
    """
    ours, theirs, bridge = (make.root(name) for name in ("Ours", "Theirs", "Bridge"))
    crossed = [
        make.ca("Bridge", theirs),
        make.ca("Bridge", ours),
        make.ca("Ours", bridge),
        make.ca("Theirs", bridge),
    ]
    return Case(make.leaf(ours), [theirs], [*crossed, ours, bridge])


@refused(Fault.NAME_CONSTRAINTS)
def a_bridge_that_lets_only_other_names_pass():
    """
    Theirs (trusted) -> Bridge (permitted DNS:test) -> Ours -> leaf
    """
    theirs = make.root("Theirs")
    bridge = make.ca("Bridge", theirs, name_constraints(["test"]))
    ours = make.ca("Ours", bridge)
    return Case(make.leaf(ours), [theirs], [bridge, ours])


@accepted()
def a_mesh_of_many_ways_up():
    """
    Root (trusted) -> 3 of A -> 3 of B -> 3 of C -> 3 of D -> 3 of E -> leaf
    """
    root, mesh, leaf = _mesh(names="ABCDE", copies=3)
    return Case(leaf, [root], mesh)


@refused(Fault.ISSUER_MISSING)
def a_mesh_whose_root_is_gone():
    """
    (Root) -> 4 of A -> 4 of B -> … -> 4 of H -> leaf: 65536 ways to nowhere
    """
    _, mesh, leaf = _mesh(names="ABCDEFGH", copies=4)
    return Case(leaf, [make.root("Another")], mesh)


def _mesh(names, copies):
    """Each CA has a few certificates of one key, so every one is below all above."""
    above = root = make.root()
    mesh = []
    for name in names:
        level = [make.ca(name, above, serial=number + 1) for number in range(copies)]
        mesh += level
        above = level[0]
    return root, mesh, make.leaf(above)


@refused(Fault.TOO_COMPLEX)
def hundreds_of_namesakes_whose_keys_take_long_to_try():
    """
    Root (trusted) -> 300 of Issuing, RSA of large exponents, none of which signed leaf
    """
    root = make.root()
    numbers = Random(5280)
    crowd = [_bare(root, _slow_key(numbers)) for _ in range(300)]
    leaf = make.leaf(make.ca("Issuing", root), without=[make.AUTHORITY_KEY_ID])
    return Case(leaf, [root], crowd)


def _slow_key(numbers):
    modulus = numbers.getrandbits(2048) | 1 << 2047 | 1
    public = der.sequence(der.integer(modulus), der.integer((1 << 33) + 1))
    kind = der.sequence(der.oid("1.2.840.113549.1.1.1"), der.NULL)
    return keys.public_only(der.sequence(kind, der.bits(public)))


@accepted(openssl=NO_WAY_BACK)
def an_intermediate_that_also_signed_itself():
    """
    Root (trusted) -> Issuing -> leaf
                      Issuing -> itself
    """
    root = make.root()
    issuing = make.ca("Issuing", root)
    itself = make.root("Issuing")
    return Case(make.leaf(issuing), [root], [itself, issuing])


@accepted()
def a_trusted_namesake_with_another_key_is_no_trap():
    """
    Root (trusted) -> Issuing -> leaf
    Issuing (trusted, another key)
    """
    root = make.root()
    issuing = make.ca("Issuing", root)
    return Case(make.leaf(issuing), [make.root("Issuing", key=NEW), root], [issuing])


@accepted()
def a_leaf_of_the_name_of_its_issuer():
    """
    leaf.example (trusted, a CA) -> leaf.example (another key)
    """
    root = make.root("leaf.example")
    leaf = make.leaf(root, key=keys.elliptic("another"))
    return Case(leaf, [root])


@accepted()
def two_trusted_roots_at_the_end_of_two_ways():
    """
    Root A (trusted) -> Issuing -> leaf
    Root B (trusted) -> Issuing
    """
    roots = [make.root("Root A"), make.root("Root B")]
    below = [make.ca("Issuing", each) for each in roots]
    return Case(make.leaf(below[0]), roots, below)


@refused(Fault.EXPIRED)
def two_ways_that_have_both_ended():
    """
    Root A (trusted, ended) -> Issuing -> leaf
    Root B (trusted, ended) -> Issuing
    """
    roots = [make.root("Root A", **ENDED), make.root("Root B", **ENDED)]
    below = [make.ca("Issuing", each) for each in roots]
    return Case(make.leaf(below[0]), roots, below)


@refused(Fault.PATH_LENGTH)
def two_ways_that_are_both_too_long():
    """
    Root A (trusted, pathlen 0) -> Issuing -> leaf
    Root B (trusted, pathlen 0) -> Issuing
    """
    none = basic_constraints(path_length=0)
    roots = [make.root("Root A", none), make.root("Root B", none)]
    below = [make.ca("Issuing", each) for each in roots]
    return Case(make.leaf(below[0]), roots, below)


@accepted()
def the_dates_of_two_namesakes_that_follow_each_other():
    """
    Root (trusted) -> Issuing (until 2029) -/
    Root (trusted) -> Issuing (from 2029)  -> leaf
    Root (trusted) -> Issuing (from 2032)  -/
    """
    root = make.root()
    turns = [datetime(year, 6, 1, tzinfo=UTC) for year in (2025, 2029, 2032, 2034)]
    below = [
        make.ca("Issuing", root, start=start, end=end) for start, end in pairwise(turns)
    ]
    return Case(make.leaf(below[0]), [root], below)


def _line(*names):
    """A root, the CAs below it in a line, and a leaf of the last."""
    made = [make.root(names[0])]
    for name in names[1:]:
        made.append(make.ca(name, made[-1]))
    return [*made, make.leaf(made[-1])]
