"""The commands on trust stores and nodes."""

import json

import pytest
from click.testing import CliRunner

from lab.actions.delete_trust import delete_trust
from lab.command import commands
from lab.store import parties, places

ROOT = "Example Root CA"


@pytest.fixture
def ask(example):  # LAB_DB names it
    def run(*arguments, answer=""):
        return CliRunner().invoke(commands, arguments, input=answer)

    return run


@pytest.fixture
def told(ask):
    """What a command says as JSON."""

    def run(*arguments):
        done = ask(*arguments, "--json")
        assert done.exit_code == 0, done.stderr
        return json.loads(done.stdout)

    return run


def holders(lab):
    sha256 = parties.authority(lab.db, "example-root").certificate
    return {
        parties.get(lab.db, each.party).name
        for each in places.of_certificate(lab.db, sha256)
        if each.name == "tomcat-trust"
    }


def test_drift_shows_the_node_that_lacks_a_certificate(ask, told):
    done = ask("drift")

    head, row, summary = done.stdout.splitlines()
    assert head.split()[:3] == ["STORE", "CERTIFICATE", "FINGERPRINT"]
    assert row.split()[0] == "tomcat-trust"
    assert row.endswith("MISSING")
    assert summary.startswith("Example Cluster: 1 missing, 0 stale, 0 extra")
    (line,) = told("drift")
    assert line["nodes"]["imp-sub"] == "missing"
    assert line["differs"] is True
    assert len(told("drift", "--all")) > 30
    assert told("drift", "--store", "CAPF-trust") == []


def test_drift_says_when_there_is_none(ask):
    ask("intercluster-sync", "imp-pub")

    assert ask("drift").stdout == "Example Cluster: all nodes trust the same\n"


def test_a_deletion_shows_what_breaks_and_asks(ask, example):
    done = ask("delete-trust", "cucm-sub1", "tomcat-trust", ROOT, answer="n\n")

    assert done.exit_code == 1
    assert "goes from tomcat-trust on every node" in done.stdout
    assert "ldap.corp.example (peer on directory) is no longer trusted" in done.stdout
    assert "stops web administration of this node" in done.stdout
    assert "cannot be undone" in done.stderr
    assert "cucm-sub1" in holders(example)


def test_a_confirmed_deletion_says_what_follows(ask, example):
    done = ask("delete-trust", "cucm-sub1", "tomcat-trust", ROOT, answer="y\n")

    assert done.exit_code == 0
    assert "what follows:" in done.stdout
    assert "Restart Cisco Tomcat" in done.stdout
    assert "cucm-sub1" not in holders(example)


def test_a_deletion_need_not_ask(told, example):
    found = told("delete-trust", "cucm-sub1", "tomcat-trust", ROOT, "--yes")

    assert found["deleted"] == parties.authority(example.db, "example-root").certificate
    assert "web administration of this node" in found["breaks"]["stops"]
    assert {"restart"} <= {each["kind"] for each in found["follows"]}
    assert "cucm-sub1" not in holders(example)


def test_phones_that_are_lost_are_counted(ask, told):
    capf = next(
        line["certificate"]
        for line in told("drift", "--all", "--store", "CallManager-trust")
        if line["common_name"].startswith("CAPF-")
    )

    done = ask("delete-trust", "cucm-pub", "CallManager-trust", capf, answer="n\n")

    assert "and 15 more phones cannot register with cucm-sub1: " in done.stdout
    assert "stops secure registration of 24 phones" in done.stdout
    assert "and 5 more" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (["cucm-pub", "CAPF-trust", ROOT], "is not in CAPF-trust on cucm-pub"),
        (["nobody", "tomcat-trust", ROOT], "called nobody"),
        (["cucm-pub", "tomcat-trust", "No Such CA"], "no certificate has"),
        (["cucm-pub", "cup-trust", ROOT], "cucm-pub has no trust store cup-trust"),
    ],
)
def test_what_cannot_be_deleted_is_refused_in_one_line(ask, arguments, text):
    done = ask("delete-trust", *arguments, "--yes")

    assert done.exit_code == 1
    assert done.stderr.count("\n") == 1
    assert text in done.stderr


def test_an_identity_is_no_trust_store(ask):
    done = ask("delete-trust", "cucm-pub", "tomcat", ROOT)

    assert done.exit_code == 2
    assert "'tomcat' is not one of" in done.stderr


def test_a_node_is_taken_offline_misses_a_deletion_and_catches_up(ask, told, example):
    assert told("node", "offline", "cucm-sub2") == {
        "node": "cucm-sub2",
        "online": False,
    }
    root = parties.authority(example.db, "example-root").certificate
    delete_trust(example, "cucm-pub", "tomcat-trust", root)
    ask("clock", "--hours", "1")
    assert holders(example) == {"cucm-sub2"}
    assert "node offline" in ask("drift").stdout

    assert ask("node", "back", "cucm-sub2").stdout == "cucm-sub2 is online\n"

    ask("clock", "--hours", "1")
    assert holders(example) == set()


def test_what_is_asked_of_an_offline_node_is_refused_in_the_clusters_words(ask):
    ask("node", "offline", "cucm-sub2")

    done = ask("delete-trust", "cucm-sub2", "tomcat-trust", ROOT, "--yes")

    assert done.exit_code == 1
    assert "(unable to connect to Remote Node)" in done.stderr


def test_a_forced_sync_tells_who_changed(ask, told):
    assert told("intercluster-sync", "imp-pub") == {"changed": ["imp-sub"]}
    assert "nothing" in ask("intercluster-sync", "imp-pub").stdout
    assert "has no Cisco Intercluster" in ask("intercluster-sync", "cucm-pub").stderr
