"""Faults are set, found and taken back; LAB_FAULTS is read, or refused."""

import pytest

from lab.actions.faults import active_faults, fault_for
from lab.actions.set_fault import clear_faults, set_fault
from lab.errors import BadInputError, LabError, RuleError
from lab.models import Fault
from lab.rules.faults import CHANNELS, CRL, FAULTS, OCSP, OF_ONE_ENTRY

SETTABLE = [row.name for row in FAULTS.values() if row.settable]
NOBODY = "ab" * 32


def found(lab, sha256, authority, channel):
    fault = fault_for(lab, sha256, authority, channel)
    return fault and fault.fault


def test_nothing_is_wrong_until_somebody_says_so(two, leaf):
    assert active_faults(two) == []
    assert [fault_for(two, leaf.sha256, "one", each) for each in CHANNELS] == [
        None,
        None,
    ]


@pytest.mark.parametrize("name", SETTABLE)
def test_a_fault_is_set_wherever_it_can_be(two, done, name):
    made = set_fault(two, "one", "", name)

    assert tuple(fault.channel for fault in made) == FAULTS[name].channels
    assert active_faults(two) == sorted(made, key=lambda fault: fault.channel)
    assert done(two, "fault.set") == [
        (
            "one",
            f"{' and '.join(FAULTS[name].channels)}: {name}"
            + (", 10 seconds" if name == "slow" else ""),
        )
    ]


def test_a_fault_is_of_one_channel_when_that_is_named(two):
    set_fault(two, "one", "CRL", "stale")
    set_fault(two, "one", "OCSP", "tryLater")

    assert found(two, "", "one", CRL) == "stale"
    assert found(two, "", "one", OCSP) == "tryLater"


def test_a_fault_wherever_it_can_be_is_the_only_one(two):
    set_fault(two, "one", "CRL", "stale")

    set_fault(two, "one", "", "tryLater")

    assert found(two, "", "one", CRL) is None


def test_the_nearest_fault_counts(two, leaf):
    set_fault(two, "*", "OCSP", "tryLater")
    set_fault(two, "one", "OCSP", "stale")
    set_fault(two, leaf.sha256, "OCSP", "revoked")

    assert found(two, leaf.sha256, "one", OCSP) == "revoked"
    assert found(two, "", "one", OCSP) == "stale"
    assert found(two, NOBODY, "two", OCSP) == "tryLater"
    assert found(two, leaf.sha256, "one", CRL) is None


def test_a_fingerprint_may_be_written_with_colons(two, leaf):
    text = ":".join(leaf.sha256[at : at + 2] for at in range(0, 64, 2)).upper()

    set_fault(two, text, "OCSP", "revoked")

    assert found(two, leaf.sha256, "one", OCSP) == "revoked"


def test_setting_it_again_replaces_it(two, later):
    set_fault(two, "one", "OCSP", "slow", 3)

    set_fault(later(two, days=1), "one", "OCSP", "slow", 4.5)

    [fault] = active_faults(two)
    assert (fault.seconds, fault.since) == (4.5, later(two, days=1).clock.now())


def test_the_faults_of_one_target_are_taken_back(two, done):
    set_fault(two, "one", "", "stale")
    set_fault(two, "two", "OCSP", "tryLater")
    set_fault(two, "*", "OCSP", "unknown")

    clear_faults(two, "one")

    assert [(each.target, each.fault) for each in active_faults(two)] == [
        ("", "unknown"),
        ("two", "tryLater"),
    ]
    assert done(two, "fault.cleared") == [("one", "CRL: stale"), ("one", "OCSP: stale")]


def test_all_faults_are_taken_back_at_once(two):
    set_fault(two, "one", "", "stale")
    set_fault(two, "*", "OCSP", "unknown")

    assert len(clear_faults(two)) == 3
    assert active_faults(two) == []


def test_the_fault_of_everything_is_taken_back_alone(two):
    set_fault(two, "one", "CRL", "stale")
    set_fault(two, "*", "OCSP", "unknown")

    clear_faults(two, "*")

    assert [each.target for each in active_faults(two)] == ["one"]


@pytest.mark.parametrize(
    ("kind", "target", "channel", "fault", "seconds", "text"),
    [
        (BadInputError, "one", "", "purple", 0, "there is no fault 'purple'"),
        (BadInputError, "one", "", "x" * 9999, 0, "there is no fault 'xxx"),
        (RuleError, "one", "", "down", 0, "cannot be down"),
        (BadInputError, "one", "LDAP", "stale", 0, "'LDAP' is no way to ask"),
        (RuleError, "one", "CRL", "tryLater", 0, "tryLater cannot be a fault of CRL"),
        (RuleError, "one", "OCSP", "wrong_scope", 0, "cannot be a fault of OCSP"),
        (RuleError, "three", "", "stale", 0, "no authority and no certificate 'three'"),
        (RuleError, NOBODY, "OCSP", "stale", 0, "no authority and no certificate"),
        (BadInputError, "../one", "", "stale", 0, "neither an authority nor"),
        (BadInputError, "one\n", "", "purple", 0, "there is no fault"),
        (BadInputError, "Lab One", "", "stale", 0, "neither an authority nor"),
        (RuleError, "one", "", "stale", 5, "stale takes no seconds; '5' were given"),
        (BadInputError, "one", "", "slow", -1, "'-1' is no number of seconds"),
        (BadInputError, "one", "", "slow", 61, "'61' is no number of seconds"),
        (BadInputError, "one", "", "slow", float("nan"), "'nan' is no number"),
        (BadInputError, "one", "", "slow", float("inf"), "'inf' is no number"),
    ],
)
def test_what_cannot_be_is_refused(
    two, refuses, kind, target, channel, fault, seconds, text
):
    with refuses(two, kind, text):
        set_fault(two, target, channel, fault, seconds)


@pytest.mark.parametrize("name", [each for each in SETTABLE if FAULTS[each].crl])
def test_a_list_fails_for_one_certificate_only_by_its_entry(two, leaf, refuses, name):
    if name in OF_ONE_ENTRY:
        [made] = set_fault(two, leaf.sha256, "CRL", name)
        assert made.channel == CRL
    else:
        with refuses(two, RuleError, f"{name} cannot be a fault of CRL"):
            set_fault(two, leaf.sha256, "CRL", name)


def test_nothing_to_take_back_is_refused(two, refuses):
    with refuses(two, RuleError, "no fault is set for anything"):
        clear_faults(two)
    with refuses(two, RuleError, "no fault is set for 'one'"):
        clear_faults(two, "one")


@pytest.mark.parametrize(
    ("text", "faults"),
    [
        ("", []),
        ("one=tryLater", [("one", "OCSP", "tryLater", 0)]),
        ("*=stale", [("", "OCSP", "stale", 0), ("", "CRL", "stale", 0)]),
        ("one=stale@CRL", [("one", "CRL", "stale", 0)]),
        ("one=slow:2.5@ocsp", [("one", "OCSP", "slow", 2.5)]),
        (" one = slow : 3 @ CRL ", [("one", "CRL", "slow", 3)]),
        ("one=slow@OCSP", [("one", "OCSP", "slow", 10)]),
        (
            "one=stale@CRL,one=unknown,two=unknown",
            [
                ("one", "CRL", "stale", 0),
                ("one", "OCSP", "unknown", 0),
                ("two", "OCSP", "unknown", 0),
            ],
        ),
    ],
)
def test_the_environment_sets_faults_too(two, monkeypatch, text, faults):
    monkeypatch.setenv("LAB_FAULTS", text)

    assert active_faults(two) == [
        Fault(target=target, channel=channel, fault=fault, seconds=seconds)
        for target, channel, fault, seconds in faults
    ]


def test_the_environment_names_certificates(two, leaf, monkeypatch):
    monkeypatch.setenv("LAB_FAULTS", f"{leaf.sha256.upper()}=revoked,*=unknown")

    assert found(two, leaf.sha256, "one", OCSP) == "revoked"
    assert found(two, leaf.sha256, "one", CRL) == "revoked"
    assert found(two, "", "one", OCSP) == "unknown"


def test_a_fault_of_the_lab_goes_before_one_of_the_environment(two, leaf, monkeypatch):
    monkeypatch.setenv("LAB_FAULTS", "one=unknown,two=unknown")
    set_fault(two, "one", "OCSP", "stale")
    set_fault(two, "*", "OCSP", "future")

    assert found(two, leaf.sha256, "one", OCSP) == "stale"
    assert found(two, "", "two", OCSP) == "unknown"  # it is the nearer one


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("nonsense", "'nonsense' in LAB_FAULTS is no fault"),
        ("one=stale,", "'' in LAB_FAULTS is no fault"),
        (",", "'' in LAB_FAULTS is no fault"),
        ("=stale", "'=stale' in LAB_FAULTS is no fault"),
        ("one=", "there is no fault ''"),
        ("one=purple", "there is no fault 'purple'"),
        ("one=down", "cannot be down"),
        ("one=stale@", "'one=stale@' in LAB_FAULTS is no fault"),
        ("one=stale@LDAP", "'LDAP' is no way to ask"),
        ("one=stale@OCSP@CRL", "in LAB_FAULTS is no fault"),
        ("one=tryLater@CRL", "tryLater cannot be a fault of CRL"),
        ("one=slow:", "'one=slow:' in LAB_FAULTS is no fault"),
        ("one=slow:soon", "'soon' is no number of seconds"),
        ("one=slow:1e9", "'1e9' is no number of seconds"),
        ("one=slow:nan", "'nan' is no number of seconds"),
        ("one=slow:-1", "'-1' is no number of seconds"),
        ("one=stale:3", "stale takes no seconds"),
        ("one=stale,one=future", "LAB_FAULTS has two faults of OCSP for one"),
        ("ONE=stale,one=future", "LAB_FAULTS has two faults of OCSP for one"),
        ("O'Neil; DROP TABLE=stale", "in LAB_FAULTS is no fault"),
        ("one=stale\x7f", "there is no fault"),
        ("\u202eone=stale", "in LAB_FAULTS is no fault"),
        (f"{'ab' * 32}=stale@CRL", "stale cannot be a fault of CRL"),
        ("a" * 20_000, "LAB_FAULTS has 20000 letters"),
        (",".join(["one=stale"] * 101), "and 101 faults or more"),
    ],
    ids=range(25),
)
def test_a_wrong_environment_is_refused_in_a_sentence(two, text, said, monkeypatch):
    monkeypatch.setenv("LAB_FAULTS", text)

    for look in (active_faults, lambda lab: fault_for(lab, "", "one", OCSP)):
        with pytest.raises(LabError) as caught:
            look(two)

        assert said in str(caught.value)
        assert len(str(caught.value)) < 300
        assert caught.value.hint.endswith(".")


def test_the_environment_names_what_the_lab_has(two, monkeypatch):
    monkeypatch.setenv("LAB_FAULTS", "three=stale")

    with pytest.raises(RuleError, match="no authority and no certificate 'three'"):
        active_faults(two)
