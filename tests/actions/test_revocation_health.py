"""How fresh the answers and the lists of each authority are."""

from dataclasses import replace

import pytest

from lab.actions.publish_crl import publish_crl
from lab.actions.revocation_health import Health, revocation_health
from lab.actions.run_due import run_due
from lab.actions.set_authority import set_authority
from lab.lab import open_lab
from lab.store import crls, jobs


@pytest.fixture
def health():
    """Each line of an authority, by what clients get of it."""

    def read(lab, authority="issuing"):
        return {
            (line.what, line.scope): line
            for line in revocation_health(lab, lab.clock.now())
            if line.authority.name == authority
        }

    return read


def test_what_is_there_and_has_a_successor_is_fresh(site, seen, health):
    lines = health(site)

    signer = seen.slot("Lab Issuing", "OCSP signer")
    answers, listed = lines["OCSP", ""], lines["CRL", "everything"]
    assert answers.health is listed.health is Health.FRESH
    assert answers.signer == signer
    assert (answers.end, answers.planned) == (
        signer.not_after,
        jobs.planned(site.db, "issue_ocsp_signer", "issuing"),
    )
    newest = crls.latest(site.db, "issuing")
    assert (listed.number, listed.end) == (newest.number, newest.next_update)
    assert lines.keys() == {("OCSP", ""), ("CRL", "everything")}


def test_an_authority_without_a_responder_has_it_off(site, health):
    line = health(site, "root")["OCSP", ""]

    assert line.health is Health.OFF
    assert line.age(site.clock.now()) is None


def test_age_is_the_share_of_its_life_that_is_over(site, health):
    line = health(site)["CRL", "everything"]

    assert line.age(line.start) == 0
    assert line.age(line.start + (line.end - line.start) / 2) == pytest.approx(0.5)
    assert line.age(line.end + (line.end - line.start)) == 1


def test_a_successor_that_did_not_come_is_late_and_then_the_list_has_ended(
    site, health, later
):
    line = health(site)["CRL", "everything"]
    days = (line.planned - site.clock.now()).days

    assert health(later(site, days=days))["CRL", "everything"].health is Health.FRESH
    overdue = health(later(site, days=days + 1))
    assert overdue["CRL", "everything"].health is Health.LATE
    gone = later(site, days=(line.end - site.clock.now()).days + 1)
    assert health(gone)["CRL", "everything"].health is Health.ENDED

    run_due(gone)

    assert health(gone)["CRL", "everything"].health is Health.FRESH


def test_the_last_list_of_an_authority_that_ends_has_no_successor(site, health, later):
    days = 2980  # the issuing authority has 3000

    old = later(site, days=days)
    run_due(old)
    publish_crl(old, "issuing")

    assert health(old)["CRL", "everything"].health is Health.LAST


def test_deltas_and_separate_lists_are_lines_of_their_own(site, health):
    set_authority(site, "issuing", delta_hours=6, crl_scope="separate")

    lines = health(site)

    scopes = ("everything", "users", "authorities")
    kinds = {(what, scope) for what in ("CRL", "delta CRL") for scope in scopes}
    assert lines.keys() == {("OCSP", ""), *kinds}
    assert {lines[each].health for each in kinds} == {Health.FRESH}
    planned = jobs.planned(site.db, "publish_delta", "issuing")
    assert lines["delta CRL", "users"].planned == planned


def test_an_authority_that_signs_its_own_answers_needs_no_successor(site, health, seen):
    set_authority(site, "issuing", ocsp="authority")

    line = health(site)["OCSP", ""]

    assert (line.health, line.signer) == (Health.FRESH, seen.authority("issuing"))


def test_a_sealed_key_signs_nothing(example_path, monkeypatch, health):
    monkeypatch.setenv("LAB_KEY_PASSPHRASE", "open sesame")
    lab = open_lab(example_path)

    assert health(lab, "example-issuing")["OCSP", ""].health is Health.FRESH
    closed = replace(lab, sealer=None)
    assert health(closed, "example-issuing")["OCSP", ""].health is Health.SEALED
    lab.close()
