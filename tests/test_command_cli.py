"""The command `cli`: a line of the cluster's own, answered from standard input."""

import json

import pytest
from click.testing import CliRunner

from lab.command import commands
from lab.pki.cluster_text import read_session
from lab.pki.pieces import Contents
from lab.store import events, parties, places, requests


@pytest.fixture
def run(example_path):
    """Run the command; what it printed. The exit status is checked."""

    def call(*arguments, typed="", status=0):
        result = CliRunner().invoke(
            commands, ["cli", *arguments], input=typed, catch_exceptions=False
        )
        assert result.exit_code == status, result.output + result.stderr
        return result

    return call


def slot(lab, node="cucm-sub1", purpose="tomcat"):
    party = parties.by_name(lab.db, "", node)
    return places.slot(lab.db, party.id, purpose).certificate


def test_a_question_is_answered_from_standard_input(run, example):
    before = slot(example)

    done = run("set cert regen tomcat", "--node", "cucm-sub1", typed="yes\n")

    assert "Successfully regenerated certificate for tomcat." in done.stdout
    assert slot(example) != before


def test_yes_answers_every_question(run, example):
    before = slot(example)

    run("set cert regen tomcat", "--node", "cucm-sub1", "--yes")

    assert slot(example) != before


def test_a_question_without_an_answer_changes_nothing(run, example):
    before = events.count(example.db)

    done = run("set cert regen tomcat", "--node", "cucm-sub1", status=1)

    assert "waits for an answer: Proceed with regeneration" in done.stderr
    assert events.count(example.db) == before


def test_a_session_of_commands_and_answers_can_be_piped_in(run, example):
    typed = "show csr list\nset csr gen tomcat\nno\nshow csr own tomcat/tomcat.csr\n"

    done = run("--node", "cucm-sub1", typed=typed)

    shown = [line for line in done.stdout.splitlines() if line.startswith("admin:")]
    assert shown == [f"admin:{line}" for line in typed.splitlines() if line != "no"]
    assert "-----BEGIN CERTIFICATE REQUEST-----" in done.stdout
    party = parties.by_name(example.db, "", "cucm-sub1")
    assert requests.get(example.db, party.id, "tomcat")


def test_a_certificate_is_pasted_as_one_answer(run, example):
    shown = run("show cert own tomcat", "--node", "imp-pub").stdout
    pem = shown[shown.index("-----BEGIN") :]

    done = run("set cert import trust ipsec", "--node", "cucm-pub", typed=pem)

    assert "Successfully imported certificate for ipsec-trust." in done.stdout
    entries = places.entries(
        example.db, parties.by_name(example.db, "", "cucm-pub").id, "ipsec-trust"
    )
    assert slot(example, "imp-pub") in {entry.certificate for entry in entries}


def test_what_is_printed_is_read_by_our_own_import(run):
    done = run("--node", "cucm-pub", typed="show cert list own\nshow cert own tomcat\n")

    contents = Contents()
    [part] = read_session(done.stdout.encode(), contents)

    assert part.place == "tomcat"
    assert len(contents.listed) == 9


def test_a_refusal_ends_with_status_one(run, example):
    before = events.count(example.db)

    done = run("utils ctl update CTLFile", "--node", "cucm-sub1", status=1)

    assert done.stdout.startswith("Executed command unsuccessfully")
    assert done.stderr.startswith("refused: ")
    assert events.count(example.db) == before
    assert "needs privilege 4" in (
        run("utils itl reset localkey", "--node", "cucm-pub", "--privilege", "1",
            status=1).stderr
    )  # fmt: skip


def test_an_unknown_node_is_refused(run):
    assert "nothing in the lab is called nobody" in (
        run("show itl", "--node", "nobody", status=1).stderr
    )


def test_json_holds_the_text_and_whether_it_was_refused(run):
    one = json.loads(run("show itl", "--node", "cucm-pub", "--json").stdout)
    many = json.loads(
        run("--node", "cucm-pub", "--json", typed="help\nbogus\n", status=1).stdout
    )

    assert one["text"].startswith("The checksum value of the ITL file")
    assert one["refused"] is False
    assert [each["refused"] for each in many] == [False, True]
