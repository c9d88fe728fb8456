"""Certificate policies: RFC 5280 sections 4.2.1.4, .5, .11, .14 and 6.1.3 to 6.1.5.

Nothing is required to begin with (initial-explicit-policy is false, and any policy is
good), so policies decide only where a certificate of the path requires one. openssl is
asked with -policy_check, without which it does not look at policies at all.
"""

from lab.rules.path_rules import Fault
from tests.explain_cases import der, keys
from tests.explain_cases import making as make
from tests.explain_cases.cases import Case, accepted, accepts, refused, refuses
from tests.explain_cases.making import inhibit_any_policy, policies
from tests.explain_cases.reasons import NO_WAY_BACK

GOLD, SILVER, BRONZE = (f"{make.LAB}.10.{number}" for number in (1, 2, 3))
ANY = make.ANY_POLICY
NO_POLICIES = refuses(
    "it does not process policies and says so: the critical extension is unknown to it"
)
LOOKS_AWAY = accepts(
    "it does not process policies, and this extension is not critical, so it looks away"
)
required = make.policy_constraints(require=0)


def _chain(*cas, leaf=(), root=()):
    """A root, CAs below it and a leaf, each with these extensions."""
    made = [make.root("Root", *root)]
    for number, changes in enumerate(cas, start=1):
        made.append(make.ca(f"CA {number}", made[-1], *changes))
    return Case(make.leaf(made[-1], *leaf), made[:1], made[1:])


@accepted()
def no_policies_and_none_required():
    """
    Root (trusted) -> CA 1 -> leaf
    """
    return _chain(())


@accepted()
def a_policy_that_nobody_requires():
    """
    Root (trusted) -> CA 1 -> leaf (gold)
    """
    return _chain((), leaf=[policies(GOLD)])


@accepted()
def policies_that_differ_where_none_is_required():
    """
    Root (trusted) -> CA 1 (gold) -> leaf (silver)
    """
    return _chain([policies(GOLD)], leaf=[policies(SILVER)])


@accepted(cryptography=NO_POLICIES)
def a_required_policy_that_holds_from_top_to_leaf():
    """
    Root (trusted) -> CA 1 (gold, a policy is required) -> leaf (gold)
    """
    return _chain([policies(GOLD), required], leaf=[policies(GOLD)])


@refused(Fault.POLICY)
def a_required_policy_that_the_leaf_does_not_name():
    """
    Root (trusted) -> CA 1 (gold, a policy is required) -> leaf
    """
    return _chain([policies(GOLD), required])


@refused(Fault.POLICY)
def a_required_policy_and_a_leaf_of_another():
    """
    Root (trusted) -> CA 1 (gold, a policy is required) -> leaf (silver)
    """
    return _chain([policies(GOLD), required], leaf=[policies(SILVER)])


@refused(Fault.POLICY)
def a_required_policy_that_the_ca_itself_does_not_name():
    """
    Root (trusted) -> CA 1 (a policy is required) -> leaf (gold)
    """
    return _chain([required], leaf=[policies(GOLD)])


@refused(Fault.POLICY, cryptography=LOOKS_AWAY)
def a_requirement_that_is_not_critical():
    """
    Root (trusted) -> CA 1 (gold, a policy is required, not critical) -> leaf
    """
    soft = make.policy_constraints(require=0, critical=False)
    return _chain([policies(GOLD), soft])


@refused(Fault.POLICY)
def a_required_policy_with_a_gap_in_the_middle():
    """
    Root (trusted) -> CA 1 (gold, required) -> CA 2 -> leaf (gold)
    """
    return _chain([policies(GOLD), required], (), leaf=[policies(GOLD)])


@accepted(cryptography=NO_POLICIES)
def a_required_policy_below_any_policy():
    """
    Root (trusted) -> CA 1 (any, required) -> CA 2 (any) -> leaf (gold)
    """
    return _chain([policies(ANY), required], [policies(ANY)], leaf=[policies(GOLD)])


@accepted(cryptography=NO_POLICIES)
def a_leaf_of_any_policy():
    """
    Root (trusted) -> CA 1 (gold, required) -> leaf (any)
    """
    return _chain([policies(GOLD), required], leaf=[policies(ANY)])


@accepted(cryptography=NO_POLICIES)
def one_policy_of_several_is_enough():
    """
    Root (trusted) -> CA 1 (gold, silver, required) -> leaf (silver, bronze)
    """
    return _chain([policies(GOLD, SILVER), required], leaf=[policies(SILVER, BRONZE)])


@refused(Fault.POLICY)
def policies_that_shrink_to_none():
    """
    Root (trusted) -> CA 1 (gold, silver, required) -> CA 2 (silver) -> leaf (gold)
    """
    return _chain(
        [policies(GOLD, SILVER), required], [policies(SILVER)], leaf=[policies(GOLD)]
    )


@accepted(cryptography=NO_POLICIES)
def a_requirement_that_begins_after_the_leaf():
    """
    Root (trusted) -> CA 1 (required after 2 more) -> leaf
    """
    return _chain([make.policy_constraints(require=2)])


@refused(Fault.POLICY)
def a_requirement_that_begins_with_the_leaf():
    """
    Root (trusted) -> CA 1 (required after 1 more) -> leaf
    """
    return _chain([make.policy_constraints(require=1)])


@refused(Fault.POLICY)
def a_requirement_that_begins_with_the_second_below():
    """
    Root (trusted) -> CA 1 (required after 2 more) -> CA 2 -> leaf
    """
    return _chain([make.policy_constraints(require=2)], ())


@refused(Fault.POLICY)
def the_earlier_of_two_requirements_counts():
    """
    Root (trusted) -> CA 1 (required after 9) -> CA 2 (required at once) -> leaf
    """
    return _chain([make.policy_constraints(require=9)], [required])


@refused(Fault.POLICY)
def a_later_requirement_does_not_delay_an_earlier():
    """
    Root (trusted) -> CA 1 (required after 1) -> CA 2 (required after 9) -> leaf
    """
    return _chain(
        [make.policy_constraints(require=1)], [make.policy_constraints(require=9)]
    )


@accepted(cryptography=NO_POLICIES)
def a_self_issued_certificate_does_not_bring_a_requirement_nearer():
    """
    Root (trusted) -> CA 1 (required after 2) -> CA 1 (new key) -> leaf
    """
    root = make.root()
    old = make.ca("CA 1", root, make.policy_constraints(require=2))
    new = make.ca("CA 1", old, key=keys.elliptic("new"))
    return Case(make.leaf(new), [root], [old, new])


@refused(Fault.POLICY)
def a_leaf_that_requires_a_policy_and_has_none():
    """
    Root (trusted) -> CA 1 -> leaf (a policy is required); RFC 5280 6.1.5 (b)
    """
    return _chain((), leaf=[required])


@accepted(cryptography=NO_POLICIES)
def a_leaf_that_requires_a_policy_later_than_itself():
    """
    Root (trusted) -> CA 1 -> leaf (required after 1)
    """
    return _chain((), leaf=[make.policy_constraints(require=1)])


@refused(Fault.POLICY)
def any_policy_of_the_leaf_does_not_count_when_inhibited():
    """
    Root (trusted) -> CA 1 (gold, required, inhibitAnyPolicy 0) -> leaf (any)
    """
    return _chain(
        [policies(GOLD), required, inhibit_any_policy(0)], leaf=[policies(ANY)]
    )


@accepted(cryptography=NO_POLICIES)
def any_policy_still_counts_for_one_more():
    """
    Root (trusted) -> CA 1 (gold, required, inhibitAnyPolicy 1) -> leaf (any)
    """
    return _chain(
        [policies(GOLD), required, inhibit_any_policy(1)], leaf=[policies(ANY)]
    )


@refused(Fault.POLICY)
def any_policy_counts_no_more_after_one():
    """
    Root (trusted) -> CA 1 (gold, required, inhibitAnyPolicy 1) -> CA 2 (gold)
    -> leaf (any)
    """
    return _chain(
        [policies(GOLD), required, inhibit_any_policy(1)],
        [policies(GOLD)],
        leaf=[policies(ANY)],
    )


@accepted(cryptography=NO_POLICIES)
def any_policy_of_a_self_issued_certificate_counts_though_inhibited():
    """
    Root (trusted) -> CA 1 (gold, required, inhibitAnyPolicy 0)
    -> CA 1 (new key, any) -> leaf (gold); RFC 5280 6.1.3 (d)(2)
    """
    root = make.root()
    asked = (policies(GOLD), required, inhibit_any_policy(0))
    old = make.ca("CA 1", root, *asked)
    new = make.ca("CA 1", old, policies(ANY), key=keys.elliptic("new"))
    return Case(make.leaf(new, policies(GOLD)), [root], [old, new])


@accepted(cryptography=NO_POLICIES)
def any_policy_inhibited_where_none_is_required():
    """
    Root (trusted) -> CA 1 (any, inhibitAnyPolicy 0) -> leaf (any)
    """
    return _chain([policies(ANY), inhibit_any_policy(0)], leaf=[policies(ANY)])


@accepted(cryptography=NO_POLICIES)
def a_policy_mapped_to_that_of_the_leaf():
    """
    Root (trusted) -> CA 1 (gold, required, gold = silver) -> leaf (silver)
    """
    return _chain(
        [policies(GOLD), required, make.policy_mappings((GOLD, SILVER))],
        leaf=[policies(SILVER)],
    )


@refused(Fault.POLICY)
def a_policy_mapped_away_is_no_more_there():
    """
    Root (trusted) -> CA 1 (gold, required, gold = silver) -> leaf (gold)
    """
    return _chain(
        [policies(GOLD), required, make.policy_mappings((GOLD, SILVER))],
        leaf=[policies(GOLD)],
    )


@refused(Fault.POLICY)
def a_mapping_that_is_inhibited():
    """
    Root (trusted) -> CA 1 (gold, required, no mapping) -> CA 2 (gold, gold = silver)
    -> leaf (silver)
    """
    return _chain(
        [policies(GOLD), make.policy_constraints(require=0, inhibit_mapping=0)],
        [policies(GOLD), make.policy_mappings((GOLD, SILVER))],
        leaf=[policies(SILVER)],
    )


@accepted(cryptography=NO_POLICIES)
def a_mapping_before_mappings_are_inhibited():
    """
    Root (trusted) -> CA 1 (gold, required, no mapping after 1)
    -> CA 2 (gold, gold = silver) -> leaf (silver)
    """
    return _chain(
        [policies(GOLD), make.policy_constraints(require=0, inhibit_mapping=1)],
        [policies(GOLD), make.policy_mappings((GOLD, SILVER))],
        leaf=[policies(SILVER)],
    )


@accepted(cryptography=NO_POLICIES)
def a_mapping_to_two_policies():
    """
    Root (trusted) -> CA 1 (gold, required, gold = silver, gold = bronze)
    -> leaf (bronze)
    """
    both = make.policy_mappings((GOLD, SILVER), (GOLD, BRONZE))
    return _chain([policies(GOLD), required, both], leaf=[policies(BRONZE)])


@accepted(cryptography=NO_POLICIES)
def a_chain_of_two_mappings():
    """
    Root (trusted) -> CA 1 (gold, required, gold = silver)
    -> CA 2 (silver, silver = bronze) -> leaf (bronze)
    """
    return _chain(
        [policies(GOLD), required, make.policy_mappings((GOLD, SILVER))],
        [policies(SILVER), make.policy_mappings((SILVER, BRONZE))],
        leaf=[policies(BRONZE)],
    )


@accepted(cryptography=NO_POLICIES)
def a_mapping_of_what_any_policy_stands_for():
    """
    Root (trusted) -> CA 1 (any, required, gold = silver) -> leaf (silver)
    """
    return _chain(
        [policies(ANY), required, make.policy_mappings((GOLD, SILVER))],
        leaf=[policies(SILVER)],
    )


@refused(Fault.POLICY)
def a_mapping_from_any_policy():
    """
    Root (trusted) -> CA 1 (gold, any = silver) -> leaf (silver); RFC 5280 6.1.4 (a)
    """
    return _chain(
        [policies(GOLD), make.policy_mappings((ANY, SILVER))],
        leaf=[policies(SILVER)],
    )


@refused(Fault.POLICY)
def a_mapping_to_any_policy():
    """
    Root (trusted) -> CA 1 (gold, gold = any) -> leaf (silver); RFC 5280 6.1.4 (a)
    """
    return _chain(
        [policies(GOLD), make.policy_mappings((GOLD, ANY))], leaf=[policies(SILVER)]
    )


@accepted(cryptography=NO_POLICIES)
def critical_policies_that_hold():
    """
    Root (trusted) -> CA 1 (gold, critical, required) -> leaf (gold, critical)
    """
    return _chain(
        [policies(GOLD, critical=True), required],
        leaf=[policies(GOLD, critical=True)],
    )


@accepted()
def a_policy_with_a_notice_and_a_statement():
    """
    Root (trusted) -> CA 1 -> leaf (gold, with a CPS address and a user notice)
    """
    cps = der.sequence(
        der.oid("1.3.6.1.5.5.7.2.1"), der.text("http://lab.example/cps", der.IA5)
    )
    notice = der.sequence(
        der.oid("1.3.6.1.5.5.7.2.2"), der.sequence(der.text("for the lab only"))
    )
    value = der.sequence(der.sequence(der.oid(GOLD), der.sequence(cps, notice)))
    return _chain((), leaf=[make.Extension("2.5.29.32", False, value)])


@accepted()
def policies_of_a_trusted_root_ask_nothing():
    """
    Root (trusted, gold) -> CA 1 (silver) -> leaf (silver)
    """
    return _chain([policies(SILVER)], leaf=[policies(SILVER)], root=[policies(GOLD)])


@accepted(cryptography=NO_POLICIES)
def a_requirement_of_a_trusted_root_is_not_part_of_the_path():
    """
    Root (trusted, a policy is required) -> CA 1 -> leaf; RFC 5280 6.1: no anchor
    """
    return _chain((), root=[required])


@refused(Fault.MALFORMED, cryptography=LOOKS_AWAY)
def a_policy_named_twice():
    """
    Root (trusted) -> CA 1 -> leaf (gold, gold); RFC 5280 4.2.1.4
    """
    return _chain((), leaf=[policies(GOLD, GOLD)])


@refused(
    Fault.MALFORMED,
    openssl=accepts("an empty list names no policy, and it asks for no more"),
    cryptography=LOOKS_AWAY,
)
def policies_of_none():
    """
    Root (trusted) -> CA 1 -> leaf (certificatePolicies of none: SIZE (1..MAX))
    """
    return _chain((), leaf=[policies()])


@accepted(openssl=NO_WAY_BACK, cryptography=NO_POLICIES)
def a_requirement_met_along_another_way():
    """
    Root (trusted) -> CA 1 (silver, required) -/
    Root (trusted) -> CA 1 (gold, required)    -> leaf (gold)
    """
    root = make.root()
    silver = make.ca("CA 1", root, policies(SILVER), required)
    gold = make.ca("CA 1", root, policies(GOLD), required)
    return Case(make.leaf(gold, policies(GOLD)), [root], [silver, gold])
