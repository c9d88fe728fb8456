"""The commands that revoke, hold and release, and those on CRLs and authorities."""

import pytest

from lab.pki.crls import read_crl
from lab.store import certificates, crls, events, parties, places


@pytest.fixture
def peer(example):
    party = parties.by_name(example.db, "", "directory")
    return certificates.get(
        example.db, places.slot(example.db, party.id, "peer").certificate
    )


@pytest.fixture
def issuing(example):
    return lambda delta=False: read_crl(
        crls.latest(example.db, "example-issuing", delta=delta).der
    )


def test_revoke_shows_what_breaks_and_asks(lab_command, example, peer, issuing):
    no = lab_command("revoke", peer.sha256, "--reason", "superseded", answer="n\n")
    before = certificates.revocation(example.db, peer.sha256)
    yes = lab_command("revoke", peer.sha256, "--reason", "superseded", answer="y\n")

    assert no.status == 1
    assert before is None
    assert "what breaks:" in yes.out
    assert f"superseded: {peer.subject}" in yes.out
    assert issuing().find(peer.serial).reason == "superseded"
    (event,) = [
        each
        for each in events.latest(example.db, limit=9)
        if each.kind == "certificate.revoked" and each.actor == "command line"
    ]
    assert event.about == peer.subject


def test_revoke_says_all_in_json(lab_command, peer):
    done = lab_command(
        *("revoke", peer.sha256, "--reason", "keyCompromise", "--yes", "--json"),
        *("--invalid-since", f"{peer.not_before:%Y-%m-%dT%H:%M:%S}"),
    ).json()

    assert done["certificate"] == peer.sha256
    assert done["reason"] == "keyCompromise"
    assert done["invalid_since"] == peer.not_before.isoformat()
    assert done["breaks"]["certificates"]


def test_hold_release_and_invalidity(lab_command, example, peer, issuing):
    held = lab_command("hold", peer.sha256, "--yes")
    on_list = issuing().find(peer.serial)
    day = f"{peer.not_before:%Y-%m-%d}T23:59"
    dated = lab_command("invalidity", peer.sha256, day).out
    forgotten = lab_command("invalidity", peer.sha256, "--none", "--json").json()
    released = lab_command("release", peer.sha256)

    assert "on hold since" in held.out
    assert on_list.reason == "certificateHold"
    assert f"invalid since {peer.not_before:%Y-%m-%d} 23:59 UTC" in dated
    assert forgotten["invalid_since"] is None
    assert released.out == f"released: {peer.subject}\n"
    assert certificates.revocation(example.db, peer.sha256) is None


@pytest.mark.parametrize(
    ("words", "status", "text"),
    [
        (("release", "<peer>"), 1, "refused: CN=ldap.corp.example is not on hold"),
        (("invalidity", "<peer>"), 2, "Name a date, or say --none."),
        (("invalidity", "<peer>", "2026-01-01", "--none"), 2, "Name a date"),
        (("invalidity", "<peer>", "2026-01-01"), 1, "is not revoked"),
        (("revoke", "nobody.example", "--yes"), 1, "no certificate has"),
        (("revoke", "<peer>", "--reason", "bored"), 2, "'bored' is not one of"),
        (("revoke", "<peer>", "--reason", "cACompromise"), 1, "is for an authority"),
        (("crl", "show", "nobody"), 1, "no certificate authority called nobody"),
        (("crl", "show", "partner", "--delta"), 1, "has published no such CRL"),
        (("crl", "publish", "partner", "--delta"), 1, "publishes no delta CRLs"),
        (("authority", "set", "partner", "--crl-days", "0"), 1, "for 0 days"),
        (("authority", "set", "partner"), 1, "is set like this already"),
        (("authority", "set", "partner", "--ocsp", "both"), 2, "'both' is not one"),
    ],
)
def test_what_cannot_be_done_is_refused(lab_command, peer, words, status, text):
    done = lab_command(*(peer.sha256 if word == "<peer>" else word for word in words))

    assert (done.status, done.out) == (status, "")
    assert text in done.err


def test_an_authority_is_set_and_listed(lab_command, example):
    line = lab_command(
        *("authority", "set", "partner", "--ocsp", "delegated", "--signer-key"),
        *("RSA 2048", "--delta-hours", "6", "--crl-days", "10"),
        *("--ocsp-minutes", "5", "--crl-scope", "separate"),
    ).out
    found = lab_command("authority", "list", "--json").json()

    assert line == (
        "partner: OCSP delegated, 5 minutes; CRLs for 10 days, of separate, deltas "
        "each 6 hours\n"
    )
    (row,) = [each for each in found if each["name"] == "partner"]
    assert row["ocsp"] == "delegated"
    assert row["ocsp_minutes"] == 5
    assert "partner" in lab_command("authority", "list").out
    party = parties.authority(example.db, "partner").party
    signer = places.slot(example.db, party, "OCSP signer").certificate
    assert certificates.get(example.db, signer).key_type == "RSA"


def test_crls_are_published_listed_shown_and_written(
    lab_command, example, peer, issuing, tmp_path
):
    lab_command("authority", "set", "example-issuing", "--delta-hours", "6")
    lab_command("hold", peer.sha256, "--yes")
    full = lab_command("crl", "publish", "example-issuing").out
    delta = lab_command("crl", "publish", "example-issuing", "--delta", "--json")
    listed = lab_command("crl", "list", "example-issuing", "--limit", "3").out
    everywhere = lab_command("crl", "list", "--json").json()
    shown = lab_command("crl", "show", "example-issuing")
    said = lab_command("crl", "show", "example-issuing", "--delta", "--json").json()
    path = tmp_path / "one.crl"
    lab_command("crl", "show", "example-issuing", "--output", path)
    again = lab_command("crl", "show", "example-issuing", "--output", path)

    number = issuing().number
    assert f"example-issuing published number {number}, full, until" in full
    assert delta.json()["base"] == number - 2
    assert f"delta since {number - 2}" in listed
    assert len(listed.splitlines()) == 4
    assert {each["authority"] for each in everywhere} == {
        each.name for each in parties.authorities(example.db)
    }
    assert peer.serial in shown.out
    assert "certificateHold" in shown.out
    assert "/pki/crl/example-issuing-delta.crl" in shown.out
    assert peer.serial in {line["serial"] for line in said["entries"]}
    assert path.read_bytes() == crls.latest(example.db, "example-issuing").der
    assert "is there already" in again.err
    old = ("crl", "show", "example-issuing", "--number", "1", "--json")
    assert lab_command(*old).json()["number"] == 1


def test_no_more_entries_are_shown_than_asked_for(lab_command, example):
    """The log server's certificate is revoked already."""
    party = parties.by_name(example.db, "", "directory")
    peer = places.slot(example.db, party.id, "peer").certificate
    lab_command("revoke", peer, "--yes")

    done = lab_command("crl", "show", "example-issuing", "--limit", "1")

    assert done.out.splitlines()[-1] == "and 1 more"
