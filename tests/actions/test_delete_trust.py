"""Deletion of trust entries: what is refused, what it leaves, what it tells."""

import pytest

from lab.actions.delete_trust import delete_trust
from lab.actions.generate_self_signed import generate_self_signed
from lab.actions.node_connection import take_offline
from lab.actions.request_certificate import request_certificate
from lab.actions.run_due import run_due
from lab.actions.sign_request import sign_request
from lab.actions.upload_certificate import upload_certificate
from lab.effects import Follows
from lab.errors import NotFoundError, RuleError
from lab.lab import Lab
from lab.store.database import open_database

UNREACHABLE = (
    "Connection to the Server cannot be established (unable to connect to Remote Node)"
)


@pytest.fixture
def root(seen):
    return seen.authority("root").sha256


def test_a_deletion_is_one_event_that_names_whom_it_reaches(site, seen, root):
    delete_trust(site, "sub", "tomcat-trust", root)

    event = seen.events()[-1]
    assert (event.kind, event.about) == ("trust.deleted", "tomcat-trust on sub")
    assert event.detail == "CN=Lab Root, for sub, pub, imp"


def test_a_deletion_says_what_to_restart(site, root):
    effects = delete_trust(site, "sub", "tomcat-trust", root)

    assert "Cisco Tomcat" in {
        each.what for each in effects if each.kind is Follows.RESTART
    }


def test_what_was_deleted_can_be_uploaded_again_though_others_have_it_still(
    site, seen, later, root
):
    der = seen.authority("root").der
    delete_trust(site, "sub", "tomcat-trust", root)

    upload_certificate(site, "sub", "tomcat-trust", der)

    run_due(later(site, minutes=30))
    for node in ("pub", "sub", "imp"):
        assert root in seen.store(node, "tomcat-trust")


def test_the_copy_of_an_identity_can_be_deleted_and_the_identity_stays(
    site, seen, later
):
    copy = seen.slot("sub", "tomcat")

    delete_trust(site, "sub", "tomcat-trust", copy.sha256)

    run_due(later(site, minutes=30))
    assert seen.slot("sub", "tomcat") == copy
    for node in ("pub", "sub", "imp"):
        assert copy.sha256 not in seen.store(node, "tomcat-trust")


def test_a_copy_that_has_made_room_is_not_there_to_be_deleted(
    site, seen, later, refusal_of
):
    old = seen.slot("imp", "cup-xmpp")
    generate_self_signed(later(site, days=1), "imp", "cup-xmpp")

    with refusal_of(site, NotFoundError, "is not in cup-xmpp-trust on imp"):
        delete_trust(site, "imp", "cup-xmpp-trust", old.sha256)


def test_the_old_copy_under_another_name_stays_until_it_is_deleted(site, seen, later):
    old = seen.slot("sub", "tomcat")
    request = request_certificate(site, "pub", "tomcat", shared=True)
    leaf = sign_request(site, "issuing", request.der, days=365)
    upload_certificate(site, "pub", "tomcat", leaf.der)
    run_due(later(site, minutes=30))
    assert leaf.common_name == "pub-ms.uc.example"
    assert {old.sha256, leaf.sha256} <= seen.store("imp", "tomcat-trust")
    away = later(site, days=1)

    delete_trust(away, "imp", "tomcat-trust", old.sha256)

    run_due(later(away, minutes=30))
    for node in ("pub", "sub", "imp"):
        assert old.sha256 not in seen.store(node, "tomcat-trust")
        assert leaf.sha256 in seen.store(node, "tomcat-trust")


def test_the_second_of_two_who_delete_the_same_is_told(
    site, seen, tmp_path, refusal_of, root
):
    path = tmp_path / "two.sqlite3"
    site.db.execute("VACUUM INTO ?", [str(path)])
    one = Lab(open_database(path), site.clock, actor="one")
    other = Lab(open_database(path), site.clock, actor="other")

    delete_trust(one, "sub", "tomcat-trust", root)
    with refusal_of(other, NotFoundError, "CN=Lab Root is not in tomcat-trust on sub"):
        delete_trust(other, "sub", "tomcat-trust", root)
    one.close()
    other.close()


@pytest.mark.parametrize(
    ("node", "store", "kind", "text"),
    [
        ("sub", "tomcat", RuleError, "identities are never deleted"),
        ("sub", "no-trust", RuleError, "'no-trust' is no trust store"),
        ("sub", "cup-trust", RuleError, "sub has no trust store cup-trust"),
        ("sub", "Phone-Edge-trust", RuleError, "on the publisher; sub is a subscriber"),
        ("sub", "CAPF-trust", NotFoundError, "CN=Lab Root is not in CAPF-trust on sub"),
        ("directory", "tomcat-trust", RuleError, "directory is not a node"),
        ("nobody", "tomcat-trust", NotFoundError, "called nobody"),
    ],
)
def test_what_cannot_be_deleted_is_refused(
    site, refusal_of, root, node, store, kind, text
):
    with refusal_of(site, kind, text):
        delete_trust(site, node, store, root)


def test_an_unknown_certificate_cannot_be_deleted(site, refusal_of):
    with refusal_of(site, NotFoundError, "no certificate with fingerprint"):
        delete_trust(site, "sub", "tomcat-trust", "ab" * 32)


def test_nothing_is_deleted_on_a_node_that_is_offline(site, refusal_of, root):
    take_offline(site, "sub")

    with refusal_of(site, RuleError, UNREACHABLE):
        delete_trust(site, "sub", "tomcat-trust", root)
