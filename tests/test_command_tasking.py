"""`tasks` and `settings` on the command line."""

import json

import pytest
from click.testing import CliRunner

from lab.actions.close_tasks import close_tasks
from lab.actions.deed import deed
from lab.actions.generate_self_signed import generate_self_signed
from lab.actions.set_parameter import parameter
from lab.command import commands
from lab.effects import Follows
from lab.rules.parameters import PARAMETERS
from lab.store import events, tasks

CLUSTER = "Example Cluster"
BOTH = "All Supported EC and RSA Ciphers"


def run(*arguments):
    done = CliRunner().invoke(commands, [str(each) for each in arguments])
    assert done.exception is None or isinstance(done.exception, SystemExit)
    return done


@pytest.fixture
def after_a_change(example):
    """The example lab, with a new authz on its publisher and nothing else to do."""
    with deed(example) as now:
        for kind in Follows:
            close_tasks(example, CLUSTER, kind, now=now)
    generate_self_signed(example, "cucm-pub", "authz")
    return example


def number_of(lab, kind):
    return next(task.id for task in tasks.all_open(lab.db) if task.kind == kind)


def test_tasks_are_listed_with_their_cause_and_who_does_them(after_a_change):
    done = run("tasks")

    assert done.exit_code == 0
    assert "Restart Cisco CallManager on cucm-pub" in done.stdout
    assert "Do the same on Cisco Expressway" in done.stdout
    assert "authz on cucm-pub" in done.stdout
    assert "outside" in done.stdout


def test_the_json_of_tasks_has_every_column(after_a_change):
    rows = json.loads(run("tasks", "--json", "--cluster", CLUSTER).stdout)

    assert {row["kind"] for row in rows} == {"restart", "other_cluster", "backup"}
    assert {row["after"] for row in rows} == {"authz"}
    assert all(row["source"] and row["since"] and row["by"] for row in rows)


def test_what_is_done_outside_is_confirmed(after_a_change):
    number = number_of(after_a_change, "other_cluster")

    done = run("tasks", "--confirm", number)

    assert done.exit_code == 0
    assert number not in {task.id for task in tasks.all_open(after_a_change.db)}
    assert events.latest(after_a_change.db, 1)[0].kind == "task.confirmed"


def test_what_the_lab_does_itself_is_refused_in_one_line(after_a_change):
    head = events.head(after_a_change.db)

    done = run("tasks", "--confirm", number_of(after_a_change, "restart"))

    assert done.exit_code == 1
    assert done.stderr.startswith("refused: task ")
    assert done.stderr.count("\n") == 1
    assert events.head(after_a_change.db) == head


def test_all_is_done_at_once(after_a_change):
    done = run("tasks", "--finish", "--outside")

    assert done.exit_code == 0
    assert "done: Restart Cisco CallManager on cucm-pub" in done.stdout
    assert "nothing is left to do" in done.stdout


@pytest.mark.parametrize(
    "arguments", [("--confirm", "1", "--finish"), ("--outside",)], ids=str
)
def test_options_that_exclude_or_need_each_other_are_wrong_usage(example, arguments):
    assert run("tasks", *arguments).exit_code == 2


def test_an_unknown_cluster_is_refused(example):
    for command in ("tasks", "settings"):
        done = run(command, "--cluster", "Nowhere")

        assert done.exit_code == 1
        assert "no cluster called Nowhere" in done.stderr


def test_settings_lists_every_parameter_with_its_value(example):
    done = run("settings")

    assert done.exit_code == 0
    assert "Example Cluster is in mixed mode" in done.stdout
    assert all(name in done.stdout for name in PARAMETERS)


def test_setting_one_says_what_follows(example):
    done = run("settings", "HTTPS Ciphers", BOTH, "--cluster", CLUSTER)

    assert done.exit_code == 0
    assert "what follows:" in done.stdout
    assert "Restart Cisco Tomcat on cucm-pub, cucm-sub1" in done.stdout
    assert parameter(example, CLUSTER, "HTTPS Ciphers") == BOTH


def test_the_json_of_settings_has_what_follows(example):
    found = json.loads(run("settings", "HTTPS Ciphers", BOTH, "--json").stdout)

    assert found["cluster"] == CLUSTER
    assert [row["value"] for row in found["parameters"]] == [BOTH]
    assert any("Restart Cisco Tomcat" in line for line in found["follows"])


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("Colour",), "there is no enterprise parameter called 'Colour'"),
        (("HTTPS Ciphers", "none"), "HTTPS Ciphers cannot be 'none'"),
        (("HTTPS Ciphers", ""), "HTTPS Ciphers cannot be ''"),
        (("Validity Check Frequency", "0"), "whole number from 1 to 720"),
    ],
    ids=["name", "value", "empty", "number"],
)
def test_what_cannot_be_set_is_refused(example, arguments, said):
    head = events.head(example.db)

    done = run("settings", *arguments)

    assert done.exit_code == 1
    assert said in done.stderr
    assert events.head(example.db) == head


def test_a_lab_without_clusters_says_so(empty_path):
    done = run("settings")

    assert done.exit_code == 1
    assert "the lab has 0 clusters" in done.stderr


def test_the_base_url_is_shown_set_and_refused(example):
    before = run("base-url").stdout.strip()
    set_to = run("base-url", "https://pki.example/", "--json")
    refused = run("base-url", "no address")

    assert before == "http://127.0.0.1:8501"
    assert json.loads(set_to.stdout) == {"base_url": "https://pki.example"}
    assert refused.exit_code == 1
    assert run("base-url").stdout.strip() == "https://pki.example"


def test_thresholds_are_shown_and_set(example):
    set_to = run("thresholds", 60, 20, 5)

    assert set_to.stdout.strip() == "60, 20 and 5 days"
    assert json.loads(run("thresholds", "--json").stdout)["near"] == 20
    assert run("thresholds", 60).exit_code == 2
    assert run("thresholds", 5, 20, 60).exit_code == 1
