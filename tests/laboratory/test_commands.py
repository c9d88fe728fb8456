"""The commands of the laboratory: faults, matrix, ask."""

import csv
import io

import pytest

from lab.actions.add_authority import add_authority
from lab.actions.revoke_certificate import revoke_certificate
from lab.actions.set_base_url import set_base_url
from lab.lab import open_lab
from lab.models import KeySpec
from lab.store import events
from lab.web.serving import serving_in_background

EC = KeySpec(type="EC", size=256)


@pytest.fixture
def answering(empty_path, issue):
    """A lab on a server, with an authority and a certificate of it."""
    lab = open_lab(empty_path, actor="test")
    with serving_in_background(empty_path) as address:
        set_base_url(lab, address)
        add_authority(lab, "one", "Lab One", key=EC, ocsp="delegated")
        yield lab, issue(lab, "one")
    lab.close()


@pytest.fixture
def filed(empty_path, issue):
    """The same, without the server."""
    lab = open_lab(empty_path, actor="test")
    add_authority(lab, "one", "Lab One", key=EC, ocsp="delegated")
    yield lab, issue(lab, "one")
    lab.close()


def test_a_fault_is_set_shown_and_taken_back(filed, lab_command):
    assert lab_command("faults", "list").out == "no fault is at work\n"

    said = lab_command("faults", "set", "one", "stale").out
    shown = lab_command("faults", "list").out
    gone = lab_command("faults", "clear", "one").out

    assert said == "stale is at work for one in OCSP and CRL\n"
    assert "one     OCSP     stale" in shown
    assert "stale of one in OCSP is taken back" in gone
    assert lab_command("faults", "list", "--json").json() == []


def test_a_certificate_is_named_as_elsewhere(filed, lab_command):
    _, leaf = filed

    for name in (leaf.sha256[:12], "client.example", leaf.serial):
        [made] = lab_command(
            *("faults", "set", name, "unknown", "--channel", "ocsp", "--json")
        ).json()

        assert made["target"] == leaf.sha256
    assert (made["channel"], made["fault"]) == ("OCSP", "unknown")


def test_faults_of_the_environment_are_shown(filed, lab_command, monkeypatch):
    monkeypatch.setenv("LAB_FAULTS", "*=slow:3@CRL")

    [shown] = lab_command("faults", "list", "--json").json()

    assert (shown["target"], shown["seconds"], shown["since"]) == ("*", 3, None)
    assert "by LAB_FAULTS" in lab_command("faults", "list").out


def test_all_faults_that_there_are_are_listed(lab_command):
    shown = lab_command("faults", "list", "--known").out

    assert "tryLater" in shown
    assert "RFC 6960" in shown
    assert "down " not in shown
    assert len(lab_command("faults", "list", "--known", "--json").json()) == 25


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (("set", "one", "purple"), "there is no fault 'purple'"),
        (("set", "three", "stale"), "no authority and no certificate 'three'"),
        (("set", "one", "slow", "--seconds", "99"), "is no number of seconds"),
        (("set", "one", "down"), "cannot be down"),
        (("clear",), "no fault is set for anything"),
    ],
)
def test_a_wrong_fault_is_refused_in_a_line(filed, lab_command, words, text):
    lab, _ = filed
    before = events.count(lab.db)

    done = lab_command("faults", *words)

    assert (done.status, done.out) == (1, "")
    assert text in done.err
    assert done.err.count("\n") == 1
    assert events.count(lab.db) == before


def test_a_server_does_not_start_with_a_wrong_environment(
    filed, lab_command, monkeypatch
):
    monkeypatch.setenv("LAB_FAULTS", "one=purple")

    done = lab_command("serve", "--port", "0")

    assert done.status == 1
    assert done.err.startswith("refused: there is no fault 'purple'. Choose one of:")


def test_a_part_of_the_matrix_is_printed_and_written(filed, lab_command, tmp_path):
    table, test = tmp_path / "matrix.csv", tmp_path / "test_matrix.py"

    done = lab_command(
        *("matrix", "--fault", "tryLater", "--method", "both", "--method", "OCSP"),
        *("--csv", table, "--pytest", test),
    )

    assert done.status == 0, done.err
    head, first, second = done.out.splitlines()
    assert head.split() == [
        *("FAULT", "ASKED", "BY", "STATUS", "SOFT", "FAIL", "HARD", "FAIL"),
        *("COMMON", "CRITERIA", "BECAUSE"),
    ]
    assert "connects, unchecked" in first
    assert "refuses, unchecked" in first
    assert second.split()[:4] == ["tryLater", "both", "good", "connects"]
    rows = list(csv.reader(io.StringIO(table.read_text("utf-8-sig"))))
    assert len(rows) == 1 + 6
    assert '("tryLater", "OCSP", "hard", "unusable", False)' in test.read_text()


def test_the_matrix_is_printed_as_json(filed, lab_command):
    cells = lab_command("matrix", "--fault", "down", "--json").json()

    assert len(cells) == 9
    assert {each["status"] for each in cells} == {"unreachable"}
    assert {each["colour"] for each in cells} == {"yellow", "orange"}


def test_a_file_that_is_there_is_not_overwritten(filed, lab_command, tmp_path):
    table = tmp_path / "matrix.csv"
    table.write_text("mine")
    words = ("matrix", "--fault", "good", "--method", "OCSP", "--csv", table)

    assert "is there already" in lab_command(*words).err
    assert table.read_text() == "mine"
    assert lab_command(*words, "--force").status == 0
    assert table.read_text() != "mine"


def test_a_wrong_part_of_the_matrix_is_refused(filed, lab_command):
    done = lab_command("matrix", "--fault", "purple")

    assert done.status == 1
    assert "the matrix has no fault 'purple'. Choose from: good," in done.err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--method", "OCSP"), "good, by OCSP from"),
        (("--method", "OCSP", "--get", "--no-nonce"), "answers a GET with HTTP 200"),
        (("--method", "OCSP", "--hash", "sha256"), "hashAlgorithm: sha256"),
        (("--method", "CRL"), "good, by CRL from"),
        ((), "hard fail: connects, it is good"),
    ],
)
def test_a_responder_is_asked(answering, lab_command, words, said):
    done = lab_command("ask", "client.example", *words)

    assert done.status == 0, done.err
    assert said in done.out


def test_the_trees_are_printed(answering, lab_command):
    by_ocsp = lab_command("ask", "client.example", "--method", "OCSP").out
    by_crl = lab_command("ask", "client.example", "--method", "CRL").out
    without = lab_command("ask", "client.example", "--no-tree").out

    assert "the question:\n  OCSPRequest" in by_ocsp
    assert "the answer:\n  OCSPResponse" in by_ocsp
    assert "the list:\n  CertificateList" in by_crl
    assert "OCSPRequest" not in without


def test_a_fault_shows_in_what_is_asked(answering, lab_command):
    lab, leaf = answering
    lab_command("faults", "set", "one", "stale")

    stale = lab_command("ask", leaf.sha256[:16], "--no-tree").out
    lab_command("faults", "clear")
    revoke_certificate(lab, leaf.sha256, "keyCompromise")
    revoked = lab_command("ask", leaf.sha256[:16], "--json").json()

    assert "not so: it is stale" in stale
    assert "soft fail: connects" in stale
    assert "hard fail: refuses" in stale
    assert (revoked["status"], revoked["reason"]) == ("revoked", "keyCompromise")
    assert revoked["policies"] == {
        "soft": False,
        "hard": False,
        "common_criteria": False,
    }
    assert revoked["trees"]["the answer"][0]["name"] == "OCSPResponse"


def test_an_address_says_what_kind_it_is(answering, lab_command):
    alone = lab_command("ask", "client.example", "--url", "http://127.0.0.1:9/")
    there = lab_command(
        *("ask", "client.example", "--url", "http://127.0.0.1:9/", "--method", "OCSP")
    )

    assert alone.status == 2
    assert there.status == 0
    assert "refuses the connection" in there.out


def test_nobody_is_asked_at_an_address_that_only_a_certificate_names(
    filed, lab_command
):
    lab, _ = filed
    set_base_url(lab, "http://other.example:8501")

    done = lab_command("ask", "client.example", "--no-tree")

    assert done.status == 0
    assert done.out.startswith("unreachable")
    assert "hard fail: refuses" in done.out


def test_a_certificate_that_is_not_there_is_refused(filed, lab_command):
    assert "no certificate has" in lab_command("ask", "nobody.example").err


def test_a_stranger_is_believed_once_it_is_designated(
    example_path, lab_command, tmp_path
):
    lab_command("faults", "set", "example-issuing", "wrong_signer")
    stranger = tmp_path / "stranger.pem"
    with serving_in_background(example_path) as address:
        found = lab_command("list", "--json").json()
        leaf = next(
            each["certificate"]
            for each in found
            if (each["party"], each["name"]) == ("cucm-sub1", "tomcat")
        )
        words = ("ask", leaf, "--method", "OCSP", "--no-tree")
        words = (*words, "--url", f"{address}/pki/ocsp")

        before = lab_command(*words, "--certificates", stranger).out
        lab_command("upload", stranger, "--node", "cucm-pub", "--to", "tomcat-trust")
        still = lab_command(*words).out
        after = lab_command(*words, "--cluster", "Example Cluster").out

    assert before.startswith("unusable")
    assert "not so: TRP: no certificate is designated" in before
    assert still.startswith("unusable")  # nobody has said whose designation counts
    assert after.startswith("good")
    assert "not so: DTM: Stranger was issued by Stranger" in after
    assert "TRP: the key of Stranger signed it" in after


def test_where_no_certificates_come_none_are_written(answering, lab_command, tmp_path):
    lab_command("faults", "set", "one", "tryLater")

    done = lab_command("ask", "client.example", "--certificates", tmp_path / "none.pem")

    assert done.status == 1
    assert "there is no certificate in what" in done.err
    assert list(tmp_path.glob("*.pem")) == []
