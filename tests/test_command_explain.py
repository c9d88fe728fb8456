"""`python -m lab explain`: one certificate, or a line at a time."""

import json
import os
import subprocess
import sys
from base64 import b64encode

import pytest
from click.testing import CliRunner

from lab.command import commands
from lab.pki.bundles import write_pem, write_pkcs7
from tests.explain_cases import making as make

AT = make.NOON.isoformat()


@pytest.fixture(scope="module")
def chain():
    """Leaf, issuing CA and root."""
    root = make.root()
    issuing = make.ca("Issuing", root)
    return make.leaf(issuing), issuing, root


@pytest.fixture
def folder(tmp_path, chain):
    for name, made in zip(("leaf", "issuing", "root"), chain, strict=True):
        (tmp_path / f"{name}.pem").write_bytes(write_pem([made.der]))
    return tmp_path


def explain(*words, text=None):
    return CliRunner().invoke(commands, ["explain", *map(str, words)], input=text)


def judge_lines(*cases):
    text = "\n".join(
        each if isinstance(each, str) else json.dumps(each) for each in cases
    )
    done = explain("--batch", text=text)
    assert "Traceback" not in done.output
    return done.exit_code, [json.loads(line) for line in done.stdout.splitlines()]


def test_a_whole_chain_is_accepted_and_its_path_is_shown(folder):
    done = explain(
        *(folder / "leaf.pem", "--trust", folder / "root.pem"),
        *("--untrusted", folder / "issuing.pem", "--at", AT),
    )

    assert done.exit_code == 0, done.output
    first, *path = done.stdout.splitlines()
    assert first == "accepted: as a server, at 2030-01-01 12:00 UTC"
    assert [line.strip().partition(",")[0] for line in path[:3]] == [
        "CN=leaf.example",
        "CN=Issuing",
        "CN=Root",
    ]
    assert path[2].endswith(", trusted")


def test_a_refusal_names_the_rule_the_proof_and_the_remedy(folder):
    done = explain(folder / "leaf.pem", "--trust", folder / "root.pem", "--at", AT)

    assert done.exit_code == 1
    assert "Issuer missing: leaf.example names Issuing" in done.stdout
    assert "RFC 5280" in done.stdout
    assert done.stderr.startswith("refused: leaf.example names Issuing")
    assert "Give the missing issuer Issuing" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_the_verdict_is_data_too(folder, chain):
    done = explain(
        *(folder / "leaf.pem", "--trust", folder / "root.pem", "--at", AT, "--json"),
        *("--untrusted", folder / "issuing.pem", "--name", "other.example"),
    )

    verdict = json.loads(done.stdout)
    assert done.exit_code == 1
    assert (verdict["verdict"], verdict["reason"]) == ("refused", "name_mismatch")
    assert [each["trusted"] for each in verdict["path"]] == [False, False, True]
    assert verdict["engines"][0]["verdict"] == "refused"


@pytest.mark.parametrize(
    "order",
    [
        "leaf.pem --trust root.pem issuing.pem",
        "--trust root.pem issuing.pem leaf.pem",
        "--at AT --trust root.pem --untrusted issuing.pem leaf.pem",
        "--trust root.pem --untrusted issuing.pem --at AT leaf.pem",
        "leaf.pem --trust=root.pem --untrusted=issuing.pem",
        "leaf.pem --trust root.pem --trust issuing.pem",
        "leaf.pem --trust all",
        "leaf.pem --trust root.pem --untrusted issuing.p7b",
        "chain.pem --trust root.pem",
    ],
)
def test_files_may_be_named_in_any_usual_way(order, folder, chain, monkeypatch):
    monkeypatch.chdir(folder)
    leaf, issuing, root = (each.der for each in chain)
    (folder / "all").mkdir()
    (folder / "all" / "both.pem").write_bytes(write_pem([root, issuing]))
    (folder / "issuing.p7b").write_bytes(write_pkcs7([issuing]))
    (folder / "chain.pem").write_bytes(write_pem([leaf, issuing]))
    words = order.replace("AT", AT).split()
    if "--at" not in words:
        words += ["--at", AT]

    done = explain(*words)

    assert done.exit_code == 0, done.output


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "Missing argument 'LEAF'"),
        (["leaf.pem", "--trust"], "requires an argument"),
        (["leaf.pem", "--trust", "--at", AT], "requires an argument"),
        (["leaf.pem", "--at", "yesterday"], "is no moment"),
        (["leaf.pem", "--usage", "printer"], "'printer' is not one of"),
        (["leaf.pem", "other.pem"], "unexpected extra argument"),
        (["--batch", "--name", "x.example"], "takes these from its lines"),
    ],
)
def test_wrong_usage_is_said_and_ends_with_2(words, said, folder, monkeypatch):
    monkeypatch.chdir(folder)

    done = explain(*words)

    assert done.exit_code == 2
    assert said in done.stderr


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["missing.pem", "--trust", "root.pem"], "it cannot be read: No such file"),
        (["leaf.pem", "--trust", "missing.pem"], "missing.pem: it cannot be read"),
        (["empty.pem", "--trust", "root.pem"], "the file is empty"),
        (["leaf.pem", "--trust", "junk.bin"], "there is no certificate in the file"),
        (["leaf.pem", "--trust", "root.pem", "--name", "a b"], "neither a host name"),
    ],
)
def test_what_cannot_be_read_is_refused_in_one_line(words, said, folder, monkeypatch):
    monkeypatch.chdir(folder)
    (folder / "empty.pem").touch()
    (folder / "junk.bin").write_bytes(bytes(range(256)))

    done = explain(*words, "--at", AT)

    assert done.exit_code == 1
    assert done.stderr.startswith("refused: ")
    assert said in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_no_lab_is_made_or_asked(folder, tmp_path):
    path = tmp_path / "none.sqlite3"
    command = [sys.executable, "-m", "lab", "explain", folder / "leaf.pem"]

    done = subprocess.run(
        [*command, "--trust", folder / "leaf.pem", "--at", AT],
        env={**os.environ, "LAB_DB": str(path)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    assert "Its own anchor" in done.stdout
    assert not path.exists()


def test_lines_take_pem_base64_and_paths_alone_or_in_lists(folder, chain):
    leaf, issuing, root = chain
    text = {each: write_pem([each.der]).decode() for each in chain}
    base64 = {each: b64encode(each.der).decode() for each in chain}
    common = {"at": AT, "name": "leaf.example", "usage": "server"}

    status, verdicts = judge_lines(
        {"leaf": text[leaf], "untrusted": text[issuing], "trust": text[root], **common},
        {
            "leaf": base64[leaf],
            "untrusted": [base64[issuing]],
            "trust": [base64[root], text[issuing]],
            "id": 7,
            **common,
        },
        {
            "leaf": str(folder / "leaf.pem"),
            "untrusted": [str(folder / "issuing.pem")],
            "trust": [str(folder / "root.pem")],
            **common,
        },
        {"leaf": text[leaf] + text[issuing], "trust": text[root], **common},
    )

    assert status == 0
    assert {each["verdict"] for each in verdicts} == {"accepted"}
    assert [each.get("id") for each in verdicts] == [None, 7, None, None]


def test_a_line_that_cannot_be_judged_says_why_and_the_rest_is_judged(chain):
    leaf, _issuing, _root = chain
    base64 = b64encode(leaf.der).decode()

    status, verdicts = judge_lines(
        "no json",
        "[1, 2]",
        "[" * 100_000,
        "",
        {},
        {"leaf": 5},
        {"leaf": [base64, None]},
        {"leaf": "-"},
        {"leaf": "a\0b"},
        {"leaf": base64, "at": 2030},
        {"leaf": base64, "at": "soon"},
        {"leaf": base64, "usage": "printer"},
        {"leaf": base64, "policy": "none"},
        {"leaf": base64, "name": "a b"},
        {"leaf": base64[:-40], "trust": base64},
        {"leaf": base64, "trust": base64, "at": AT},
    )

    assert status == 1
    *errors, last = verdicts
    assert len(errors) == 14
    assert {each["verdict"] for each in errors} == {"error"}
    assert all(each["evidence"] and each["remedy"] for each in errors)
    assert last["verdict"] == "accepted"


def test_an_issuer_that_is_unreadable_is_no_issuer(chain):
    leaf, issuing, root = chain
    case = {
        "leaf": b64encode(leaf.der).decode(),
        "untrusted": [b64encode(issuing.der[:-9]).decode()],
        "trust": [b64encode(root.der).decode()],
        "at": AT,
    }

    status, (verdict,) = judge_lines(case)

    assert (status, verdict["reason"]) == (0, "issuer_missing")


def test_lines_may_come_from_a_file(tmp_path, chain):
    leaf = b64encode(chain[0].der).decode()
    path = tmp_path / "cases.jsonl"
    path.write_text(json.dumps({"leaf": leaf, "trust": leaf, "at": AT}) + "\n")

    done = explain("--batch", path)

    assert json.loads(done.stdout)["cluster_rules"] == ["own_anchor", "partial_chain"]
