"""Java's PKIX revocation checker against a responder on a real port."""

from pathlib import Path

import pytest

from tests.revocation_site import STATES
from tests.revocation_tools.conftest import APART, SIGNERS

pytestmark = pytest.mark.xdist_group("revocation tools")
PROGRAM = Path(__file__).with_name("AskRevocation.java")
UNKNOWN = "UNDETERMINED_REVOCATION_STATUS Certificate's revocation status is unknown"
WORDS = {
    "good": "good",
    "revoked": "revoked KEY_COMPROMISE",
    "on hold": "revoked CERTIFICATE_HOLD",
    "unknown": UNKNOWN,
}


@pytest.fixture(scope="module")
def answers(site):
    """What Java says by signer, state, method, and whether it asked by GET."""
    keys = [
        (signer, state, method)
        for signer in SIGNERS
        for state in STATES
        for method in ("OCSP", "NONCE", "CRL")
    ]
    keys += [(APART, state, "CRL") for state in STATES]
    lines = [
        f"{site.leaf(signer, state)}\t{site.issuer(signer)}\t{method}"
        for signer, state, method in keys
    ]
    (site.folder / "questions").write_text("".join(f"{line}\n" for line in lines))
    found = {}
    for by_get in (True, False):
        said = site.run(
            *("java", "-Dcom.sun.security.enableCRLDP=true"),
            f"-Dcom.sun.security.ocsp.useget={str(by_get).lower()}",
            *(PROGRAM, "questions"),
        ).splitlines()
        assert [each.rpartition("\t")[0] for each in said] == lines
        for key, each in zip(keys, said, strict=True):
            found[*key, by_get] = each.rpartition("\t")[2]
    return found


@pytest.mark.parametrize("signer", SIGNERS)
@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("method", ["OCSP", "NONCE"])
@pytest.mark.parametrize("by_get", [True, False], ids=["GET", "POST"])
def test_java_finds_by_ocsp_what_the_lab_says(answers, signer, state, method, by_get):
    assert answers[signer, state, method, by_get] == WORDS[state]


@pytest.mark.parametrize("signer", [*SIGNERS, APART])
@pytest.mark.parametrize("state", STATES)
def test_java_finds_by_crl_what_the_lab_lists(answers, signer, state):
    # A CRL knows no "unknown": what it does not list is good. Java asks for no deltas,
    # and what has been revoked since the full list is in those alone.
    is_listed = state in ("revoked", "on hold") and signer != APART
    expected = WORDS[state] if is_listed else "good"

    assert answers[signer, state, "CRL", True] == expected
