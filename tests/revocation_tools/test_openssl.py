"""`openssl ocsp` and `openssl verify` against a responder on a real port."""

import base64
import re
from urllib.parse import quote
from urllib.request import urlopen

import pytest

from tests.revocation_site import STATES
from tests.revocation_tools.conftest import APART, SIGNERS

pytestmark = pytest.mark.xdist_group("revocation tools")
WORDS = {
    "good": ": good\n",
    "revoked": ": revoked\n",
    "on hold": ": revoked\n",
    "unknown": ": unknown\n",
}
REASONS = {"revoked": "Reason: keyCompromise", "on hold": "Reason: certificateHold"}
each_signer = pytest.mark.parametrize("signer", SIGNERS)
each_state = pytest.mark.parametrize("state", STATES)


def about(site, signer, *states, digest=""):
    """The part of the command that says what is asked."""
    words = ["openssl", "ocsp", "-issuer", site.issuer(signer)]
    for state in states:
        words += [f"-{digest}"] if digest else []
        words += ["-cert", site.leaf(signer, state)]
    return [*words, "-CAfile", site.issuer(signer)]


def check(said, site, signer, *states):
    assert "Response verify OK" in said, said
    assert "WARNING" not in said, said
    for state in states:
        assert site.leaf(signer, state) + WORDS[state] in said, said
        assert REASONS.get(state, "") in said
    assert said.count("\n\tNext Update: ") == len(states)


@each_signer
@each_state
@pytest.mark.parametrize("nonce", ["-nonce", "-no_nonce"])
def test_openssl_asks_by_post_at_a_url(site, signer, state, nonce):
    said = site.run(*about(site, signer, state), "-url", site.url, nonce)

    check(said, site, signer, state)


@each_signer
@each_state
def test_openssl_asks_at_a_host_and_a_path(site, signer, state):
    place = ("-host", site.address.removeprefix("http://"), "-path", "/pki/ocsp")

    said = site.run(*about(site, signer, state), *place, "-header", "Host=localhost")

    check(said, site, signer, state)


@each_signer
@each_state
@pytest.mark.parametrize("digest", ["sha256", "sha384", "sha512"])
def test_openssl_names_the_issuer_by_another_hash(site, signer, state, digest):
    asked = about(site, signer, state, digest=digest)

    said = site.run(*asked, "-url", site.url, "-nonce", "-resp_text")

    check(said, site, signer, state)
    assert f"Hash Algorithm: {digest}" in said


@each_signer
@pytest.mark.parametrize("nonce", ["-nonce", "-no_nonce"])
def test_openssl_asks_for_several_certificates_in_one_call(site, signer, nonce):
    said = site.run(*about(site, signer, *STATES), "-url", site.url, nonce)

    check(said, site, signer, *STATES)


@each_signer
def test_openssl_signs_its_question_and_is_answered(site, signer):
    own = site.leaf(signer, "good")
    signature = ("-signer", own, "-signkey", site.key(signer, "good"))

    said = site.run(*about(site, signer, "revoked"), "-url", site.url, *signature)

    check(said, site, signer, "revoked")


def test_openssl_is_told_that_an_issuer_is_not_ours(site):
    site.run(
        *("openssl", "req", "-x509", "-newkey", "ec", "-nodes", "-subj", "/CN=other"),
        *("-pkeyopt", "ec_paramgen_curve:P-256", "-keyout", "o.key", "-out", "o.pem"),
    )

    site.run(
        *("openssl", "ocsp", "-issuer", "o.pem", "-cert", "o.pem", "-url", site.url),
        status=1,
        wanted="Responder Error: unauthorized (6)",
    )


@each_signer
@each_state
@pytest.mark.parametrize("program", ["curl", "urllib"])
def test_a_question_in_a_url_is_answered_for_openssl_to_verify(
    site, signer, state, program
):
    asked = about(site, signer, state)
    site.run(*asked, "-no_nonce", "-reqout", "question.der")
    question = base64.b64encode((site.folder / "question.der").read_bytes()).decode()

    if program == "curl":
        url = f"{site.url}/{quote(question, safe='')}"
        site.run("curl", "--silent", "--fail", "--output", "answer.der", url)
    else:
        with urlopen(f"{site.url}/{quote(question.rstrip('='))}", timeout=30) as answer:
            assert answer.headers["Content-Type"] == "application/ocsp-response"
            (site.folder / "answer.der").write_bytes(answer.read())

    said = site.run(*asked, "-no_nonce", "-respin", "answer.der")
    check(said, site, signer, state)


@each_state
def test_openssl_takes_the_list_of_users_and_its_delta(site, state):
    leaf = site.leaf(APART, state)

    site.run(
        *("openssl", "verify", "-CAfile", site.issuer(APART), "-crl_check"),
        *("-crl_download", "-extended_crl", "-use_deltas", leaf),
        status=2 if state in REASONS else 0,
        wanted="certificate revoked" if state in REASONS else f"{leaf}: OK",
    )


def test_a_question_whose_base64_ends_in_a_slash_keeps_it(site):
    """What stands at the end of a URL is a part of the question there."""
    text, tried = "", 0x10FFFFFFFFFFFFFFFF
    while not text.endswith("/"):  # a length of three octets has no padding
        site.run(
            *("openssl", "ocsp", "-issuer", "itself-ec.pem", "-no_nonce"),
            *("-serial", hex(tried), "-reqout", "question.der"),
        )
        text = base64.b64encode((site.folder / "question.der").read_bytes()).decode()
        tried = tried << 8 | 0xFF

    for url in (f"{site.url}/{text}", f"{site.url}/{quote(text, safe='')}"):
        site.run("curl", "--silent", "--fail", "--output", "answer.der", url)
        shown = ("openssl", "ocsp", "-respin", "answer.der", "-noverify", "-resp_text")
        site.run(*shown, wanted="Cert Status: unknown")


@each_signer
def test_openssl_says_when_and_who(site, signer):
    said = site.run(
        *(*about(site, signer, "revoked"), "-url", site.url, "-nonce", "-resp_text")
    )

    assert re.search(r"Responder Id: [0-9A-F]{40}\n", said)
    assert re.search(r"Revocation Time: .* GMT\n", said)
    is_delegated = signer.startswith("delegated")
    assert ("OCSP Signing" in said) == is_delegated
    assert ("OCSP No Check" in said) == is_delegated


@each_signer
@each_state
def test_openssl_verifies_with_the_crl_that_the_certificate_names(site, signer, state):
    leaf, issuer = site.leaf(signer, state), site.issuer(signer)
    # A CRL knows no "unknown": what it does not list is good.
    is_listed = state in REASONS

    site.run(
        *("openssl", "verify", "-CAfile", issuer, "-crl_check", "-crl_download", leaf),
        status=2 if is_listed else 0,
        wanted="certificate revoked" if is_listed else f"{leaf}: OK",
    )
