"""`python -m lab addresses` and `look`: what is allowed, and what a server presents."""

import json
import socket

import pytest
from click.testing import CliRunner

from lab.command import commands
from lab.pki.bundles import read_bundle


@pytest.fixture
def lab_command(empty_path):
    """`python -m lab`, within this process, on an empty lab."""

    def run(*arguments):
        done = CliRunner().invoke(commands, arguments)
        assert done.exception is None or isinstance(done.exception, SystemExit)
        return done

    return run


def test_addresses_lists_what_the_rules_and_the_settings_say(lab_command):
    lab_command("addresses", "--allow", "192.0.2.9/24")

    done = lab_command("addresses")

    lines = [line.split()[:3] for line in done.stdout.splitlines()]
    assert lines[0] == ["NETWORK", "ALLOWED", "BY"]
    assert ["127.0.0.0/8", "yes", "rule"] in lines
    assert ["169.254.0.0/16", "no", "rule"] in lines
    assert lines[-1] == ["192.0.2.0/24", "yes", "setting"]


def test_addresses_as_json_after_a_change(lab_command):
    lab_command("addresses", "--allow", "192.0.2.0/24")

    done = json.loads(
        lab_command("addresses", "--forbid", "192.0.2.0/24", "--json").stdout
    )

    assert {row["by"] for row in done} == {"rule"}
    assert done[0] == {
        "network": "127.0.0.0/8",
        "allowed": True,
        "by": "rule",
        "why": "This machine.",
    }


@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        (["--allow", "nonsense"], 1, "refused: 'nonsense' is no network. Write it"),
        (
            ["--forbid", "10.0.0.0/8"],
            1,
            "refused: 10.0.0.0/8 is not among the networks",
        ),
        (["--allow", "1.0.0.0/8", "--forbid", "1.0.0.0/8"], 2, "exclude each other"),
    ],
    ids=["no network", "never allowed", "both"],
)
def test_a_change_that_cannot_be_is_refused(lab_command, arguments, status, words):
    done = lab_command("addresses", *arguments)

    assert done.exit_code == status
    assert words in done.stderr
    assert "setting" not in lab_command("addresses").stdout


def test_look_writes_the_chain_as_pem(lab_command, tls_server, leaf, intermediate):
    server = tls_server(leaf, intermediate)

    done = lab_command("look", server)

    assert done.exit_code == 0
    assert read_bundle(done.stdout.encode()).ders == (leaf.der, intermediate.der)
    assert done.stderr == f"{server} at 127.0.0.1: TLSv1.3, TLS_AES_256_GCM_SHA384\n"


def test_look_as_json(lab_command, tls_server, leaf):
    server = tls_server(leaf, options=["-tls1_2"])

    done = json.loads(lab_command("look", server, "--json").stdout)

    assert read_bundle(done.pop("pem").encode()).ders == (leaf.der,)
    assert done == {
        "endpoint": server,
        "address": "127.0.0.1",
        "protocol": "TLSv1.2",
        "cipher": "ECDHE-ECDSA-AES256-GCM-SHA384",
        "certificates": 1,
    }


@pytest.mark.parametrize(
    ("endpoint", "words"),
    [
        ("8.8.8.8:443", "is at 8.8.8.8, and the lab may not speak to that. Allow it"),
        ("not an endpoint", "names no TLS endpoint. Write host:port"),
    ],
    ids=["outside", "nonsense"],
)
def test_what_cannot_be_looked_at_is_refused_in_one_line(lab_command, endpoint, words):
    done = lab_command("look", endpoint)

    assert (done.exit_code, done.stdout) == (1, "")
    assert done.stderr.startswith("refused: ")
    assert done.stderr.count("\n") == 1
    assert words in done.stderr


def test_look_says_that_nobody_listens(lab_command):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]

    done = lab_command("look", f"127.0.0.1:{port}")

    assert done.exit_code == 1
    assert f"127.0.0.1:{port} refuses the connection. Check" in done.stderr
