"""The backups page: make one, see what differs, and go back after a question."""

from pathlib import Path

from streamlit.testing.v1 import AppTest

from lab.actions.generate_self_signed import generate_self_signed
from lab.actions.make_backup import make_backup
from lab.actions.regenerate_oauth_key import regenerate_oauth_key
from lab.actions.stop_service import stop_service
from lab.store import events, oauth, tasks

FRAME = Path(__file__).parents[2] / "pages" / "frame.py"
CLUSTER = "Example Cluster"


def open_page():
    app = AppTest.from_file(FRAME, default_timeout=60).run()
    return app.switch_page("backup_list.py").run()


def words(app):
    texts = [*app.markdown, *app.caption, *app.warning, *app.error, *app.info]
    return " ".join(each.value for each in [*texts, *app.success])


def table_with(app, column):
    """The table that has this column."""
    [found] = [each.value for each in app.dataframe if column in each.value]
    return found


def encryption_key(lab):
    return oauth.of_cluster(lab.db, CLUSTER)["encryption"].key


def test_without_backups_the_next_step_is_said(example):
    app = open_page()

    assert not app.exception
    assert "There is no backup of this cluster yet" in words(app)
    assert events.count(example.db)


def test_a_backup_is_made_and_nothing_differs(example, example_path):
    app = open_page()

    app.button(key="backups_make").click().run()

    table = table_with(app, "ago")
    assert not app.exception
    assert len(table) == 1
    assert (example_path.parent / "backups" / table["name"][0]).exists()
    assert "Nothing: all that this backup would bring back" in words(app)
    assert events.latest(example.db, limit=1)[0].kind == "backup.made"


def test_a_wanted_backup_is_said(example):
    generate_self_signed(example, "cucm-pub", "ipsec")
    app = open_page()
    wanted = {task.kind for task in tasks.all_open(example.db, CLUSTER)}

    app.button(key="backups_make").click().run()

    left = {task.kind for task in tasks.all_open(example.db, CLUSTER)}
    assert "backup" in wanted
    assert "backup" not in left


def test_what_differs_is_counted_and_named(example):
    make_backup(example, CLUSTER)
    regenerate_oauth_key(example, CLUSTER, "encryption")
    generate_self_signed(example, "cucm-pub", "ipsec")

    app = open_page()

    table = table_with(app, "then")
    found = set(zip(table["kind"], table["where"], table["what"], strict=True))
    assert not app.exception
    assert ("OAuth key", CLUSTER, "encryption") in found
    assert ("Identity", "cucm-pub", "ipsec") in found
    assert f"**{len(table)} differences**" in words(app)


def test_a_restore_asks_shows_and_does(example):
    before = encryption_key(example)
    made = make_backup(example, CLUSTER)
    regenerate_oauth_key(example, CLUSTER, "encryption")
    renewed = encryption_key(example)
    app = open_page()

    app.button(key="backups_restore").click().run()
    asked, unchanged = words(app), encryption_key(example)
    app.button(key="backups_restore_now").click().run()

    assert not app.exception
    assert "It cannot be undone" in asked
    assert unchanged == renewed
    assert encryption_key(example) == before
    assert "Restored: " in words(app)
    newest = events.latest(example.db, limit=1)[0]
    assert (newest.kind, newest.about) == ("backup.restored", CLUSTER)
    assert made.name in newest.detail


def test_a_restore_can_be_left(example):
    make_backup(example, CLUSTER)
    regenerate_oauth_key(example, CLUSTER, "encryption")
    before = events.head(example.db)
    app = open_page()

    app.button(key="backups_restore").click().run()
    app.button(key="backups_cancel").click().run()

    assert events.head(example.db) == before
    assert "backups_restore_now" not in {each.key for each in app.button}


def test_a_refusal_is_shown_and_nothing_is_written(example, example_path):
    stop_service(example, "cucm-pub", "Cisco DRF Master")
    app = open_page()

    app.button(key="backups_make").click().run()

    assert not app.exception
    assert "Cisco DRF Master on cucm-pub is not up" in app.error[0].value
    assert not (example_path.parent / "backups").exists()


def test_files_of_no_use_are_listed_with_why(example, example_path):
    made = make_backup(example, CLUSTER)
    folder = example_path.parent / "backups"
    (folder / "note.txt").write_text("hello")
    (folder / "<img src=x> `a` $b$.sqlite3").write_bytes(b"SQLite format 3\0" * 80)
    data = (folder / made.name).read_bytes()
    (folder / "altered.sqlite3").write_bytes(data + b"\0" * 4096)

    app = open_page()

    assert not app.exception
    assert list(table_with(app, "ago")["name"]) == [made.name]
    useless = table_with(app, "problem")
    problems = dict(zip(useless["name"], useless["problem"], strict=True))
    assert "not a file of SQLite" in problems["note.txt"]
    assert "damaged" in problems["<img src=x> `a` $b$.sqlite3"]
    assert problems["altered.sqlite3"]


def test_a_backup_that_is_gone_meanwhile_is_refused(example, example_path):
    made = make_backup(example, CLUSTER)
    regenerate_oauth_key(example, CLUSTER, "encryption")
    app = open_page()

    (example_path.parent / "backups" / made.name).unlink()
    app.button(key="backups_restore").click().run()

    assert not app.exception
    assert "there is no backup called" in app.error[0].value
    assert "There is no backup of this cluster yet" in words(app)
