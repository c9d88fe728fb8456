"""Topologies: what is built from them, and what is wrong with the others."""

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lab.actions.build_lab import build_lab, example_topology, read_topology
from lab.errors import BadInputError, LabError, RuleError
from lab.models import PartyKind
from lab.store import certificates, parties

SMALL = """
[[authorities]]
name = "one"
label = "One CA"
key = "EC 256"

[[clusters]]
name = "Small"
domain = "small.example"
peers = [{ name = "ldap", kind = "directory", fqdn = "ldap.example" }]
"""


def test_a_small_topology_is_built_whole(lab, look):
    told = []

    done = build_lab(lab, SMALL, lambda *progress: told.append(progress))

    assert done == 3
    assert [each.kind for each in parties.everyone(lab.db)] == [
        PartyKind.AUTHORITY,
        PartyKind.PEER,
    ]
    assert told == [(1, 4), (2, 4), (3, 4), (4, 4)]
    assert look(lab).events()[-1].kind == "lab.built"
    assert look(lab).events()[-1].actor == "test"


def test_steps_come_oldest_first_and_installation_before_history():
    steps = read_topology(example_topology())

    ages = [step.days_ago for step in steps]
    assert ages == sorted(ages, reverse=True)
    assert [step.deed for step in steps[:2]] == ["add_authority", "add_authority"]


def history(**rows):
    lines = "\n".join(f"{name} = {value}" for name, value in rows.items())
    return f"{SMALL}\n[[history]]\n{lines}\n"


@pytest.mark.parametrize(
    ("topology", "text"),
    [
        ("", "names nothing to build"),
        ("# nothing", "names nothing to build"),
        ("[[authorities", "is no valid TOML"),
        ("a = " + "[" * 100_000, "TOML"),
        ("x" * (1024 * 1024 + 1), "the most is 1048576"),
        ("[unknown]", "unknown table unknown"),
        ("clusters = 3", "of a wrong kind"),
        ("clusters = [3]", "of a wrong kind"),
        ("authorities = ['x']", "of a wrong kind"),
        ("installed_days_ago = 'x'", "of a wrong kind"),
        ("[[clusters]]\ndomain = 'x.example'", "name"),
        (SMALL.replace("EC 256", "EC x"), "invalid literal"),
        (SMALL.replace("EC 256", "EC 257"), "EC 257 cannot be made"),
        (SMALL.replace('"EC 256"', "256"), "of a wrong kind"),
        (SMALL.replace("label", "lable"), "lable"),
        (SMALL.replace('"EC 256"', '"EC 256"\ncrl_days = 0'), "for 0 days"),
        (SMALL.replace('"EC 256"', '"EC 256"\ncrl_days = "x"'), "add_authority"),
        (SMALL.replace('"EC 256"', '"EC 256"\ndays = 99999999999'), "add_authority"),
        (SMALL.replace('"EC 256"', '"EC 256"\ndays_ago = -1'), "days_ago -1.0"),
        (SMALL.replace('"EC 256"', '"EC 256"\ndays_ago = inf'), "days_ago inf"),
        (SMALL.replace('"EC 256"', '"EC 256"\ndays_ago = nan'), "days_ago nan"),
        (history(days_ago=1), "deed"),
        (history(deed='"run"', days_ago=1), "unknown deed run"),
        (history(deed='"__class__"', days_ago=1), "unknown deed __class__"),
        (history(deed='"add_node"', days_ago=1), "cluster"),
        (history(deed='"add_node"', cluster="[1]", name='"x"'), "of a wrong kind"),
        (history(deed='"add_node"', cluster='"No"', name='"x"'), "called No"),
        (history(deed='"renew_certificate"', node='"x"'), "purpose"),
        (history(deed='"renew_certificate"', node='"x"', purpose="1"), "wrong kind"),
        (history(deed='"renew_peer"', cluster='"Small"'), "renew_peer"),
        (
            history(
                deed='"renew_peer"', cluster='"Small"', name="[1]", authority='"one"'
            ),
            "name",
        ),
        (history(deed='"issue_lsc"', cluster='"Small"'), "count"),
        (
            history(
                deed='"issue_lsc"', cluster='"Small"', first='"SEPX"', count=10**12
            ),
            "count 1000000000000",
        ),
        (
            history(deed='"issue_lsc"', cluster='"Small"', first='"SEPX"', count=-1),
            "count -1",
        ),
        (
            history(deed='"issue_lsc"', cluster='"Small"', first='"SEPX"', count=1),
            "issue_lsc",
        ),
    ],
)
def test_a_topology_that_cannot_be_built_is_refused_as_a_whole(
    lab, refusal_of, topology, text
):
    with refusal_of(lab, LabError, text):
        build_lab(lab, topology)


def test_the_refusal_of_a_deed_keeps_its_reason_and_its_next_step(lab, refusal_of):
    topology = history(deed='"restart_service"', node='"ldap"', service='"Cisco {x}"')

    with refusal_of(lab, RuleError, "restart_service of the topology") as caught:
        build_lab(lab, topology)
    assert "ldap runs no service called Cisco {x}" in str(caught.value)
    assert caught.value.hint == "Its services are: none."


def test_a_lab_that_holds_something_is_left_as_it_is(site, refusal_of):
    with refusal_of(site, RuleError, "already holds something"):
        build_lab(site, SMALL)


@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(st.text(max_size=80), st.integers(0, len(SMALL)))
def test_any_text_is_a_topology_or_a_refusal(lab, text, at):
    scratch = replace(lab.what_if(lab.clock))
    try:
        build_lab(scratch, SMALL[:at] + text + SMALL[at:])
    except LabError:
        assert parties.everyone(scratch.db) == []
        assert certificates.count(scratch.db) == 0
    scratch.close()


def test_a_topology_without_authorities_makes_its_nodes(lab, make_keys_fast):
    with pytest.raises(BadInputError):
        read_topology("[[clusters]]\nname = 'x'\nnodes = 5")

    assert parties.everyone(lab.db) == []
