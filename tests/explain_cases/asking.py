"""The same question to each: the lab, `openssl verify`, and cryptography's verifier."""

from ipaddress import ip_address
from shutil import which
from subprocess import run

from lab.pki.bundles import write_pem
from lab.trust.engines import ask_cryptography
from lab.trust.paths import explain, pool
from lab.trust.verdict import Peer
from tests.explain_cases.making import ANY_POLICY

OPENSSL = which("openssl")
# Security level 2 is what a connection has by default in most distributions.
_OPTIONS = ("-partial_chain", "-no-CApath", "-no-CAstore", "-auth_level", "2")
_PURPOSES = {"server": "sslserver", "client": "sslclient", "any": "any"}
_SAID = {True: "accepted", False: "refused", None: "cannot"}


def by_lab(row):
    """The verdict of the lab."""
    return explain(row.case.leaf.der, **_question(row.case))


def by_cryptography(row):
    """What cryptography says, and its words."""
    said = ask_cryptography(row.case.leaf.der, **_question(row.case))
    return _SAID[said.accepted], said.message


def by_openssl(row, folder):
    """What openssl says, and its words; the files stay in the folder."""
    case = row.case
    command = [OPENSSL, "verify", *_OPTIONS, "-purpose", _PURPOSES[case.usage]]
    command += ["-attime", str(int(case.at.timestamp()))]
    if not case.trusted:
        command += ["-no-CAfile"]
    for option, held in (("-trusted", case.trusted), ("-untrusted", case.untrusted)):
        if held:
            path = folder / f"{row.name}{option}.pem"
            path.write_bytes(write_pem([each.der for each in held]))
            command += [option, str(path)]
    if case.name:
        kind = "-verify_ip" if _is_address(case.name) else "-verify_hostname"
        command += [kind, case.name]
    if row.topic == "policies":  # which it does not look at unless it is told to
        command += ["-policy_check", "-policy", ANY_POLICY]
    path = folder / f"{row.name}.der"
    path.write_bytes(case.leaf.der)
    done = run([*command, str(path)], capture_output=True, text=True, check=False)
    words = " ".join((done.stdout + done.stderr).split())
    return _SAID[not done.returncode], words


def _question(case):
    return {
        "trusted": pool(each.der for each in case.trusted),
        "untrusted": pool(each.der for each in case.untrusted),
        "at": case.at,
        "name": case.name,
        "usage": Peer(case.usage),
    }


def _is_address(name):
    try:
        ip_address(name)
    except ValueError:
        return False
    return True
