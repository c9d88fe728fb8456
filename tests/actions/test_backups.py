"""Backups: real files, private and whole, and known again by their hash."""

import os
import resource
import shutil
import sqlite3
from contextlib import closing

import pytest

from lab.actions.backups import backups_of, differences, find_backup
from lab.actions.generate_self_signed import generate_self_signed
from lab.actions.make_backup import make_backup
from lab.actions.node_connection import take_offline
from lab.actions.regenerate_oauth_key import regenerate_oauth_key
from lab.actions.request_certificate import request_certificate
from lab.actions.restart_service import restart_service
from lab.actions.restore_backup import restore_backup
from lab.actions.set_parameter import set_parameter
from lab.actions.stop_service import stop_service
from lab.actions.trial import trial
from lab.actions.upload_certificate import upload_certificate
from lab.errors import BadInputError, LabError, NotFoundError, RuleError
from lab.store import backup_reading, events, tasks
from lab.store.database import immediate, open_database, troubles


def names(lab):
    return {each.name: each.problem for each in backups_of(lab)}


def test_a_backup_is_a_private_file_with_all_rows(filed, folder):
    made = make_backup(filed, "Site")

    path = folder / made.name
    assert path.stat().st_mode & 0o777 == 0o600
    assert folder.stat().st_mode & 0o777 == 0o700
    assert os.listdir(folder) == [made.name]
    copy = open_database(path)
    assert troubles(copy) == []
    assert events.first_broken(copy) is None
    for table in ("certificates", "places", "keys", "services", "parties", "requests"):
        count = f"SELECT count(*) FROM {table}"
        assert copy.execute(count).fetchone() == filed.db.execute(count).fetchone()
    copy.close()


def test_a_backup_says_what_it_is_of(filed):
    before = events.count(filed.db)

    made = make_backup(filed, "Site")

    assert backups_of(filed) == [made]
    assert (made.cluster, made.at) == ("Site", filed.clock.now())
    assert made.event == before


def test_a_backup_is_one_event_that_has_its_hash(filed):
    before = events.count(filed.db)

    made = make_backup(filed, "Site")

    [event] = events.latest(filed.db, limit=1)
    assert events.count(filed.db) == before + 1
    assert (event.kind, event.about) == ("backup.made", "Site")
    assert made.name in event.detail
    assert made.digest in event.detail


def test_a_backup_ticks_off_that_one_is_wanted(filed):
    generate_self_signed(filed, "pub", "ipsec")
    wanted = {task.kind for task in tasks.all_open(filed.db, "Site")}

    make_backup(filed, "Site")

    assert "backup" in wanted
    assert "backup" not in {task.kind for task in tasks.all_open(filed.db, "Site")}


def test_backups_of_one_second_do_not_overwrite_each_other(filed, folder):
    made = [make_backup(filed, "Site") for _ in range(3)]

    assert len({each.name for each in made}) == 3
    assert [each.name for each in backups_of(filed)] == [
        each.name for each in reversed(made)
    ]
    assert len(os.listdir(folder)) == 3


def test_what_a_deed_around_has_done_is_in_the_backup(filed):
    with immediate(filed.db):
        request_certificate(filed, "pub", "tomcat")
        made = make_backup(filed, "Site")

    assert made.event == events.count(filed.db) - 1
    assert differences(filed, made.name) == []


def test_when_the_deed_around_fails_no_file_is_believed(filed):
    def fail():
        with immediate(filed.db):
            make_backup(filed, "Site")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()

    [problem] = names(filed).values()
    assert "was not made by this lab" in problem


def test_nothing_differs_from_a_fresh_backup(filed):
    made = make_backup(filed, "Site")

    assert differences(filed, made.name) == []


def test_what_differs_is_named(filed, look):
    made = make_backup(filed, "Site")
    chain = look(filed).authority("elliptic").der

    generate_self_signed(filed, "sub", "ipsec")
    upload_certificate(filed, "sub", "Phone-trust", chain)
    request_certificate(filed, "pub", "TVS")
    set_parameter(filed, "Site", "HTTPS Ciphers", "All Supported EC and RSA Ciphers")
    regenerate_oauth_key(filed, "Site", "encryption")
    stop_service(filed, "sub", "Cisco CTIManager")

    found = {
        (each.kind, each.where, each.what) for each in differences(filed, made.name)
    }
    assert {each for each in found if each[0] != "trust"} == {
        ("identity", "sub", "ipsec"),
        ("request", "pub", "TVS"),
        ("parameter", "Site", "HTTPS Ciphers"),
        ("OAuth key", "Site", "encryption"),
        ("service", "sub", "Cisco CTIManager"),
    }
    assert {where for kind, where, _ in found if kind == "trust"} == {
        "Phone-trust on sub",
        "ipsec-trust on sub",
    }


def test_a_difference_says_both_sides(filed):
    made = make_backup(filed, "Site")
    request_certificate(filed, "pub", "TVS")
    set_parameter(filed, "Site", "HTTPS Ciphers", "All Supported EC and RSA Ciphers")

    found = {each.kind: each for each in differences(filed, made.name)}

    assert found["request"].then == ""
    assert found["request"].now.startswith("made 2030-01-01")
    assert found["parameter"].now == "All Supported EC and RSA Ciphers"


@pytest.mark.parametrize(
    ("node", "service"),
    [
        ("pub", "Cisco DRF Master"),
        ("sub", "Cisco DRF Local"),
        ("imp", "Cisco DRF Local"),
    ],
)
def test_what_a_backup_needs_must_be_up(filed, refusal_of, folder, node, service):
    stop_service(filed, node, service)

    with refusal_of(filed, RuleError, f"{service} on {node} is not up") as caught:
        make_backup(filed, "Site")

    assert "Start it" in caught.value.hint
    assert not folder.exists()


@pytest.mark.parametrize(("hours", "good"), [(-1, True), (1, False)])
def test_what_it_presents_must_be_good(filed, later, refusal_of, look, hours, good):
    end = look(filed).slot("sub", "tomcat").not_after - filed.clock.now()
    for node in ("pub", "imp"):
        generate_self_signed(later(filed, days=100), node, "tomcat")
        service = "Cisco DRF Local"
        restart_service(later(filed, days=100), node, service)
    restart_service(later(filed, days=100), "pub", "Cisco DRF Master")
    then = later(filed, hours=end.total_seconds() / 3600 + hours)

    if good:
        assert make_backup(then, "Site")
    else:
        with refusal_of(then, RuleError, "Cisco DRF Local on sub presents a tomcat"):
            make_backup(then, "Site")


@pytest.mark.parametrize("name", ["x" * 5000, "a\0b", "\udc80", "/", "", "."], ids=len)
def test_a_name_that_can_be_none_is_refused(filed, refusal_of, name):
    with refusal_of(filed, NotFoundError, "there is no backup called"):
        restore_backup(filed, name)


def test_every_node_must_be_there(filed, refusal_of):
    take_offline(filed, "imp")

    with refusal_of(filed, RuleError, "Connection to the Server cannot be established"):
        make_backup(filed, "Site")


def test_a_lab_in_memory_has_no_backups(site, refusal_of):
    with refusal_of(site, RuleError, "tried out"):
        make_backup(site, "Site")

    assert backups_of(site) == []


def test_a_trial_leaves_no_file(filed, folder):
    with trial(filed), pytest.raises(RuleError, match="tried out"):
        make_backup(filed, "Site")

    assert not folder.exists()


def test_a_cluster_that_is_not_there_is_not_backed_up(filed, refusal_of):
    with refusal_of(filed, NotFoundError, "no cluster called Nowhere"):
        make_backup(filed, "Nowhere")


def test_a_folder_that_is_none_is_refused(filed, refusal_of, folder):
    folder.write_text("in the way")

    with refusal_of(filed, LabError, "cannot be used: File exists"):
        make_backup(filed, "Site")

    assert folder.read_text() == "in the way"


def test_a_full_disk_leaves_nothing_half_done(filed, refusal_of, folder):
    make_backup(filed, "Site")
    before = os.listdir(folder)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)

    # No file may grow beyond this: what SQLite then says is what a full disk says.
    resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, hard))
    try:
        with refusal_of(filed, LabError, "cannot be written") as caught:
            make_backup(filed, "Site")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))

    assert "Make room" in caught.value.hint
    assert os.listdir(folder) == before


def test_what_a_killed_backup_left_is_removed(filed, folder):
    folder.mkdir()
    left = folder / ".lab.sqlite3.part"
    left.write_bytes(b"half")

    made = make_backup(filed, "Site")

    assert os.listdir(folder) == [made.name]


def alter(path, sql):
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(sql)
        connection.commit()


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("note.txt", b"hello", "not a file of SQLite"),
        ("empty.sqlite3", b"", "not a file of SQLite"),
        ("cut.sqlite3", b"SQLite format 3\0" + b"\1" * 500, "is damaged"),
        ("<b>`x`\n.sqlite3", b"<script>", "not a file of SQLite"),
    ],
)
def test_a_file_of_something_else_is_listed_with_the_reason(
    filed, folder, name, data, words
):
    folder.mkdir()
    (folder / name).write_bytes(data)

    [found] = backups_of(filed)

    assert words in found.problem
    with pytest.raises(BadInputError, match=words):
        find_backup(filed, found.name)


def test_a_backup_of_another_lab_is_no_backup_of_this_one(filed, folder):
    made = make_backup(filed, "Site")
    shutil.copy(folder / made.name, folder / "renamed.sqlite3")
    alter(folder / made.name, "INSERT INTO settings VALUES ('a', 'b')")

    found = names(filed)

    assert "was not made by this lab" in found[made.name]
    # By its hash a file is known under whatever name.
    assert found["renamed.sqlite3"] == ""
    with pytest.raises(BadInputError, match="changed since"):
        find_backup(filed, made.name)


def test_a_byte_that_has_changed_is_noticed(filed, folder):
    path = folder / make_backup(filed, "Site").name
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)

    [found] = backups_of(filed)

    assert found.problem


@pytest.mark.parametrize(
    ("sql", "words"),
    [
        ("UPDATE _sqlite_migrations SET name = 'm999_future' WHERE id = 3", "newer"),
        ("DELETE FROM settings", "no backup of a cluster"),
        ("UPDATE settings SET value = 'soon' WHERE name = 'backup_at'", "no backup"),
        ("DROP TABLE settings", "something else"),
    ],
    ids=["newer", "no facts", "odd facts", "no settings"],
)
def test_a_lab_that_is_no_backup_is_listed_with_the_reason(filed, folder, sql, words):
    alter(folder / make_backup(filed, "Site").name, sql)

    [found] = backups_of(filed)

    assert words in found.problem


@pytest.mark.parametrize(
    ("settings_table", "words"),
    [
        (
            """
            CREATE TABLE settings (name, value);
            WITH RECURSIVE n (i) AS (
                SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 400000)
            INSERT INTO settings SELECT 'x' || i, i FROM n;
            """,
            "interrupted",
        ),
        (
            """
            CREATE TABLE settings (name, value AS (zeroblob(900000000)));
            INSERT INTO settings VALUES ('backup_cluster');
            """,
            "too big",
        ),
    ],
    ids=["endless", "huge"],
)
def test_a_hostile_file_ends_soon(filed, folder, settings_table, words):
    folder.mkdir()
    tables = """
        CREATE TABLE events (id);
        CREATE TABLE _sqlite_migrations (id, migration_set, name, applied_at);
    """
    with closing(sqlite3.connect(folder / "hostile.sqlite3")) as connection:
        connection.executescript(tables + settings_table)

    [found] = backups_of(filed)

    assert "is damaged" in found.problem
    assert words in dict(found.evidence)["reason"]


def test_only_files_are_listed(filed, folder):
    folder.mkdir()
    (folder / "inner").mkdir()
    os.mkfifo(folder / "pipe.sqlite3")
    (folder / "link.sqlite3").symlink_to("/etc/passwd")
    (folder / ".hidden").write_text("x")

    assert backups_of(filed) == []


def test_a_name_that_is_not_there_is_refused(filed):
    made = make_backup(filed, "Site")

    with pytest.raises(NotFoundError, match="no backup called 'nothing'") as caught:
        find_backup(filed, "nothing")

    assert made.name in caught.value.hint


def test_a_backup_may_lie_elsewhere(filed, folder, tmp_path):
    made = make_backup(filed, "Site")
    elsewhere = tmp_path / "kept.sqlite3"
    shutil.move(folder / made.name, elsewhere)

    path, found = find_backup(filed, str(elsewhere))

    assert path == elsewhere
    assert found.digest == made.digest


def test_a_backup_of_older_tables_is_read(filed, folder):
    """As if the tables of OAuth keys had come after it."""
    made = make_backup(filed, "Site")
    path = folder / made.name
    for sql in (
        "DROP TABLE tokens",
        "DROP TABLE oauth_copies",
        "DROP TABLE oauth_keys",
        "DELETE FROM _sqlite_migrations WHERE name = 'm014_oauth'",
    ):
        alter(path, sql)
    digest = backup_reading.check(path).digest

    with backup_reading.opened(path, digest) as then:
        assert then.execute("SELECT count(*) FROM tokens").fetchone() == (0,)
        assert troubles(then) == []
