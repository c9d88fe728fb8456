"""GnuTLS's `ocsptool` against a responder on a real port."""

import re

import pytest

from tests.revocation_site import STATES
from tests.revocation_tools.conftest import SIGNERS

pytestmark = pytest.mark.xdist_group("revocation tools")
# It looks for the signer in the answer, or is told it: an authority that signs itself
# does not send its own certificate along.
OPTIONS = {
    signer: "--load-trust" if signer.startswith("delegated") else "--load-signer"
    for signer in SIGNERS
}
REVOKED = ("revoked", "on hold")


@pytest.mark.parametrize("signer", SIGNERS)
@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("nonce", [True, False], ids=["nonce", "no nonce"])
def test_ocsptool_finds_what_the_lab_says(site, signer, state, nonce):
    issuer = site.issuer(signer)

    said = site.run(
        *("ocsptool", f"--ask={site.url}", *(["--nonce"] if nonce else [])),
        *("--load-cert", site.leaf(signer, state), "--load-issuer", issuer),
        *(OPTIONS[signer], issuer),
    )

    word = "revoked" if state in REVOKED else state
    assert f"Certificate Status: {word}" in said, said
    assert "Verifying OCSP Response: Success." in said
    assert "Response Status: Successful" in said
    assert ("Revocation time: " in said) == (state in REVOKED)
    assert ("Nonce" in re.split("Extensions:", said)[-1]) == nonce


@pytest.mark.parametrize("signer", SIGNERS)
def test_ocsptool_finds_the_responder_in_the_certificate(site, signer):
    issuer = site.issuer(signer)

    said = site.run(
        *("ocsptool", "--ask", "--load-cert", site.leaf(signer, "revoked")),
        *("--load-issuer", issuer, OPTIONS[signer], issuer),
    )

    assert "Certificate Status: revoked" in said, said
