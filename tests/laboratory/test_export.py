"""The matrix as files: what a spreadsheet reads, and a test that really runs."""

import csv
import os
import subprocess
import sys
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from lab.actions.add_authority import add_authority
from lab.actions.set_base_url import set_base_url
from lab.lab import open_lab
from lab.laboratory.export import matrix_csv, matrix_pytest
from lab.laboratory.matrix import run_matrix
from lab.laboratory.scratch import scratch_lab
from lab.models import KeySpec, Step
from lab.pki.bundles import write_pem
from lab.rules.faults import FAULTS, METHODS, POLICIES
from lab.store import settings
from lab.store.database import immediate
from lab.web.serving import serving_in_background

ROOT = Path(__file__).parents[2]
EC = KeySpec(type="EC", size=256)
QUIETLY = ("-m", "pytest", "-q", "-rs", "-p", "no:cacheprovider")
STRICTLY = ("-m", "ruff", "check", "--isolated", "--no-cache", "--select=E,F,W,I,B,UP")
AHEAD = timedelta(days=40)


@pytest.fixture(scope="module")
def filed(tmp_path_factory):
    """A lab in a file, whose clock is 40 days ahead."""
    path = tmp_path_factory.mktemp("export") / "lab.sqlite3"
    lab = open_lab(path, actor="test")
    with immediate(lab.db):
        settings.set_clock_shift(lab.db, AHEAD)
    yield lab, path
    lab.close()


@pytest.fixture(scope="module")
def matrix(filed):
    with pytest.MonkeyPatch.context() as changed:
        changed.delenv("LAB_FAULTS", raising=False)
        return run_matrix(filed[0])


@pytest.fixture(scope="module")
def exported(matrix, tmp_path_factory):
    path = tmp_path_factory.mktemp("theirs") / "test_revocation_matrix.py"
    path.write_bytes(matrix_pytest(matrix, AHEAD).getvalue())
    return path


def run(path, *arguments, **variables):
    """Run pytest in a process of its own, without anything of this one."""
    known = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("PKI_", "LAB_", "PYTEST_"))
    }
    done = subprocess.run(
        [sys.executable, *QUIETLY, f"--rootdir={path.parent}", *arguments, path],
        env=known | {name: str(value) for name, value in variables.items()},
        cwd=path.parent,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


def test_the_table_has_a_row_for_each_cell(matrix):
    text = matrix_csv(matrix).getvalue().decode("utf-8-sig")

    head, *rows = csv.reader(text.splitlines())

    assert len(rows) == len(FAULTS) * len(METHODS) * len(POLICIES)
    first = dict(zip(head, rows[0], strict=True))
    assert first["fault"] == "good"
    assert (first["status"], first["connects"]) == ("good", "yes")
    assert first["reason"] == "the answer: good"
    assert "holds from" in first["steps"]


def test_no_cell_of_the_table_is_a_formula(matrix):
    evil = Step(template="{text}", values={"text": '=HYPERLINK("http://evil")'})
    cells = (replace(matrix.cells[0], reason=evil, why="@SUM(1)", status="+1"),)

    text = matrix_csv(replace(matrix, cells=cells)).getvalue().decode("utf-8-sig")

    for cell in list(csv.reader(text.splitlines()))[1]:
        assert not cell.startswith(("=", "+", "-", "@", "\t"))


def test_the_exported_test_is_clean(exported):
    text = exported.read_text("utf-8")
    done = subprocess.run(
        [sys.executable, *STRICTLY, exported],
        capture_output=True,
        text=True,
        check=False,
    )

    assert "{{" not in text
    assert "import lab" not in text
    assert "from lab" not in text
    assert done.returncode == 0, done.stdout


def test_the_exported_test_passes_against_a_responder_of_the_lab(
    filed, exported, tmp_path
):
    with scratch_lab(filed[0].clock.now()) as scratch:
        for fault, subject in scratch.subjects.items():
            (tmp_path / f"{fault}.pem").write_bytes(write_pem([subject.certificate]))
            (tmp_path / f"{fault}-ca.pem").write_bytes(write_pem([subject.issuer]))
        named = {"PKI_CERTIFICATE": tmp_path / "{fault}.pem"}
        named["PKI_ISSUER"] = tmp_path / "{fault}-ca.pem"

        status, said = run(exported, **named)

    assert status == 0, said
    assert f"{len(FAULTS) * len(METHODS) * len(POLICIES)} passed" in said


@pytest.mark.slow
def test_the_exported_test_has_the_lab_told_what_to_do_wrong(
    filed, exported, tmp_path, issue, issuer_of
):
    lab, path = filed
    with serving_in_background(path) as address:
        set_base_url(lab, address)
        add_authority(lab, "one", "Lab One", key=EC, ocsp="delegated")
        leaf = tmp_path / "leaf.pem"
        leaf.write_bytes(write_pem([issue(lab, "one").der]))
        above = tmp_path / "issuer.pem"
        above.write_bytes(write_pem([issuer_of(lab, "one").der]))
        lab_command = f"{sys.executable} -m lab --db {path} faults set one"
        named = {"PKI_CERTIFICATE": leaf, "PKI_ISSUER": above}

        status, said = run(
            exported,
            *("-k", "tryLater or stale or good-OCSP"),
            PYTHONPATH=ROOT,
            PKI_SET_FAULT=f"{lab_command} {{fault}}",
            **named,
        )
        # What it finds is really asked: the last fault is still at work, and "good"
        # is what it expects when nobody tells it of another.
        wrong_status, wrong = run(exported, "-k", "good-OCSP-hard", **named)

    assert status == 0, said
    assert "21 passed" in said
    assert wrong_status == 1
    assert "AssertionError: assert 'unusable' == 'good'" in wrong


def test_without_a_certificate_it_says_what_it_needs(exported):
    status, said = run(exported, "-k", "good-OCSP-soft")

    assert status == 0, said
    assert "PKI_CERTIFICATE names no file" in said
    assert "PKI_SET_FAULT does not say how to get this fault" not in said


def test_without_the_command_other_faults_are_skipped(exported):
    status, said = run(exported, "-k", "stale-OCSP-soft")

    assert status == 0, said
    assert "PKI_SET_FAULT does not say how to get this fault" in said
