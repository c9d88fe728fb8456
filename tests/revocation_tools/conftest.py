"""Authorities that answer in every way, and programs that ask about what they issued.

One lab and one server serve all the tests here: `python -m lab serve`, a process of its
own, on a port that the certificates name.
"""

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path
from shutil import which

import pytest

from lab.actions.add_authority import add_authority
from lab.actions.set_authority import set_authority
from lab.actions.set_base_url import set_base_url
from lab.lab import open_lab
from lab.pki.bundles import write_pem
from tests.revocation_site import EC, RSA, free_port, issue_each, issuer_der, serving

# Who signs the answers, and with which kind of key, by the name of the authority.
SIGNERS = {
    "delegated-ec": (EC, "delegated"),
    "delegated-rsa": (RSA, "delegated"),
    "itself-ec": (EC, "authority"),
    "itself-rsa": (RSA, "authority"),
}
# One whose certificates name a list of users alone, and the deltas to it.
APART = "apart"


@dataclass(frozen=True, kw_only=True)
class Site:
    """Where the responder is, and the files that a program needs."""

    folder: Path
    address: str  # http://127.0.0.1:…

    @property
    def url(self):
        return f"{self.address}/pki/ocsp"

    def leaf(self, signer, state):
        return f"{signer}-{state.replace(' ', '-')}.pem"

    def key(self, signer, state):
        return self.leaf(signer, state).replace(".pem", ".key")

    def issuer(self, signer):
        return f"{signer}.pem"

    def run(self, *command, status=0, wanted=""):
        """What a program says, on both its outputs."""
        if which(command[0]) is None:
            pytest.skip(f"{command[0]} is not on the PATH")
        done = subprocess.run(
            list(map(str, command)),
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            # No proxy stands between a program and this machine itself.
            env={**os.environ, "no_proxy": "*"},
            check=False,
            timeout=120,
        )
        said = done.stdout.decode(errors="replace")
        assert done.returncode == status, said
        assert wanted in said, said
        return said


@pytest.fixture(scope="session")
def site(tmp_path_factory):
    """The files in a folder, and the server that answers about them."""
    folder = tmp_path_factory.mktemp("revocation")
    path, port = folder / "lab.sqlite3", free_port()
    found = Site(folder=folder, address=f"http://127.0.0.1:{port}")
    lab = open_lab(path, actor="test")
    set_base_url(lab, found.address)
    for signer, (key, ocsp) in {**SIGNERS, APART: (EC, "none")}.items():
        add_authority(lab, signer, f"Authority {signer}", key=key, ocsp=ocsp)
        if (key, ocsp) == (RSA, "delegated"):
            set_authority(lab, signer, signer_key=RSA)
        if signer == APART:
            set_authority(lab, signer, crl_scope="separate", delta_hours=6)
        (folder / found.issuer(signer)).write_bytes(
            write_pem([issuer_der(lab, signer)])
        )
        for state, leaf in issue_each(lab, signer).items():
            (folder / found.leaf(signer, state)).write_bytes(leaf.pem)
            (folder / found.key(signer, state)).write_bytes(leaf.key_pem)
    lab.close()
    with serving(path, port):
        yield found
