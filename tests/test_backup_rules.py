"""What a backup needs and what users are given: the tables hold together."""

from lab.rules.backups import BACKUP_NEEDS, RESTORED
from lab.rules.oauth_keys import OAUTH_KEYS, OAUTH_TOKENS, oauth_key
from lab.rules.services import SERVICES
from lab.rules.tables import TABLES


def test_a_backup_needs_services_that_there_are():
    known = {(row.name, row.on) for row in SERVICES if row.product == "ucm"}

    assert {(need.service, need.nodes) for need in BACKUP_NEEDS} <= known
    for need in BACKUP_NEEDS:
        for row in SERVICES:
            assert row.name != need.service or need.purpose in row.loads


def test_every_product_hands_in_its_part():
    [local] = [need.service for need in BACKUP_NEEDS if need.nodes == "every"]

    assert {row.product for row in SERVICES if row.name == local} == {"ucm", "imp"}


def test_a_restore_says_both_what_comes_back_and_what_stays():
    assert {row.comes_back for row in RESTORED} == {True, False}
    assert len({row.what for row in RESTORED}) == len(RESTORED)


def test_a_refresh_token_outlives_an_access_token():
    minutes = {row.kind: row.minutes for row in OAUTH_TOKENS}

    assert minutes["access"] < minutes["refresh"]


def test_each_oauth_key_is_found_by_its_name():
    assert [oauth_key(row.name) for row in OAUTH_KEYS] == list(OAUTH_KEYS)
    assert oauth_key("session") is None


def test_the_tables_are_shown():
    shown = {table.rows for table in TABLES}

    assert {OAUTH_TOKENS, BACKUP_NEEDS, RESTORED} <= shown
