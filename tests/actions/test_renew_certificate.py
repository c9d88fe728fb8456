from dataclasses import replace
from datetime import timedelta

import pytest

from lab.actions.add_parties import add_cluster, add_node
from lab.actions.generate_self_signed import generate_self_signed
from lab.actions.import_certificates import Assignment, import_certificates
from lab.actions.key_ring import private_key
from lab.actions.renew_certificate import renew_certificate, sign_and_upload
from lab.actions.request_certificate import request_certificate
from lab.actions.sign_request import sign_request
from lab.actions.upload_certificate import upload_certificate
from lab.errors import NotFoundError, RuleError
from lab.models import KeySpec, SubjectFields
from lab.pki.certificates import build_leaf, build_root
from lab.pki.keys import make_key
from lab.pki.requests import request_key, request_subject
from lab.rules.services import services_of
from lab.store import requests


def test_a_self_signed_identity_is_generated_again(site, seen):
    before = seen.slot("sub", "tomcat-ECDSA")

    renewed = renew_certificate(site, "sub", "tomcat-ECDSA")

    assert seen.slot("sub", "tomcat-ECDSA") == renewed != before
    assert renewed.self_signed


def test_one_that_a_lab_authority_signed_is_signed_by_it_again(site, seen, later):
    sign_and_upload(site, "sub", "tomcat", "issuing")
    after = later(site, days=700)

    renewed = renew_certificate(after, "sub", "tomcat", days=90)

    assert seen.slot("sub", "tomcat") == renewed
    assert renewed.issuer_common_name == "Lab Issuing"
    assert renewed.not_after - renewed.not_before == timedelta(days=90, seconds=-1)
    assert requests.get(site.db, seen.party("sub").id, "tomcat") is None


def test_names_and_length_of_the_key_stay_as_they_are(site, seen):
    request = request_certificate(
        site,
        "sub",
        "tomcat-ECDSA",
        names=["web.example", "pub.uc.example"],
        common_name="voice.example",
        parent_domain="",
        size=256,
    )
    signed = sign_request(site, "issuing", request.der)
    upload_certificate(site, "sub", "tomcat-ECDSA", signed.der)

    renewed = renew_certificate(site, "sub", "tomcat-ECDSA")

    assert renewed.key_id != signed.key_id
    assert renewed.key_size == 256
    assert renewed.alternative_names == signed.alternative_names
    assert renewed.subject == signed.subject


def test_a_shared_self_signed_one_stays_shared_and_all_take_it_up(site, seen):
    generate_self_signed(site, "pub", "tomcat", shared=True)

    renewed = renew_certificate(site, "pub", "tomcat", restart=True)

    assert renewed.common_name == "pub-ms.uc.example"
    for node in ("pub", "sub", "imp"):
        assert seen.slot(node, "tomcat") == renewed
        assert seen.loaded(node, "Cisco Tomcat")["tomcat"] == renewed.sha256


def test_a_shared_one_that_an_authority_signed_stays_shared(site, seen):
    sign_and_upload(site, "pub", "tomcat", "issuing", shared=True)

    renewed = renew_certificate(site, "pub", "tomcat", restart=True)

    assert renewed.issuer_common_name == "Lab Issuing"
    assert renewed.common_name == "pub-ms.uc.example"
    for node in ("pub", "sub", "imp"):
        assert seen.slot(node, "tomcat") == renewed
        assert seen.loaded(node, "Cisco Tomcat")["tomcat"] == renewed.sha256


@pytest.mark.parametrize("node", ["pub", "sub"])
def test_with_a_restart_every_service_of_the_node_presents_it(site, seen, node):
    renewed = renew_certificate(site, node, "tomcat", restart=True)

    for row in services_of("ucm"):
        if "tomcat" in row.loads and (row.on == "every" or node == "pub"):
            assert seen.loaded(node, row.name)["tomcat"] == renewed.sha256


def test_without_a_restart_none_does(site, seen):
    renewed = renew_certificate(site, "pub", "tomcat")

    for row in services_of("ucm"):
        if "tomcat" in row.loads:
            assert seen.loaded("pub", row.name)["tomcat"] != renewed.sha256


def test_what_an_outside_ca_signed_is_refused(site, seen, refusal_of):
    key, now = make_key(KeySpec(type="EC", size=256)), site.clock.now()
    dates = {"not_before": now, "not_after": now + timedelta(days=99)}
    ca = build_root(subject=SubjectFields(common_name="Bought"), key=key, **dates)
    upload_certificate(site, "sub", "tomcat-trust", ca)
    request = request_certificate(site, "sub", "tomcat-ECDSA")
    leaf = build_leaf(
        subject=request_subject(request.der),
        public_key=request_key(request.der),
        issuer_certificate=ca,
        issuer_key=key,
        alternative_names=request.alternative_names,
        key_usage=request.key_usage,
        extended_key_usage=request.extended_key_usage,
        **dates,
    )
    upload_certificate(site, "sub", "tomcat-ECDSA", leaf)

    with refusal_of(site, RuleError, "which is not one of the lab's own"):
        renew_certificate(site, "sub", "tomcat-ECDSA")
    assert private_key(site, seen.slot("sub", "tomcat-ECDSA").key_id)


def test_a_renewal_that_fails_at_its_last_step_leaves_no_request(
    site, seen, refusal_of
):
    # TVS-trust on sub holds no CA, so the upload is refused after the signature.
    with refusal_of(site, RuleError, "CA certificate is not available"):
        sign_and_upload(site, "sub", "TVS", "issuing")


@pytest.mark.parametrize("days", [0, 10**6, 10**12])
def test_a_life_that_does_not_fit_changes_nothing(site, refusal_of, days):
    sign_and_upload(site, "sub", "tomcat", "issuing")

    with refusal_of(site, RuleError, f"{days} days"):
        renew_certificate(site, "sub", "tomcat", days=days)


def test_an_unknown_node_is_refused(site, refusal_of):
    with refusal_of(site, NotFoundError, "called nobody"):
        renew_certificate(site, "nobody", "tomcat")


def test_a_name_that_two_clusters_share_needs_its_cluster(
    site, seen, refusal_of, make_keys_fast
):
    fast = replace(site, make_key=make_keys_fast)
    add_cluster(fast, "Second", "two.example")
    add_node(fast, "Second", "sub")

    with refusal_of(fast, NotFoundError, "sub is in 2 clusters"):
        renew_certificate(fast, "sub", "TVS")
    renewed = renew_certificate(fast, "sub", "TVS", cluster="Second", restart=True)

    assert renewed.common_name == "sub.two.example"


def test_the_lab_renews_nothing_on_a_node_that_was_imported(site, refusal_of):
    own = generate_self_signed(site, "sub", "tomcat-ECDSA")
    where = Assignment(cluster="Elsewhere", node="far", purpose="tomcat-ECDSA")
    import_certificates(site, [("far.cer", own.der)], where)

    with refusal_of(site, RuleError, "far was imported"):
        renew_certificate(
            site, "far", "tomcat-ECDSA", cluster="Elsewhere", restart=True
        )
