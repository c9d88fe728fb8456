"""`python -m lab import`: every form of file, servers, passwords, proposals."""

import json
import shutil

import pytest
from click.testing import CliRunner

from lab.command import commands
from lab.lab import open_lab
from lab.store import certificates, events, parties
from tests.foreign_files import PASSWORD, make_files, serving_tls

pytestmark = pytest.mark.skipif(
    shutil.which("openssl") is None, reason="openssl is not installed"
)


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    return {path.name: path for path in make_files(tmp_path_factory.mktemp("foreign"))}


@pytest.fixture
def path(tmp_path, monkeypatch):
    path = tmp_path / "lab.sqlite3"
    monkeypatch.setenv("LAB_DB", str(path))
    return path


@pytest.fixture
def password_file(tmp_path):
    path = tmp_path / "password"
    path.write_text(f"{PASSWORD}\n")
    return path


def take_in(*words):
    done = CliRunner().invoke(commands, ["import", *map(str, words)])
    assert "Traceback" not in done.output
    return done


@pytest.mark.parametrize(
    "name",
    [
        *("openssl.pem", "openssl.der", "openssl.p7b", "openssl-der.p7b"),
        *("openssl.p12", "session.txt", "snapshot.json", "python.zip"),
        *("keytool.p12", "java.p7b", "java.pkipath"),
    ],
)
def test_what_other_tools_write_comes_in(files, path, password_file, name):
    if name not in files:
        pytest.skip(f"the tool that writes {name} is not installed")

    done = take_in(files[name], "--password-file", password_file, "--json")

    assert done.exit_code == 0, done.output
    said = json.loads(done.stdout)
    assert (said["new"], said["refusals"]) == (1, 0)


def test_a_folder_of_them_is_one_import(files, path, password_file):
    folder = next(iter(files.values())).parent

    done = take_in(folder, "--password-file", password_file)

    lab = open_lab(path)
    assert done.exit_code == 0, done.output
    assert certificates.count(lab.db) == 2 - ("keytool.p12" not in files)
    assert events.count(lab.db) == 1
    assert "private keys" in done.stderr


def test_a_wrong_password_is_refused_with_the_next_step(files, path, tmp_path):
    wrong = tmp_path / "wrong"
    wrong.write_text("nothing")

    done = take_in(files["openssl.p12"], "--password-file", wrong)

    assert done.exit_code == 1
    assert "password" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_a_password_file_that_cannot_be_read_is_refused(files, path):
    done = take_in(files["openssl.p12"], "--password-file", "/nowhere")

    assert done.exit_code == 1
    assert "the password file /nowhere cannot be read" in done.stderr


def test_a_snapshot_becomes_a_cluster_when_that_is_asked_for(files, path):
    looked = take_in(files["snapshot.json"], "--dry-run")
    done = take_in(files["snapshot.json"], "--proposed", "--cluster", "HQ")

    assert "tomcat on pub on foreign.example" in looked.stdout
    assert done.exit_code == 0, done.output
    lab = open_lab(path)
    assert [each.name for each in parties.clusters(lab.db)] == ["HQ"]
    assert [each.name for each in parties.nodes(lab.db, "HQ")] == ["pub"]


def test_a_server_can_be_looked_at_and_taken_in(path, tmp_path):
    with serving_tls(tmp_path) as endpoint:
        done = take_in("--tls", endpoint)
    outside = take_in("--tls", "8.8.8.8:443")

    assert done.exit_code == 0, done.output
    assert "imported 1 new" in done.stdout
    assert outside.exit_code == 1
    assert "8.8.8.8" in outside.stderr


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "Missing argument 'PATH...'"),
        (["x.pem", "--proposed", "--node", "n"], "--proposed takes --cluster alone"),
        (["x.pem", "--purpose", "a", "--store", "b"], "exclude each other"),
    ],
)
def test_wrong_usage_ends_with_2(words, said, path):
    done = take_in(*words)

    assert done.exit_code == 2
    assert said in done.stderr
