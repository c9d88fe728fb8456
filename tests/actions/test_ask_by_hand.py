"""Questions by hand: what is sent, what comes, and the same with openssl."""

import subprocess

import pytest

from lab.actions.ask_by_hand import Enquiry, addresses_for, ask_by_hand
from lab.actions.openssl_commands import commands, files_for
from lab.actions.set_base_url import set_base_url
from lab.actions.set_fault import set_fault
from lab.errors import BadInputError, NotFoundError, RuleError
from lab.lab import open_lab
from lab.store import asking, events, parties
from lab.web.routes import machine_app
from tests.revocation_site import issue_each
from tests.web.conftest import running

AUTHORITY = "example-issuing"


@pytest.fixture(scope="module")
def served(example_file, tmp_path_factory):
    """The example lab, served under its own base URL, and certificates of it."""
    path = tmp_path_factory.mktemp("asked") / "lab.sqlite3"
    path.write_bytes(example_file.read_bytes())
    lab = open_lab(path, actor="test")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LAB_DB", str(path))
        with running(machine_app()) as client:
            base = f"http://127.0.0.1:{client.port}"
            set_base_url(lab, base)
            leaves = issue_each(lab, AUTHORITY)
            yield lab, base, leaves
            client.connection.close()
    lab.close()


def enquiry(served, *names, **wanted):
    _, base, leaves = served
    sha256s = tuple(leaves[name].sha256 for name in names)
    wanted.setdefault("url", f"{base}/pki/ocsp")
    return Enquiry(certificates=sha256s, **wanted)


def statuses(answered):
    return [each.status for each in answered.told]


def values(message, name):
    return [each.value for each in message.branches if each.name == name]


@pytest.mark.parametrize("how", ["POST", "GET"])
@pytest.mark.parametrize(
    ("name", "status"),
    [("good", "good"), ("revoked", "revoked"), ("on hold", "on_hold")],
)
def test_the_answer_is_judged_and_taken_apart(served, how, name, status):
    found = ask_by_hand(served[0], enquiry(served, name, how=how))

    assert statuses(found) == [status]
    assert found.told[0].model == "DTM"
    assert found.http_status == 200
    assert values(found.request, "serialNumber") == [found.told[0].certificate.serial]
    assert values(found.response, "responseStatus") == ["successful (0)"]


@pytest.mark.parametrize("hash_name", ["sha1", "sha256", "sha384", "sha512"])
def test_each_hash_names_the_issuer(served, hash_name):
    found = ask_by_hand(served[0], enquiry(served, "good", hash_name=hash_name))

    assert statuses(found) == ["good"]
    assert values(found.request, "hashAlgorithm") == [hash_name]
    assert values(found.response, "hashAlgorithm")[0] == hash_name


def test_several_certificates_are_answered_at_once(served):
    found = ask_by_hand(served[0], enquiry(served, "good", "revoked", "on hold"))

    assert statuses(found) == ["good", "revoked", "on_hold"]
    assert len(values(found.request, "reqCert")) == 3
    assert values(found.response, "certStatus") == ["good", "revoked", "revoked"]


@pytest.mark.parametrize(
    ("octets", "status"), [(1, "good"), (32, "good"), (128, "good")]
)
def test_a_nonce_is_repeated(served, octets, status):
    found = ask_by_hand(served[0], enquiry(served, "good", nonce_octets=octets))

    assert statuses(found) == [status]
    assert values(found.request, "nonce") == values(found.response, "nonce")
    assert any("repeats the nonce" in step.template for step in found.told[0].steps)


@pytest.mark.parametrize("octets", [0, 129])
def test_a_nonce_of_a_wrong_length_is_refused(served, octets):
    found = ask_by_hand(served[0], enquiry(served, "good", nonce_octets=octets))

    assert statuses(found) == ["unusable"]
    assert values(found.response, "responseStatus") == ["malformedRequest (1)"]


@pytest.mark.parametrize(
    ("name", "status"),
    [("good", "good"), ("revoked", "revoked"), ("on hold", "on_hold")],
)
def test_a_crl_is_fetched_and_judged(served, name, status):
    lab, _, leaves = served
    url = addresses_for(lab, leaves[name].sha256, "CRL")[0]

    found = ask_by_hand(lab, enquiry(served, name, method="CRL", url=url))

    assert statuses(found) == [status]
    assert found.request is None
    assert "cRLNumber" in [each.name for each in found.response.branches]


def test_a_crl_is_judged_for_several(served):
    lab, _, leaves = served
    url = addresses_for(lab, leaves["good"].sha256, "CRL")[0]

    found = ask_by_hand(
        lab, enquiry(served, "good", "revoked", "on hold", method="CRL", url=url)
    )

    assert statuses(found) == ["good", "revoked", "on_hold"]


def test_the_own_responder_says_why(served):
    found = ask_by_hand(served[0], enquiry(served, "revoked"))

    said = " ".join(step.template.format(**step.values) for step in found.why)
    assert "keyCompromise" in said
    assert found.fault == ""


def test_nobody_knows_why_another_responder_answers(served):
    url = "http://127.0.0.1:9/ocsp"  # the discard port: nobody listens

    found = ask_by_hand(served[0], enquiry(served, "good", url=url))

    assert statuses(found) == ["unreachable"]
    assert not found.is_reached
    assert found.why == ()


def test_an_address_of_a_certificate_is_only_spoken_to_when_it_is_the_own(served):
    lab, base, _ = served
    set_base_url(lab, "http://127.0.0.1:9")
    try:
        refused = ask_by_hand(lab, enquiry(served, "good"))
        chosen = ask_by_hand(lab, enquiry(served, "good", url=f"{base}/pki/ocsp/"))
    finally:
        set_base_url(lab, base)

    assert statuses(refused) == ["unreachable"]
    assert "may not speak" in refused.told[0].steps[0].template
    assert chosen.http_status == 200


def test_a_fault_is_told(served):
    lab, _, leaves = served
    set_fault(lab, leaves["good"].sha256, "OCSP", "wrong_signer")

    found = ask_by_hand(lab, enquiry(served, "good"))

    assert statuses(found) == ["unusable"]
    assert found.fault == "wrong_signer"
    assert dict(found.headers)["x-pki-lab-fault"] == "wrong_signer"


def test_asking_leaves_the_lab_as_it_is(served):
    lab = served[0]
    before = events.count(lab.db)

    ask_by_hand(lab, enquiry(served, "revoked"))

    assert events.count(lab.db) == before


def test_what_cannot_be_asked_is_refused(served):
    lab, base, _ = served
    root = parties.authority(lab.db, "example-root").certificate

    with pytest.raises(RuleError, match="0 certificates"):
        ask_by_hand(lab, Enquiry(certificates=(), url=base))
    with pytest.raises(NotFoundError, match="does not hold"):
        ask_by_hand(lab, Enquiry(certificates=(root,), url=base))
    with pytest.raises(NotFoundError, match="fingerprint"):
        ask_by_hand(lab, Enquiry(certificates=("00",), url=base))
    with pytest.raises(BadInputError, match="no address"):
        ask_by_hand(lab, enquiry(served, "good", url="ftp://x"))
    with pytest.raises(RuleError, match="https"):
        ask_by_hand(lab, enquiry(served, "good", url="https://x"))


@pytest.mark.parametrize("how", ["POST", "GET"])
@pytest.mark.parametrize("octets", [None, 32])
def test_openssl_asks_the_same(served, tmp_path, how, octets):
    lab = served[0]
    wanted = enquiry(
        served, "revoked", "on hold", how=how, nonce_octets=octets, hash_name="sha256"
    )
    for name, data in files_for(lab, wanted):
        (tmp_path / name).write_bytes(data)

    said = run(commands(lab, wanted), tmp_path)

    assert "Response verify OK" in said
    assert said.count(".pem: revoked") == 2
    assert "keyCompromise" in said
    assert "certificateHold" in said


def test_openssl_reads_the_same_crl(served, tmp_path):
    lab, _, leaves = served
    url = addresses_for(lab, leaves["revoked"].sha256, "CRL")[0]
    wanted = enquiry(served, "revoked", method="CRL", url=url)
    for name, data in files_for(lab, wanted):
        (tmp_path / name).write_bytes(data)

    said = run(commands(lab, wanted), tmp_path)

    assert "verify OK" in said
    assert leaves["revoked"].certificate.serial_number
    assert f"{leaves['revoked'].certificate.serial_number:X}" in said


def test_an_address_cannot_leave_its_word(served, tmp_path):
    wanted = enquiry(served, "good", url="http://a/$(touch${IFS}here);'`id`")

    said = subprocess.run(
        ["bash", "-nc", "\n".join(commands(served[0], wanted))],
        capture_output=True,
        cwd=tmp_path,
        check=True,
    )

    assert said.stderr == b""
    assert "'http://a/$(touch${IFS}here);'" in commands(served[0], wanted)[0]


def test_certificates_are_found_by_name_serial_and_fingerprint(served):
    lab, _, leaves = served
    leaf = leaves["good"]
    serial = f"{leaf.certificate.serial_number:x}"

    for text in ("GOOD.example-iss", serial[:12], leaf.sha256[:12]):
        assert leaf.sha256 in [each.sha256 for each in asking.find(lab.db, text)]
    assert asking.find(lab.db, "%") == []
    assert asking.find(lab.db, "\0") == []
    assert asking.find(lab.db)[0].reason
    assert [each.sha256 for each in asking.named(lab.db, ["00", leaf.sha256])] == [
        leaf.sha256
    ]


def run(lines, folder):
    done = subprocess.run(
        ["bash", "-ec", "\n".join(lines)],
        capture_output=True,
        text=True,
        cwd=folder,
        check=True,
    )
    return done.stdout + done.stderr
