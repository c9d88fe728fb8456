import json
import os
import pty
import re
import signal
import socket
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from lab.lab import open_lab
from lab.models import KeySpec
from lab.pki.bundles import read_bundle
from lab.pki.keys import make_key
from lab.store import events, parties, settings
from lab.store.database import immediate

ROOT = Path(__file__).parent.parent
ISSUING = "Example Issuing CA"
HOSTILE = "evil\x1b[2J\r\n=cmd()|`x` \u202e[a](http://b) 証明書"
TOPOLOGY = """\
[[authorities]]
name = "root"
label = "Root CA"
key = "EC 256"
"""


@pytest.fixture
def new_path(tmp_path, monkeypatch):
    path = tmp_path / "new.sqlite3"
    monkeypatch.setenv("LAB_DB", str(path))
    return path


@pytest.fixture
def topology(tmp_path):
    path = tmp_path / "small.toml"
    path.write_text(TOPOLOGY)
    return path


@pytest.fixture
def hostile_file(tmp_path):
    """A certificate with a name that tries everything."""
    key = make_key(KeySpec(type="EC", size=256))
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, HOSTILE)])
    start = datetime(2020, 1, 1, tzinfo=UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(0xBAD5E4A1)
        .not_valid_before(start)
        .not_valid_after(start + timedelta(days=36500))
        .sign(key, hashes.SHA256())
    )
    path = tmp_path / "hostile.pem"
    path.write_bytes(certificate.public_bytes(Encoding.PEM))
    return path


def process(*arguments, **more):
    """A `python -m lab` of its own."""
    command = [sys.executable, "-W", "error", "-m", "lab", *map(str, arguments)]
    options = {"cwd": ROOT, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    return subprocess.Popen(command, **options | more)


def assert_refused(done, *parts):
    """One line, no traceback, with what and what next."""
    assert done.status == 1
    assert done.out == ""
    assert done.err.startswith("refused: ")
    assert done.err.count("\n") == 1
    for part in parts:
        assert part in done.err
    assert done.err.rstrip().endswith((".", "?"))


# -- build ---------------------------------------------------------------------------


def test_build_makes_the_lab_of_a_topology_and_says_what(
    lab_command, new_path, topology
):
    done = lab_command("build", "--topology", topology, "--json").json()

    lab = open_lab(new_path)
    assert done == {
        "path": str(new_path),
        "deeds": 1,
        "parties": 1,
        "certificates": 1,
        "events": events.count(lab.db),
    }
    assert [each.name for each in parties.authorities(lab.db)] == ["root"]
    lab.close()


def test_build_refuses_a_lab_that_holds_something(lab_command, example_path, topology):
    before = example_path.read_bytes()

    done = lab_command("build", "--topology", topology)

    assert_refused(done, "the lab already holds something", "--db")
    assert example_path.read_bytes() == before


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"[[clusters", "no valid TOML"),
        (b"\xff\xfe", "cannot be read"),
        (b"x = 1", "unknown table x"),
        (b"#" * 5_000_000, "the most is"),
    ],
)
def test_a_topology_that_is_refused_makes_no_file(
    lab_command, new_path, topology, content, said
):
    topology.write_bytes(content)

    assert_refused(lab_command("build", "--topology", topology), said)
    assert not new_path.exists()


@pytest.mark.parametrize("name", ["/nowhere/x.toml", "/", "/dev/null/x"])
def test_a_topology_that_is_no_file_is_refused(lab_command, new_path, name):
    assert_refused(lab_command("build", "--topology", name), "cannot be read")


def test_build_shows_its_progress_on_a_terminal_only(tmp_path, topology):
    master, slave = pty.openpty()
    arguments = ("build", "--topology", topology, "--json", "--db")

    piped = process(*arguments, tmp_path / "piped.sqlite3")
    out, err = piped.communicate()
    shown = process(*arguments, tmp_path / "shown.sqlite3", stderr=slave)
    shown_out = shown.communicate()[0]
    os.close(slave)
    seen = os.read(master, 65536)
    os.close(master)

    assert err == b""
    assert b"100%" in seen
    assert json.loads(out)["deeds"] == json.loads(shown_out)["deeds"] == 1


# -- where the lab is ----------------------------------------------------------------


LOOKING = [
    ("list",),
    ("show", "x"),
    ("export", "x"),
    ("serve",),
    ("due",),
    ("clock",),
    ("verify",),
]


@pytest.mark.parametrize("arguments", LOOKING, ids=lambda each: each[0])
def test_a_look_at_a_lab_that_is_not_there_makes_none(lab_command, new_path, arguments):
    assert_refused(lab_command(*arguments), "there is no lab in", "python -m lab build")
    assert not new_path.exists()


@pytest.mark.parametrize("arguments", LOOKING, ids=lambda each: each[0])
def test_a_file_that_is_no_lab_is_refused(lab_command, new_path, arguments):
    new_path.write_bytes(b"no database" * 500)

    assert_refused(lab_command(*arguments), "file is not a database")


def test_the_file_is_named_before_or_after_the_command(
    lab_command, example_path, new_path
):
    before = lab_command("--db", example_path, "list", "--json").json()
    after = lab_command("list", "--json", "--db", example_path).json()

    assert before == after
    assert len(before) == 50


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("fly",),
        ("list", "--limit", "-1"),
        ("list", "--limit", "many"),
        ("list", "--sort", "colour"),
        ("list", "--state", "lost"),
        ("list", "--where", "colour contains red"),
        ("list", "--where", "common_name resembles x"),
        ("list", "--where", ""),
        ("show",),
        ("export", "x", "--format", "docx"),
        ("import",),
        ("import", "x", "--purpose", "tomcat", "--store", "tomcat-trust"),
        ("serve", "--port", "70000"),
        ("serve", "--workers", "0"),
        ("clock", "--days", "soon"),
    ],
    ids=" ".join,
)
def test_wrong_usage_ends_with_two(lab_command, example_path, arguments):
    done = lab_command(*arguments)

    assert done.status == 2
    assert done.out == ""
    assert "Usage:" in done.err


# -- list ----------------------------------------------------------------------------


def test_list_gives_the_earliest_effective_end_first(lab_command, example_path):
    found = lab_command("list", "--json", "--all").json()

    ends = [row["effective_end"] for row in found]
    assert ends == sorted(ends)
    assert len(found) > 200
    assert {"common_name", "state", "party", "limited_by_name"} <= found[0].keys()


@pytest.mark.parametrize(
    ("options", "holds"),
    [
        (["--state", "expired"], lambda row: row["state"] == "expired"),
        (
            ["--where", "common_name contains SUB1"],
            lambda row: "sub1" in row["common_name"],
        ),
        (
            [
                "--where",
                "certificate is exactly tomcat",
                "--where",
                "usage is identity",
            ],
            None,
        ),
        (
            [
                "--where",
                "distribution begins_with imp",
                "--where",
                "type is exactly Self-signed",
            ],
            lambda row: row["party"].startswith("imp") and row["self_signed"],
        ),
        (["--where", "description is empty"], lambda row: row["description"] == ""),
        (
            ["--scope", "Example Cluster"],
            lambda row: row["cluster"] == "Example Cluster",
        ),
        (["--scope", "imported"], lambda row: row["how"] == "imported"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_list_finds_only_what_was_asked_for(lab_command, example_path, options, holds):
    done = lab_command("list", "--json", "--all", *options)

    if holds is None:
        assert done.status == 2
    else:
        assert all(holds(row) for row in done.json())


def test_list_sorts_and_limits(lab_command, example_path):
    found = lab_command(
        *("list", "--json", "--sort", "common_name", "--descending", "--limit", 7)
    ).json()
    names = [row["common_name"] for row in found]

    assert len(names) == 7
    assert names == sorted(names, reverse=True)


def test_list_of_nothing_is_an_empty_list(lab_command, empty_path):
    assert lab_command("list", "--json").json() == []
    assert lab_command("list").out.startswith("FINGERPRINT")


def test_a_cluster_that_is_not_there_is_refused(lab_command, example_path):
    done = lab_command("list", "--scope", "Nowhere")

    assert_refused(done, "no cluster called Nowhere", "Example Cluster")


@pytest.mark.parametrize("columns", [60, 80, 132])
def test_the_table_fits_the_terminal(lab_command, example_path, monkeypatch, columns):
    monkeypatch.setenv("COLUMNS", str(columns))

    done = lab_command("list", "--all")

    widths = {len(line) for line in done.out.splitlines()}
    assert max(widths) <= max(columns, 68)
    assert len(done.out.splitlines()) > 200


def test_a_piped_table_is_not_cut(lab_command, example_path):
    assert "…" not in lab_command("list", "--all").out


def test_list_says_that_there_is_more(lab_command, example_path):
    done = lab_command("list", "--limit", 3)

    assert len(done.out.splitlines()) == 4
    assert re.fullmatch(r"3 of \d+; --all lists the rest\n", done.err)


def test_a_reader_who_leaves_early_causes_no_noise(example_path):
    done = process("list", "--all", "--json", "--db", example_path)

    done.stdout.read(10)
    done.stdout.close()
    err = done.stderr.read()
    done.stderr.close()

    assert done.wait() in (0, 1)
    assert err == b""


# -- show and export -----------------------------------------------------------------


def test_show_tells_everything_of_one_certificate(lab_command, example_path, example):
    found = lab_command("show", ISSUING, "--json").json()

    root = parties.authority(example.db, "example-root").certificate
    assert found["subject"] == f"CN={ISSUING},O=Example"
    assert [each["sha256"] for each in found["chain"]] == [found["sha256"], root]
    assert {each["name"] for each in found["extensions"]} >= {"keyUsage"}
    assert {each["name"] for each in found["places"]} >= {"CA", "tomcat-trust"}
    assert found["chain_state"] == "complete"
    assert "der" not in found
    text = lab_command("show", ISSUING).out
    for part in (
        ISSUING,
        found["sha256"],
        "Example Root CA",
        "tomcat-trust on cucm-pub",
    ):
        assert part in text


def test_show_names_the_certificate_above_that_ends_first(lab_command, example_path):
    text = lab_command("show", "sbc.partner.example").out

    assert "Partner CA, above it, ends first." in text


def test_a_certificate_is_found_by_each_of_its_names(lab_command, example_path):
    whole = lab_command("show", ISSUING, "--json").json()
    colons = ":".join(re.findall("..", whole["sha256"].upper()))

    for name in (whole["sha256"], whole["sha256"][:12], colons, whole["serial"]):
        assert lab_command("show", name, "--json").json() == whole


def test_a_name_that_fits_several_is_refused_with_a_list(lab_command, example_path):
    done = lab_command("show", "cucm-sub1.uc.example")

    assert_refused(done, "fits", "beginning of its fingerprint")
    for short in re.findall(r"\b[0-9a-f]{16}\b", done.err):
        assert lab_command("show", short).status == 0


@pytest.mark.parametrize("name", ["nobody", "", "%", "ffff", "' OR 1", HOSTILE])
@pytest.mark.parametrize("command", ["show", "export"])
def test_a_name_that_fits_none_is_refused(lab_command, example_path, command, name):
    done = lab_command(command, name)

    assert_refused(done, "no certificate has", "python -m lab list")
    assert "\x1b" not in done.err


def test_export_writes_pem_der_and_the_chain(lab_command, example_path, tmp_path):
    for form in ("pem", "der", "chain"):
        done = lab_command(
            *("export", ISSUING, "--format", form, "--output", tmp_path / form)
        )
        assert done.status == 0

    pem, der, chain = (
        (tmp_path / form).read_bytes() for form in ("pem", "der", "chain")
    )
    assert read_bundle(pem).ders == (der,)
    names = [
        x509.load_der_x509_certificate(each).subject.rfc4514_string()
        for each in read_bundle(chain).ders
    ]
    assert names == [f"CN={ISSUING},O=Example", "CN=Example Root CA,O=Example"]


def test_export_to_a_pipe_gives_the_bytes_and_nothing_else(lab_command, example_path):
    pem = lab_command("export", ISSUING).out
    done = process("export", ISSUING, "--format", "der", "--db", example_path)
    der, err = done.communicate()

    assert read_bundle(pem.encode()).ders == (der,)
    assert err == b""


def test_export_as_json_holds_the_same(lab_command, example_path):
    found = lab_command("export", ISSUING, "--json").json()

    assert found["content"] == lab_command("export", ISSUING).out
    assert found["format"] == "pem"


def test_der_is_not_written_to_a_terminal(example_path):
    master, slave = pty.openpty()

    done = process(
        *("export", ISSUING, "--format", "der", "--db", example_path), stdout=slave
    )
    _, err = done.communicate()
    os.close(slave)
    os.close(master)

    assert done.returncode == 1
    assert err.startswith(b"refused: DER is not for a terminal. ")


def test_a_file_is_overwritten_only_by_force(lab_command, example_path, tmp_path):
    path = tmp_path / "there.pem"
    path.write_text("mine")
    arguments = ("export", ISSUING, "--output", path)

    refused = lab_command(*arguments)
    assert path.read_text() == "mine"
    forced = lab_command(*arguments, "--force")

    assert_refused(refused, "is there already", "--force")
    assert forced.status == 0
    assert len(read_bundle(path.read_bytes()).ders) == 1


@pytest.mark.parametrize("output", ["/nowhere/x.pem", "/dev/null/x"])
def test_a_file_that_cannot_be_written_is_refused(lab_command, example_path, output):
    assert_refused(
        lab_command("export", ISSUING, "--output", output), "cannot be written"
    )


# -- import --------------------------------------------------------------------------


def test_import_takes_in_what_can_be_read_and_names_the_rest(
    lab_command, new_path, hostile_file, tmp_path
):
    (tmp_path / "notes.txt").write_text("nothing here")

    done = lab_command("import", hostile_file, tmp_path / "notes.txt", "--json").json()

    assert (done["files"], done["new"], done["known"], done["refusals"]) == (2, 1, 0, 1)
    assert done["refused"][0]["file"].endswith("notes.txt")
    assert done["refused"][0]["reason"] == "there is no certificate in the file"
    again = lab_command("import", hostile_file, tmp_path / "notes.txt")
    assert (
        "imported 0 new and 1 known certificates from 2 files, 1 refused" in again.out
    )
    assert again.err.count("\n") == 1


def test_import_puts_it_where_it_is_told(lab_command, new_path, hostile_file):
    done = lab_command(
        *("import", hostile_file, "--cluster", "C", "--node", "n"),
        *("--store", "tomcat-trust"),
    )

    assert done.status == 0
    [row] = lab_command("list", "--json").json()
    assert (row["cluster"], row["party"], row["name"]) == ("C", "n", "tomcat-trust")


def test_a_dry_run_says_the_same_and_changes_nothing(
    lab_command, new_path, hostile_file
):
    dry = lab_command("import", hostile_file, "--dry-run", "--json").json()
    assert not new_path.exists()
    done = lab_command("import", hostile_file, "--json").json()

    assert {name: dry[name] for name in done} == done
    assert [row["known"] for row in dry["found"]] == [False]
    again = lab_command("import", hostile_file, "--dry-run", "--json").json()
    assert [row["known"] for row in again["found"]] == [True]


@pytest.mark.parametrize("dry", [(), ("--dry-run",)], ids=["done", "dry"])
@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--cluster", "C", "--node", "n", "--store", "x"), "no trust store called"),
        (("--store", "tomcat-trust"), "needs a node"),
        (("--node", "nobody"), "nothing in the lab is called nobody"),
    ],
)
def test_a_place_that_is_none_is_refused(
    lab_command, empty_path, hostile_file, dry, options, said
):
    assert_refused(lab_command("import", hostile_file, *options, *dry), said)
    assert lab_command("list", "--json").json() == []


@pytest.mark.parametrize(
    "name", ["/nowhere", "/dev/zero", "/dev/null", "/proc/self/mem"]
)
def test_a_path_that_is_no_file_is_refused(lab_command, empty_path, name):
    assert_refused(lab_command("import", name), "nothing could be imported", name)


def test_names_of_strangers_do_not_reach_the_terminal_as_they_are(
    lab_command, new_path, hostile_file
):
    lab_command("import", hostile_file)

    for arguments in (
        ("list",),
        ("list", "--json"),
        ("show", "bad5e4a1"),
        ("show", "bad5e4a1", "--json"),
        ("import", hostile_file, "--dry-run"),
    ):
        done = lab_command(*arguments)
        assert done.status == 0
        assert not {"\x1b", "\r", "\u202e"} & set(done.out + done.err)
        assert "evil" in done.out


def test_a_name_that_the_terminal_cannot_write_is_written_with_escapes(
    lab_command, new_path, hostile_file
):
    lab_command("import", hostile_file)

    done = process("list", env=os.environ | {"PYTHONIOENCODING": "latin-1"})
    out, err = done.communicate()

    assert (done.returncode, err) == (0, b"")
    assert rb"\u8a3c" in out


# -- due, clock, verify --------------------------------------------------------------


def test_due_does_what_has_come_due(lab_command, example_path, example):
    with immediate(example.db):
        settings.set_clock_shift(example.db, timedelta(days=60))
    before = events.count(example.db)

    first = lab_command("due", "--json").json()
    second = lab_command("due", "--json").json()

    assert first["done"] >= 2
    assert second["done"] == 0
    # A check of revocation that is only marked as wanted is no event yet.
    assert before + 2 <= events.count(example.db) <= before + first["done"]


def test_the_clock_is_shown_and_turned(lab_command, example_path, example):
    before = lab_command("clock", "--json").json()
    lab_command("clock", "--days", 30, "--hours", 2)
    after = lab_command("clock", "--json").json()

    turned = datetime.fromisoformat(after["now"]) - datetime.fromisoformat(
        before["now"]
    )
    assert (
        timedelta(days=30, hours=2) <= turned < timedelta(days=30, hours=2, minutes=5)
    )
    assert after["ahead_seconds"] == (30 * 24 + 2) * 3600
    assert events.latest(example.db, 1)[0].kind == "clock.turned"


@pytest.mark.parametrize(
    "options",
    [
        ("--days", "-1"),
        ("--hours", "-0.5"),
        ("--days", "40000"),
        ("--days", "1e300"),
        ("--days", "nan"),
        ("--hours", "inf"),
    ],
    ids=" ".join,
)
def test_the_clock_does_not_go_back_or_out_of_sight(
    lab_command, example_path, example, options
):
    before = events.head(example.db)

    assert_refused(lab_command("clock", *options), "cannot be turned")
    assert events.head(example.db) == before


def test_verify_finds_a_whole_lab_whole(lab_command, example_path, example):
    done = lab_command("verify", "--json").json()

    assert done == {"ok": True, "events": events.count(example.db), "found": []}


def test_verify_finds_a_changed_event(lab_command, example_path, example):
    with immediate(example.db):
        example.db.execute("DROP TRIGGER events_no_update")
        example.db.execute("UPDATE events SET actor = 'nobody' WHERE id = 7")

    assert_refused(lab_command("verify"), "event 7 does not fit the one before it")
    done = lab_command("verify", "--json")
    assert done.status == 1
    assert json.loads(done.out)["ok"] is False


def test_a_damaged_file_is_refused_by_whatever_reads_it(lab_command, example_path):
    data = bytearray(example_path.read_bytes())
    data[8192 : len(data) // 2] = bytes(len(data) // 2 - 8192)
    example_path.write_bytes(data)

    for arguments in (("list", "--all"), ("show", ISSUING), ("verify",), ("due",)):
        done = lab_command(*arguments)
        assert done.status in (0, 1)
        assert "Traceback" not in done.err
    assert lab_command("verify").status == 1


# -- serve ---------------------------------------------------------------------------


@pytest.mark.parametrize("workers", [1, 2])
def test_serve_answers_until_it_is_stopped(example_path, workers):
    server = process(
        *("serve", "--port", 0, "--workers", workers, "--json", "--db", example_path)
    )
    text = b""
    while b"}" not in text:
        text += server.stdout.readline()
    address = urlsplit(json.loads(text)["address"])

    connection = HTTPConnection(address.hostname, address.port, timeout=30)
    connection.request("GET", "/pki/crl/example-issuing.crl")
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    server.send_signal(signal.SIGINT)
    _, err = server.communicate(timeout=30)

    assert address.hostname == "127.0.0.1"
    assert answer.status == 200
    assert x509.load_der_x509_crl(body).next_update_utc
    assert (server.returncode, err) == (0, b"")


def test_a_taken_port_is_refused(lab_command, example_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

        done = lab_command("serve", "--port", port)

    assert_refused(done, f"127.0.0.1 port {port}", "in use", "--port")


@pytest.mark.parametrize("host", ["no.such.host.invalid", "x" * 300, "999.1.1.1"])
def test_a_host_that_is_not_here_is_refused(lab_command, example_path, host):
    assert_refused(
        lab_command("serve", "--host", host, "--port", 0), "nobody can listen"
    )
