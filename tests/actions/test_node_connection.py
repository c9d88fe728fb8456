"""Nodes that go away and come back: what they miss, and how they catch up."""

import json

import pytest

from lab.actions.generate_self_signed import generate_self_signed
from lab.actions.node_connection import bring_back, take_offline
from lab.actions.replication import reach
from lab.actions.run_due import run_due
from lab.actions.upload_certificate import upload_certificate
from lab.errors import NotFoundError, RuleError
from lab.models import KeySpec, SubjectFields
from lab.pki.certificates import build_root
from lab.pki.keys import make_key
from lab.store import jobs, phones


@pytest.fixture
def outside(site):
    return build_root(
        subject=SubjectFields(common_name="Outside"),
        key=make_key(KeySpec(type="EC", size=256)),
        not_before=site.clock.now(),
        not_after=site.clock.now().replace(year=2040),
    )


def test_a_node_goes_and_comes_back_with_an_event_each(site, seen):
    assert take_offline(site, "sub").online is False
    assert seen.party("sub").online is False
    assert bring_back(site, "sub").online is True
    assert seen.party("sub").online is True

    (gone,) = seen.events("node.disconnected")
    (back,) = seen.events("node.reconnected")
    assert gone.about == back.about == "sub"
    assert back.detail == "0 changes missed"


def test_phones_of_a_node_that_is_away_are_lost_until_it_is_back(site, seen):
    def registered():
        found = phones.rows(site.db, "Site")
        return {row.name for row in found if row.registered}

    before = registered()

    take_offline(site, "sub")

    assert len(before) == 2
    assert registered() == set()
    bring_back(site, "sub")
    assert registered() == before


def test_what_is_on_its_way_when_a_node_goes_waits_for_it(site, seen, later, outside):
    (stored,) = upload_certificate(site, "pub", "tomcat-trust", outside)
    away = later(site, minutes=10)

    take_offline(away, "sub")

    run_due(later(site, days=2))
    assert stored.sha256 in seen.store("imp", "tomcat-trust")
    assert stored.sha256 not in seen.store("sub", "tomcat-trust")
    assert [kind for kind, *_ in jobs.missed_by(site.db, seen.party("sub").id)] == [
        "sync_subject"
    ]
    back = later(site, days=2)
    bring_back(back, "sub")
    assert jobs.missed_by(site.db, seen.party("sub").id) == []
    run_due(later(back, minutes=30, seconds=-1))
    assert stored.sha256 not in seen.store("sub", "tomcat-trust")
    run_due(later(back, minutes=30))
    assert stored.sha256 in seen.store("sub", "tomcat-trust")


def test_what_came_due_before_a_node_went_has_reached_it(site, seen, later, outside):
    (stored,) = upload_certificate(site, "pub", "tomcat-trust", outside)
    away = later(site, minutes=40)

    take_offline(away, "sub")

    run_due(away)
    assert stored.sha256 in seen.store("sub", "tomcat-trust")


def test_of_many_changes_that_a_node_missed_the_last_one_counts(site, seen, later):
    take_offline(site, "imp")
    for day in range(1, 4):
        new = generate_self_signed(later(site, days=day), "sub", "tomcat-ECDSA")
    back = later(site, days=5)
    run_due(back)
    missed = jobs.missed_by(site.db, seen.party("imp").id)

    bring_back(back, "imp")

    assert len(missed) == 1
    run_due(later(back, minutes=30))
    assert seen.store("imp", "tomcat-trust") == seen.store("pub", "tomcat-trust")
    assert new.sha256 in seen.store("imp", "tomcat-trust")


def test_other_things_that_are_planned_for_a_node_do_not_wait(site, seen, later):
    sub = seen.party("sub")
    jobs.schedule(
        site.db,
        "finish_start",
        due_at=later(site, minutes=1).clock.now(),
        about=json.dumps({"party": sub.id, "service": "Cisco Tomcat"}),
    )

    take_offline(site, "sub")

    assert len(seen.jobs("finish_start")) == 1
    assert jobs.missed_by(site.db, sub.id) == []


def test_a_job_is_planned_once_for_one_moment(site, seen):
    sub = seen.party("sub")
    about = {"store": "tomcat-trust", "subject_hash": "00"}

    for _ in range(2):
        assert reach(site, sub, "sync_subject", about, now=site.clock.now(), minutes=9)

    assert len(seen.jobs("sync_subject")) == 1


@pytest.mark.parametrize(
    ("deed", "name", "kind", "text"),
    [
        (bring_back, "sub", RuleError, "sub is not offline"),
        (take_offline, "directory", RuleError, "directory is not a node"),
        (take_offline, "nobody", NotFoundError, "called nobody"),
    ],
)
def test_what_cannot_be_taken_away_or_brought_back(
    site, refusal_of, deed, name, kind, text
):
    with refusal_of(site, kind, text):
        deed(site, name)


def test_a_node_that_is_away_cannot_be_taken_away_again(site, refusal_of):
    take_offline(site, "sub")

    with refusal_of(site, RuleError, "sub is offline already"):
        take_offline(site, "sub")
