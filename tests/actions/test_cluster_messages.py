"""Every refusal of the cluster's own catalogue, by a real file; it changes nothing."""

import shutil
import sqlite3
import subprocess
from base64 import encodebytes
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding

from lab.actions.key_ring import private_key
from lab.actions.lose_trust_copy import lose_trust_copy
from lab.actions.node_connection import bring_back, take_offline
from lab.actions.request_certificate import request_certificate
from lab.actions.run_due import run_due
from lab.actions.sign_request import sign_request
from lab.actions.trial import trial
from lab.actions.upload_certificate import Part, upload_certificate, upload_parts
from lab.errors import BadInputError, BusyError, LabError, RuleError
from lab.lab import open_lab
from lab.models import KeySpec, SubjectFields
from lab.pki.bundles import write_pem
from lab.pki.certificates import build_issuing, build_leaf, build_root
from lab.pki.keys import make_key, to_der
from lab.pki.requests import request_key, request_subject
from lab.rules.cluster_messages import CLUSTER_MESSAGES
from lab.rules.purposes import PROFILES
from lab.store import certificates, events, parties

EC = KeySpec(type="EC", size=256)
KEY = make_key(EC)
TEXTS = {row.key: row.text for row in CLUSTER_MESSAGES}


@pytest.fixture
def told(dump):
    """Expect a refusal with this very text, and one event as all that is left of it."""

    @contextmanager
    def expect(lab, text, node="sub", name="tomcat", kind=RuleError):
        before, count = dump(lab), events.count(lab.db)
        with pytest.raises(kind) as caught:
            yield caught
        after = dump(lab)
        assert str(caught.value) == text
        assert caught.value.hint.endswith(".")
        [noted] = events.latest(lab.db, limit=1)
        assert (noted.kind, noted.about) == ("upload.refused", f"{name} on {node}")
        assert noted.detail == text
        assert noted.actor == "test"
        assert events.count(lab.db) == count + 1
        assert events.first_broken(lab.db) is None
        new = [line for line in after if line not in before]
        assert len(new) == 1
        assert [line for line in after if line not in new] == before

    return expect


def root(lab, name="Outside", days=400, days_ago=0, key=KEY):
    start = lab.clock.now() - timedelta(days=days_ago)
    return build_root(
        subject=SubjectFields(common_name=name),
        key=key,
        not_before=start,
        not_after=start + timedelta(days=days),
    )


def below(lab, issuer, name="Between"):
    return build_issuing(
        subject=SubjectFields(common_name=name),
        public_key=KEY.public_key(),
        issuer_certificate=issuer,
        issuer_key=KEY,
        not_before=lab.clock.now(),
        not_after=lab.clock.now() + timedelta(days=300),
    )


def answer(lab, request, *, names=None, issuer=None, **changes):
    """What the issuing authority of the lab makes of a request, or somebody else."""
    above, key = issuer or (None, None)
    if above is None:
        found = parties.authority(lab.db, "issuing")
        authority = certificates.get(lab.db, found.certificate)
        above, key = authority.der, private_key(lab, authority.key_id)
    wanted = {
        "key_usage": request.key_usage,
        "extended_key_usage": request.extended_key_usage,
        "not_after": lab.clock.now() + timedelta(days=30),
    } | changes
    return build_leaf(
        subject=request_subject(request.der),
        public_key=wanted.pop("public_key", request_key(request.der)),
        issuer_certificate=above,
        issuer_key=key,
        not_before=lab.clock.now(),
        alternative_names=request.alternative_names if names is None else names,
        **wanted,
    )


# -- The catalogue ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "folder"),
    [
        ("tomcat", "/usr/local/platform/.security"),
        ("TVS", "/usr/local/platform/.security"),
        ("CallManager", "/usr/local/cm/.security"),
        ("CallManager-ECDSA", "/usr/local/cm/.security"),
    ],
)
def test_without_a_request(site, seen, told, name, folder):
    own = seen.slot("sub", name).der

    with told(site, f"File {folder}/{name}/keys/{name}.csr does not exist", name=name):
        upload_certificate(site, "sub", name, own)


def test_a_key_of_an_older_request(site, signed_for, told):
    stale = signed_for("sub", "tomcat")
    request_certificate(site, "sub", "tomcat")

    with told(site, TEXTS["key_mismatch"]) as caught:
        upload_certificate(site, "sub", "tomcat", stale.der)
    assert stale.key_id[:16] in caught.value.hint


def test_other_names(site, told):
    request = request_certificate(site, "sub", "tomcat")
    der = answer(site, request, names=["sub.uc.example", "extra.example"])

    with told(site, TEXTS["names_mismatch"]) as caught:
        upload_certificate(site, "sub", "tomcat", der)
    assert "DNS:extra.example" in caught.value.hint
    assert "DNS:uc.example" in caught.value.hint


def test_neither_key_nor_names(site, signed_for, told):
    of_pub = signed_for("pub", "tomcat")
    request_certificate(site, "sub", "tomcat")

    text = "The file /usr/local/platform/upload/certs//tomcat.der could not be uploaded"
    with told(site, text):
        upload_certificate(site, "sub", "tomcat", of_pub.der)


def test_an_issuer_that_is_not_in_the_store(site, told):
    request = request_certificate(site, "sub", "tomcat-ECDSA")
    der = answer(site, request, issuer=(root(site), KEY))

    with told(site, TEXTS["issuer_missing"], name="tomcat-ECDSA") as caught:
        upload_certificate(site, "sub", "tomcat-ECDSA", der)
    assert "CN=Outside" in caught.value.hint


def test_a_chain_that_stops_below_its_root(site, seen, told):
    """An intermediate is in the store; the root above it is only in the file."""
    top = root(site)
    between = below(site, top)
    upload_certificate(site, "sub", "tomcat-trust", write_pem([top, between]))
    lose_trust_copy(site, "sub", "tomcat-trust", sha256(top).hexdigest())
    request = request_certificate(site, "sub", "tomcat-ECDSA")
    leaf = answer(site, request, issuer=(between, KEY))

    with told(site, TEXTS["issuer_missing"], name="tomcat-ECDSA") as caught:
        upload_certificate(site, "sub", "tomcat-ECDSA", write_pem([leaf, between, top]))
    assert "CN=Between was issued by CN=Outside" in caught.value.hint


def test_a_node_that_cannot_be_reached(site, signed_for, told):
    signed = signed_for("sub", "tomcat")
    take_offline(site, "sub")

    with told(site, TEXTS["remote_node"]):
        upload_certificate(site, "sub", "tomcat", signed.der)
    with told(site, TEXTS["remote_node"], name="tomcat-trust"):
        upload_certificate(site, "sub", "tomcat-trust", root(site))


# -- What the cluster demands besides -----------------------------------------------


def test_an_intermediate_without_its_issuer(site, told):
    with told(site, TEXTS["issuer_missing"], name="tomcat-trust"):
        upload_certificate(site, "sub", "tomcat-trust", below(site, root(site)))


@pytest.mark.parametrize("order", [1, -1], ids=["root first", "root last"])
def test_an_intermediate_with_its_issuer_is_taken_in_any_order(site, seen, order):
    top = root(site)
    chain = [top, below(site, top)][::order]

    stored = upload_certificate(site, "sub", "Phone-trust", write_pem(chain))

    assert [each.common_name for each in stored] == ["Outside", "Between"]
    assert seen.store("sub", "Phone-trust") == {each.sha256 for each in stored}


@pytest.mark.parametrize(
    ("is_ca", "usages", "lacks"),
    [
        (False, ("digitalSignature",), "CA:FALSE and lacks keyCertSign"),
        (True, ("keyCertSign",), "CA:TRUE and lacks digitalSignature"),
    ],
)
def test_capf_must_be_a_ca(site, told, is_ca, usages, lacks):
    request = request_certificate(site, "pub", "CAPF")
    der = answer(site, request, key_usage=usages, is_ca=is_ca)

    text = f"{request.subject} cannot be CAPF: it has {lacks}"
    with told(site, text, node="pub", name="CAPF"):
        upload_certificate(site, "pub", "CAPF", der)


def test_ipsec_may_not_be_a_ca_in_later_releases_only(site, seen, told):
    request = request_certificate(site, "pub", "ipsec")
    der = answer(site, request, is_ca=True)
    later_release = site.what_if(site.clock)
    later_release.db.execute("UPDATE clusters SET profile = 'r15'")
    later_release.db.conn.commit()
    later_release = replace(later_release, actor="test")

    text = (
        f"{request.subject} has CA:TRUE; one of ipsec that a CA signed may not have it"
    )
    with told(later_release, text, node="pub", name="ipsec"):
        upload_certificate(later_release, "pub", "ipsec", der)
    upload_certificate(site, "pub", "ipsec", der)

    assert seen.slot("pub", "ipsec").der == der
    later_release.close()


def test_an_authority_without_keycertsign_is_refused_in_later_releases_only(
    site, seen, told, tmp_path
):
    pem = openssl_ca(tmp_path, "basicConstraints=CA:TRUE", "keyUsage=cRLSign")
    later_release = site.what_if(site.clock)
    later_release.db.execute("UPDATE clusters SET profile = 'r15'")
    later_release.db.conn.commit()
    later_release = replace(later_release, actor="test")

    text = "CN=Weak is no authority: it has CA:TRUE and the key usages cRLSign"
    with told(later_release, text, name="Phone-trust"):
        upload_certificate(later_release, "sub", "Phone-trust", pem)
    upload_certificate(site, "sub", "Phone-trust", pem)

    assert len(seen.store("sub", "Phone-trust")) == 1
    later_release.close()


def openssl_ca(folder, *extensions):
    """A self-signed certificate made by another tool, with these extensions."""
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not installed")
    added = [word for each in extensions for word in ("-addext", each)]
    command = ["openssl", "req", "-x509", "-newkey", "ec", "-nodes", "-days", "9000"]
    curve = ["-pkeyopt", "ec_paramgen_curve:P-256", "-subj", "/CN=Weak"]
    paths = ["-keyout", str(folder / "key.pem"), "-out", str(folder / "ca.pem")]
    config = folder / "openssl.cnf"
    config.write_text("[req]\ndistinguished_name=name\n[name]\n")
    subprocess.run(
        [*command, *curve, *paths, "-config", str(config), *added],
        check=True,
        capture_output=True,
    )
    return (folder / "ca.pem").read_bytes()


def test_a_pkcs12_file_is_refused_with_the_way_out(site, told, tmp_path):
    openssl_ca(tmp_path)
    made = tmp_path / "all.p12"
    given = ["-in", tmp_path / "ca.pem", "-inkey", tmp_path / "key.pem"]
    subprocess.run(
        ["openssl", "pkcs12", "-export", *given, "-passout", "pass:x", "-out", made],
        check=True,
        capture_output=True,
    )

    text = "the file is a PKCS#12 file; the cluster takes certificates alone"
    with told(site, text, name="tomcat-trust", kind=BadInputError) as caught:
        upload_certificate(site, "sub", "tomcat-trust", made.read_bytes())
    assert "openssl pkcs12" in caught.value.hint


def test_an_elliptic_slot_takes_no_other_kind_of_signature(site, told):
    request = request_certificate(site, "sub", "tomcat-ECDSA")
    odd = odd_leaf(site, request, Ed25519PrivateKey.generate())

    text = "tomcat-ECDSA takes RSA and ECDSA signatures; this one is Ed25519"
    with told(site, text, name="tomcat-ECDSA"):
        upload_certificate(site, "sub", "tomcat-ECDSA", odd)


def odd_leaf(lab, request, key):
    names = [each.removeprefix("DNS:") for each in request.alternative_names]
    builder = (
        x509.CertificateBuilder()
        .subject_name(request_subject(request.der))
        .issuer_name(x509.Name([]))
        .public_key(request_key(request.der))
        .serial_number(7)
        .not_valid_before(lab.clock.now())
        .not_valid_after(lab.clock.now() + timedelta(days=9))
        .add_extension(
            x509.SubjectAlternativeName([x509.DNSName(name) for name in names]), False
        )
    )
    return builder.sign(key, None).public_bytes(Encoding.DER)


# -- What a refusal writes, and where it does not ------------------------------------


def test_within_a_trial_nothing_is_noted(site, dump):
    before = dump(site)

    with trial(site), pytest.raises(LabError):
        upload_certificate(site, "sub", "tomcat", root(site))

    assert dump(site) == before


def test_a_busy_lab_notes_nothing(example_path):
    lab = open_lab(example_path, wait_seconds=0.1)
    count = events.count(lab.db)
    other = sqlite3.connect(example_path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")

    with pytest.raises(BusyError):
        upload_certificate(lab, "cucm-sub1", "tomcat", b"x")

    other.execute("ROLLBACK")
    other.close()
    assert events.count(lab.db) == count
    lab.close()


def test_the_words_are_templates_with_the_purpose_of_the_document():
    told = {"purpose": "tomcat", "folder": "/usr/local/platform/.security"}
    assert TEXTS["no_request"].format(**told) == (
        "File /usr/local/platform/.security/tomcat/keys/tomcat.csr does not exist"
    )
    assert {row.name for row in PROFILES["r15"].values()} >= {"tomcat", "CAPF"}


def test_a_shared_certificate_reaches_all_nodes_and_offline_ones_later(
    site, seen, later
):
    request = request_certificate(site, "pub", "tomcat", shared=True)
    signed = sign_request(site, "issuing", request.der)
    take_offline(site, "sub")

    [done] = upload_parts(
        site, [Part(node="pub", name="tomcat", data=write_pem([signed.der]))]
    )

    assert (done.shared, done.now_on, done.later_on) == (True, ("pub", "imp"), ("sub",))
    assert seen.slot("imp", "tomcat") == signed
    assert seen.slot("sub", "tomcat") != signed
    bring_back(site, "sub")
    run_due(later(site, minutes=1))
    assert seen.slot("sub", "tomcat") == signed


def test_keys_in_a_file_stay_out_of_the_lab(site, seen):
    key = make_key(EC)
    own = root(site, key=key)
    before = seen.key_ids()

    upload_certificate(
        site, "sub", "Phone-trust", to_pem(to_der(key)) + write_pem([own])
    )

    assert seen.key_ids() == before


def to_pem(der):
    body = encodebytes(der)
    return b"-----BEGIN PRIVATE KEY-----\n" + body + b"-----END PRIVATE KEY-----\n"
