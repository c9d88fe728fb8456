"""The eight steps: each is done when the lab shows it, in any order."""

import shutil
import subprocess
from datetime import timedelta

import pytest

from lab.actions.download_request import download_request, request_file
from lab.actions.generate_self_signed import generate_self_signed
from lab.actions.request_certificate import request_certificate
from lab.actions.restart_after_upload import restart_after_upload
from lab.actions.set_cluster_mode import set_cluster_mode
from lab.actions.sign_request import sign_request
from lab.actions.third_party_flow import (
    answers_to,
    flow_of,
    usual_authority,
    waiting_flows,
)
from lab.actions.update_ctl import update_ctl
from lab.actions.upload_answer import upload_answer, upload_chain
from lab.actions.upload_certificate import upload_certificate
from lab.errors import LabError, NotFoundError, RuleError
from lab.pki.bundles import write_pem
from lab.pki.pem import read_blocks
from lab.pki.pieces import Contents
from lab.rules.third_party_flow import FLOW_STEPS
from lab.trust.flow_values import Progress

DONE, NOW, WAITS, NOT = (
    Progress.DONE,
    Progress.NOW,
    Progress.WAITS,
    Progress.NOT_NEEDED,
)
OPENSSL = shutil.which("openssl")


def progress(flow):
    return [step.progress for step in flow.steps]


def said(flow, number):
    return " / ".join(str(line) for line in flow.steps[number - 1].evidence)


@pytest.fixture
def openssl(tmp_path):
    """A certificate authority outside, of OpenSSL's making: root and issuing CA."""
    if OPENSSL is None:
        pytest.skip("openssl is not installed")

    def run(*args):
        command = [OPENSSL, *args]
        subprocess.run(command, cwd=tmp_path, check=True, capture_output=True)

    ca = "basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign,cRLSign\n"
    (tmp_path / "ca.ext").write_text(ca)
    # The lab's clock is ahead of this machine's, so the days are many.
    run("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "root.key",
        "-out", "root.pem", "-subj", "/O=Outside/CN=Outside Root", "-days", "9000",
        "-addext", "keyUsage=critical,keyCertSign,cRLSign")  # fmt: skip
    run("req", "-new", "-newkey", "rsa:2048", "-nodes", "-keyout", "issuing.key",
        "-out", "issuing.csr", "-subj", "/O=Outside/CN=Outside Issuing")  # fmt: skip
    run("x509", "-req", "-in", "issuing.csr", "-CA", "root.pem", "-CAkey", "root.key",
        "-CAcreateserial", "-days", "9000", "-extfile", "ca.ext",
        "-out", "issuing.pem")  # fmt: skip

    def sign(pem):
        (tmp_path / "asked.csr").write_bytes(pem)
        run("req", "-verify", "-noout", "-in", "asked.csr")
        run("x509", "-req", "-in", "asked.csr", "-CA", "issuing.pem",
            "-CAkey", "issuing.key", "-CAcreateserial", "-days", "8000",
            "-copy_extensions", "copyall", "-out", "leaf.pem")  # fmt: skip
        return {
            name: (tmp_path / f"{name}.pem").read_bytes()
            for name in ("root", "issuing", "leaf")
        }

    return sign


def ders(*pems):
    return [part[1] for pem in pems for part in read_blocks(pem, Contents())]


def test_a_slot_without_a_request_begins_with_the_first_step(site):
    flow = flow_of(site, "sub", "tomcat")

    assert progress(flow) == [NOW, WAITS, WAITS, WAITS, NOT, WAITS, NOT, WAITS]
    assert flow.next.number == 1
    assert said(flow, 1) == "sub has no signing request for tomcat"


def test_a_request_waits_to_be_taken(site):
    request = request_certificate(site, "sub", "tomcat")

    flow = flow_of(site, "sub", "tomcat")

    assert progress(flow)[:3] == [DONE, NOW, WAITS]
    assert flow.steps[0].at == site.clock.now()
    assert request.key_id[:16] in said(flow, 1)


def test_a_download_is_an_event_of_this_request_alone(site, seen, later):
    request_certificate(site, "sub", "tomcat")
    flow_before = flow_of(site, "sub", "tomcat")

    file = download_request(site, "sub", "tomcat")

    assert flow_before.next.number == 2
    assert file.data.startswith(b"-----BEGIN CERTIFICATE REQUEST-----")
    assert flow_of(site, "sub", "tomcat").next.number == 3
    [event] = seen.events("request.downloaded")
    assert event.about == "tomcat on sub"
    request_certificate(later(site, hours=1), "sub", "tomcat")
    assert flow_of(site, "sub", "tomcat").next.number == 2


def test_looking_at_a_request_is_no_download(site, dump):
    asked = request_certificate(site, "sub", "tomcat")
    before = dump(site)

    file, request = request_file(site, "sub", "tomcat")

    assert request == asked
    assert file.name == "sub-tomcat.csr"
    assert dump(site) == before


def test_no_request_no_download(site, refusal_of):
    with refusal_of(site, NotFoundError, "no signing request for tomcat on sub"):
        download_request(site, "sub", "tomcat")


def test_a_ca_of_the_lab_reads_the_request_directly(site, later):
    request = request_certificate(site, "sub", "tomcat")
    signed = sign_request(later(site, hours=1), "issuing", request.der, days=365)

    flow = flow_of(site, "sub", "tomcat")

    assert progress(flow) == [DONE, DONE, DONE, DONE, NOT, NOW, NOT, WAITS]
    assert said(flow, 2) == "Lab Issuing of this lab read it directly"
    assert signed.serial in said(flow, 3)
    assert flow.steps[2].at == signed.not_before
    assert "Lab Root" in said(flow, 4)
    assert said(flow, 6).startswith(
        "tomcat-trust on sub holds Lab Root / tomcat-trust on sub holds Lab Issuing"
    )
    assert answers_to(site, "sub", "tomcat") == [signed]


def test_an_authority_that_ignores_the_request_is_found_out(site):
    request = request_certificate(site, "sub", "tomcat")
    sign_request(site, "issuing", request.der, days=365, extensions="ignored")

    text = said(flow_of(site, "sub", "tomcat"), 3)

    assert (
        "lacks usages that the request asks for: dataEncipherment, clientAuth" in text
    )
    assert "an upload is refused: missing DNS:sub.uc.example" in text


def test_the_authority_that_signed_before_is_the_usual_one(site):
    first = usual_authority(site, flow_of(site, "sub", "tomcat"))
    request = request_certificate(site, "sub", "tomcat")
    signed = sign_request(site, "root", request.der, days=365)
    upload_certificate(site, "sub", "tomcat", write_pem([signed.der]))

    assert first == "issuing"
    assert usual_authority(site, flow_of(site, "sub", "tomcat")) == "root"


def test_the_flow_ends_when_no_service_presents_the_old_one(site, later, seen):
    made = site.clock.now()
    request = request_certificate(site, "sub", "tomcat")
    signed = sign_request(site, "issuing", request.der, days=365)
    hour = later(site, hours=1)
    upload_certificate(hour, "sub", "tomcat", write_pem([signed.der]))
    flow = flow_of(hour, "sub", "tomcat")
    assert flow.next.number == 8
    assert "Cisco Tomcat on sub presents the old certificate" in said(flow, 8)

    restart_after_upload(later(site, hours=2), "sub", "tomcat")

    just_then = flow_of(later(site, hours=2), "sub", "tomcat")
    assert "Cisco Tomcat on sub is starting until 15:02:00" in said(just_then, 8)
    after = flow_of(later(site, hours=3), "sub", "tomcat")
    assert after.finished
    assert after.next is None
    assert [step.number for step in after.steps if step.at is None] == [4, 5, 7]
    assert after.steps[0].at == made
    assert after.steps[5].at == hour.clock.now()
    assert after.steps[7].at == hour.clock.now() + timedelta(hours=1, minutes=2)


def test_a_stranger_answers_and_every_missing_ca_is_named(site, openssl):
    request_certificate(site, "sub", "tomcat")
    back = openssl(download_request(site, "sub", "tomcat").data)

    alone = flow_of(site, "sub", "tomcat", answer=ders(back["leaf"]))
    whole = flow_of(site, "sub", "tomcat", answer=ders(*back.values()))

    assert progress(alone)[:6] == [DONE, DONE, DONE, NOW, NOT, WAITS]
    assert "CN=Outside Issuing" in said(alone, 4)
    assert progress(whole)[:6] == [DONE, DONE, DONE, DONE, NOT, NOW]
    assert said(whole, 6).startswith(
        "tomcat-trust on sub lacks Outside Root / "
        "tomcat-trust on sub lacks Outside Issuing"
    )
    assert flow_of(site, "sub", "tomcat").next.number == 3  # a file is not the lab


def test_what_came_back_is_uploaded_root_first(site, openssl, later):
    request_certificate(site, "sub", "tomcat")
    back = openssl(download_request(site, "sub", "tomcat").data)
    with pytest.raises(LabError, match="CA certificate is not available"):
        upload_certificate(site, "sub", "tomcat", back["leaf"])

    for name in ("root", "issuing"):
        upload_certificate(site, "sub", "tomcat-trust", back[name])
    upload_certificate(site, "sub", "tomcat", back["leaf"])

    flow = flow_of(site, "sub", "tomcat")
    assert progress(flow) == [DONE, DONE, DONE, DONE, NOT, DONE, NOT, NOW]
    assert flow.facts.answered_by == ""


def test_an_answer_to_another_request_is_none(site, openssl, later):
    request_certificate(site, "sub", "tomcat")
    back = openssl(download_request(site, "sub", "tomcat").data)
    request_certificate(later(site, hours=1), "sub", "tomcat")

    flow = flow_of(site, "sub", "tomcat", answer=ders(*back.values()))

    assert flow.next.number == 2
    assert "no certificate with the key" in said(flow, 3)


def test_capf_wants_its_root_in_callmanager_trust_as_well(site, openssl):
    request_certificate(site, "pub", "CAPF")
    back = openssl(download_request(site, "pub", "CAPF").data)
    answer = ders(*back.values())

    flow = flow_of(site, "pub", "CAPF", answer=answer)

    assert flow.next.number == 5
    assert said(flow, 5) == "CallManager-trust on pub lacks Outside Root"
    upload_certificate(site, "pub", "CallManager-trust", back["root"])
    assert flow_of(site, "pub", "CAPF", answer=answer).next.number == 6


@pytest.mark.parametrize("profile", ["seed-r14", "r15"])
def test_the_eighth_step_does_every_restart_that_is_asked_for(
    site, later, profile, refusal_of
):
    site.db.execute("UPDATE clusters SET profile = ?", [profile])
    for purpose in ("tomcat", "CallManager"):
        request = request_certificate(site, "sub", purpose)
        signed = sign_request(site, "issuing", request.der, days=365)
        upload_certificate(site, "sub", purpose, write_pem([signed.der]))
        if flow_of(site, "sub", purpose).steps[7].progress is not DONE:
            restart_after_upload(later(site, hours=1), "sub", purpose)
        after = flow_of(later(site, hours=2), "sub", purpose)
        assert after.steps[7].progress is DONE, said(after, 8)

    with refusal_of(site, RuleError, "no service has to be restarted"):
        restart_after_upload(site, "sub", "tomcat")


def test_in_mixed_mode_the_ctl_has_to_know_the_new_certificate(site, later, seen):
    assert progress(flow_of(site, "pub", "tomcat"))[6] is NOT
    request = request_certificate(site, "pub", "CallManager")
    signed = sign_request(site, "issuing", request.der, days=365)
    assert progress(flow_of(site, "pub", "CallManager"))[6] is WAITS
    hour = later(site, hours=1)
    upload_certificate(hour, "pub", "CallManager", write_pem([signed.der]))
    flow = flow_of(hour, "pub", "CallManager")
    assert flow.next.number == 7
    assert said(flow, 7) == "the CTL does not know the new CallManager yet"

    update_ctl(later(site, hours=2), "Site")

    flow = flow_of(later(site, hours=3), "pub", "CallManager")
    assert progress(flow)[6] is DONE
    assert flow.steps[6].at == hour.clock.now() + timedelta(hours=1)


def test_a_cluster_that_is_not_in_mixed_mode_needs_no_ctl(site):
    assert progress(flow_of(site, "pub", "CAPF"))[6] is WAITS

    set_cluster_mode(site, "Site", mixed=False)

    flow = flow_of(site, "pub", "CAPF")
    assert progress(flow)[6] is NOT
    assert "not in mixed mode" in said(flow, 7)


def test_a_shared_request_counts_for_every_node_that_it_lists(site, later, seen):
    request = request_certificate(site, "pub", "CallManager", shared=True)

    flow = flow_of(site, "sub", "CallManager")

    assert flow.facts.request == request
    assert flow.facts.maker == "pub"
    assert "pub made it, and it lists sub" in said(flow, 1)
    assert flow_of(site, "sub", "tomcat").facts.request is None
    [waiting] = waiting_flows(site)
    assert waiting.shared
    assert waiting.flow.node == "pub"


def test_the_deeds_of_the_flow_upload_root_first_and_then_the_answer(site, openssl):
    request_certificate(site, "pub", "CAPF")
    back = openssl(download_request(site, "pub", "CAPF").data)
    answer = ders(*back.values())

    first = upload_chain(site, "pub", "CAPF", answer=answer, step=5)
    second = upload_chain(site, "pub", "CAPF", answer=answer)
    leaf = upload_answer(site, "pub", "CAPF", answer=answer)

    assert [each.common_name for each in first] == ["Outside Root"]
    assert [each.common_name for each in second] == ["Outside Issuing"]
    assert leaf.issuer_common_name == "Outside Issuing"
    assert progress(flow_of(site, "pub", "CAPF"))[:6] == [DONE] * 6


def test_nothing_to_upload_is_refused(site, refusal_of):
    with refusal_of(site, RuleError, "no request for tomcat on sub waits"):
        upload_answer(site, "sub", "tomcat")
    request = request_certificate(site, "sub", "tomcat")
    with refusal_of(site, RuleError, "nobody has signed the request for tomcat on sub"):
        upload_answer(site, "sub", "tomcat")
    sign_request(site, "issuing", request.der, days=365)
    with refusal_of(site, RuleError, "no store lacks anything"):
        upload_chain(site, "sub", "tomcat")


def test_a_self_signed_slot_is_no_answer(site, later):
    request = request_certificate(site, "sub", "tomcat")
    signed = sign_request(site, "issuing", request.der, days=365)
    upload_certificate(site, "sub", "tomcat", write_pem([signed.der]))

    generate_self_signed(later(site, hours=1), "sub", "tomcat")

    assert flow_of(site, "sub", "tomcat").next.number == 1


def test_all_waiting_requests_stand_in_one_list_the_oldest_first(site, later):
    request_certificate(site, "sub", "tomcat")
    download_request(site, "sub", "tomcat")
    hour = later(site, hours=1)
    signed = request_certificate(hour, "imp", "cup")
    sign_request(hour, "issuing", signed.der, days=365)

    found = waiting_flows(later(site, days=2))

    assert [(each.flow.node, each.flow.purpose) for each in found] == [
        ("sub", "tomcat"),
        ("imp", "cup"),
    ]
    assert [each.flow.next.number for each in found] == [3, 6]
    assert found[1].made_at - found[0].made_at == timedelta(hours=1)
    assert waiting_flows(site, "Elsewhere") == []


def test_what_is_no_slot_has_no_flow(site, refusal_of):
    with refusal_of(site, LabError, "sub has no certificate purpose cup"):
        flow_of(site, "sub", "cup")


def test_looking_changes_nothing(site, dump):
    request_certificate(site, "pub", "CallManager")
    before = dump(site)

    for node, purpose in (("pub", "CallManager"), ("pub", "CAPF"), ("imp", "cup")):
        flow_of(site, node, purpose)
    waiting_flows(site)

    assert dump(site) == before


@pytest.mark.parametrize("step", FLOW_STEPS, ids=lambda step: step.title)
def test_the_steps_are_numbered_as_in_the_source(step):
    assert FLOW_STEPS[step.number - 1] is step
