"""What can be set of an authority, what follows, and what is refused."""

from datetime import timedelta

import pytest

from lab.actions.add_authority import add_authority
from lab.actions.issue_ocsp_signer import issue_ocsp_signer
from lab.actions.run_due import run_due
from lab.actions.set_authority import set_authority
from lab.errors import NotFoundError, RuleError
from lab.models import KeySpec
from lab.rules.publishing import CRL_SCOPES, LIMITS, OCSP_MODES
from lab.store import crls, parties

EC, RSA = KeySpec(type="EC", size=256), KeySpec(type="RSA", size=2048)
SIGNER = ("Lab Elliptic", "OCSP signer")


def test_a_delegated_signer_is_issued_at_once_and_renewed(site, seen, later):
    set_authority(site, "elliptic", ocsp="delegated")

    first = seen.slot(*SIGNER)
    assert parties.authority(site.db, "elliptic").ocsp == "delegated"
    assert first.extended_key_usage == ("OCSPSigning",)
    run_due(later(site, days=31))
    assert seen.slot(*SIGNER).not_before == site.clock.now() + timedelta(days=30)


@pytest.mark.parametrize("mode", ["none", "authority"])
def test_without_a_delegated_signer_there_is_none_and_none_is_planned(site, seen, mode):
    set_authority(site, "issuing", ocsp=mode)

    assert seen.slot("Lab Issuing", "OCSP signer") is None
    assert seen.jobs("issue_ocsp_signer") == []


def test_the_kind_of_key_is_chosen_and_kept_over_renewals(site, seen, later):
    set_authority(site, "elliptic", ocsp="delegated", signer_key=RSA)

    run_due(later(site, days=100))

    signer = seen.slot(*SIGNER)
    assert (signer.key_type, signer.key_size) == ("RSA", 2048)
    set_authority(later(site, days=100), "elliptic", signer_key=EC)
    assert seen.slot(*SIGNER).key_type == "EC"


def test_an_authority_can_be_founded_with_each_mode(lab, look):
    for mode in (*OCSP_MODES, True, False):
        name = f"ca-{mode}".lower()
        made = add_authority(lab, name, f"CA {mode}", key=EC, ocsp=mode)

        wanted = {True: "delegated", False: "none"}.get(mode, mode)
        assert made.ocsp == wanted
        assert parties.authority(lab.db, name) == made
        signer = look(lab).slot(f"CA {mode}", "OCSP signer")
        assert bool(signer) == (wanted == "delegated")


def test_a_shorter_life_of_lists_counts_at_once(site, seen):
    set_authority(site, "issuing", crl_days=2)

    crl = crls.latest(site.db, "issuing")
    assert crl.this_update == site.clock.now()
    assert crl.next_update - crl.this_update == timedelta(days=2)
    planned = [due for due, about in seen.jobs("publish_crl") if about == "issuing"]
    assert planned == [site.clock.now() + timedelta(days=2) * 9 / 10]


def test_deltas_begin_and_end_with_the_setting(site, seen):
    set_authority(site, "issuing", delta_hours=6)

    crl = crls.latest(site.db, "issuing", delta=True)
    assert crl.next_update - crl.this_update == timedelta(hours=6)
    assert len(seen.jobs("publish_delta")) == 1
    set_authority(site, "issuing", delta_hours=0)
    assert seen.jobs("publish_delta") == []
    assert crls.latest(site.db, "issuing").number > crl.number
    assert crls.latest(site.db, "issuing", delta=True) == crl


def test_how_long_answers_hold_publishes_no_list(site, seen):
    before = crls.latest(site.db, "issuing")

    set_authority(site, "issuing", ocsp_minutes=5)

    assert crls.latest(site.db, "issuing") == before
    assert parties.authority(site.db, "issuing").ocsp_minutes == 5
    event = seen.events()[-1]
    assert (event.kind, event.about) == ("authority.set", "issuing")
    assert event.detail == "OCSP minutes 60 to 5"


def test_the_event_tells_all_that_was_set(site, seen):
    set_authority(site, "elliptic", ocsp="delegated", delta_hours=3, crl_days=9)

    (event,) = seen.events("authority.set")
    assert event.detail == (
        "OCSP none to delegated, delta hours 0 to 3, CRL days 30 to 9"
    )
    kinds = [each.kind for each in seen.events()[-3:]]
    assert kinds == ["authority.set", "ocsp_signer.issued", "crl.published"]


@pytest.mark.parametrize(
    ("settings", "text"),
    [
        ({"ocsp": "both"}, "OCSP cannot be 'both'"),
        ({"crl_scope": "users"}, "CRL scope cannot be 'users'"),
        ({"ocsp_minutes": 0}, "an OCSP answer cannot hold for 0 minutes"),
        ({"ocsp_minutes": 10081}, "for 10081 minutes"),
        ({"crl_days": 0}, "a CRL cannot be valid for 0 days"),
        ({"crl_days": 3651}, "for 3651 days"),
        ({"crl_days": 1.5}, "for 1.5 days"),
        ({"delta_hours": -1}, "a delta CRL cannot come every -1 hours"),
        ({"delta_hours": 721}, "every 721 hours"),
        ({"crl_days": 1, "delta_hours": 24}, "no more often than a full one every 1"),
        ({"ocsp": "delegated"}, "issuing is set like this already"),
        ({}, "issuing is set like this already"),
        ({"signer_key": EC}, "issuing is set like this already"),
        (
            {"signer_key": KeySpec(type="EC", size=384)},
            "an OCSP signer cannot have a key of EC 384",
        ),
        ({"signer_key": EC, "ocsp": "authority"}, "issuing has no delegated signer"),
    ],
)
def test_what_cannot_be_set_is_refused(site, refusal_of, settings, text):
    with refusal_of(site, RuleError, text):
        set_authority(site, "issuing", **settings)


def test_an_unknown_authority_is_refused(site, refusal_of):
    with refusal_of(site, NotFoundError, "authority called nobody"):
        set_authority(site, "nobody", ocsp="none")


def test_an_authority_that_has_ended_gets_no_new_lists(site, later, refusal_of):
    after = later(site, days=3001)

    with refusal_of(after, RuleError, "Lab Issuing itself ended on"):
        set_authority(after, "issuing", delta_hours=5)


def test_the_tables_hold_what_can_be_set():
    assert OCSP_MODES == ("none", "delegated", "authority")
    assert CRL_SCOPES == ("everything", "separate")
    assert set(LIMITS) == {"crl_days", "delta_hours", "ocsp_minutes"}
    assert all(row.least < row.most for row in LIMITS.values())


def test_a_signer_keeps_the_kind_of_key_that_it_had(site):
    issue_ocsp_signer(site, "issuing", key=RSA)

    assert issue_ocsp_signer(site, "issuing").key_type == "RSA"
