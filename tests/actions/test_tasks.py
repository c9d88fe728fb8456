"""What a change leaves to do: opened by it, ticked off by whatever does it."""

import sqlite3
from dataclasses import replace
from datetime import timedelta

import pytest

from lab.actions.activate_service import activate_service, deactivate_service
from lab.actions.close_tasks import close_tasks
from lab.actions.confirm_task import confirm_task
from lab.actions.deed import deed
from lab.actions.delete_trust import delete_trust
from lab.actions.finish_tasks import finish_tasks
from lab.actions.follow_up import follow_up, would_follow
from lab.actions.generate_self_signed import generate_self_signed
from lab.actions.node_connection import take_offline
from lab.actions.regenerate_oauth_key import regenerate_oauth_key
from lab.actions.restart_service import restart_service
from lab.actions.run_due import run_due
from lab.actions.set_parameter import set_parameter
from lab.actions.stop_service import stop_service
from lab.effects import Follows
from lab.errors import NotFoundError, RuleError
from lab.lab import open_lab
from lab.store import parties, tasks

INTERACTION = "Phone Interaction on Certificate Update"


def left(lab):
    """What is open: kind, what, node, and after what."""
    return [
        (task.kind, task.what, task.node, task.cause) for task in tasks.all_open(lab.db)
    ]


def number_of(lab, kind):
    return next(task.id for task in tasks.all_open(lab.db) if task.kind == kind)


@pytest.fixture
def renewed(site):
    """The site with a new tomcat on its subscriber."""
    generate_self_signed(site, "sub", "tomcat")
    return site


@pytest.fixture
def in_a_file(renewed, tmp_path):
    """The same in a file, where backups can be made; its clock stands still too."""
    path = tmp_path / "lab.sqlite3"
    with sqlite3.connect(path) as target:
        renewed.db.conn.backup(target)
    target.close()
    lab = replace(open_lab(path, actor="test"), clock=renewed.clock)
    yield lab
    lab.close()


def test_a_new_lab_has_nothing_left_to_do_but_what_was_uploaded_by_hand(site):
    assert {cause for *_, cause in left(site)} <= {
        *("tomcat-trust", "CallManager-trust", "ipsec-trust", "TVS-trust"),
        *("cup-trust", "cup-xmpp-trust"),
    }


def test_a_change_leaves_what_the_tables_say(renewed):
    assert [row[:3] for row in left(renewed) if row[3] == "tomcat"] == [
        ("restart", "Cisco Tomcat", "sub"),
        ("restart", "Cisco CallManager", "sub"),
        ("tftp", "deactivate then activate", "sub"),
        ("sign_on", "", ""),
        ("backup", "", ""),
    ]


def test_a_restart_anywhere_ticks_off_its_own_task_and_no_other(renewed):
    before = left(renewed)

    restart_service(renewed, "sub", "Cisco Tomcat")

    gone = set(before) - set(left(renewed))
    assert ("restart", "Cisco Tomcat", "sub", "tomcat") in gone
    assert {row[1:3] for row in gone} == {("Cisco Tomcat", "sub")}


def test_a_restart_of_tftp_is_not_enough_where_the_source_wants_it_deactivated(renewed):
    swap = ("tftp", "deactivate then activate", "sub", "tomcat")

    restart_service(renewed, "sub", "Cisco Tftp")
    after_restart = left(renewed)
    deactivate_service(renewed, "sub", "Cisco Tftp")
    activate_service(renewed, "sub", "Cisco Tftp")

    assert swap in after_restart
    assert swap not in left(renewed)


def test_the_same_change_twice_leaves_each_thing_once(renewed, later):
    before = left(renewed)

    generate_self_signed(later(renewed, hours=1), "sub", "tomcat")

    assert left(renewed) == before
    opened = {
        task.opened_at for task in tasks.all_open(renewed.db) if task.cause == "tomcat"
    }
    assert opened == {later(renewed, hours=1).clock.now()}


def test_what_is_done_is_counted_until_the_last_thing_is(renewed):
    restart_service(renewed, "sub", "Cisco Tomcat")

    rows = [t for t in tasks.with_progress(renewed.db) if t.cause == "tomcat"]

    assert len(rows) == 5
    assert [t.what for t in rows if t.closed_at] == ["Cisco Tomcat"]


def test_a_service_that_does_not_run_needs_no_restart(site):
    stop_service(site, "sub", "Cisco CallManager")

    generate_self_signed(site, "sub", "tomcat")

    assert ("restart", "Cisco CallManager", "sub", "tomcat") not in left(site)
    assert ("restart", "Cisco Tomcat", "sub", "tomcat") in left(site)


def test_phones_are_a_task_only_when_they_are_reset_by_hand(site):
    generate_self_signed(site, "pub", "TVS")
    automatic = left(site)
    set_parameter(site, "Site", INTERACTION, "manual")

    generate_self_signed(site, "sub", "TVS")

    assert "phones" not in {row[0] for row in automatic}
    assert ("phones", "manual", "", "TVS") in left(site)


def test_a_shared_certificate_asks_for_restarts_on_all_its_nodes(site):
    generate_self_signed(site, "pub", "tomcat", shared=True)

    asked = {row[2] for row in left(site) if row[1] == "Cisco Tomcat"}

    assert asked == {"pub", "sub", "imp"}


def test_a_node_that_is_offline_is_restarted_when_it_has_its_shared_certificate(site):
    take_offline(site, "sub")

    generate_self_signed(site, "pub", "tomcat", shared=True)

    asked = {row[2] for row in left(site) if row[1] == "Cisco Tomcat"}
    assert asked == {"pub", "sub", "imp"}


def test_a_trust_store_that_replicates_is_read_anew_on_every_node_that_has_it(
    site, seen
):
    own = seen.slot("pub", "tomcat")

    delete_trust(site, "sub", "tomcat-trust", own.sha256)

    rows = [row for row in left(site) if row[3] == "tomcat-trust"]
    assert {row[2] for row in rows if row[1] == "Cisco Tomcat"} == {"pub", "sub", "imp"}
    assert {row[2] for row in rows if row[1] == "Cisco CTIManager"} == {"pub", "sub"}


def test_new_token_keys_are_to_be_repeated_outside(site):
    regenerate_oauth_key(site, "Site", "encryption")

    rows = [row for row in left(site) if row[3] == "oauth encryption"]

    assert {row[2] for row in rows if row[1] == "Cisco CallManager"} == {"pub", "sub"}
    assert {row[1] for row in rows if row[0] == "other_cluster"} == {
        "the Unified CM publisher of a central IM and Presence cluster",
        "Cisco Expressway",
        "Cisco Unity Connection",
    }


def test_it_is_said_before_what_will_be_left_afterwards(site):
    party = parties.by_name(site.db, "", "sub")

    before = would_follow(site, "CallManager-ECDSA", party)
    with deed(site) as now:
        after = follow_up(site, "CallManager-ECDSA", party, now=now)

    assert before == after
    assert left(site)


def test_what_is_done_outside_is_confirmed_with_an_event(renewed, look):
    confirm_task(renewed, number_of(renewed, "sign_on"))

    assert "sign_on" not in {row[0] for row in left(renewed)}
    (event,) = look(renewed).events("task.confirmed")
    assert event.detail == "sign_on after tomcat on sub"


def test_what_the_lab_does_itself_cannot_be_confirmed(renewed, refusal_of):
    number = number_of(renewed, "restart")

    with refusal_of(renewed, RuleError, f"task {number} is not done outside the lab"):
        confirm_task(renewed, number)


def test_what_is_closed_or_unknown_cannot_be_confirmed(renewed, refusal_of):
    number = number_of(renewed, "sign_on")
    confirm_task(renewed, number)

    with refusal_of(renewed, RuleError, f"task {number} was closed on"):
        confirm_task(renewed, number)
    with refusal_of(renewed, NotFoundError, "there is no task with number 4711"):
        confirm_task(renewed, 4711)


def test_closing_says_how_many_and_keeps_to_its_cluster_kind_and_node(renewed):
    now = renewed.clock.now()
    with deed(renewed):
        elsewhere = close_tasks(renewed, "Nowhere", Follows.BACKUP, now=now)
        backups = close_tasks(renewed, "Site", Follows.BACKUP, now=now)
        pub = parties.by_name(renewed.db, "", "pub")
        sub = parties.by_name(renewed.db, "", "sub")
        other = close_tasks(renewed, "Site", Follows.TFTP, now=now, party=pub)
        swapped = close_tasks(renewed, "Site", Follows.TFTP, now=now, party=sub)

    assert elsewhere == 0
    assert backups >= 1
    assert (other, swapped) == (0, 1)
    kinds = [row[0] for row in left(renewed)]
    assert "backup" not in kinds
    assert "tftp" not in kinds


def test_all_that_the_lab_can_do_is_done_in_the_safe_order(in_a_file, look):
    done = finish_tasks(in_a_file, purpose="tomcat")

    assert done.refused == ()
    assert [(t.kind, t.node) for t in done.done] == [
        ("restart", "sub"),
        ("restart", "sub"),
        ("tftp", "sub"),
        ("backup", ""),
    ]
    assert [row[0] for row in left(in_a_file) if row[3] == "tomcat"] == ["sign_on"]
    loaded = look(in_a_file).loaded("sub", "Cisco Tftp")["tomcat"]
    assert loaded == look(in_a_file).place("sub", "tomcat").certificate


def test_what_is_outside_is_ticked_off_only_when_asked(in_a_file):
    finish_tasks(in_a_file, purpose="tomcat", outside=True)

    assert not [row for row in left(in_a_file) if row[3] == "tomcat"]


def test_only_what_was_changed_there_is_finished(in_a_file):
    generate_self_signed(in_a_file, "pub", "ipsec")

    finish_tasks(in_a_file, "Site", node="pub", purpose="ipsec", outside=True)

    causes = {row[3] for row in left(in_a_file)}
    assert "ipsec" not in causes
    assert "tomcat" in causes


def test_what_the_work_asks_for_in_its_turn_is_done_too(in_a_file):
    finish_tasks(in_a_file, "Site", outside=True)
    generate_self_signed(in_a_file, "pub", "CallManager")

    done = finish_tasks(in_a_file, "Site", purpose="CallManager", outside=True)

    kinds = [(task.kind, task.cause) for task in done.done]
    assert kinds[0] == ("trust_list", "CallManager")
    assert ("restart", "CTL update") in kinds
    assert {row[0] for row in left(in_a_file)} == {"phones"}


def test_phones_are_reset_when_the_services_have_started(in_a_file, later):
    generate_self_signed(in_a_file, "pub", "CallManager")

    done = finish_tasks(in_a_file, "Site", outside=True)
    ((task, at),) = done.planned
    before = left(in_a_file)
    run_due(later(in_a_file, minutes=3))

    assert task.kind == "phones"
    assert timedelta(0) < at - in_a_file.clock.now() < timedelta(minutes=3)
    assert [row[0] for row in before] == ["phones"]
    assert left(in_a_file) == []


def test_what_cannot_be_done_keeps_nothing_else_waiting(renewed):
    generate_self_signed(renewed, "pub", "tomcat")
    take_offline(renewed, "sub")

    finished = finish_tasks(renewed, purpose="tomcat", outside=True)

    assert {task.node for task, _ in finished.refused if task.node} == {"sub"}
    assert all("Remote Node" in str(why) for task, why in finished.refused if task.node)
    assert {row[2] for row in left(renewed) if row[3] == "tomcat" and row[2]} == {"sub"}


def test_somebody_who_comes_second_is_told_so(renewed, refusal_of):
    number = number_of(renewed, "restart")
    finish_tasks(renewed, only=[number])

    with refusal_of(renewed, RuleError, "what was left to do is done already"):
        finish_tasks(renewed, only=[number])


def test_a_backup_waits_for_the_services_that_it_needs(in_a_file, later):
    restart_service(in_a_file, "pub", "Cisco DRF Master")

    done = finish_tasks(in_a_file, purpose="tomcat", outside=True)
    ((task, at),) = done.planned
    before = [row[0] for row in left(in_a_file)]
    run_due(later(in_a_file, minutes=3))

    assert (task.kind, before) == ("backup", ["backup"])
    assert in_a_file.clock.now() < at
    assert left(in_a_file) == []


def test_a_planned_backup_that_is_refused_stays_to_be_done(in_a_file, look, later):
    restart_service(in_a_file, "pub", "Cisco DRF Master")
    finish_tasks(in_a_file, purpose="tomcat", outside=True)
    take_offline(in_a_file, "sub")

    run_due(later(in_a_file, minutes=3))

    assert [row[0] for row in left(in_a_file)] == ["backup"]
    (event,) = look(in_a_file).events("backup.refused")
    assert "Remote Node" in event.detail
