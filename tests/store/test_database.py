import os
import sqlite3
import subprocess
import sys
from pathlib import Path
from threading import Thread

import pytest
from sqlite_utils import Database

from lab.errors import BadInputError, BusyError, LabError
from lab.lab import open_lab
from lab.store import settings
from lab.store.database import (
    copy_to_memory,
    data_version,
    immediate,
    open_database,
    telling_trouble,
    troubles,
)

ROOT = Path(__file__).parents[2]


@pytest.fixture
def path(tmp_path):
    return tmp_path / "lab.sqlite3"


@pytest.fixture
def db(path):
    db = open_database(path, wait_seconds=0.1)
    yield db
    db.close()


@pytest.fixture
def second(db, path):
    """Another connection to the same file."""
    second = open_database(path, wait_seconds=0.1)
    yield second
    second.close()


def put_and_fail(db, name):
    with immediate(db):
        settings.put(db, name, "new")
        raise ZeroDivisionError


def read_all(path):
    db = open_database(path)
    with telling_trouble(db):
        db.execute("SELECT count(value) FROM settings").fetchall()


def tables_of(path):
    connection = sqlite3.connect(path)
    names = {row[0] for row in connection.execute("SELECT name FROM sqlite_master")}
    connection.close()
    return names


def test_a_new_file_and_the_folder_above_it_are_made(tmp_path):
    path = tmp_path / "new" / "folder" / "lab.sqlite3"

    db = open_database(path)

    assert settings.get(db, "clock_shift") == "0"
    assert db.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert troubles(db) == []
    db.close()


def test_opening_again_changes_nothing(db, path):
    before = db.execute("PRAGMA schema_version").fetchone()

    open_database(path).close()

    assert db.execute("PRAGMA schema_version").fetchone() == before


def test_many_may_open_a_new_file_at_once(path):
    code = "import sys; from lab.lab import open_lab; open_lab(sys.argv[1]).close()"
    command = [sys.executable, "-c", code, str(path)]

    started = [
        subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE) for _ in range(4)
    ]
    said = [process.communicate()[1] for process in started]

    assert said == [b""] * 4
    db = open_database(path)
    assert troubles(db) == []
    db.close()


def test_a_writer_who_waits_in_vain_is_told_so(db, second):
    with immediate(db), pytest.raises(BusyError) as caught, immediate(second):
        pass

    assert str(caught.value) == "the lab was being written to for 0.1 seconds"
    assert caught.value.hint == "Nothing was changed. Try again in a moment."


def test_two_writers_each_have_their_turn(db, path):
    second = open_database(path, wait_seconds=10)

    def add(db, times):
        for _ in range(times):
            with immediate(db):
                count = int(settings.get(db, "count") or 0)
                settings.put(db, "count", str(count + 1))

    patient = open_database(path, wait_seconds=10)
    threads = [Thread(target=add, args=(each, 100)) for each in (patient, second)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert settings.get(db, "count") == "200"
    second.close()
    patient.close()


def test_a_reader_sees_what_was_there_while_another_writes(db, second):
    with immediate(db):
        settings.put(db, "base_url", "http://new")
        seen = settings.get(second, "base_url")

    assert seen == "http://127.0.0.1:8501"
    assert settings.get(second, "base_url") == "http://new"


def test_a_failure_undoes_the_whole_transaction(db):
    with pytest.raises(ZeroDivisionError):
        put_and_fail(db, "base_url")

    assert settings.get(db, "base_url") == "http://127.0.0.1:8501"
    assert not db.conn.in_transaction


def test_a_failure_within_undoes_only_the_inner_part(db):
    with immediate(db):
        settings.put(db, "one", "1")
        with pytest.raises(ZeroDivisionError):
            put_and_fail(db, "two")

    assert (settings.get(db, "one"), settings.get(db, "two")) == ("1", "")


def test_the_version_changes_when_another_writes_and_only_then(db, second):
    before = data_version(db)

    settings.get(second, "base_url")
    assert data_version(db) == before
    with immediate(second):
        settings.put(second, "base_url", "http://new")

    assert data_version(db) != before


def test_a_copy_in_memory_leaves_the_file_alone(db):
    copy = copy_to_memory(db)

    with immediate(copy):
        settings.put(copy, "base_url", "http://new")

    assert settings.get(db, "base_url") == "http://127.0.0.1:8501"
    assert copy.execute("PRAGMA foreign_keys").fetchone() == (1,)
    copy.close()


@pytest.mark.parametrize(
    "content", [b"no database at all, but long enough to be one" * 50, b"\x00" * 4096]
)
def test_a_file_that_is_no_database_is_refused_and_stays_as_it_is(path, content):
    path.write_bytes(content)

    with pytest.raises(BadInputError, match="cannot be opened as a lab: file is not a"):
        open_lab(path)

    assert path.read_bytes() == content


def test_a_folder_is_refused(tmp_path):
    with pytest.raises(BadInputError, match="cannot be opened as a lab: Is a dir"):
        open_lab(tmp_path)


@pytest.mark.parametrize(
    "name", ["/dev/null/lab.sqlite3", "/proc/lab.sqlite3", "x" * 300]
)
def test_a_path_that_cannot_be_written_is_refused(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    with pytest.raises(BadInputError, match="cannot be opened as a lab") as caught:
        open_lab(name)

    assert caught.value.hint == "Name another file with LAB_DB or --db."


def test_a_database_of_something_else_is_refused_and_stays_as_it_is(path):
    other = Database(path)
    other["notes"].insert({"text": "mine"})
    other.close()
    before = path.read_bytes()

    with pytest.raises(BadInputError, match="is a database of something else"):
        open_lab(path)

    assert path.read_bytes() == before
    assert tables_of(path) == {"notes"}


def test_a_lab_of_a_newer_version_is_refused_and_stays_as_it_is(path):
    db = open_database(path)
    with immediate(db):
        db.execute(
            "INSERT INTO _sqlite_migrations (migration_set, name, applied_at) "
            "VALUES ('lab', 'm999_flying_phones', '2040-01-01')"
        )
    db.close()
    before = path.read_bytes()

    with pytest.raises(BadInputError, match="made by a newer version") as caught:
        open_lab(path)

    assert "m999_flying_phones" in str(caught.value)
    assert path.read_bytes() == before


def test_a_cut_file_is_refused_when_it_is_read(path):
    db = open_database(path)
    for number in range(2000):
        settings.put(db, f"name {number}", "value" * 20)
    db.conn.commit()
    db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    db.close()
    os.truncate(path, path.stat().st_size // 2)

    with pytest.raises(LabError, match="cannot be") as caught:
        read_all(path)

    assert caught.value.hint


def test_troubles_name_a_row_that_leads_nowhere(db):
    db.execute("PRAGMA foreign_keys = OFF")
    with immediate(db):
        db.execute("INSERT INTO ders VALUES ('aa', x'00')")

    assert troubles(db) == [
        "row 1 of ders names a row of certificates that is not there"
    ]


def test_a_mistake_of_the_program_is_no_refusal(db):
    with pytest.raises(sqlite3.IntegrityError), telling_trouble(db):
        db.execute("INSERT INTO keys VALUES ('a', 'RSA', 'many', 0, x'00')")


def in_another_process(path, code):
    """Run code on a connection of another process, and close it; what it prints."""
    script = (
        f"import sqlite3, sys; db = sqlite3.connect(sys.argv[1]); {code}; db.close()"
    )
    found = subprocess.run(
        [sys.executable, "-c", script, path], capture_output=True, check=True, text=True
    )
    return found.stdout.strip()


def test_what_is_written_stays_when_other_processes_come_and_go(tmp_path):
    path = tmp_path / "lab.sqlite3"
    kept = open_database(path)
    # A second look from the same process must not cost the first one its locks: the
    # other process would take itself for the last, and remove the log of the first.
    open_database(path).close()
    in_another_process(path, "db.execute('SELECT count(*) FROM events')")

    with immediate(kept):
        settings.put(kept, "base_url", "http://lab.example")

    assert path.with_name("lab.sqlite3-wal").exists()
    read = "print(db.execute('SELECT value FROM settings').fetchall())"
    assert in_another_process(path, read) == "[('http://lab.example',)]"
    kept.close()
