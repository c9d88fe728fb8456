"""What to do next: a table of facts and the steps they ask for."""

from dataclasses import replace
from datetime import timedelta

import pytest

from lab.models import PartyKind, State, Usage
from lab.trust.next_steps import Deed, Facts, Missing, Signer, Stale, next_steps
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
