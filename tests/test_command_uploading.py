"""`python -m lab upload`: what it would change, and then the deed."""

import json

import pytest
from click.testing import CliRunner

from lab.actions.request_certificate import request_certificate
from lab.actions.sign_request import sign_request
from lab.command import commands
from lab.pki.bundles import write_pem
from lab.store import certificates, events, parties, places


@pytest.fixture
def answer(example, tmp_path):
    """The file that came back for cup-xmpp-s2s on imp-sub, with its chain."""
    request = request_certificate(example, "imp-sub", "cup-xmpp-s2s")
    leaf = sign_request(example, "example-issuing", request.der, days=300)
    (tmp_path / "leaf.pem").write_bytes(write_pem([leaf.der]))
    (tmp_path / "root.cer").write_bytes(authority(example, "example-root").der)
    return leaf


@pytest.fixture
def run(example_path):
    def do(*words):
        return CliRunner().invoke(commands, ["upload", *map(str, words)])

    return do


def authority(lab, name):
    return certificates.get(lab.db, parties.authority(lab.db, name).certificate)


def slot(lab, node, purpose):
    party = parties.by_name(lab.db, "", node)
    return places.slot(lab.db, party.id, purpose).certificate


def test_a_dry_run_says_all_and_changes_nothing(example, answer, run, tmp_path):
    head = events.head(example.db)

    done = run(
        tmp_path / "leaf.pem", "--node", "imp-sub", "--to", "cup-xmpp-s2s", "--dry-run"
    )

    assert done.exit_code == 0, done.stderr
    assert "cup-xmpp-s2s on imp-sub" in done.stdout
    assert "chain: whole and trusted" in done.stdout
    assert "reaches cup-xmpp-s2s on imp-sub at once" in done.stdout
    assert "what follows:" in done.stdout
    assert events.head(example.db) == head


def test_it_uploads_and_says_what_the_cluster_says(example, answer, run, tmp_path):
    done = run(tmp_path / "leaf.pem", "--node", "imp-sub", "--to", "cup-xmpp-s2s")

    assert done.exit_code == 0, done.stderr
    assert done.stdout.startswith("Certificate Uploaded: ")
    assert slot(example, "imp-sub", "cup-xmpp-s2s") == answer.sha256


def test_proposed_finds_slot_and_node_by_itself(example, answer, run, tmp_path):
    done = run(tmp_path / "root.cer", tmp_path / "leaf.pem", "--proposed", "--json")

    assert done.exit_code == 0, done.stderr
    *_, last = json.loads(done.stdout)
    assert (last["node"], last["name"]) == ("imp-sub", "cup-xmpp-s2s")
    assert slot(example, "imp-sub", "cup-xmpp-s2s") == answer.sha256


def test_json_of_a_dry_run_holds_the_comparison(answer, run, tmp_path):
    done = run(tmp_path / "leaf.pem", "--proposed", "--dry-run", "--json")

    [look] = json.loads(done.stdout)
    assert done.exit_code == 0
    assert look["accepted"] is True
    assert look["usages"]["missing"] == []
    assert look["refusal"] is None
    assert look["breaks"]["certificate_count"] == 0


@pytest.mark.parametrize("dry", [[], ["--dry-run"]], ids=["done", "dry run"])
def test_a_refusal_is_one_line_with_the_words_of_the_cluster(
    example, answer, run, tmp_path, dry
):
    before = slot(example, "imp-pub", "tomcat")

    done = run(tmp_path / "leaf.pem", "--node", "imp-pub", "--to", "tomcat", *dry)

    [line] = done.stderr.splitlines()
    assert done.exit_code == 1
    assert line.startswith("refused: File /usr/local/platform/.security/tomcat/keys/")
    assert "cup-xmpp-s2s on imp-sub: upload it there" in line
    assert slot(example, "imp-pub", "tomcat") == before


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (["missing.pem", "--proposed"], 1, "missing.pem cannot be read"),
        (["x.pem"], 2, "--proposed"),
        (["x.pem", "--to", "tomcat"], 2, "--proposed"),
        (["x.pem", "--to", "tomcat", "--node", "n", "--proposed"], 2, "--proposed"),
    ],
)
def test_what_cannot_be_meant_is_refused(run, words, code, told):
    done = run(*words)

    assert done.exit_code == code
    assert told in done.stderr


def test_a_file_that_belongs_nowhere_says_so(run, example, tmp_path):
    file = tmp_path / "root.cer"
    file.write_bytes(authority(example, "example-root").der)

    done = run(file, "--node", "cucm-pub", "--proposed")

    assert done.exit_code == 1
    assert "nothing in the files tells where they go" in done.stderr
