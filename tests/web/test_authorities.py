import logging
import shutil
import sqlite3
import subprocess
from email.utils import parsedate_to_datetime

import pytest
from cryptography import x509
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from starlette.applications import Starlette

from lab.actions.revoke_certificate import revoke_certificate
from lab.actions.turn_clock import turn_clock
from lab.store import crls, listing, parties
from lab.store.database import immediate
from lab.store.settings import set_clock_shift
from lab.web.handles import close_idle
from lab.web.routes import machine_app, routes
from tests.web.conftest import running

CRL = "/pki/crl/example-issuing.crl"
PEM = "/pki/issuers/example-issuing.pem"
CER = "/pki/issuers/example-issuing.cer"
needs_openssl = pytest.mark.skipif(
    shutil.which("openssl") is None, reason="openssl is not installed"
)


def number_of(answer):
    crl = x509.load_der_x509_crl(answer.body)
    return crl.extensions.get_extension_for_class(x509.CRLNumber).value.crl_number


def not_revoked(lab):
    """A certificate of the issuing CA that can still be revoked."""
    issuer = parties.authority(lab.db, "example-issuing")
    view = listing.View(at=lab.clock.now())
    for row in listing.find(lab.db, view, limit=1000):
        is_below = row.issued_by == issuer.label and not row.is_ca
        if is_below and row.not_after > view.at and row.revoked_at is None:
            return row.certificate
    raise AssertionError("the example has none")


def test_the_certificate_of_an_issuer_comes_in_both_forms(client, example):
    der, pem = client.ask(CER), client.ask(PEM)

    assert (der.status, pem.status) == (200, 200)
    assert der.headers["Content-Type"] == "application/pkix-cert"
    assert pem.headers["Content-Type"] == "application/x-pem-file"
    certificate = x509.load_der_x509_certificate(der.body)
    assert certificate == x509.load_pem_x509_certificate(pem.body)
    assert (
        certificate.subject.rfc4514_string()
        == example.db.execute(
            "SELECT subject FROM certificates WHERE sha256 = ?",
            [parties.authority(example.db, "example-issuing").certificate],
        ).fetchone()[0]
    )


@needs_openssl
def test_openssl_verifies_each_crl_with_the_certificate_beside_it(
    client, example, tmp_path
):
    for authority in parties.authorities(example.db):
        crl, pem = tmp_path / "list.crl", tmp_path / "issuer.pem"
        crl.write_bytes(client.ask(f"/pki/crl/{authority.name}.crl").body)
        pem.write_bytes(client.ask(f"/pki/issuers/{authority.name}.pem").body)
        command = ["openssl", "crl", "-inform", "DER", "-in", crl, "-CAfile", pem]

        done = subprocess.run(
            [*command, "-noout", "-verify"], capture_output=True, text=True, check=False
        )

        assert "verify OK" in done.stderr, (authority.name, done.stderr)


def test_a_revocation_is_in_the_next_answer_and_its_number_is_one_higher(
    client, example
):
    before = client.ask(CRL)
    sha256 = not_revoked(example)

    revoked = revoke_certificate(example, sha256, "superseded")
    after = client.ask(CRL)

    assert number_of(after) == number_of(before) + 1
    assert after.headers["ETag"] != before.headers["ETag"]
    serial = int(revoked.serial, 16)
    find = "get_revoked_certificate_by_serial_number"
    assert getattr(x509.load_der_x509_crl(before.body), find)(serial) is None
    assert getattr(x509.load_der_x509_crl(after.body), find)(serial) is not None


def test_a_crl_says_how_long_it_may_be_kept(client, example):
    crl = crls.latest(example.db, "example-issuing")

    answer = client.ask(CRL)

    assert answer.headers["Content-Type"] == "application/pkix-crl"
    left = (crl.next_update - example.clock.now()).total_seconds()
    kept = int(answer.headers["Cache-Control"].removeprefix("public, max-age="))
    assert left <= kept <= left + 60
    assert parsedate_to_datetime(answer.headers["Last-Modified"]) == crl.this_update


def test_last_modified_never_lies_ahead_of_the_date_of_the_answer(client, example):
    turn_clock(example, days=400)

    answer = client.ask(CRL)

    modified = parsedate_to_datetime(answer.headers["Last-Modified"])
    assert modified <= parsedate_to_datetime(answer.headers["Date"])


@pytest.mark.parametrize("sent", ["{tag}", 'W/{tag}, "x"', '"x",{tag}', "*"])
def test_a_client_that_has_the_list_is_told_so(client, sent):
    whole = client.ask(CRL)

    answer = client.ask(CRL, If_None_Match=sent.format(tag=whole.headers["ETag"]))

    assert (answer.status, answer.body) == (304, b"")
    assert answer.headers["ETag"] == whole.headers["ETag"]
    assert answer.headers["Cache-Control"].startswith("public, max-age=")


@pytest.mark.parametrize("sent", ['"x"', "", "*x", '"'])
def test_a_client_that_has_another_list_gets_this_one(client, sent):
    answer = client.ask(CRL, If_None_Match=sent)

    assert answer.status == 200
    assert number_of(answer) >= 1


@pytest.mark.parametrize("path", [CRL, CER, PEM])
def test_head_gives_the_headers_of_get_and_no_body(client, path):
    whole = client.ask(path)

    answer = client.ask(path, "HEAD")

    assert (answer.status, answer.body) == (200, b"")
    for name in ("Content-Type", "Content-Length", "ETag"):
        assert answer.headers[name] == whole.headers[name]


def test_a_body_on_get_is_ignored(client):
    answer = client.ask(CRL, body=b"\x00" * 100_000)

    assert answer.status == 200
    assert client.ask(CRL).status == 200


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS"])
@pytest.mark.parametrize("path", [CRL, CER, PEM])
def test_another_method_is_not_allowed(client, path, method):
    answer = client.ask(path, method)

    assert answer.status == 405
    assert set(answer.headers["Allow"].split(", ")) == {"GET", "HEAD"}


@pytest.mark.parametrize(
    "path",
    [
        "/pki",
        "/pki/",
        "/pki/crl",
        "/pki/crl/",
        "/pki/crl/.crl",
        "/pki/crl/example-issuing",
        "/pki/crl/example-issuing.CRL",
        "/pki/crl/example-issuing.crl/",
        "/pki/crl/example-issuing.crl%00",
        "/pki/crl/Example-Issuing.crl",
        "/pki/crl/-.crl",
        "/pki/crl/x%2F..%2Fexample-issuing.crl",
        "/pki/crl/../crl/example-issuing.crl%0a",
        "/pki/issuers/example-issuing.crl",
        "/pki/issuers/example-issuing.der",
        f"/pki/issuers/{'a' * 64}.cer",
        f"/pki/issuers/{'a' * 20_000}.cer",
        "/pki/nothing",
    ],
)
def test_a_wrong_path_is_not_found(client, path):
    assert client.ask(path).status == 404


@pytest.mark.parametrize("path", ["/pki/crl/nobody.crl", "/pki/issuers/nobody.cer"])
def test_an_unknown_issuer_is_not_found_in_one_plain_line(client, path):
    answer = client.ask(path)

    assert answer.status == 404
    assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"
    text = answer.body.decode()
    assert text.startswith("the lab has no certificate authority called nobody.")
    assert text.count("\n") == 1
    assert text.endswith("\n")


@settings(
    deadline=None,
    max_examples=150,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(name=st.binary(min_size=1, max_size=60), kind=st.sampled_from(["crl", "cer"]))
@example(name=b"%00", kind="crl")
@example(name=b"example-issuing.crl%00", kind="crl")
@example(name=b"..%2f..%2fetc%2fpasswd", kind="cer")
@example(name=b"\xff\xfe", kind="crl")
@example(name=b"x HTTP/1.1\r\nX: ", kind="crl")
def test_no_path_does_more_than_be_refused(client, name, kind):
    folder = "crl" if kind == "crl" else "issuers"
    line = b"GET /pki/%s/%s.%s HTTP/1.1" % (folder.encode(), name, kind.encode())

    received = client.send_raw(line + b"\r\nHost: x\r\nConnection: close\r\n\r\n")

    assert received.split(b" ")[1:2] in ([b"404"], [b"400"]), received[:200]
    assert b"Traceback" not in received


def make_the_list_old(example):
    """Let the machine's time pass, as it were, with nobody looking."""
    crl = crls.latest(example.db, "example-issuing")
    with immediate(example.db):
        set_clock_shift(example.db, crl.next_update - example.clock.now())
    assert crls.latest(example.db, "example-issuing").number == crl.number
    return crl.number


def test_a_list_past_its_next_update_is_made_anew_before_it_is_given(client, example):
    number = make_the_list_old(example)

    answer = client.ask(CRL)

    assert number_of(answer) > number
    found = x509.load_der_x509_crl(answer.body)
    assert found.next_update_utc > example.clock.now()
    assert answer.body == crls.latest(example.db, "example-issuing").der


def test_a_turned_clock_gives_a_fresh_list(client, example):
    before = client.ask(CRL)

    turn_clock(example, days=45)
    after = client.ask(CRL)

    assert number_of(after) > number_of(before)
    now = example.clock.now()
    assert x509.load_der_x509_crl(after.body).next_update_utc > now


def test_a_locked_lab_is_unavailable_for_a_moment(example, example_path):
    number = make_the_list_old(example)
    other = sqlite3.connect(example_path)
    other.execute("BEGIN IMMEDIATE")
    # Without the task that runs what is due: it might be quicker than the lock.
    with running(Starlette(routes=routes())) as client:
        locked = client.ask(CRL)
        other.rollback()

        freed = client.ask(CRL)
        client.connection.close()
    other.close()
    close_idle()

    assert locked.status == 503
    assert int(locked.headers["Retry-After"]) > 0
    assert locked.body.startswith(b"the lab was being written to for 2 seconds.")
    assert number_of(freed) > number


def test_a_writer_does_not_keep_anybody_from_a_list_that_is_still_true(
    client, example, example_path
):
    other = sqlite3.connect(example_path)
    other.execute("BEGIN IMMEDIATE")

    answer = client.ask(CRL)
    other.rollback()
    other.close()

    assert answer.status == 200


def test_a_lab_that_nobody_may_read_is_unavailable(example_path):
    other = sqlite3.connect(example_path)
    other.execute("PRAGMA locking_mode = EXCLUSIVE")
    other.execute("BEGIN EXCLUSIVE")
    with running(machine_app()) as client:
        locked = client.ask(CER)
        other.rollback()
        other.close()

        freed = client.ask(CER)
        client.connection.close()

    assert locked.status == 503
    assert freed.status == 200


def test_a_server_without_a_lab_says_so_and_makes_none(client_without_lab, tmp_path):
    answer = client_without_lab.ask(CRL)

    assert answer.status == 404
    assert answer.body.startswith(b"there is no lab on this server yet.")
    assert not (tmp_path / "nowhere").exists()


def test_a_broken_file_is_told_without_its_path(client, example_path, caplog):
    broken = example_path.with_name("broken")
    broken.write_bytes(b"this is no database" * 1000)
    for name in ("-wal", "-shm"):
        example_path.with_name(example_path.name + name).unlink(missing_ok=True)
    broken.replace(example_path)  # the server, at work beside, finds one or the other

    with caplog.at_level(logging.ERROR, "lab.web"):
        answer = client.ask(CER)

    assert answer.status == 503
    assert str(example_path).encode() not in answer.body
    assert str(example_path) in caplog.text


def test_a_damaged_file_is_told_in_a_line(example_path):
    data = bytearray(example_path.read_bytes())
    data[4096:] = b"\xff" * (len(data) - 4096)
    example_path.write_bytes(data)

    # Damaged before it is opened: a connection that is open has pages of its own.
    with running(machine_app()) as client:
        answer = client.ask(CER)
        client.connection.close()

    assert answer.status == 503
    assert answer.body.count(b"\n") == 1
    assert b"Traceback" not in answer.body


def test_a_lab_that_took_the_place_of_another_is_the_one_that_answers(
    client, example, example_path, example_file
):
    before = client.ask(CRL)
    revoke_certificate(example, not_revoked(example), "superseded")
    example.close()
    changed = client.ask(CRL)
    for name in ("", "-wal", "-shm"):
        example_path.with_name(example_path.name + name).unlink(missing_ok=True)
    shutil.copy(example_file, example_path)

    after = client.ask(CRL)

    assert number_of(changed) == number_of(before) + 1
    assert after.body == before.body


def test_a_sealed_lab_still_gives_the_list_that_is_true(
    client_of_sealed_lab, example_path
):
    assert client_of_sealed_lab.ask(CRL).status == 200


def test_a_sealed_lab_without_its_passphrase_cannot_make_a_new_list(
    client_of_sealed_lab, example
):
    make_the_list_old(example)

    answer = client_of_sealed_lab.ask(CRL)

    assert answer.status == 503
    assert answer.body.startswith(b"the private keys of this lab are sealed.")
