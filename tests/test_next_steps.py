"""What to do next: a table of facts and the steps they ask for."""

from dataclasses import replace
from datetime import timedelta

import pytest

from lab.models import PartyKind, State, Task, Usage
from lab.trust.left_to_do import Stale
from lab.trust.next_steps import Deed, Facts, Missing, Signer, next_steps
from tests.placements import NOW
from tests.placements import placement as base_placement

CA = Signer(name="issuing", label="Issuing CA", end=NOW + timedelta(days=3000))


def placement(number=1, **changes):
    """A certificate that ends in six days and therefore asks for a step."""
    return base_placement(number, **{"days": 6, "state": State.ENDS_IN_7} | changes)


def peer(number=2, **changes):
    changes = {
        "party": "syslog",
        "party_kind": PartyKind.PEER,
        "name": "peer",
    } | changes
    return placement(number, cluster="one", how="issued", **changes)


def authority(number=9, days=45, **changes):
    end = NOW + timedelta(days=days)
    return placement(
        number,
        **{
            "cluster": "",
            "party": "Partner CA",
            "party_kind": PartyKind.AUTHORITY,
            "name": "CA",
            "common_name": "Partner CA",
            "is_ca": True,
            "self_signed": True,
            "effective_end": end,
            "not_after": end,
            "state": State.ENDS_IN_90,
        }
        | changes,
    )


def steps(*placements, signed=True, **facts):
    signers = {row.certificate: CA for row in placements} if signed else {}
    return next_steps(
        Facts(at=NOW, placements=placements, **{"signers": signers} | facts)
    )


def test_nothing_to_do_asks_for_no_step():
    assert steps() == []
    assert steps(placement(state=State.FINE)) == []


def test_an_identity_that_ends_is_renewed_by_its_end_at_the_ca_that_signed_it():
    (step,) = steps(placement())

    assert (step.deed, step.party, step.name) == (Deed.RENEW, "sub", "tomcat")
    assert step.by == NOW + timedelta(days=6)
    assert (step.signer, step.days, step.possible) == ("issuing", 730, True)


def test_a_new_certificate_lasts_no_longer_than_its_ca():
    soon = replace(CA, end=NOW + timedelta(days=100, hours=5))

    (step,) = steps(placement(), signers={placement().certificate: soon})

    assert step.days == 100


def test_a_self_signed_identity_can_be_renewed_without_an_authority():
    (step,) = steps(placement(self_signed=True), signed=False)

    assert (step.deed, step.possible, step.days) == (Deed.RENEW, True, 0)


def test_an_identity_of_an_outside_ca_has_no_button_and_names_the_ca():
    (step,) = steps(placement(issued_by="Outside CA"), signed=False)

    assert (step.possible, step.signer_label) == (False, "Outside CA")


def test_what_only_phones_notice_counts_where_phones_register():
    (alone,) = steps(placement())
    (busy,) = steps(placement(), phones={("one", "sub"): 16})

    assert alone.phones == 0
    assert all(row.who != "phones" for row in alone.failures)
    assert busy.phones == 16
    assert busy.failures[1].words == "SIP OAuth for phones"


def test_a_slot_whose_request_waits_is_finished_not_renewed():
    row = placement(name="CallManager", state=State.FINE)

    (step,) = steps(row, waiting=[("one", "sub", "CallManager")])

    assert (step.deed, step.possible) == (Deed.FINISH, True)


def test_a_revoked_peer_is_replaced_at_once_and_first():
    found = steps(placement(), peer(state=State.REVOKED))

    assert [step.deed for step in found] == [Deed.REPLACE, Deed.RENEW]
    assert found[0].by is None


def test_services_with_the_old_certificate_are_one_step_a_slot():
    end = NOW + timedelta(days=18)
    stale = [
        Stale(cluster="one", node="pub", service=name, purpose="tomcat", end=end)
        for name in ("Cisco Tomcat", "Cisco CallManager")
    ]

    (step,) = steps(stale=stale)

    assert step.deed is Deed.RESTART
    assert step.services == ("Cisco Tomcat", "Cisco CallManager")
    assert (step.state, step.by) == (State.NOT_IN_USE, end)


def test_services_with_a_certificate_that_has_ended_come_at_once():
    end = NOW - timedelta(seconds=1)
    row = Stale(cluster="one", node="pub", service="A", purpose="tomcat", end=end)

    (step,) = steps(stale=[row])

    assert (step.state, step.by) == (State.EXPIRED, None)


def test_a_lost_copy_is_put_back_after_what_is_broken_and_before_what_ends():
    lost = Missing(
        cluster="one", store="tomcat-trust", certificate="aa", subject="R", node="imp"
    )

    found = steps(placement(), peer(state=State.REVOKED), missing=[lost])

    assert [step.deed for step in found] == [Deed.REPLACE, Deed.PUT_BACK, Deed.RENEW]
    assert (found[1].name, found[1].party) == ("tomcat-trust", "imp")


def test_the_phones_of_a_node_are_one_step_by_the_first_end():
    rows = [
        placement(
            number,
            party=f"SEP{number}",
            party_kind=PartyKind.PHONE,
            node="sub",
            name="LSC",
            effective_end=NOW + timedelta(days=10 * number),
            state=State.ENDS_IN_30,
        )
        for number in (2, 1)
    ]

    (step,) = steps(*rows)

    assert (step.deed, step.party, step.number) == (Deed.ISSUE, "sub", 2)
    assert step.devices == ("SEP1", "SEP2")
    assert step.by == NOW + timedelta(days=10)


def test_a_factory_certificate_asks_for_nothing():
    row = placement(party="SEP1", party_kind=PartyKind.PHONE, node="sub", name="MIC")

    assert steps(row) == []


def test_a_peer_that_its_ca_limits_is_part_of_the_step_of_the_ca():
    ca = authority()
    limited = peer(
        not_after=NOW + timedelta(days=500),
        effective_end=ca.effective_end,
        limited_by=ca.certificate,
        state=State.ENDS_IN_90,
    )

    (step,) = steps(limited, ca)

    assert (step.deed, step.about, step.limits) == (
        Deed.SUCCEED,
        "Partner CA",
        ("syslog",),
    )
    assert not step.possible


def test_a_left_over_copy_comes_last_and_has_no_button():
    copy = placement(
        3,
        usage=Usage.TRUST,
        name="ipsec-trust",
        state=State.LEFT_OVER,
        effective_end=NOW - timedelta(days=70),
    )

    found = steps(copy, placement())

    assert [step.deed for step in found] == [Deed.RENEW, Deed.DELETE]
    assert not found[1].possible


def test_broken_chains_of_one_holder_are_one_step():
    rows = [
        placement(number, name=name, state=State.BROKEN_CHAIN)
        for number, name in ((1, "tomcat"), (2, "cup"))
    ]

    (step,) = steps(*rows)

    assert (step.deed, step.name, step.number) == (Deed.REPAIR, "tomcat, cup", 2)


def test_imported_certificates_are_looked_at_after_the_labs_own():
    row = placement(
        4,
        how="imported",
        usage=Usage.UNASSIGNED,
        party_kind=PartyKind.IMPORTED,
        common_name="www.example",
        state=State.ENDS_IN_30,
        effective_end=NOW + timedelta(days=20),
    )

    found = steps(row, placement(), imported_ended=12)

    assert [(step.deed, step.number) for step in found] == [
        (Deed.LOOK, 12),
        (Deed.RENEW, 1),
        (Deed.LOOK, 1),
    ]
    assert not found[0].possible


@pytest.mark.parametrize("state", [State.REVOKED, State.ON_HOLD, State.EXPIRED])
def test_an_identity_that_no_longer_works_is_renewed_at_once(state):
    (step,) = steps(placement(state=state))

    assert (step.deed, step.by) == (Deed.RENEW, None)


def test_steps_have_names_of_their_own():
    found = steps(
        placement(),
        peer(state=State.REVOKED),
        authority(),
        placement(3, usage=Usage.TRUST, name="ipsec-trust", state=State.LEFT_OVER),
        placement(4, party="other"),
    )

    assert len({step.id for step in found}) == len(found) == 5


def task(number, kind, what="", node="", *, cause="tomcat", where="pub", done=False):
    return Task(
        id=number,
        cluster="one",
        kind=kind,
        what=what,
        node=node,
        cause=cause,
        cause_node=where,
        opened_at=NOW,
        note="",
        source="",
        closed_at=NOW if done else None,
    )


def stale(service, node="pub", days=5, purpose="tomcat"):
    end = NOW + timedelta(days=days)
    return Stale(cluster="one", node=node, service=service, purpose=purpose, end=end)


RENEWED = (
    task(1, "restart", "Cisco Tomcat", "pub"),
    task(2, "restart", "Cisco CallManager", "pub"),
    task(3, "tftp", "restart", "pub", done=True),
    task(4, "sign_on"),
    task(5, "backup"),
)


def test_what_a_change_asks_for_is_one_step_with_what_is_left():
    (step,) = steps(tasks=RENEWED)
    (change,) = step.changes

    assert (step.deed, step.name, step.party) == (Deed.FOLLOW, "tomcat", "pub")
    assert (change.left, change.total) == (4, 5)
    assert [(item.kind, item.what, item.by) for item in change.items] == [
        ("restart", ("Cisco Tomcat", "Cisco CallManager"), "lab"),
        ("sign_on", (), "outside"),
        ("backup", (), "lab"),
    ]


def test_a_service_that_a_task_restarts_is_not_said_twice():
    (step,) = steps(tasks=RENEWED, stale=[stale("Cisco Tomcat")])
    (change,) = step.changes

    assert step.deed is Deed.FOLLOW
    assert (change.left, change.total) == (4, 5)
    assert step.by == NOW + timedelta(days=5)


def test_a_stale_service_that_no_document_names_joins_the_card_of_its_change():
    (step,) = steps(tasks=RENEWED, stale=[stale("Cisco DRF Local")])
    (change,) = step.changes
    (bare,) = [item for item in change.items if not item.tasks]

    assert (bare.what, bare.nodes, bare.by) == (("Cisco DRF Local",), ("pub",), "lab")
    assert (change.left, change.total) == (5, 6)


@pytest.mark.parametrize(
    "row",
    [stale("Cisco Tomcat", node="sub"), stale("Cisco Tomcat", purpose="ipsec")],
    ids=["node", "purpose"],
)
def test_a_stale_service_that_the_change_did_not_reach_stays_a_step_of_its_own(row):
    found = steps(tasks=RENEWED, stale=[row])

    assert {step.deed for step in found} == {Deed.FOLLOW, Deed.RESTART}


def test_a_shared_certificate_takes_the_services_of_all_its_nodes_into_one_card():
    asked = [task(n, "restart", "Cisco Tomcat", node) for n, node in enumerate("abc")]

    (step,) = steps(tasks=asked, stale=[stale("Cisco Tomcat", node=n) for n in "abc"])

    (change,) = step.changes
    (item,) = change.items
    assert (item.nodes, item.tasks) == (("a", "b", "c"), (0, 1, 2))


def test_few_changes_have_steps_of_their_own_and_many_have_one():
    causes = ["ipsec", "TVS", "CAPF"]
    rows = [task(n, "backup", cause=cause) for n, cause in enumerate(causes)]

    few, many = steps(tasks=rows[:2]), steps(tasks=rows)

    assert [(step.deed, step.name) for step in few] == [
        (Deed.FOLLOW, "TVS"),
        (Deed.FOLLOW, "ipsec"),
    ]
    (everything,) = many
    assert everything.deed is Deed.FOLLOW_ALL
    assert [change.cause for change in everything.changes] == causes


def test_many_changes_are_as_urgent_as_the_first_old_certificate_among_them():
    causes = ["tomcat", "TVS", "CAPF"]
    rows = [task(n, "backup", cause=cause) for n, cause in enumerate(causes)]

    (step,) = steps(
        tasks=rows,
        stale=[stale("Cisco Tomcat", days=9), stale("A", purpose="TVS", days=3)],
        phones={("one", "pub"): 4},
    )

    assert step.by == NOW + timedelta(days=3)
    assert {row.purpose for row in step.failures} == {"TVS"}


def test_what_is_only_done_outside_cannot_be_done_here():
    (step,) = steps(tasks=[task(1, "sign_on"), task(2, "other_cluster", "Expressway")])

    assert not step.possible
    assert len(step.changes[0].items) == 2


def test_a_change_that_is_not_in_effect_yet_comes_before_what_ends_and_a_backup_after():
    pressing = steps(placement(), tasks=[task(1, "phones", "manual")])
    calm = steps(placement(), tasks=[task(1, "backup")])

    assert [step.deed for step in pressing] == [Deed.FOLLOW, Deed.RENEW]
    assert [step.deed for step in calm] == [Deed.RENEW, Deed.FOLLOW]


def test_an_unfinished_change_comes_before_what_can_wait_a_week():
    long = [stale("Cisco Tomcat", days=400)]
    soon, later = placement(), placement(2, party="other", days=9)

    found = steps(soon, later, tasks=RENEWED, stale=long)

    assert [(step.deed, step.party) for step in found] == [
        (Deed.RENEW, "sub"),
        (Deed.FOLLOW, "pub"),
        (Deed.RENEW, "other"),
    ]
    assert found[1].by == NOW + timedelta(days=400)


def test_a_change_whose_tasks_are_done_asks_for_nothing():
    assert steps(tasks=[task(1, "backup", done=True)]) == []
