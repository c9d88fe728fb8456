"""`openssl verify` with the full list of an authority, and with the deltas to it."""

import pytest

from lab.actions.add_authority import add_authority
from lab.actions.hold_certificate import hold_certificate
from lab.actions.publish_crl import publish_crl
from lab.actions.release_certificate import release_certificate
from lab.actions.revoke_certificate import revoke_certificate
from lab.actions.set_authority import set_authority
from lab.lab import open_lab
from lab.pki.bundles import write_pem
from tests.revocation_site import EC, RSA, issue, issuer_der
from tests.revocation_tools.conftest import Site

LEAVES = ("untouched", "before", "after", "released", "held later")


def named(leaf):
    return f"{leaf.replace(' ', '-')}.pem"


@pytest.fixture(params=["everything", "separate"])
def scope(request):
    return request.param


@pytest.fixture(params=[EC, RSA], ids=["EC", "RSA"])
def lists(request, scope, tmp_path):
    """Files: the certificates, the full list, and the delta that came after it."""
    lab = open_lab(tmp_path / "lab.sqlite3", actor="test")
    add_authority(lab, "listed", "Listed CA", key=request.param)
    wanted = {"crl_scope": scope} if scope == "separate" else {}
    set_authority(lab, "listed", delta_hours=6, **wanted)
    leaves = {name: issue(lab, "listed", f"{named(name)}.example") for name in LEAVES}
    revoke_certificate(lab, leaves["before"].sha256, "superseded")
    hold_certificate(lab, leaves["released"].sha256)
    publish_crl(lab, "listed")
    release_certificate(lab, leaves["released"].sha256)
    revoke_certificate(lab, leaves["after"].sha256, "keyCompromise")
    hold_certificate(lab, leaves["held later"].sha256)
    scope = "users" if scope == "separate" else "everything"
    for name, which in (("full.crl", "base IS NULL"), ("delta.crl", "base > 0")):
        (der,) = lab.db.execute(
            f"SELECT der FROM crls WHERE authority = 'listed' AND scope = ? AND {which}"
            " ORDER BY number DESC, rowid DESC LIMIT 1",
            [scope],
        ).fetchone()
        (tmp_path / name).write_bytes(der)
    (tmp_path / "ca.pem").write_bytes(write_pem([issuer_der(lab, "listed")]))
    for name, leaf in leaves.items():
        (tmp_path / named(name)).write_bytes(leaf.pem)
    lab.close()
    site = Site(folder=tmp_path, address="")
    for name in ("full", "delta"):  # -CRLfile of OpenSSL 3.0 reads PEM
        site.run(
            *("openssl", "crl", "-inform", "DER", "-in", f"{name}.crl"),
            *("-CAfile", "ca.pem", "-out", f"{name}.pem"),
            wanted="verify OK",
        )
    return site


@pytest.mark.parametrize(
    ("leaf", "by_full", "by_delta"),
    [
        ("untouched", True, True),
        ("before", False, False),
        ("after", True, False),
        ("released", False, True),
        ("held later", True, False),
    ],
)
def test_openssl_takes_the_delta_with_its_base(lists, leaf, by_full, by_delta):
    command = ("openssl", "verify", "-CAfile", "ca.pem", "-crl_check", "-extended_crl")
    full, delta = ("-CRLfile", "full.pem"), ("-use_deltas", "-CRLfile", "delta.pem")

    for lists_given, is_good in ((full, by_full), ((*full, *delta), by_delta)):
        lists.run(
            *(*command, *lists_given, named(leaf)),
            status=0 if is_good else 2,
            wanted="OK" if is_good else "certificate revoked",
        )
