"""`curl --cert-status` against TLS servers that staple the lab's answers."""

import re
import subprocess
from contextlib import contextmanager
from shutil import which

import pytest

from tests.revocation_site import STATES
from tests.revocation_tools.conftest import SIGNERS

pytestmark = pytest.mark.xdist_group("revocation tools")
REFUSED = 91  # CURLE_SSL_INVALIDCERTSTATUS
WORDS = {
    "good": "HTTP/1.0 200 ok",
    "revoked": "SSL certificate revocation reason: keyCompromise (1)",
    "on hold": "SSL certificate revocation reason: certificateHold (6)",
    "unknown": "SSL server certificate status verification FAILED",
}


@contextmanager
def tls_server(site, signer, state, *stapling):
    """A web server of openssl's with this certificate; yields its address."""
    if which("openssl") is None:
        pytest.skip("openssl is not on the PATH")
    server = subprocess.Popen(
        [
            *("openssl", "s_server", "-accept", "127.0.0.1:0", "-www"),
            *("-cert", site.leaf(signer, state), "-key", site.key(signer, state)),
            *("-CAfile", site.issuer(signer), *stapling),
        ],
        cwd=site.folder,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        accept = next(line for line in server.stdout if line.startswith("ACCEPT"))
        yield f"https://localhost:{accept.split(':')[-1].strip()}/"
    finally:
        server.kill()
        server.communicate()


def look(site, signer, state, address):
    said = site.run(
        *("curl", "--verbose", "--silent", "--show-error", "--cert-status"),
        *("--cacert", site.issuer(signer), "--resolve", f"{address[8:-1]}:127.0.0.1"),
        address,
        status=0 if state == "good" else REFUSED,
        wanted=WORDS[state],
    )
    expected = "revoked" if state == "on hold" else state
    assert re.search(rf"SSL certificate status: {expected} \(\d\)", said), said


@pytest.mark.parametrize("signer", SIGNERS)
@pytest.mark.parametrize("state", STATES)
def test_curl_believes_an_answer_that_a_server_keeps_in_a_file(site, signer, state):
    site.run(
        *("openssl", "ocsp", "-issuer", site.issuer(signer), "-no_nonce"),
        *("-cert", site.leaf(signer, state), "-url", site.url),
        *("-CAfile", site.issuer(signer), "-respout", "staple.der"),
    )

    with tls_server(site, signer, state, "-status_file", "staple.der") as address:
        look(site, signer, state, address)


@pytest.mark.parametrize("signer", SIGNERS)
@pytest.mark.parametrize("state", STATES)
def test_curl_believes_what_a_server_asks_our_responder_for(site, signer, state):
    with tls_server(site, signer, state, "-status") as address:
        look(site, signer, state, address)


def test_curl_refuses_a_server_that_staples_nothing(site):
    with tls_server(site, "itself-ec", "good") as address:
        site.run(
            *("curl", "--silent", "--show-error", "--cert-status", "--resolve"),
            *(f"{address[8:-1]}:127.0.0.1", "--cacert", "itself-ec.pem", address),
            status=REFUSED,
            wanted="No OCSP response received",
        )
