"""The commands csr, sign, regenerate and self-signed."""

import pytest

from lab.lab import open_lab
from lab.models import KeySpec, SubjectFields
from lab.pki.bundles import read_bundle
from lab.pki.keys import make_key
from lab.pki.reading import read_certificate
from lab.pki.requests import build_request, read_request, request_pem
from lab.store import certificates, events, parties, places, requests


@pytest.fixture
def run(example_path, lab_command):  # it is what the command opens
    """`python -m lab` on a copy of the example lab, within this process."""
    return lab_command


@pytest.fixture
def lab(example_path):
    opened = open_lab(example_path, actor="test")
    yield opened
    opened.close()


def in_slot(lab, node, purpose):
    party = parties.by_name(lab.db, "", node)
    place = places.slot(lab.db, party.id, purpose)
    return certificates.get(lab.db, place.certificate)


def waiting(lab, node, purpose):
    return requests.get(lab.db, parties.by_name(lab.db, "", node).id, purpose)


def assert_refused(done, lab, head, *parts):
    """One line, no traceback, with what and what next; nothing has happened."""
    assert done.status == 1
    assert done.out == ""
    assert done.err.startswith("refused: ")
    assert done.err.count("\n") == 1
    for part in parts:
        assert part in done.err
    assert events.head(lab.db) == head


def test_a_request_is_made_with_all_its_fields(run, lab):
    done = run(
        *("csr", "make", "cucm-pub", "tomcat-ECDSA", "--shared", "--include-ou"),
        *("--common-name", "voice.example", "--parent-domain", "voip.example"),
        *("--name", "a.example", "--name", "b.example"),
        *("--size", "256", "--hash", "SHA512", "--json"),
    )

    told = done.json()
    made = read_request(waiting(lab, "cucm-pub", "tomcat-ECDSA")[0])
    assert told["subject"] == made.subject
    assert made.common_name == "voice.example"
    assert "OU=Unified Communications" in made.subject
    assert {"DNS:a.example", "DNS:b.example", "DNS:voip.example"} < {
        *made.alternative_names
    }
    assert sum("imp-" in name for name in made.alternative_names) == 2
    assert str(made.key) == told["key"] == "EC 256"
    assert made.signature_algorithm == "ecdsa-with-SHA512"
    assert told["pem"] == request_pem(made.der).decode()


def test_the_parent_domain_may_be_left_out(run, lab):
    run("csr", "make", "imp-pub", "cup-ECDSA", "--no-parent-domain")

    made = read_request(waiting(lab, "imp-pub", "cup-ECDSA")[0])
    assert len(made.alternative_names) == 1


def test_a_short_key_is_made_with_a_note(run):
    done = run("csr", "make", "cucm-sub1", "tomcat", "--size", "1024")

    assert done.status == 0
    assert "RSA 1024" in done.out
    assert "too short today" in done.err


def test_requests_that_wait_are_listed(run, lab):
    one = requests.waiting(lab.db)[0]

    told = run("csr", "list", "--json").json()
    text = run("csr", "list", "--cluster", told[0]["cluster"])

    assert [(each["node"], each["purpose"]) for each in told] == [
        ("cucm-sub2", "CallManager")
    ]
    assert told[0]["made_at"] == one.made_at.isoformat()
    assert told[0]["shared"] is False
    assert "cucm-sub2" in text.out
    assert "RSA 2048" in text.out


def test_without_requests_the_list_says_so(run, lab):
    run("csr", "list")
    one = requests.waiting(lab.db)[0]
    with lab.db.conn:
        requests.remove(lab.db, one.party, one.purpose)

    assert run("csr", "list").out == "no request waits\n"
    assert run("csr", "list", "--json").json() == []


def test_a_request_is_shown_and_nothing_is_noted(run, lab):
    head = events.head(lab.db)

    done = run("csr", "show", "cucm-sub2", "CallManager")

    request = read_request(waiting(lab, "cucm-sub2", "CallManager")[0])
    assert f"subject: {request.subject}" in done.out
    assert "key usage: digitalSignature, keyEncipherment, dataEncipherment" in done.out
    assert read_request(done.out[done.out.index("-----") :].encode()) == request
    shown = run("csr", "show", "cucm-sub2", "CallManager", "--json").json()
    assert shown["key_id"] == request.key_id
    assert events.head(lab.db) == head


def test_a_request_is_taken_out_signed_and_comes_back(run, lab, tmp_path):
    file, answer = tmp_path / "request.csr", tmp_path / "answer.pem"
    request = read_request(waiting(lab, "cucm-sub2", "CallManager")[0])

    taken = run("csr", "download", "cucm-sub2", "CallManager", "--output", file)
    signed = run("sign", "example-issuing", file, "--days", 90, "--output", answer)

    assert taken.out == f"request written to {file}\n"
    assert read_request(file.read_bytes()) == request
    certificate = read_certificate(der_of(answer.read_text()))
    assert certificate.key_id == request.key_id
    assert certificate.sha256 in signed.out
    assert (certificate.not_after - certificate.not_before).days == 89
    told = run("csr", "download", "cucm-sub2", "CallManager", "--json").json()
    assert told["pem"] == file.read_text()


def test_a_request_goes_through_pipes_too(run, lab):
    taken = run("csr", "download", "cucm-sub2", "CallManager")

    signed = run("sign", "example-issuing", "-", answer=taken.out)

    assert signed.status == 0
    request = read_request(taken.out.encode())
    assert read_certificate(der_of(signed.out)).key_id == request.key_id
    assert "example-issuing signed CN=cucm-sub2" in signed.err


def test_a_file_that_is_there_is_not_overwritten_unless_asked(run, lab, tmp_path):
    file = tmp_path / "request.csr"
    file.write_text("mine")

    refused = run("csr", "download", "cucm-sub2", "CallManager", "--output", file)
    forced = run(
        "csr", "download", "cucm-sub2", "CallManager", "--output", file, "--force"
    )

    assert refused.status == 1
    assert "is there already" in refused.err
    assert forced.status == 0
    assert file.read_text() != "mine"


@pytest.mark.parametrize(
    ("options", "usage", "extended", "names"),
    [
        (
            ["--ignore-extensions"],
            ["digitalSignature", "keyEncipherment"],
            ["serverAuth"],
            [],
        ),
        (
            ["--key-usage", "digitalSignature", "--names", "a.example,10.0.0.1"],
            ["digitalSignature"],
            ["serverAuth", "clientAuth"],
            ["DNS:a.example", "IP:10.0.0.1"],
        ),
        (
            ["--key-usage", "", "--extended-key-usage", "clientAuth 1.2.3", "--names="],
            [],
            ["clientAuth", "1.2.3"],
            [],
        ),
    ],
)
def test_the_authority_may_ignore_what_is_asked_for_or_be_told_otherwise(
    run, options, usage, extended, names
):
    done = run(
        "sign", "example-issuing", "cucm-sub2", "CallManager", *options, "--json"
    ).json()

    assert done["key_usage"] == usage
    assert done["extended_key_usage"] == extended
    assert done["alternative_names"] == names


def test_the_end_may_be_named(run, lab):
    end = f"{lab.clock.now().year + 1}-02-03"

    done = run(
        "sign", "example-issuing", "cucm-sub2", "CallManager", "--until", end, "--json"
    ).json()

    assert done["not_after"] == f"{end}T00:00:00+00:00"


def test_a_request_from_outside_is_signed(run, tmp_path):
    key = make_key(KeySpec(type="EC", size=256))
    file = tmp_path / "outside.csr"
    file.write_bytes(
        build_request(
            subject=SubjectFields(common_name="gateway.example"),
            key=key,
            key_usage=["digitalSignature"],
            extended_key_usage=["serverAuth"],
            alternative_names=["gateway.example"],
        )
    )

    done = run("sign", "partner", file, "--days", 3, "--json").json()

    assert done["common_name"] == "gateway.example"
    assert done["alternative_names"] == ["DNS:gateway.example"]


def test_a_slot_is_regenerated_and_what_follows_is_said(run, lab):
    before = in_slot(lab, "cucm-sub1", "tomcat")

    done = run("regenerate", "cucm-sub1", "tomcat")

    after = in_slot(lab, "cucm-sub1", "tomcat")
    assert after.self_signed
    assert after.key_id != before.key_id
    assert done.out.startswith("tomcat on cucm-sub1: CN=cucm-sub1")
    assert "what follows:" in done.out
    assert "Cisco Tomcat" in done.out


def test_a_self_signed_one_is_made_as_chosen(run, lab):
    done = run(
        *("self-signed", "cucm-pub", "tomcat-ECDSA", "--shared", "--size", "256"),
        *("--years", "10", "--hash", "SHA384", "--parent-domain", "voip.example"),
        "--json",
    ).json()

    for node in ("cucm-pub", "cucm-sub1", "imp-sub"):
        assert in_slot(lab, node, "tomcat-ECDSA").sha256 == done["sha256"]
    assert (done["key_type"], done["key_size"]) == ("EC", 256)
    assert done["signature_algorithm"] == "ecdsa-with-SHA384"
    assert "DNS:voip.example" in done["alternative_names"]
    assert int(done["not_after"][:4]) >= lab.clock.now().year + 9
    assert {each["kind"] for each in done["follows"]} >= {"copy", "restart"}


@pytest.mark.parametrize(
    ("arguments", "parts"),
    [
        (["csr", "make", "cucm-pub", "ITLRecovery"], ["no signing request", "Regener"]),
        (["csr", "make", "cucm-sub1", "tomcat", "--shared"], ["made on the publisher"]),
        (["csr", "make", "cucm-sub1", "tomcat", "--name", "10.1.1.1"], ["IP address"]),
        (["csr", "make", "cucm-sub1", "tomcat", "--name", "*.a.b"], ["is a wildcard"]),
        (["csr", "make", "cucm-sub1", "tomcat", "--size", "7"], ["7 bits", "4096"]),
        (["csr", "make", "cucm-sub1", "tomcat", "--hash", "MD5"], ["MD5 is weaker"]),
        (["csr", "make", "nobody", "tomcat"], ["nothing in the lab is called nobody"]),
        (["csr", "show", "cucm-pub", "tomcat"], ["no signing request for tomcat"]),
        (["csr", "download", "cucm-pub", "tomcat"], ["no signing request for tomcat"]),
        (["csr", "list", "--cluster", "x"], ["no cluster called x"]),
        (["sign", "nobody", "cucm-sub2", "CallManager"], ["authority called nobody"]),
        (["sign", "example-issuing", "cucm-pub", "tomcat"], ["no signing request for"]),
        (["sign", "example-issuing", "no-such-file"], ["cannot be read", "PKCS#10"]),
        (
            ["sign", "example-issuing", "cucm-sub2", "CallManager", "--days", "0"],
            ["0 days"],
        ),
        (
            ["sign", "example-issuing", "cucm-sub2", "CallManager", "--days", "99999"],
            ["itself ends on"],
        ),
        (
            ["sign", "partner", "cucm-sub2", "CallManager", "--until", "2001-01-01"],
            ["is not after the beginning"],
        ),
        (["regenerate", "cucm-sub1", "CAPF"], ["cucm-sub1 is a subscriber"]),
        (["regenerate", "cucm-sub1", "tomcat-trust"], ["no certificate purpose"]),
        (["self-signed", "cucm-sub1", "tomcat", "--years", "3"], ["3 years"]),
        (["self-signed", "imp-pub", "cup-xmpp", "--shared"], ["self-signed cup-xmpp"]),
    ],
)
def test_what_cannot_be_done_is_refused_in_one_line(run, lab, arguments, parts):
    head = events.head(lab.db)

    done = run(*arguments)

    assert_refused(done, lab, head, *parts)


@pytest.mark.parametrize(
    "arguments",
    [
        ["csr", "make", "a", "b", "--parent-domain", "x", "--no-parent-domain"],
        ["sign", "example-issuing", "a", "b", "c"],
        ["csr", "make", "a"],
        ["sign", "example-issuing"],
        ["self-signed", "a", "b", "--years", "many"],
    ],
)
def test_a_command_that_is_written_wrongly_ends_with_two(run, arguments):
    assert run(*arguments).status == 2


def der_of(pem):
    return read_bundle(pem.encode()).ders[0]
