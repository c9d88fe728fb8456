"""Other people's tools agree with what the example lab issued."""

import shutil
import subprocess
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from pkilint import loader, pkix
from pkilint.pkix import crl as pkix_crl
from pkilint.pkix import extension, name
from pkilint.validation import ValidationFindingSeverity as Severity

from lab.models import Certificate
from lab.pki.bundles import write_pem
from lab.store import certificates, crls, parties
from tests.linting import certificate_findings

needs_openssl = pytest.mark.skipif(
    shutil.which("openssl") is None, reason="openssl is not installed"
)


@dataclass(frozen=True)
class Kept:
    """A finding of the linter that stays, where, and why."""

    severity: Severity
    expected: Callable[[Certificate], bool]
    reason: str


# What the linter says of certificates, and the lab keeps. All else fails the test.
KEPT = {
    "pkix.key_usage_extension_not_critical": Kept(
        Severity.WARNING,
        lambda certificate: certificate.self_signed,
        "the cluster writes key usage like this when it signs itself: facts §1.5",
    ),
}


@pytest.fixture
def issued(example):
    """Every certificate of the example lab."""
    rows = example.db.execute("SELECT sha256 FROM certificates")
    return list(certificates.many(example.db, [sha256 for (sha256,) in rows]).values())


@pytest.fixture
def verify(tmp_path):
    """`openssl verify` of some certificates: its exit code and what it printed."""

    def run(targets, *options, roots, untrusted=(), crl=b""):
        files = [_write(tmp_path, row.sha256, [row.der]) for row in targets]
        command = ["openssl", "verify", "-no-CApath", "-no-CAstore", *options]
        command += ["-CAfile", _write(tmp_path, "roots", roots)]
        if untrusted:
            command += ["-untrusted", _write(tmp_path, "untrusted", untrusted)]
        if crl:
            path = tmp_path / "crl.der"
            path.write_bytes(crl)
            command += ["-crl_check", "-CRLfile", str(path)]
        done = subprocess.run(
            [*command, *files], capture_output=True, text=True, check=False
        )
        return done.returncode, done.stdout + done.stderr

    return run


@needs_openssl
def test_openssl_follows_every_chain_of_the_lab_to_its_root(example, issued, verify):
    now = example.clock.now()
    signed = [row for row in issued if not row.self_signed]
    groups = defaultdict(list)
    for row in signed:
        above = certificates.above(example.db, [row.sha256]) - {row.sha256}
        groups[frozenset(above), _time_option(row, now)].append(row)

    outcomes = []
    for (above, when), targets in groups.items():
        chain = certificates.many(example.db, above).values()
        outcomes.append(
            verify(
                targets,
                *when,
                roots=[row.der for row in chain if row.self_signed],
                untrusted=[row.der for row in chain if not row.self_signed],
            )
        )

    assert len(signed) > 50
    assert [text for code, text in outcomes if code != 0] == []


@needs_openssl
def test_openssl_accepts_every_self_signed_certificate_by_itself(
    example, issued, verify
):
    now = example.clock.now()
    alone = [row for row in issued if row.self_signed]

    outcomes = [
        verify([row], "-partial_chain", *_time_option(row, now), roots=[row.der])
        for row in alone
    ]

    assert len(alone) > 20
    assert [text for code, text in outcomes if code != 0] == []


@needs_openssl
def test_openssl_refuses_just_what_the_lab_has_revoked(example, issued, verify):
    now = example.clock.now()
    judged = {}

    for authority in parties.authorities(example.db):
        issuer = certificates.get(example.db, authority.certificate)
        crl = crls.latest(example.db, authority.name)
        for row in issued:
            if issuer.sha256 in certificates.issuers_of(example.db, row.sha256) and (
                now <= row.not_after and not row.self_signed
            ):
                judged[row.sha256] = verify(
                    [row],
                    "-partial_chain",
                    *_at(now),
                    roots=[issuer.der],
                    crl=crl.der,
                )

    refused = {sha256 for sha256, (code, _) in judged.items() if code != 0}
    assert refused == {
        row.sha256
        for row in issued
        if row.sha256 in judged and certificates.revocation(example.db, row.sha256)
    }
    assert refused
    assert all("certificate revoked" in judged[sha256][1] for sha256 in refused)


def test_pkilint_finds_nothing_in_the_certificates_but_what_is_kept(issued):
    unexpected, seen = [], set()

    for row in issued:
        for finding, message in certificate_findings(row.der):
            kept = KEPT.get(finding.code)
            if kept and kept.severity == finding.severity and kept.expected(row):
                seen.add(finding.code)
            elif finding.severity <= Severity.WARNING:
                unexpected.append((finding.code, row.subject, message))

    assert unexpected == []
    assert seen == set(KEPT), "a row of KEPT is not needed any more"


def test_pkilint_finds_nothing_in_the_crls(example):
    published = [
        crls.latest(example.db, authority.name)
        for authority in parties.authorities(example.db)
    ]

    found = [
        (crl.authority, finding.code, message)
        for crl in published
        for finding, message in _crl_findings(crl.der)
        if finding.severity <= Severity.WARNING
    ]

    assert published
    assert found == []


def _write(folder, stem, ders):
    path = folder / f"{stem}.pem"
    path.write_bytes(write_pem(ders))
    return str(path)


def _at(moment):
    return ("-attime", str(int(moment.timestamp())))


def _time_option(row, now):
    # An expired one is still checked in every other way.
    return ("-no_check_time",) if row.expired(now) else _at(now)


def _crl_findings(der):
    validator = pkix_crl.create_pkix_crl_validator_container(
        [
            pkix.create_attribute_decoder(name.ATTRIBUTE_TYPE_MAPPINGS),
            pkix.create_extension_decoder(extension.EXTENSION_MAPPINGS),
        ],
        [
            pkix_crl.create_issuer_validator_container([]),
            pkix_crl.create_validity_validator_container([]),
            pkix_crl.create_extensions_validator_container([]),
        ],
    )
    document = loader.RFC5280CertificateListDocumentLoader().load_der_document(der, "")
    return _findings(validator, document)


def _findings(validator, document):
    for result in validator.validate(document.root):
        for description in result.finding_descriptions:
            yield description.finding, description.message
