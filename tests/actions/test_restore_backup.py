"""Restore: the cluster as it was, the rest as it is, and phones to be unlocked."""

import json
import shutil
from dataclasses import replace
from datetime import timedelta

import pytest

from lab.actions.add_authority import add_authority
from lab.actions.add_parties import add_cluster, add_node
from lab.actions.backups import check_can_run, differences
from lab.actions.delete_trust import delete_trust
from lab.actions.generate_self_signed import generate_self_signed
from lab.actions.issue_tokens import issue_tokens
from lab.actions.judge_tokens import judge_tokens
from lab.actions.key_ring import private_key, secret
from lab.actions.make_backup import make_backup
from lab.actions.node_connection import take_offline
from lab.actions.plan_checks import next_check
from lab.actions.regenerate_certificate import regenerate_certificate
from lab.actions.regenerate_oauth_key import regenerate_oauth_key
from lab.actions.request_certificate import request_certificate
from lab.actions.reset_phones import reset_phones
from lab.actions.restart_service import restart_service
from lab.actions.restore_backup import (
    phones_to_unlock,
    restore_backup,
    what_restoring_breaks,
)
from lab.actions.revocation_settings import (
    revocation_settings,
    set_revocation_settings,
)
from lab.actions.run_due import run_due
from lab.actions.set_parameter import set_parameter
from lab.actions.sign_request import sign_request
from lab.actions.stop_service import stop_service
from lab.actions.trial import trial
from lab.actions.unlock_phone import unlock_phone
from lab.actions.update_ctl import update_ctl
from lab.actions.upload_certificate import upload_certificate
from lab.clock import FrozenClock
from lab.errors import BadInputError, RuleError
from lab.models import Chain, KeySpec, PartyKind, TokenState, is_up
from lab.pki.keys import key_id
from lab.pki.sealing import Sealer
from lab.store import (
    certificates,
    events,
    jobs,
    keys,
    oauth,
    parties,
    phones,
    places,
    requests,
    restoring,
    services,
    settings,
    tasks,
)
from lab.store.database import troubles

EC = KeySpec(type="EC", size=256)
FIRST, SECOND = "SEP000000000001", "SEP000000000002"
# What a restore makes as it was, whatever the numbers of the rows are.
OWN = {
    "places": "party, usage, name, certificate, since, how, copy_of, description",
    "replicated": "*",
    "requests": "*",
    "oauth_keys": "*",
    "oauth_copies": "*",
    "clusters": "*",
}


def own_rows(lab):
    found = {
        table: sorted(lab.db.execute(f"SELECT {columns} FROM {table}").fetchall())
        for table, columns in OWN.items()
    }
    return found | {"parameters": restoring.parameters(lab.db, "Site")}


def rows_of(lab, table):
    return lab.db.execute(f"SELECT * FROM {table} ORDER BY 1").fetchall()


def whole(lab):
    return troubles(lab.db) == [] and events.first_broken(lab.db) is None


def change_a_lot(lab):
    """Something of everything that a backup holds."""
    for purpose in ("ipsec", "TVS", "tomcat-ECDSA", "ITLRecovery"):
        generate_self_signed(lab, "pub", purpose)
    request_certificate(lab, "sub", "tomcat")
    set_parameter(lab, "Site", "HTTPS Ciphers", "All Supported EC and RSA Ciphers")
    regenerate_oauth_key(lab, "Site", "encryption")
    regenerate_oauth_key(lab, "Site", "signing")
    issuing = certificates.get(lab.db, parties.authority(lab.db, "issuing").certificate)
    delete_trust(lab, "pub", "tomcat-trust", issuing.sha256)
    stop_service(lab, "sub", "Cisco CTIManager")


def test_everything_of_the_cluster_is_as_it_was(filed, later):
    request_certificate(filed, "imp", "cup")
    made = make_backup(filed, "Site")
    before = own_rows(filed)
    change_a_lot(filed)
    differed = own_rows(filed) != before

    done = restore_backup(later(filed, days=3), made.name)

    assert differed
    assert own_rows(filed) == before
    assert differences(filed, made.name) == []
    assert len(done.differences) > 10
    assert whole(filed)


def test_a_restore_is_one_more_event(filed):
    made = make_backup(filed, "Site")
    change_a_lot(filed)
    before = events.latest(filed.db, limit=1000)

    restore_backup(filed, made.name)

    [newest, *rest] = events.latest(filed.db, limit=1001)
    assert rest == before
    assert (newest.kind, newest.about) == ("backup.restored", "Site")
    assert made.name in newest.detail
    assert events.first_broken(filed.db) is None


def test_what_is_not_of_the_cluster_stays_as_it_is(filed, make_keys_fast):
    made = make_backup(filed, "Site")
    quick = replace(filed, make_key=make_keys_fast)
    add_authority(quick, "later", "Later CA", key=EC)
    add_cluster(quick, "Site Two", "two.example")
    add_node(quick, "Site Two", "pub2")
    elliptic = "All Supported EC and RSA Ciphers"
    set_parameter(filed, "Site Two", "HTTPS Ciphers", elliptic)
    issue_tokens(filed, "Site", ["alice"])
    tables = ["authorities", "crls", "tokens", "parties"]
    before = {table: rows_of(filed, table) for table in tables}
    other = parties.by_name(filed.db, "Site Two", "pub2").id
    slots = [place for place in rows_of(filed, "places") if place[1] == other]
    authority = certificates.get(
        filed.db, parties.authority(filed.db, "later").certificate
    )

    restore_backup(filed, made.name)

    assert {table: rows_of(filed, table) for table in tables} == before
    assert [place for place in rows_of(filed, "places") if place[1] == other] == slots
    assert private_key(filed, authority.key_id)
    assert len(oauth.of_cluster(filed.db, "Site Two")) == 2
    found = settings.parameter(filed.db, "Site Two", "HTTPS Ciphers")
    assert found == elliptic


def test_services_load_what_is_stored_and_take_a_while(filed, later, look):
    made = make_backup(filed, "Site")
    then = look(filed).slot("pub", "tomcat")
    regenerate_certificate(filed, "pub", "tomcat")
    restart_service(filed, "pub", "Cisco Tomcat")

    done = restore_backup(filed, made.name)

    pub = parties.by_name(filed.db, "Site", "pub")
    tomcat = services.get(filed.db, pub.id, "Cisco Tomcat")
    assert look(filed).loaded("pub", "Cisco Tomcat")["tomcat"] == then.sha256
    assert not is_up(tomcat, filed.clock.now())
    assert services.stale(filed.db, "Site") == []
    ready = later(filed, seconds=(done.ready_at - filed.clock.now()).seconds)
    check_can_run(ready, "Site", ready.clock.now())


def test_a_service_that_was_off_is_off_again(filed):
    stop_service(filed, "sub", "Cisco CTIManager")
    made = make_backup(filed, "Site")
    restart = services.get(
        filed.db, parties.by_name(filed.db, "Site", "sub").id, "Cisco CTIManager"
    )
    services.mark_started(filed.db, restart.id, filed.clock.now())

    restore_backup(filed, made.name)

    again = services.get(filed.db, restart.party, restart.name)
    assert not again.running


def test_a_request_comes_back_and_can_be_answered(filed, look):
    request = request_certificate(filed, "pub", "TVS")
    made = make_backup(filed, "Site")
    request_certificate(filed, "pub", "TVS")  # it overwrites the first, key and all

    lost = not keys.known(filed.db, request.key_id)
    restore_backup(filed, made.name)

    assert lost
    party = parties.by_name(filed.db, "Site", "pub").id
    assert requests.get(filed.db, party, "TVS")[0] == request.der
    signed = sign_request(filed, "issuing", request.der, days=365)
    upload_certificate(filed, "pub", "TVS", signed.der)
    assert look(filed).slot("pub", "TVS").sha256 == signed.sha256


def test_newer_keys_are_gone_and_older_ones_are_there(filed, look):
    made = make_backup(filed, "Site")
    old = look(filed).slot("pub", "ITLRecovery").key_id
    newer = [
        regenerate_certificate(filed, "pub", "ITLRecovery").key_id for _ in range(2)
    ]
    request = request_certificate(filed, "sub", "tomcat").key_id

    restore_backup(filed, made.name)

    assert private_key(filed, old)
    assert not {*newer, request} & look(filed).key_ids()


def test_a_newer_backup_brings_newer_keys_again(filed, later, look):
    older = make_backup(filed, "Site")
    renewed = regenerate_certificate(filed, "pub", "CAPF")
    regenerate_oauth_key(filed, "Site", "encryption")
    key = oauth.of_cluster(filed.db, "Site")["encryption"].key
    newer = make_backup(filed, "Site")
    rows = own_rows(filed)
    restore_backup(filed, older.name)
    gone = not {renewed.key_id, key} & look(filed).key_ids()
    afterwards = later(filed, minutes=5)
    run_due(afterwards)

    restore_backup(afterwards, newer.name)

    assert gone
    assert own_rows(filed) == rows
    assert key_id(private_key(filed, renewed.key_id).public_key()) == renewed.key_id
    assert len(secret(filed, key)) == 32


def test_tokens_of_newer_keys_die(filed):
    issue_tokens(filed, "Site", ["early"])
    made = make_backup(filed, "Site")
    regenerate_oauth_key(filed, "Site", "encryption")
    issue_tokens(filed, "Site", ["late"])

    restore_backup(filed, made.name)

    found = {each.token.user: each.state for each in judge_tokens(filed, "Site")}
    assert found == {"early": TokenState.GOOD, "late": TokenState.DEAD}


def test_effective_ends_are_judged_anew(filed, look, later):
    signed = sign_request(
        filed, "issuing", request_certificate(filed, "sub", "tomcat").der, days=365
    )
    upload_certificate(filed, "sub", "tomcat", signed.der)
    made = make_backup(filed, "Site")
    root = look(filed).authority("root").sha256
    delete_trust(filed, "pub", "tomcat-trust", root)
    next_day = later(filed, days=1)
    run_due(next_day)
    broken = certificates.effective(filed.db, signed.sha256).chain

    restore_backup(next_day, made.name)

    assert broken is not Chain.COMPLETE
    assert certificates.effective(filed.db, signed.sha256).chain is Chain.COMPLETE


def test_certificates_that_only_the_backup_has_are_added(filed, look):
    foreign = look(filed).authority("elliptic").sha256
    upload_certificate(
        filed, "pub", "Phone-trust", certificates.get(filed.db, foreign).der
    )
    made = make_backup(filed, "Site")
    party = look(filed).place("pub", "ipsec")
    renewed = generate_self_signed(filed, "pub", "ipsec")
    lost = party.certificate
    for table, column in (
        ("places", "certificate"),
        ("loaded", "certificate"),
        ("ders", "certificate"),
        ("issuer_links", "child"),
        ("certificates", "sha256"),
    ):
        filed.db.conn.execute(f"DELETE FROM {table} WHERE {column} = ?", [lost])
    filed.db.conn.commit()

    restore_backup(filed, made.name)

    assert look(filed).slot("pub", "ipsec").sha256 == lost != renewed.sha256
    assert certificates.effective(filed.db, lost).chain is Chain.COMPLETE
    assert whole(filed)


def test_planned_work_is_as_far_away_as_it_was(filed, later, look):
    der = look(filed).authority("elliptic").der
    upload_certificate(filed, "pub", "tomcat-trust", der)  # in 30 minutes on the rest
    ten = later(filed, minutes=10)
    made = make_backup(ten, "Site")
    run_due(later(filed, minutes=40))
    regenerate_certificate(later(filed, minutes=50), "pub", "CallManager")
    then = later(filed, days=2)

    restore_backup(then, made.name)

    due = {
        moment
        for moment, about in look(filed).jobs("sync_subject")
        if json.loads(about)["store"] == "tomcat-trust"
    }
    sha256 = look(filed).authority("elliptic").sha256
    before = sha256 in look(filed).store("sub", "tomcat-trust")
    run_due(later(then, minutes=20))
    assert due == {then.clock.now() + timedelta(minutes=20)}
    assert not before
    assert sha256 in look(filed).store("sub", "tomcat-trust")
    assert whole(filed)


def test_no_job_is_due_before_the_restore(filed, later, look):
    made = make_backup(filed, "Site")
    change_a_lot(filed)
    then = later(filed, days=400)

    restore_backup(then, made.name)

    kinds = {"sync_subject", "reset_phones", "finish_start", "finish_restore"}
    moments = [at for kind in kinds for at, _ in look(filed).jobs(kind)]
    assert moments
    assert min(moments) > then.clock.now()
    assert run_due(later(then, days=1)) > 0
    assert whole(filed)


def test_tasks_are_those_of_the_backup_but_for_what_is_done_by_it(filed):
    generate_self_signed(filed, "pub", "tomcat")
    made = make_backup(filed, "Site")
    regenerate_oauth_key(filed, "Site", "encryption")

    restore_backup(filed, made.name)

    left = {(task.kind, task.cause) for task in tasks.all_open(filed.db, "Site")}
    assert ("sign_on", "tomcat") in left
    assert {cause for _, cause in left} == {"tomcat"}
    assert not {kind for kind, _ in left} & {"restart", "tftp", "backup"}


@pytest.mark.parametrize("service", ["Cisco DRF Master", "Cisco DRF Local"])
def test_what_a_restore_needs_must_be_up(filed, refusal_of, service):
    made = make_backup(filed, "Site")
    stop_service(filed, "pub", service)

    with refusal_of(filed, RuleError, f"{service} on pub is not up"):
        restore_backup(filed, made.name)


def test_every_node_must_be_there(filed, refusal_of):
    made = make_backup(filed, "Site")
    take_offline(filed, "sub")

    with refusal_of(filed, RuleError, "Connection to the Server cannot be established"):
        restore_backup(filed, made.name)


def test_a_backup_from_before_a_node_was_added_is_of_no_use(
    filed, refusal_of, make_keys_fast
):
    made = make_backup(filed, "Site")
    add_node(replace(filed, make_key=make_keys_fast), "Site", "sub2")

    with refusal_of(filed, RuleError, "has pub, sub, imp, sub2"):
        restore_backup(filed, made.name)


def test_a_file_that_the_log_does_not_know_is_refused(filed, refusal_of, folder):
    made = make_backup(filed, "Site")
    with (folder / made.name).open("ab") as file:
        file.write(b"\0")

    with refusal_of(filed, BadInputError, "was changed since"):
        restore_backup(filed, made.name)


def test_a_restore_while_services_start_waits(filed, later, refusal_of):
    made = make_backup(filed, "Site")
    restore_backup(filed, made.name)

    with refusal_of(filed, RuleError, "is not up"):
        restore_backup(filed, made.name)
    restore_backup(later(filed, minutes=5), made.name)


def seal(lab):
    """As `open_lab` does when it is given a passphrase."""
    sealer = Sealer(b"k" * 32)
    settings.put(lab.db, "key_salt", "11" * 16)
    settings.put(lab.db, "key_check", sealer.seal(b"", "this lab").hex())
    for name, material in list(keys.unsealed(lab.db)):
        keys.seal(lab.db, name, sealer.seal(material, name))
    return replace(lab, sealer=sealer)


def test_sealed_keys_stay_sealed(filed, look):
    sealed = seal(filed)
    old = oauth.of_cluster(filed.db, "Site")["encryption"].key
    made = make_backup(sealed, "Site")
    regenerate_oauth_key(sealed, "Site", "encryption")

    restore_backup(sealed, made.name)

    assert list(keys.unsealed(filed.db)) == []
    assert len(secret(sealed, old)) == 32


def test_keys_from_before_the_passphrase_are_sealed_by_the_restore(filed):
    old = oauth.of_cluster(filed.db, "Site")["encryption"].key
    made = make_backup(filed, "Site")
    regenerate_oauth_key(filed, "Site", "encryption")
    sealed = seal(filed)

    with pytest.raises(RuleError, match="are sealed"):
        restore_backup(filed, made.name)
    restore_backup(sealed, made.name)

    assert list(keys.unsealed(filed.db)) == []
    assert len(secret(sealed, old)) == 32


def test_a_backup_that_was_sealed_otherwise_is_refused(filed, refusal_of):
    sealed = seal(filed)
    made = make_backup(sealed, "Site")
    regenerate_oauth_key(sealed, "Site", "encryption")
    settings.put(filed.db, "key_salt", "22" * 16)

    with refusal_of(sealed, RuleError, "sealed with another passphrase"):
        restore_backup(sealed, made.name)


def test_a_trial_of_a_restore_leaves_everything(filed, dump):
    made = make_backup(filed, "Site")
    change_a_lot(filed)
    before = dump(filed)

    with trial(filed):
        restore_backup(filed, made.name)
        within = differences(filed, made.name)

    assert within == []
    assert dump(filed) == before


def test_a_backup_outside_of_the_folder_is_restored_too(filed, folder, tmp_path):
    made = make_backup(filed, "Site")
    before = own_rows(filed)
    shutil.move(folder / made.name, tmp_path / "kept")
    change_a_lot(filed)

    restore_backup(filed, str(tmp_path / "kept"))

    assert own_rows(filed) == before


# -- Phones ------------------------------------------------------------------------


def renew(lab, later, cluster, purpose, resets):
    """A renewal on all nodes in the documented order; only some phones are reset."""
    nodes = [node.name for node in parties.nodes(lab.db, cluster, PartyKind.UCM)]
    for node in nodes[:1] if purpose == "ITLRecovery" else nodes:
        regenerate_certificate(lab, node, purpose, cluster=cluster)
    update_ctl(lab, cluster)
    for node in nodes:
        for service in (
            "Cisco Trust Verification Service",
            "Cisco CallManager",
            "Cisco Tftp",
        ):
            restart_service(lab, node, service, cluster=cluster)
    lab = later(lab, minutes=5)
    run_due(lab)
    if resets:  # of nobody would be of all
        reset_phones(lab, cluster, resets)
    return lab


# What phones know a cluster by; while one of them stays, a reset is enough.
ALL_THREE = ("TVS", "CallManager", "ITLRecovery")


def fared(lab, cluster):
    return {row.name: row.registered for row in phones.rows(lab.db, cluster)}


def restored(lab, later, name):
    restore_backup(lab, name)
    lab = later(lab, minutes=5)
    run_due(lab)
    return lab


@pytest.mark.parametrize("took", [[], [FIRST], [SECOND], [FIRST, SECOND]], ids=len)
def test_exactly_the_phones_that_took_newer_lists_must_be_unlocked(filed, later, took):
    name = "Phone Interaction on Certificate Update"
    set_parameter(filed, "Site", name, "manual")
    made = make_backup(filed, "Site")
    before = fared(filed, "Site")
    lab = filed
    for purpose in ALL_THREE:
        lab = renew(lab, later, "Site", purpose, took)

    told = phones_to_unlock(lab, made.name)
    breaks = what_restoring_breaks(lab, made.name)
    lab = restored(lab, later, made.name)

    locked = {name for name, good in fared(lab, "Site").items() if not good}
    assert before == {FIRST: True, SECOND: True}
    assert locked == set(took)
    assert told == took
    assert breaks.phone_count == len(took)
    for device in sorted(locked):
        unlock_phone(lab, "Site", device)
        assert fared(lab, "Site")[device]
    assert set(fared(lab, "Site").values()) == {True}
    reset_phones(lab, "Site")
    assert set(fared(lab, "Site").values()) == {True}


@pytest.mark.parametrize("left", ALL_THREE)
def test_nobody_is_locked_out_while_phones_know_one_of_three(filed, later, left):
    """A reset is enough: the list is signed, or vouched for, by whom they know."""
    set_parameter(filed, "Site", "Phone Interaction on Certificate Update", "manual")
    made = make_backup(filed, "Site")
    lab = filed
    for purpose in ALL_THREE:
        if purpose != left:
            lab = renew(lab, later, "Site", purpose, [FIRST])

    told = phones_to_unlock(lab, made.name)
    lab = restored(lab, later, made.name)

    assert told == []
    assert set(fared(lab, "Site").values()) == {True}


def test_the_example_lab_keeps_the_phones_that_were_not_reset(example, later):
    cluster = "Example Cluster"
    set_parameter(example, cluster, "Phone Interaction on Certificate Update", "manual")
    made = make_backup(example, cluster)
    before = fared(example, cluster)
    took = [
        row.name
        for row in phones.rows(example.db, cluster, node="cucm-sub1")
        if row.registered
    ]
    lab = replace(example, clock=FrozenClock(example.clock.now()))
    for purpose in ALL_THREE:
        lab = renew(lab, later, cluster, purpose, took)

    told = phones_to_unlock(lab, made.name)
    lab = restored(lab, later, made.name)

    after = fared(lab, cluster)
    locked = {name for name, good in before.items() if good and not after[name]}
    assert took
    assert locked == set(took)
    assert set(told) == locked
    for device in sorted(locked):
        assert not fared(lab, cluster)[device]
        unlock_phone(lab, cluster, device)
    assert fared(lab, cluster) == before
    assert whole(lab)


def test_the_jobs_of_a_restored_lab_all_run(filed, later):
    made = make_backup(filed, "Site")
    change_a_lot(filed)

    lab = restored(filed, later, made.name)

    assert jobs.next_due(lab.db, lab.clock.now()) is None
    assert places.slot(lab.db, parties.by_name(lab.db, "Site", "pub").id, "TVS")


def test_the_settings_of_revocation_come_back_with_their_schedule(filed, later):
    set_revocation_settings(filed, "Site", enable_check=True, every=5)
    made = make_backup(filed, "Site")
    set_revocation_settings(filed, "Site", enable_ocsp=True, every=9)
    then = later(filed, hours=2)

    done = restore_backup(then, made.name)

    found = revocation_settings(filed, "Site")
    assert (found.enable_ocsp, found.enable_check, found.every) == (False, True, 5)
    # As far away as it was from the backup.
    assert next_check(filed, "Site") == then.clock.now() + timedelta(hours=5)
    assert ("revocation every", "5", "9") in {
        (row.what, row.then, row.now) for row in done.differences
    }


def test_settings_of_revocation_of_another_cluster_stay(filed, later):
    add_cluster(filed, "Site Two", "two.example")
    made = make_backup(filed, "Site")
    set_revocation_settings(filed, "Site Two", enable_ocsp=True)

    restore_backup(later(filed, hours=2), made.name)

    assert revocation_settings(filed, "Site Two").enable_ocsp
