"""Every row of both tables: request, signature, upload, restart; openssl agrees."""

from dataclasses import dataclass, replace
from itertools import cycle

import pytest
from pkilint.validation import ValidationFindingSeverity as Severity

from lab.actions.add_parties import add_cluster, add_node
from lab.actions.request_certificate import request_certificate
from lab.actions.restart_service import take_up
from lab.actions.set_parameter import set_parameter
from lab.actions.sign_request import sign_request
from lab.actions.upload_certificate import upload_certificate
from lab.lab import Lab
from lab.models import KeySpec
from lab.pki.bundles import write_pem
from lab.pki.keys import make_key
from lab.pki.requests import request_pem
from lab.rules.parameters import HTTPS_CIPHERS, PARAMETERS
from lab.rules.purposes import PROFILES
from lab.rules.services import services_of
from lab.rules.usages import READINGS
from lab.store import certificates, parties, places, services
from tests.linting import certificate_findings
from tests.openssl_text import certificate_told, needs_openssl, request_told

DOCUMENTS = {
    "seed-r14": "tables of the source document",
    "r15": "guides of release 14 SU2 and 15",
}
PRINTED = {
    (profile, row.product, row.purpose): row
    for profile, document in DOCUMENTS.items()
    for row in READINGS
    if row.document == document
}
NODES = {
    "cucm1": ("ucm", "publisher"),
    "cucm2": ("ucm", "subscriber"),
    "imp1": ("imp", "publisher"),
    "imp2": ("imp", "subscriber"),
}
# RFC 8813 section 3 and RFC 3279 section 2.3.1: what a key of that kind cannot do.
NEVER = {"EC": {"keyEncipherment", "dataEncipherment"}, "RSA": {"keyAgreement"}}
HASHES = {"EC": "ecdsa-with-SHA384", "RSA": "sha256WithRSAEncryption"}
SLOTS = [
    (profile, node, purpose)
    for profile, table in PROFILES.items()
    for node, (kind, role) in NODES.items()
    for (product, purpose), row in table.items()
    if product == kind
    and row.requestable
    and (row.held_by == "node" or role == "publisher")
]
RSA = KeySpec(type="RSA", size=2048)


@dataclass(frozen=True)
class Site:
    """Both profiles, each as a cluster with every role of a node."""

    lab: Lab

    def party(self, profile, node):
        return parties.by_name(self.lab.db, profile, node)

    def chain(self):
        """The authorities that sign here, as a file."""
        found = [parties.authority(self.lab.db, name) for name in ("root", "issuing")]
        return write_pem(
            certificates.get(self.lab.db, each.certificate).der for each in found
        )

    def in_slot(self, profile, node, purpose):
        place = places.slot(self.lab.db, self.party(profile, node).id, purpose)
        return certificates.get(self.lab.db, place.certificate)

    def loaded(self, profile, node, purpose):
        """What each service presents that this node runs and that reads the slot."""
        party = self.party(profile, node)
        running = {each.name: each for each in services.of_party(self.lab.db, party.id)}
        return {
            row.name: services.loaded(self.lab.db, running[row.name].id).get(purpose)
            for row in services_of(party.kind)
            if purpose in row.loads and row.name in running
        }


@pytest.fixture(scope="module")
def both(built_site, rsa_keys, make_keys_fast):
    copy = built_site.what_if(built_site.clock)
    fast = replace(copy, make_key=make_keys_fast)
    for profile in PROFILES:
        add_cluster(fast, profile, "uc.example", profile=profile)
        for node, (product, _) in NODES.items():
            add_node(fast, profile, node, product=product)
        elliptic = PARAMETERS[HTTPS_CIPHERS].elliptic[0]
        set_parameter(fast, profile, HTTPS_CIPHERS, elliptic)
    # Requests have keys of their real kinds; making RSA keys is all that is spared.
    pool = cycle(rsa_keys)
    lab = replace(
        copy, make_key=lambda spec: next(pool) if spec == RSA else make_key(spec)
    )
    yield Site(lab)
    copy.close()


def test_every_row_that_the_documents_print_is_tried_on_every_role():
    tried = {
        (profile, *NODES[node], purpose.removesuffix("-ECDSA"))
        for profile, node, purpose in SLOTS
    }

    assert {
        (profile, kind, role, purpose)
        for profile, kind, purpose in PRINTED
        for role in ("publisher", "subscriber")
        if (purpose, role) != ("CAPF", "subscriber")
    } == tried
    assert len(SLOTS) == 2 * (7 + 6 + 9 + 9)


SHARED = [
    (profile, row.product, purpose)
    for (profile, _, purpose), row in {
        (profile, row.multi_scope, purpose): row
        for profile, table in PROFILES.items()
        for (_, purpose), row in reversed(table.items())
        if row.multi_server
    }.items()
]


def test_every_row_that_may_be_shared_is_shared():
    assert {
        (profile, purpose)
        for (profile, _, purpose), row in PRINTED.items()
        if row.multi_server
    } == {(profile, purpose.removesuffix("-ECDSA")) for profile, _, purpose in SHARED}


@needs_openssl
@pytest.mark.parametrize(("profile", "product", "purpose"), SHARED)
def test_a_shared_one_is_installed_on_all_nodes_that_its_request_lists(
    both, profile, product, purpose
):
    lab, where = both.lab, {"cluster": profile}
    row = PROFILES[profile][product, purpose]
    # Unified CM has its publisher make it, IM and Presence any of its nodes.
    maker = "cucm1" if "ucm" in row.multi_scope else "imp2"
    holders = [node for node, (kind, _) in NODES.items() if kind in row.multi_scope]
    names = {"DNS:uc.example", *(f"DNS:{node}.uc.example" for node in holders)}

    request = request_certificate(lab, maker, purpose, shared=True, **where)
    asked = request_told(request_pem(request.der))
    signed = sign_request(lab, "issuing", request.der)
    upload_certificate(lab, maker, row.verified_with[0], both.chain(), **where)
    upload_certificate(lab, maker, purpose, write_pem([signed.der]), **where)
    for node in holders:
        take_up(lab, both.party(profile, node), purpose)

    assert asked.verified
    assert set(asked.alternative_names) == names
    assert f"CN = {maker}{'-EC' * (row.key_type == 'EC')}-ms.uc.example" in (
        asked.subject
    )
    told = certificate_told(write_pem([signed.der]))
    assert set(told.alternative_names) == names
    assert set(told.key_usage) == set(row.key_usage) - NEVER[row.key_type]
    assert errors(signed) == []
    for node in holders:
        assert both.in_slot(profile, node, purpose) == signed
        presented = both.loaded(profile, node, purpose)
        assert presented
        assert set(presented.values()) == {signed.sha256}


@needs_openssl
@pytest.mark.parametrize(("profile", "node", "purpose"), SLOTS)
def test_a_request_is_signed_uploaded_and_in_use_and_openssl_agrees(
    both, profile, node, purpose
):
    lab, where = both.lab, {"cluster": profile}
    row = PROFILES[profile][NODES[node][0], purpose]
    printed = PRINTED[profile, row.product, purpose.removesuffix("-ECDSA")]
    names = {f"DNS:{node}.uc.example", "DNS:uc.example"}
    is_ca = "keyCertSign" in printed.key_usage

    request = request_certificate(lab, node, purpose, **where)
    asked = request_told(request_pem(request.der))
    signed = sign_request(lab, "issuing", request.der)
    upload_certificate(lab, node, row.verified_with[0], both.chain(), **where)
    upload_certificate(lab, node, purpose, write_pem([signed.der]), **where)
    take_up(lab, both.party(profile, node), purpose)

    assert asked.verified
    assert asked.key_usage == printed.key_usage
    assert asked.extended_key_usage == printed.extended_key_usage
    assert set(asked.alternative_names) == names
    assert asked.signature_algorithm == HASHES[row.key_type]
    assert asked.basic_constraints == ("CA:TRUE, pathlen:0" if is_ca else "")
    got = both.in_slot(profile, node, purpose)
    assert got == signed
    told = certificate_told(write_pem([got.der]))
    assert set(told.key_usage) == set(printed.key_usage) - NEVER[row.key_type]
    assert told.extended_key_usage == printed.extended_key_usage
    assert set(told.alternative_names) == names
    assert told.signature_algorithm == "sha256WithRSAEncryption"
    assert told.basic_constraints == ("CA:TRUE, pathlen:0" if is_ca else "CA:FALSE")
    assert told.subject == asked.subject
    presented = both.loaded(profile, node, purpose)
    assert presented
    assert set(presented.values()) == {signed.sha256}
    assert errors(signed) == []


def errors(certificate):
    return [
        (finding.code, message)
        for finding, message in certificate_findings(certificate.der)
        if finding.severity <= Severity.WARNING
    ]
