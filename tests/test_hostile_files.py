"""Each hostile file is refused or comes in, with the right words, and never by half."""

import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from lab.actions.import_certificates import import_certificates, preview_import
from lab.actions.import_sources import files_under
from lab.command import commands
from lab.errors import RuleError
from lab.lab import open_lab
from lab.store import certificates, events
from lab.store.database import troubles
from tests.hostile_files import HOSTILE_FILES, write_files
from tests.hostile_files.text_files import SECRET

ROOT = Path(__file__).parent.parent
ALL = tuple(HOSTILE_FILES.values())
MOST_MEMORY = 1_000_000_000  # bytes of address space for the import of all of them
BATCH = 40


@pytest.fixture(scope="session")
def folder(tmp_path_factory):
    """Where the files are, however many processes test them; made as they are asked."""
    base = tmp_path_factory.getbasetemp()
    return (base.parent if os.environ.get("PYTEST_XDIST_WORKER") else base) / "hostile"


@pytest.fixture
def path_of(folder):
    def make(file):
        write_files(folder, [file.name])
        return folder / file.name

    return make


def rows(lab):
    """Every row of every table."""
    return list(lab.db.conn.iterdump())


def counts(lab):
    """How many rows each table has."""
    names = [
        name
        for (name,) in lab.db.execute(
            "SELECT name FROM sqlite_master WHERE type = 'table'"
        )
    ]
    return {
        name: lab.db.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0]
        for name in names
    }


def assert_words(texts, words):
    for word in words:
        assert any(word in text for text in texts), (word, texts[:5])


def assert_is_a_line(text):
    assert text
    assert len(text) < 1000
    assert "\n" not in text
    assert "Traceback" not in text


def test_there_are_many_of_them():
    assert len(ALL) > 200
    assert sum(file.new == 0 for file in ALL) > 80
    assert all(file.about for file in ALL)


@pytest.mark.parametrize("file", ALL, ids=lambda file: file.name)
def test_a_hostile_file_comes_in_whole_or_is_refused_with_the_right_words(
    lab, path_of, file
):
    path = path_of(file)
    before, numbers = rows(lab), counts(lab)

    preview = preview_import(lab, files_under([path]))

    told = [f"{each.refusal}" for each in preview.refused]
    assert (preview.new, preview.known, preview.refusals) == (
        file.new,
        file.known,
        file.refusals,
    ), told[:5]
    if file.refusals:
        assert_words(told, file.words)
    for each in preview.refused[:100]:
        assert_is_a_line(str(each.refusal))
        assert_is_a_line(each.refusal.hint)
    assert rows(lab) == before

    if file.new:
        done = import_certificates(lab, files_under([path]))
        assert (done.new, done.known, done.refusals) == (
            file.new,
            file.known,
            file.refusals,
        )
        assert [str(each.refusal) for each in done.refused] == told
        more = {name: found - numbers[name] for name, found in counts(lab).items()}
        assert more["certificates"] == more["ders"] == more["places"] == file.new
        assert more["events"] == 1
        assert more["keys"] == more["requests"] == more["crls"] == 0
    else:
        with pytest.raises(RuleError) as caught:
            import_certificates(lab, files_under([path]))
        assert file.words[0] in str(caught.value)
        assert rows(lab) == before
    assert not troubles(lab.db)
    assert events.first_broken(lab.db) is None


@pytest.mark.parametrize("start", range(0, len(ALL), BATCH))
def test_the_command_says_one_line_for_each_refusal(empty_path, path_of, start):
    for file in ALL[start : start + BATCH]:
        path = path_of(file)

        done = CliRunner().invoke(commands, ["import", str(path)])

        said = (file.name, done.stdout, done.stderr[:2000])
        assert done.exception is None or isinstance(done.exception, SystemExit), said
        lines = done.stderr.splitlines()
        if file.new:
            assert done.exit_code == 0, said
            assert f"imported {file.new} new and {file.known} known" in done.stdout
            told = [line for line in lines if ": refused: " in line]
            assert len(told) == file.refusals, said
            assert_words(told, file.words)
            assert all("left out: " in line for line in set(lines) - set(told)), said
        else:
            assert (done.exit_code, done.stdout, len(lines)) == (1, "", 1), said
            assert done.stderr.startswith("refused: "), said
            assert file.words[0] in done.stderr, said
        for line in (*lines, *done.stdout.splitlines()):
            assert line.isprintable(), said
            assert_is_a_line(line)
        # No text between the lines: what splits one was made visible.
        assert done.stderr.count("\n") == len(lines), said


@pytest.mark.parametrize("start", range(0, len(ALL), BATCH))
def test_explaining_a_hostile_file_ends_in_words_too(path_of, start):
    (trusted,) = (file for file in ALL if file.name == "byte-order-mark.pem")
    trust = ["--trust", str(path_of(trusted))]
    for file in ALL[start : start + BATCH]:
        done = CliRunner().invoke(commands, ["explain", str(path_of(file)), *trust])

        said = (file.name, done.stdout[:2000], done.stderr[:2000])
        assert done.exception is None or isinstance(done.exception, SystemExit), said
        assert done.exit_code in (0, 1), said
        assert done.stdout + done.stderr, said
        lines = (done.stdout + done.stderr).split("\n")
        assert all(line.isprintable() for line in lines), said


def limit_memory():
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))


def test_all_of_them_together_come_in_as_far_as_they_can(empty_path, folder):
    write_files(folder)

    done = subprocess.run(
        [sys.executable, "-W", "error", "-m", "lab", "import", str(folder)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
        preexec_fn=limit_memory,
    )

    assert done.returncode == 0, done.stderr[-2000:]
    assert "Traceback" not in done.stderr
    new = sum(file.new for file in ALL)
    assert f"imported {new} new and " in done.stdout
    assert all(line.isprintable() for line in done.stderr.splitlines())
    lab = open_lab(empty_path)
    assert certificates.count(lab.db) == new
    assert counts(lab)["keys"] == 0
    assert not troubles(lab.db)
    assert events.first_broken(lab.db) is None
    assert_every_certificate_can_be_shown(lab)
    lab.close()
    assert all(
        SECRET[:45] not in part.read_bytes()
        for part in empty_path.parent.glob(f"{empty_path.name}*")
    )


def assert_every_certificate_can_be_shown(lab):
    """`show` and `list` write lines, whatever stands in a certificate."""
    for columns in (None, "80"):  # a pipe gets everything, a terminal what fits
        listed = CliRunner(env={"COLUMNS": columns}).invoke(commands, ["list", "--all"])
        assert listed.exit_code == 0, listed.exception
        assert listed.stdout.count("\n") == certificates.count(lab.db) + 1
        assert len(listed.stdout) < 4_000_000
    plain = "common_name LIKE 'host %'"
    names = lab.db.execute(f"SELECT sha256 FROM certificates WHERE NOT {plain}")
    for (sha256,) in names.fetchall():
        shown = CliRunner().invoke(commands, ["show", sha256])
        assert shown.exit_code == 0, (sha256, shown.exception, shown.stderr)
        assert all(line.isprintable() for line in shown.stdout.split("\n")), sha256


def test_the_name_of_a_file_is_hostile_too(empty_path, tmp_path):
    """Names that a disk takes: a new line, escapes, bytes that are no text."""
    names = (
        b"a\nrefused: b",
        b"\x1b[2J.pem",
        b"\xff\xfe.pem",
        b"=cmd()",
        b"-x",
        b"{0}",
    )
    for name in names:
        Path(os.fsdecode(os.fsencode(tmp_path / "bad") + name)).write_bytes(b"junk")
    (tmp_path / "good.pem").write_bytes(HOSTILE_FILES["byte-order-mark.pem"].make())

    done = subprocess.run(
        [sys.executable, "-W", "error", "-m", "lab", "import", str(tmp_path)],
        cwd=ROOT,
        capture_output=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    lines = done.stderr.decode().splitlines()
    assert len(lines) == done.stderr.count(b"\n") == len(names)
    assert all(line.isprintable() for line in lines)


def test_the_folder_can_be_written_by_hand_and_is_the_same_each_time(folder, tmp_path):
    write_files(folder)

    done = subprocess.run(
        [sys.executable, "-m", "tests.hostile_files", str(tmp_path / "made")],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )

    made = {path.name: path for path in (tmp_path / "made").iterdir()}
    assert set(made) == set(HOSTILE_FILES)
    assert done.stdout.count("\n") == len(ALL)
    for name, path in made.items():
        if not name.endswith(".p12"):  # these have salt
            assert path.read_bytes() == (folder / name).read_bytes(), name
