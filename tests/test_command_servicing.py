"""The commands on services: look, restart, start, stop, activate, deactivate."""

import json
from datetime import datetime

import pytest
from click.testing import CliRunner

from lab.actions.add_parties import add_cluster
from lab.actions.node_connection import take_offline
from lab.actions.stop_service import stop_service
from lab.command import commands
from lab.store import events, parties, services

TFTP, TOMCAT = "Cisco Tftp", "Cisco Tomcat"


@pytest.fixture
def run(example, monkeypatch):
    """`python -m lab` on the example lab, within this process."""
    monkeypatch.delenv("COLUMNS", raising=False)

    def run(*arguments, status=0):
        done = CliRunner().invoke(commands, [str(each) for each in arguments])
        assert done.exception is None or isinstance(done.exception, SystemExit)
        assert done.exit_code == status, done.output
        return done.stdout if status == 0 else done.stderr

    return run


def loaded(lab, node, service):
    party = parties.by_name(lab.db, "", node)
    return services.loaded(lab.db, services.get(lab.db, party.id, service).id)


def done(lab, kind):
    """What was done from the command line, oldest first."""
    return [
        event.about
        for event in reversed(events.latest(lab.db, limit=50))
        if event.kind == kind and event.actor == "command line"
    ]


def test_it_lists_what_runs_on_every_node(run, example):
    lines = run("services").splitlines()

    head, first, *_rest = lines
    number = sum(
        len(services.of_party(example.db, node.id))
        for node in parties.nodes(example.db)
    )
    assert head.split() == ["node", "service", "kind", "state", "since", "presents"]
    assert len(lines) == number + 1
    assert first.startswith("cucm-pub")
    assert "tomcat (old until restarted)" in first


def test_it_lists_what_is_old_of_one_node(run):
    listed = run("services", "--node", "cucm-pub", "--old").splitlines()[1:]

    assert len(listed) == 7
    (tftp,) = (line for line in listed if TFTP in line)
    assert "tomcat (old until deactivated and activated)" in tftp
    assert run("services", "--node", "cucm-sub1", "--old").strip() == (
        "nothing presents an old certificate"
    )


def test_it_says_all_of_it_as_json(run, example):
    run("restart", "cucm-pub", TOMCAT)

    told = json.loads(run("services", "--node", "cucm-pub", "--json"))

    by_name = {each["service"]: each for each in told}
    tomcat = by_name[TOMCAT]
    assert tomcat["state"] == "starting"
    assert 0 < tomcat["ready_in_seconds"] <= 120
    assert datetime.fromisoformat(tomcat["started_at"]) > example.clock.now()
    assert not tomcat["behind"]
    assert tomcat["presents"][0] == {
        "purpose": "tomcat",
        "presents": "stored",
        "loaded": loaded(example, "cucm-pub", TOMCAT)["tomcat"],
        "stored": loaded(example, "cucm-pub", TOMCAT)["tomcat"],
    }
    assert by_name[TFTP]["behind"]
    assert by_name[TFTP]["presents"][2]["presents"] == "copy"


def test_a_restart_says_when_it_is_ready(run, example):
    told = run("restart", "cucm-pub", TOMCAT)

    assert told.startswith("Cisco Tomcat on cucm-pub is starting, ready in 1")
    assert done(example, "service.restarted") == ["Cisco Tomcat on cucm-pub"]


def test_all_nodes_are_restarted_the_publisher_first(run, example):
    take_offline(example, "imp-pub")

    told = run("restart", "--all-nodes", TOMCAT).splitlines()

    assert told == [
        "Cisco Tomcat restarted on cucm-pub, cucm-sub1, cucm-sub2, imp-sub",
        "stopped or offline, so left out: imp-pub",
    ]
    assert done(example, "service.restarted")[0] == "Cisco Tomcat on cucm-pub"


def test_everything_old_of_a_node_is_restarted(run, example):
    told = json.loads(run("restart", "cucm-pub", "--old", "--json"))

    assert told["node"] == "cucm-pub"
    assert len(told["services"]) == 7
    assert services.stale(example.db) == []
    assert "everything that runs on cucm-pub" in run(
        "restart", "cucm-pub", "--old", status=1
    )


@pytest.mark.parametrize(
    ("command", "before", "words", "kind"),
    [
        ("stop", [], "is stopped", "service.stopped"),
        ("start", ["stop"], "is starting, ready in", "service.started"),
        ("deactivate", [], "is deactivated", "service.deactivated"),
        ("activate", ["deactivate"], "is starting, ready in", "service.activated"),
    ],
)
def test_each_deed_has_its_command(run, example, command, before, words, kind):
    for each in before:
        run(each, "cucm-sub1", TFTP)

    told = run(command, "cucm-sub1", TFTP)

    assert told.startswith(f"Cisco Tftp on cucm-sub1 {words}")
    assert done(example, kind) == ["Cisco Tftp on cucm-sub1"]


@pytest.mark.parametrize(
    ("command", "state"), [("stop", "stopped"), ("restart", "starting")]
)
def test_a_deed_tells_its_outcome_as_json(run, command, state):
    told = json.loads(run(command, "cucm-sub1", TFTP, "--json"))

    assert told["state"] == state
    assert (told["node"], told["service"]) == ("cucm-sub1", TFTP)
    assert (told["started_at"] is None) == (state == "stopped")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("restart", "cucm-sub1", "Cisco Nothing"), "runs no service called"),
        (("restart", "nobody", TOMCAT), "nothing in the lab is called nobody"),
        (("stop", "cucm-sub1", TOMCAT), "Cisco Tomcat cannot be stopped"),
        (("deactivate", "cucm-sub1", TOMCAT), "is a network service"),
        (("services", "--node", "nobody"), "nothing in the lab is called nobody"),
        (("services", "--cluster", "Elsewhere"), "no cluster called Elsewhere"),
        (("restart", "--all-nodes", "Cisco Nothing"), "no node of Example Cluster"),
    ],
    ids=" ".join,
)
def test_a_refusal_is_one_line(run, example, arguments, words):
    before = events.count(example.db)

    told = run(*arguments, status=1)

    assert words in told
    assert len(told.splitlines()) == 1
    assert events.count(example.db) == before


@pytest.mark.parametrize(
    "arguments",
    [
        ("restart",),
        ("restart", TOMCAT),
        ("restart", "--all-nodes", "cucm-pub", TOMCAT),
        ("restart", "--old", "cucm-pub", TOMCAT),
        ("restart", "--old", "--all-nodes", TOMCAT),
        ("start", "cucm-pub"),
    ],
    ids=" ".join,
)
def test_wrong_usage_is_told_apart_from_a_refusal(run, arguments):
    run(*arguments, status=2)


def test_of_several_clusters_one_has_to_be_named(run, example):
    add_cluster(example, "Other", "other.example")

    assert "the lab has 2 clusters" in run("restart", "--all-nodes", TOMCAT, status=1)

    run("restart", "--all-nodes", TOMCAT, "--cluster", "Example Cluster")
    assert len(done(example, "service.restarted")) == 5


def test_a_stopped_service_is_left_out(run, example):
    stop_service(example, "cucm-sub1", "Cisco DRF Local")

    told = json.loads(run("restart", "--all-nodes", "Cisco DRF Local", "--json"))

    assert told["left_out"] == ["cucm-sub1"]
    assert "cucm-sub1" not in told["nodes"]


def test_an_empty_lab_has_no_services(empty_path):
    told = CliRunner().invoke(commands, ["services"])

    assert told.stdout.strip() == "no service is there"
