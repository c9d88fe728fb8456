from datetime import timedelta

import pytest

from lab.actions.add_authority import add_authority
from lab.actions.generate_self_signed import generate_self_signed
from lab.actions.key_ring import private_key
from lab.actions.request_certificate import request_certificate
from lab.actions.sign_request import sign_request, waiting_request
from lab.actions.upload_certificate import upload_certificate
from lab.errors import BadInputError, NotFoundError, RuleError
from lab.models import Chain, KeySpec, SubjectFields
from lab.pki.bundles import write_pem, write_pkcs7
from lab.pki.certificates import build_leaf, build_root
from lab.pki.keys import key_id, make_key, to_der
from lab.pki.requests import request_key, request_subject
from lab.store import certificates, places

EC = KeySpec(type="EC", size=256)


@pytest.fixture(scope="module")
def ca_key():
    return make_key(EC)


@pytest.fixture
def ca(site, ca_key):
    """Make the DER of an outside CA; `days_ago` is when it began."""

    def make(name="Outside CA", days_ago=0, days=100):
        start = site.clock.now() - timedelta(days=days_ago)
        return build_root(
            subject=SubjectFields(common_name=name),
            key=ca_key,
            not_before=start,
            not_after=start + timedelta(days=days),
        )

    return make


# -- Into a slot ----------------------------------------------------------------------


def test_the_leaf_takes_the_slot_and_the_request_is_gone(site, seen, signed_for):
    signed = signed_for("sub", "tomcat")

    stored = upload_certificate(site, "sub", "tomcat", signed.der)

    assert stored == [signed]
    assert seen.slot("sub", "tomcat") == signed
    assert (
        seen.place("sub", "tomcat").description == "Certificate Signed by Lab Issuing"
    )
    with pytest.raises(NotFoundError, match="no signing request"):
        waiting_request(site, "sub", "tomcat")
    assert signed.key_id in seen.key_ids()


@pytest.mark.parametrize(
    "write",
    [
        lambda ders: ders[0],
        write_pem,
        lambda ders: write_pem(reversed(ders)),
        write_pkcs7,
        lambda ders: b"Bag Attributes\r\n" + write_pem(ders).replace(b"\n", b"\r\n"),
    ],
    ids=["DER", "PEM chain", "root first", "PKCS#7", "PEM with text and CRLF"],
)
def test_a_leaf_or_a_chain_with_it_is_taken_in_every_form(
    site, seen, signed_for, write
):
    signed = signed_for("sub", "tomcat")
    chain = [signed.der, seen.authority("issuing").der, seen.authority("root").der]

    stored = upload_certificate(site, "sub", "tomcat", write(chain))

    assert stored == [signed]
    assert seen.slot("sub", "tomcat") == signed


def test_a_second_signature_of_an_answered_request_is_refused(
    site, signed_for, refusal_of
):
    signed = signed_for("sub", "tomcat")
    upload_certificate(site, "sub", "tomcat", signed.der)

    with refusal_of(site, RuleError, "tomcat/keys/tomcat.csr does not exist"):
        upload_certificate(site, "sub", "tomcat", signed.der)


def test_without_a_request_nothing_can_be_uploaded(site, seen, refusal_of):
    own = seen.slot("sub", "tomcat").der

    with refusal_of(site, RuleError, "tomcat/keys/tomcat.csr does not exist"):
        upload_certificate(site, "sub", "tomcat", own)


def test_the_key_must_be_that_of_the_last_request(site, signed_for, refusal_of):
    stale = signed_for("sub", "tomcat")
    request_certificate(site, "sub", "tomcat")

    with refusal_of(site, RuleError, "CSR Public Key and Certificate Public Key"):
        upload_certificate(site, "sub", "tomcat", stale.der)


def test_the_request_of_another_node_does_not_help(site, signed_for, refusal_of):
    of_pub = signed_for("pub", "tomcat")
    signed_for("sub", "tomcat")

    with refusal_of(site, RuleError, "certs//tomcat.der could not be uploaded") as why:
        upload_certificate(site, "sub", "tomcat", of_pub.der)
    assert "DNS:pub.uc.example" in why.value.hint
    assert "DNS:sub.uc.example" in why.value.hint


def answer(site, seen, names, *, key_usage=None, ca_name="issuing"):
    """What a CA that does as it likes makes of the request of tomcat on sub."""

    request = request_certificate(
        site, "sub", "tomcat", names=["web.example"], parent_domain=""
    )
    issuer = seen.authority(ca_name)
    return build_leaf(
        subject=request_subject(request.der),
        public_key=request_key(request.der),
        issuer_certificate=issuer.der,
        issuer_key=private_key(site, issuer.key_id),
        not_before=site.clock.now(),
        not_after=site.clock.now() + timedelta(days=30),
        alternative_names=names,
        key_usage=key_usage or request.key_usage,
        extended_key_usage=request.extended_key_usage,
    )


@pytest.mark.parametrize(
    ("names", "told"),
    [
        (["sub.uc.example"], "DNS:web.example"),
        ([], "DNS:sub.uc.example, DNS:web.example"),
        (["sub.uc.example", "web.example", "extra.example"], "DNS:extra.example"),
        (["sub.uc.example", "web.example", "10.0.0.1"], "IP:10.0.0.1"),
    ],
    ids=["one missing", "all missing", "one more", "an address more"],
)
def test_the_names_must_be_those_of_the_request(site, seen, refusal_of, names, told):
    der = answer(site, seen, names)

    with refusal_of(site, RuleError, "CSR SAN and Certificate SAN") as caught:
        upload_certificate(site, "sub", "tomcat", der)
    assert told in caught.value.hint


def test_the_order_of_the_names_does_not_matter(site, seen):
    der = answer(site, seen, ["web.example", "sub.uc.example"])

    upload_certificate(site, "sub", "tomcat", der)

    assert seen.slot("sub", "tomcat").der == der


def test_an_rsa_slot_refuses_an_ec_signature(site, seen, refusal_of):
    elliptic = seen.authority("elliptic")
    upload_certificate(site, "sub", "tomcat-trust", elliptic.der)
    request = request_certificate(site, "sub", "tomcat")
    signed = sign_request(site, "elliptic", request.der)

    with refusal_of(site, RuleError, "tomcat takes RSA signatures; this one is ecdsa"):
        upload_certificate(site, "sub", "tomcat", signed.der)


@pytest.mark.parametrize("authority", ["issuing", "elliptic"])
def test_an_ec_slot_takes_ec_and_rsa_signatures(site, seen, authority):
    upload_certificate(site, "sub", "tomcat-trust", seen.authority("elliptic").der)
    request = request_certificate(site, "sub", "tomcat-ECDSA")
    signed = sign_request(site, authority, request.der)

    upload_certificate(site, "sub", "tomcat-ECDSA", signed.der)

    assert seen.slot("sub", "tomcat-ECDSA") == signed


def test_the_issuer_must_be_in_the_store_of_that_node(site, seen, refusal_of):
    request = request_certificate(site, "sub", "TVS")
    signed = sign_request(site, "issuing", request.der)

    # TVS-trust is local to its node, and only the publisher's was filled.
    with refusal_of(
        site, RuleError, "CA certificate is not available in the trust-store"
    ) as caught:
        upload_certificate(site, "sub", "TVS", signed.der)
    assert "TVS-trust on sub" in caught.value.hint


def test_a_chain_in_the_file_does_not_stand_in_for_the_store(site, seen, refusal_of):
    request = request_certificate(site, "sub", "TVS")
    signed = sign_request(site, "issuing", request.der)
    chain = write_pem([signed.der, seen.authority("issuing").der])

    with refusal_of(site, RuleError, "CA certificate is not available"):
        upload_certificate(site, "sub", "TVS", chain)


def test_an_issuer_of_the_same_name_with_another_key_is_not_the_issuer(
    site, seen, refusal_of
):
    impostor = build_root(
        subject=SubjectFields(common_name="Lab Issuing"),
        key=make_key(EC),
        not_before=site.clock.now(),
        not_after=site.clock.now() + timedelta(days=9),
    )
    upload_certificate(site, "sub", "TVS-trust", impostor)
    request = request_certificate(site, "sub", "TVS")
    signed = sign_request(site, "issuing", request.der)

    with refusal_of(site, RuleError, "CA certificate is not available"):
        upload_certificate(site, "sub", "TVS", signed.der)


def test_it_may_be_uploaded_in_its_last_second_and_not_in_the_next(
    site, seen, signed_for, later, refusal_of
):
    signed = signed_for("sub", "tomcat", days=1)
    last = later(site, days=1, seconds=-1)
    past = later(site, days=1)

    with refusal_of(past, RuleError, "expired on 2030-01-02 12:59 UTC"):
        upload_certificate(past, "sub", "tomcat", signed.der)
    upload_certificate(last, "sub", "tomcat", signed.der)

    assert last.clock.now() == signed.not_after
    assert seen.slot("sub", "tomcat") == signed


def test_one_expired_certificate_in_a_chain_refuses_the_whole_file(
    site, signed_for, ca, refusal_of
):
    signed = signed_for("sub", "tomcat")
    old = ca(days_ago=100, days=50)

    with refusal_of(site, RuleError, "CN=Outside CA expired on"):
        upload_certificate(site, "sub", "tomcat", write_pem([signed.der, old]))


@pytest.mark.parametrize(
    ("node", "name", "kind", "text"),
    [
        ("sub", "CAPF", RuleError, "CAPF is made on the publisher"),
        ("sub", "cup", RuleError, "no certificate purpose cup"),
        ("sub", "nonsense", RuleError, "no certificate purpose nonsense"),
        ("SEP000000000001", "LSC", RuleError, "is not a node"),
        ("nobody", "tomcat", NotFoundError, "called nobody"),
        ("nobody", "tomcat-trust", NotFoundError, "called nobody"),
        ("SEP000000000001", "tomcat-trust", RuleError, "has no trust store"),
        ("directory", "tomcat-trust", RuleError, "has no trust store"),
        ("imp", "CallManager-trust", RuleError, "imp has no trust store"),
        ("sub", "cup-trust", RuleError, "sub has no trust store"),
        ("sub", "Phone-Edge-trust", RuleError, "sub is a subscriber"),
    ],
)
def test_a_place_that_is_not_there_takes_nothing(
    site, ca, refusal_of, node, name, kind, text
):
    data = ca()

    with refusal_of(site, kind, text):
        upload_certificate(site, node, name, data)


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"", "the file is empty"),
        (b"hello", "no certificate"),
        (b"-----BEGIN CERTIFICATE-----\nAAAA", "has no end"),
    ],
)
@pytest.mark.parametrize("name", ["tomcat", "tomcat-trust"])
def test_a_file_without_a_certificate_is_refused(site, refusal_of, name, data, text):
    request_certificate(site, "sub", "tomcat")

    with refusal_of(site, BadInputError, text):
        upload_certificate(site, "sub", name, data)


def test_a_private_key_in_the_file_is_left_where_it_was(site, seen, signed_for):
    signed, key = signed_for("sub", "tomcat"), make_key(EC)
    block = b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"

    upload_certificate(site, "sub", "tomcat", block + write_pem([signed.der]))

    assert seen.slot("sub", "tomcat") == signed
    assert key_id(key.public_key()) not in seen.key_ids()
    assert to_der(key) not in b"".join(
        row for (row,) in site.db.execute("SELECT material FROM keys")
    )


# -- Into a trust store ---------------------------------------------------------------


def test_every_certificate_of_a_chain_becomes_trusted(site, seen, ca):
    one, two = ca("One"), ca("Two")

    stored = upload_certificate(
        site, "sub", "Phone-trust", write_pem([one, two]), description="from Bob"
    )

    assert {each.der for each in stored} == {one, two}
    assert seen.store("sub", "Phone-trust") == {each.sha256 for each in stored}
    assert len(seen.events("trust.uploaded")) >= 2


def test_the_later_begin_wins_among_certificates_of_one_subject(site, seen, ca):
    old, new = ca(days_ago=10), ca(days_ago=5)
    upload_certificate(site, "sub", "Phone-trust", old)

    (stored,) = upload_certificate(site, "sub", "Phone-trust", new)

    assert seen.store("sub", "Phone-trust") == {stored.sha256}


def test_one_that_began_earlier_is_refused(site, ca, refusal_of):
    old, new = ca(days_ago=10), ca(days_ago=5)
    upload_certificate(site, "sub", "Phone-trust", new)

    with refusal_of(site, RuleError, "Phone-trust has one that began on") as caught:
        upload_certificate(site, "sub", "Phone-trust", old)
    assert "Delete the one that is there first" in caught.value.hint


def test_a_chain_with_one_older_certificate_is_refused_as_a_whole(site, ca, refusal_of):
    upload_certificate(site, "sub", "Phone-trust", ca("Two", days_ago=5))
    chain = write_pem([ca("One"), ca("Two", days_ago=10)])

    with refusal_of(site, RuleError, "CN=Two began on"):
        upload_certificate(site, "sub", "Phone-trust", chain)


def test_the_same_certificate_twice_is_there_once(site, seen, ca):
    data = ca()
    upload_certificate(site, "sub", "Phone-trust", data)

    (stored,) = upload_certificate(site, "sub", "Phone-trust", data)

    assert seen.store("sub", "Phone-trust") == {stored.sha256}


def test_sixteen_certificates_fit_into_the_edge_store_and_a_seventeenth_does_not(
    site, seen, ca, refusal_of
):
    many = [ca(f"CA {number}") for number in range(17)]

    with refusal_of(site, RuleError, "would hold 17 certificates; it takes 16"):
        upload_certificate(site, "pub", "Phone-Edge-trust", write_pem(many))
    upload_certificate(site, "pub", "Phone-Edge-trust", write_pem(many[:16]))

    assert len(seen.store("pub", "Phone-Edge-trust")) == 16
    with refusal_of(site, RuleError, "would hold 17 certificates; it takes 16"):
        upload_certificate(site, "pub", "Phone-Edge-trust", many[16])


def test_a_full_edge_store_still_takes_the_successor_of_one_it_holds(site, seen, ca):
    many = [ca(f"CA {number}", days_ago=5) for number in range(16)]
    upload_certificate(site, "pub", "Phone-Edge-trust", write_pem(many))

    (stored,) = upload_certificate(site, "pub", "Phone-Edge-trust", ca("CA 3"))

    assert len(seen.store("pub", "Phone-Edge-trust")) == 16
    assert stored.sha256 in seen.store("pub", "Phone-Edge-trust")


def test_an_identity_trusted_by_hand_is_known_as_its_copy(site, seen):
    own = generate_self_signed(site, "sub", "ipsec", size=2048)

    upload_certificate(site, "pub", "ipsec-trust", own.der)

    entries = places.entries(site.db, seen.party("pub").id, "ipsec-trust")
    assert {e.certificate: e.copy_of for e in entries}[own.sha256] == "ipsec"


def test_an_upload_needs_no_key_of_the_lab(site, seen, ca):
    before = seen.key_ids()

    upload_certificate(site, "sub", "tomcat-trust", ca())

    assert seen.key_ids() == before


def test_a_root_that_arrives_completes_the_chains_below_it(site, seen):
    add_authority(site, "late", "Late Root", key=EC)
    request = request_certificate(site, "sub", "tomcat-ECDSA")
    late = seen.authority("late")
    signed = sign_request(site, "late", request.der)
    upload_certificate(site, "sub", "tomcat-trust", late.der)

    upload_certificate(site, "sub", "tomcat-ECDSA", signed.der)

    found = certificates.effective(site.db, signed.sha256)
    assert (found.chain, found.end) == (Chain.COMPLETE, signed.not_after)
