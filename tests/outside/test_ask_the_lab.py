"""The client and the lab's own responder, CRLs and deltas understand each other."""

import pytest

from lab.actions.add_authority import add_authority
from lab.actions.ask_revocation import Question, ask, urls_of
from lab.actions.release_certificate import release_certificate
from lab.actions.revoke_certificate import revoke_certificate
from lab.actions.set_authority import set_authority
from lab.actions.set_base_url import set_base_url
from lab.lab import open_lab
from lab.store import certificates, parties
from lab.trust.judged import words
from lab.web.serving import serving_in_background
from tests.revocation_site import EC, free_port, issue, issue_each, issuer_der


@pytest.fixture
def served(tmp_path):
    """A lab with an authority, which answers at its base URL."""
    path, port = tmp_path / "lab.sqlite3", free_port()
    lab = open_lab(path, actor="test")
    set_base_url(lab, f"http://127.0.0.1:{port}")
    add_authority(lab, "issuing", "Issuing CA", key=EC, ocsp="delegated")
    with serving_in_background(path, port=port) as base:
        assert base == f"http://127.0.0.1:{port}"
        yield lab
    lab.close()


def asked(lab, leaf, method, **more):
    urls = urls_of(leaf.der)
    return ask(
        Question(
            certificate=leaf.der,
            issuer=issuer_der(lab, "issuing"),
            methods=(method,),
            ocsp_urls=urls.ocsp,
            crl_urls=urls.crl,
            freshest_urls=urls.freshest,
            own=urls.ocsp[0],
            **more,
        ),
        now=lab.clock.now(),
    )


def failures(found):
    return [words(step) for step in found.steps if not step.is_fine]


@pytest.mark.parametrize("mode", ["delegated", "authority"])
@pytest.mark.parametrize("how", ["POST", "GET"])
def test_every_state_is_told_by_the_responder(served, mode, how):
    set_authority(served, "issuing", ocsp=mode, ocsp_minutes=30)

    found = {
        state: asked(served, leaf, "OCSP", how=how)
        for state, leaf in issue_each(served, "issuing").items()
    }

    assert {state: each.status for state, each in found.items()} == {
        "good": "good",
        "revoked": "revoked",
        "on hold": "on_hold",
        "unknown": "unknown",
    }
    authority = parties.authority(served.db, "issuing")
    own = certificates.get(served.db, authority.certificate).der
    for each in found.values():
        assert not failures(each)
        assert each.model == "DTM"
        assert (each.signer == own) is (mode == "authority")
        assert "it repeats the nonce of 32 bytes that was sent" in map(
            words, each.steps
        )


@pytest.mark.parametrize("scope", ["everything", "separate"])
@pytest.mark.parametrize("delta_hours", [0, 4])
def test_every_state_is_told_by_the_lists(served, scope, delta_hours):
    set_authority(
        served, "issuing", crl_scope=scope, delta_hours=delta_hours, crl_days=7
    )
    leaves = issue_each(served, "issuing")

    found = {state: asked(served, leaf, "CRL") for state, leaf in leaves.items()}

    assert {state: each.status for state, each in found.items()} == {
        "good": "good",
        "revoked": "revoked",
        "on hold": "on_hold",
        "unknown": "good",  # a list names what was revoked, and nothing else
    }
    assert not [each for one in found.values() for each in failures(one)]
    release_certificate(served, leaves["on hold"].sha256)
    assert asked(served, leaves["on hold"], "CRL").status == "good"


@pytest.mark.parametrize("method", ["OCSP", "CRL"])
def test_a_revocation_shows_in_the_next_answer(served, method):
    leaf = issue(served, "issuing", "later.example")

    before = asked(served, leaf, method)
    revoke_certificate(served, leaf.sha256, "superseded")
    after = asked(served, leaf, method)

    assert (before.status, after.status) == ("good", "revoked")
    assert after.reason == "superseded"
