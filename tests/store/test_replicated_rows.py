"""Labs from before the cluster's own database: its rows come from what nodes hold."""

import json
from datetime import timedelta

from lab.store import jobs
from lab.store.schema import migrations

MIGRATION = "m015_replicated_rows"


def rows(db):
    return set(
        db.execute("SELECT cluster, store, certificate, copy_of FROM replicated")
    )


def go_back(db):
    db.execute("DELETE FROM replicated")
    db.execute("DELETE FROM _sqlite_migrations WHERE name = ?", [MIGRATION])


def test_the_rows_come_from_the_nodes_one_a_subject(example):
    before = rows(example.db)
    subjects = example.db.execute(
        "SELECT count(*) FROM (SELECT DISTINCT cluster, store, subject_hash "
        "FROM replicated JOIN certificates ON sha256 = certificate)"
    ).fetchone()
    go_back(example.db)

    migrations.apply(example.db)

    assert before
    assert rows(example.db) == before
    assert subjects == (len(before),)


def test_a_copy_that_was_on_its_way_stays_on_its_way(example):
    store, sha256, subject, party = example.db.execute(
        "SELECT r.store, r.certificate, c.subject_hash, p.id FROM replicated r "
        "JOIN certificates c ON c.sha256 = r.certificate "
        "JOIN parties p ON p.cluster = r.cluster WHERE p.kind = 'ucm' "
        "ORDER BY p.id LIMIT 1"
    ).fetchone()
    about = {"party": party, "store": store, "certificate": sha256, "copy_of": ""}
    due_at = example.clock.now() + timedelta(minutes=5)
    jobs.schedule(example.db, "copy_to_trust", due_at=due_at, about=json.dumps(about))
    go_back(example.db)

    migrations.apply(example.db)

    ((kind, found),) = example.db.execute(
        "SELECT kind, about FROM jobs WHERE due_at = ?", [due_at.isoformat()]
    )
    assert kind == "sync_subject"
    assert json.loads(found) == {
        "party": party,
        "minutes": 30,
        "store": store,
        "subject_hash": subject,
    }
