"""A client asks over HTTP, and tells what it heard, from whom, and what failed."""

import base64
import threading
import time
from dataclasses import replace
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_network
from urllib.parse import unquote

import pytest
from cryptography import x509
from cryptography.x509.oid import AuthorityInformationAccessOID as Access

from lab.actions.ask_revocation import Asked, Question, ask, get_address, urls_of
from lab.errors import BadInputError
from lab.models import Revoked
from lab.pki.crls import sign_crl
from lab.pki.ocsp import read_request, refusal
from lab.pki.reading import read_certificate
from lab.trust.judged import words
from tests.trust.chains import NOON, OF_A_LEAF, key, leaf, raw
from tests.trust.ocsp_site import HOUR, Saying, Site, by_the_lab

LOOPBACK = (ip_network("127.0.0.0/8"),)
OCSP_TYPE, CRL_TYPE = "application/ocsp-response", "application/pkix-crl"
SECOND = timedelta(seconds=1)
SITE = Site(NOON)


class Web:
    """A server on loopback: paths, what each says, and what it was asked."""

    def __init__(self, base):
        self.base = base
        self.pages = {}
        self.asked = []

    def says(self, path, body, kind=OCSP_TYPE, status=200, **headers):
        """A body, or a function that makes one of what was asked."""
        self.pages[path] = (body, kind, status, headers)
        return self.base + path

    def ocsp(self, path="/ocsp", *, nonce=True, **said):
        """A responder that says this of the leaf."""

        def answer(asked):
            sent = read_request(asked).nonce
            return by_the_lab(SITE, Saying(nonce=sent if nonce else None, **said))

        return self.says(path, answer)

    def crl(self, path="/ca.crl", *revoked, number=5, base=None, freshest="", end=HOUR):
        body = sign_crl(
            issuer_certificate=SITE.root,
            issuer_key=key("Root"),
            number=number,
            base=base,
            this_update=NOON - 2 * HOUR,
            next_update=NOON + end,
            revoked=revoked,
            freshest=freshest,
        )
        return self.says(path, body, CRL_TYPE)


@pytest.fixture
def web():
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            path, _, asked = self.path.partition("/by-get/")
            self._say(path or self.path, base64.b64decode(unquote(asked)))

        def do_POST(self):
            length = int(self.headers["Content-Length"])
            self._say(self.path, self.rfile.read(length))

        def _say(self, path, asked):
            site.asked.append((self.command, path, asked, dict(self.headers)))
            body, kind, status, headers = site.pages.get(path, (b"", "", 404, {}))
            body = body(asked) if callable(body) else body
            self.send_response(status)
            for name, value in {"Content-Type": kind, **headers}.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        site = Web(f"http://127.0.0.1:{server.server_port}")
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        yield site
        server.shutdown()
        thread.join()


def asked(web=None, *, now=NOON, seconds=5, **more):
    given = {"certificate": SITE.leaf, "issuer": SITE.root}
    given |= {"own": web.base} if web else {}
    return ask(Question(**(given | more)), now=now, seconds=seconds)


def revoked(reason="keyCompromise"):
    serial = read_certificate(SITE.leaf).serial
    return Revoked(serial=serial, at=NOON - HOUR, reason=reason)


def told(found):
    return [words(step) for step in found.steps]


def failures(found):
    return [words(step) for step in found.steps if not step.is_fine]


# -- one question ----------------------------------------------------------------------


@pytest.mark.parametrize("how", ["POST", "GET"])
@pytest.mark.parametrize("use_nonce", [True, False])
@pytest.mark.parametrize("hash_name", ["sha1", "sha256"])
def test_a_responder_is_asked(web, how, use_nonce, hash_name):
    url = web.ocsp() + ("/by-get" if how == "GET" else "")

    found = asked(
        web, ocsp_urls=(url,), how=how, use_nonce=use_nonce, hash_name=hash_name
    )

    [(method, path, request, headers)] = web.asked
    assert (method, path, request) == (how, "/ocsp", found.request)
    assert headers.get("Content-Type") == (
        "application/ocsp-request" if how == "POST" else None
    )
    sent = read_request(request)
    assert sent.ids[0].hash_name == hash_name
    assert sent.nonce is None if not use_nonce else len(sent.nonce) == 32
    assert (found.status, found.method, found.url) == ("good", "OCSP", url)
    assert (found.model, found.signer) == ("DTM", SITE.signers["delegated"][1])
    assert (found.http_status, found.content_type) == (200, OCSP_TYPE)
    assert (found.address, found.milliseconds >= 0) == ("127.0.0.1", True)
    assert found.response
    assert ("Content-Type", OCSP_TYPE) in found.headers
    assert (found.this_update, found.next_update) == (NOON - HOUR, NOON + HOUR)
    assert not failures(found)
    assert (
        f"answers a {how} with HTTP 200: {len(found.response)} bytes of"
        in (told(found)[0])
    )


def test_no_nonce_is_sent_twice(web):
    url = web.ocsp()

    for _ in range(5):
        asked(web, ocsp_urls=(url,))

    assert len({read_request(request).nonce for _, _, request, _ in web.asked}) == 5


@pytest.mark.parametrize(
    ("said", "status"),
    [
        ({}, "good"),
        ({"status": "unknown"}, "unknown"),
        ({"status": "revoked", "reason": "superseded"}, "revoked"),
        ({"status": "revoked", "reason": "certificateHold"}, "on_hold"),
    ],
    ids=["good", "unknown", "revoked", "hold"],
)
def test_what_a_responder_says_is_the_status(web, said, status):
    found = asked(web, ocsp_urls=(web.ocsp(**said),))

    assert (found.status, found.cluster_status) == (status, status)
    assert found.reason == said.get("reason", "")


def test_a_crl_is_read(web):
    good = asked(web, methods=("CRL",), crl_urls=(web.crl(),))
    bad = asked(web, methods=("CRL",), crl_urls=(web.crl("/b.crl", revoked()),))

    assert (good.status, good.method, good.request) == ("good", "CRL", None)
    assert (bad.status, bad.reason) == ("revoked", "keyCompromise")
    assert bad.revoked_at == NOON - HOUR
    assert good.response.startswith(b"\x30")
    assert web.asked[0][:2] == ("GET", "/ca.crl")


# -- answers of no use -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("said", "why"),
    [
        (
            (b"no", "text/html", 500),
            "answers a POST with HTTP 500: 2 bytes of text/html",
        ),
        ((b"", "", 404), "answers a POST with HTTP 404: 0 bytes of -"),
        ((b"", OCSP_TYPE, 200), "0 bytes that begin with nothing are no OCSP response"),
        (
            (b"<html>", OCSP_TYPE, 200),
            "6 bytes that begin with 3c 68 74 6d 6c 3e are no",
        ),
        (
            (refusal("tryLater"), OCSP_TYPE, 200),
            "the responder answers tryLater: it can",
        ),
        ((b"x" * 300_000, OCSP_TYPE, 200), "sends more than an answer may have"),
    ],
    ids=["500", "404", "nothing", "HTML", "tryLater", "too much"],
)
def test_an_answer_of_no_use_is_kept_and_says_why(web, said, why):
    found = asked(web, ocsp_urls=(web.says("/ocsp", *said),))

    assert (found.status, found.cluster_status) == ("unusable", "unknown")
    assert (found.method, found.model) == ("OCSP", "")
    assert why in failures(found)[0]
    if "more than" not in why:
        assert found.response == said[0]


def test_another_kind_of_content_is_of_no_use(web):
    url = web.ocsp()
    web.pages["/ocsp"] = (web.pages["/ocsp"][0], "text/plain", 200, {})

    found = asked(web, ocsp_urls=(url,))

    assert found.status == "unusable"
    assert failures(found) == [
        "the answer calls itself text/plain, not application/ocsp-response"
    ]


def test_a_nonce_that_is_not_repeated_is_remarked(web):
    found = asked(web, ocsp_urls=(web.ocsp(nonce=False),))

    assert found.status == "good"
    assert "it does not repeat the nonce that was sent" in str(told(found))


def test_an_answer_to_another_question_is_of_no_use(web):
    old = by_the_lab(SITE, Saying(nonce=b"\1" * 32))

    found = asked(web, ocsp_urls=(web.says("/ocsp", old),))

    assert found.status == "unusable"
    assert "its nonce, 0101010101010101…, is not the one that was sent" in str(
        failures(found)
    )


# -- nobody answers --------------------------------------------------------------------


def test_a_silent_responder_is_left_in_time(web):
    def sleep(_):
        time.sleep(1.5)
        return b""

    began = time.monotonic()
    found = asked(web, ocsp_urls=(web.says("/ocsp", sleep),), seconds=0.4)

    assert time.monotonic() - began < 1.4
    assert (found.status, found.cluster_status) == ("unreachable", "unreachable")
    assert (found.method, found.response, found.http_status) == ("OCSP", None, None)
    assert found.request
    assert "gives no answer within 0.4 seconds" in failures(found)[0]


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("https://pki.example/ocsp", "is an https address"),
        ("ldap:///CN=Root?certificateRevocationList", "no address that can be asked"),
        ("http://me@pki.example/", "names a user"),
        ("http://169.254.169.254/ocsp", "may not speak to that"),
        ("http://127.0.0.1/ocsp", "may not speak to that"),
        ("nonsense\r\nX: y", "no address that can be asked"),
    ],
)
@pytest.mark.parametrize("method", ["OCSP", "CRL"])
def test_an_address_that_is_not_asked_says_why(url, why, method):
    found = asked(methods=(method,), ocsp_urls=(url,), crl_urls=(url,))

    assert (found.status, found.method, found.url) == ("unreachable", method, url)
    assert why in failures(found)[0]


def test_the_next_address_is_asked(web):
    silent = "http://127.0.0.1:1/ocsp"
    broken, good = web.says("/broken", b"<html>"), web.ocsp()
    never = web.ocsp("/never", status="unknown")

    found = asked(web, ocsp_urls=(silent, broken, good, never), allowed=LOOPBACK)

    assert (found.status, found.url) == ("good", good)
    assert [path for _, path, _, _ in web.asked] == ["/broken", "/ocsp"]
    assert [each.split(" ")[0] for each in failures(found)] == ["127.0.0.1:1", "6"]


def test_an_unknown_ends_the_questions_of_a_method(web):
    unknown, good = web.ocsp(status="unknown"), web.ocsp("/second")

    assert asked(web, ocsp_urls=(unknown, good)).status == "unknown"
    assert len(web.asked) == 1


def test_of_several_failures_the_one_that_says_most_is_told(web):
    silent, broken = "http://127.0.0.1:1/ocsp", web.says("/broken", b"<html>")

    for urls in ((silent, broken), (broken, silent)):
        found = asked(web, ocsp_urls=urls, allowed=LOOPBACK)

        assert (found.status, found.url) == ("unusable", broken)
        assert len(failures(found)) == 2


# -- nobody is asked -------------------------------------------------------------------


def test_an_expired_certificate_is_a_state_of_its_own(web):
    end = read_certificate(SITE.leaf).not_after
    question = {"ocsp_urls": (web.ocsp(status="revoked"),)}

    assert asked(web, now=end, **question).status != "expired"
    web.asked.clear()
    found = asked(web, now=end + SECOND, **question)

    assert (found.status, found.cluster_status) == ("expired", "expired")
    assert (found.method, found.url) == ("", "")
    assert "and nobody is asked" in failures(found)[0]
    assert not web.asked


def test_without_the_issuer_nobody_can_be_asked(web):
    found = asked(web, issuer=None, ocsp_urls=(web.ocsp(),))

    assert (found.status, found.method) == ("unknown", "")
    assert failures(found) == [
        "the issuer, Root, is not at hand, so nobody can be asked"
    ]
    assert not web.asked


@pytest.mark.parametrize("methods", [(), ("OCSP",), ("CRL",), ("OCSP", "CRL")])
def test_without_an_address_nobody_is_asked(methods):
    found = asked(methods=methods)

    assert (found.status, found.method) == ("unknown", "")
    assert failures(found) == [
        f"{method}: there is no address to ask at" for method in methods
    ]


@pytest.mark.parametrize(
    ("addresses", "method"),
    [
        ({"crl_urls": ("http://127.0.0.1:1/c",)}, "CRL"),
        ({"ocsp_urls": ("http://127.0.0.1:1/o",)}, "OCSP"),
    ],
)
def test_who_was_asked_in_vain_is_told_rather_than_that_another_was_not(
    addresses, method
):
    found = asked(methods=("OCSP", "CRL"), allowed=LOOPBACK, **addresses)

    assert (found.status, found.method) == ("unreachable", method)
    assert len(failures(found)) == 2


def test_what_is_no_certificate_is_refused(web):
    with pytest.raises(BadInputError):
        asked(web, certificate=b"nothing", ocsp_urls=(web.ocsp(),))
    with pytest.raises(BadInputError):
        asked(web, issuer=b"nothing", ocsp_urls=(web.ocsp(),))


# -- two methods -----------------------------------------------------------------------

_OCSP = {
    "good": {},
    "revoked": {"status": "revoked"},
    "hold": {"status": "revoked", "reason": "certificateHold"},
    "unknown": {"status": "unknown"},
    "unusable": {"signing_key": "Thief"},
    "silent": None,
}


@pytest.mark.parametrize(
    ("ocsp", "crl", "status", "method"),
    [
        ("good", "revoked", "good", "OCSP"),
        ("revoked", "good", "revoked", "OCSP"),
        ("hold", "good", "on_hold", "OCSP"),
        ("unknown", "good", "good", "CRL"),
        ("unknown", "revoked", "revoked", "CRL"),
        ("unknown", "hold", "on_hold", "CRL"),
        ("unknown", "stale", "unknown", "OCSP"),
        ("unknown", "silent", "unknown", "OCSP"),
        ("unusable", "good", "good", "CRL"),
        ("unusable", "revoked", "revoked", "CRL"),
        ("unusable", "stale", "unusable", "OCSP"),
        ("unusable", "silent", "unusable", "OCSP"),
        ("silent", "good", "good", "CRL"),
        ("silent", "revoked", "revoked", "CRL"),
        ("silent", "stale", "unusable", "CRL"),
        ("silent", "silent", "unreachable", "OCSP"),
    ],
)
def test_what_ocsp_does_not_decide_the_crl_does(web, ocsp, crl, status, method):
    silent = "http://127.0.0.1:1/"
    said = _OCSP[ocsp]
    lists = {"revoked": [revoked()], "hold": [revoked("certificateHold")]}
    end = -HOUR if crl == "stale" else HOUR

    found = asked(
        web,
        methods=("OCSP", "CRL"),
        ocsp_urls=(silent if said is None else web.ocsp(**said),),
        crl_urls=(
            silent if crl == "silent" else web.crl("/c", *lists.get(crl, []), end=end),
        ),
        allowed=LOOPBACK,
    )

    assert (found.status, found.method) == (status, method)
    is_read = ocsp in ("unknown", "unusable", "silent") and crl != "silent"
    assert ("/c" in [path for _, path, _, _ in web.asked]) is is_read
    if ocsp in ("unusable", "silent"):
        assert failures(found)


def test_the_steps_of_both_methods_are_told_in_order(web):
    found = asked(
        web,
        methods=("OCSP", "CRL"),
        ocsp_urls=(web.ocsp(status="unknown"),),
        crl_urls=(web.crl(),),
    )

    assert told(found)[0].startswith(f"{web.base}/ocsp answers a POST")
    assert "the answer: unknown; the responder does not know this certificate" in (
        told(found)
    )
    assert told(found)[-1].startswith("the CRL holds from")


# -- whom to believe -------------------------------------------------------------------


def test_the_second_trust_model_is_tried_and_the_first_says_why_it_failed(web):
    name, der = SITE.signers["of another CA"]
    url = web.ocsp(signer="of another CA", status="revoked")

    without = asked(web, ocsp_urls=(url,))
    found = asked(web, ocsp_urls=(url,), trusted_responders=(SITE.other_root, der))

    assert (without.status, without.model) == ("unusable", "")
    assert "TRP: no certificate is designated" in failures(without)
    assert (found.status, found.model, found.signer) == ("revoked", "TRP", der)
    assert failures(found) == [f"DTM: {name} was issued by Other Root, not by Root"]
    assert f"TRP: {name} is designated" in told(found)


# -- addresses -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "status"),
    [
        ({}, "unreachable"),
        ({"own": "{base}"}, "good"),
        ({"own": "{base}/dashboard/"}, "good"),
        ({"own": "http://127.0.0.1:1"}, "unreachable"),
        ({"allowed": LOOPBACK}, "good"),
        ({"allowed_configured": LOOPBACK}, "unreachable"),
        ({"allowed_configured": LOOPBACK, "configured": True}, "good"),
        ({"allowed": LOOPBACK, "configured": True}, "unreachable"),
        ({"own": "{base}", "configured": True}, "good"),
    ],
)
@pytest.mark.parametrize("method", ["OCSP", "CRL"])
def test_who_wrote_an_address_decides_where_it_may_lead(web, given, status, method):
    given = dict(given)
    if "own" in given:
        given["own"] = given["own"].format(base=web.base)
    configured = given.pop("configured", False)

    found = asked(
        methods=(method,),
        ocsp_urls=(web.ocsp(),),
        crl_urls=(web.crl(),),
        ocsp_configured=configured,
        crl_configured=configured,
        **given,
    )

    assert found.status == status
    assert len(web.asked) == (status == "good")


def test_a_redirect_is_told(web):
    good = web.ocsp("/new")
    url = web.says("/old", b"", "", 308, Location="/new")

    found = asked(web, ocsp_urls=(url,))

    assert found.status == "good"
    assert told(found)[0] == f"{url} sends on"
    assert told(found)[1].startswith(f"{good} answers a POST")


def test_a_redirect_to_a_forbidden_address_is_not_followed(web):
    url = web.says("/old", b"", "", 307, Location="http://169.254.169.254/")

    found = asked(web, ocsp_urls=(url,))

    assert found.status == "unreachable"
    assert "may not speak to that" in failures(found)[0]


# -- deltas ----------------------------------------------------------------------------


def test_a_delta_that_the_list_names_is_read(web):
    delta = web.crl("/delta.crl", revoked(), number=6, base=5)
    full = web.crl(freshest=delta)

    found = asked(web, methods=("CRL",), crl_urls=(full,))

    assert found.status == "revoked"
    assert [path for _, path, _, _ in web.asked] == ["/ca.crl", "/delta.crl"]
    assert found.delta == web.pages["/delta.crl"][0]
    assert "the delta CRL starts from number 5" in told(found)


def test_a_delta_that_the_certificate_names_is_read(web):
    delta = web.crl("/delta.crl", revoked(), number=6, base=5)

    found = asked(web, methods=("CRL",), crl_urls=(web.crl(),), freshest_urls=(delta,))

    assert found.status == "revoked"


@pytest.mark.parametrize(
    ("delta", "why"),
    [
        ("http://127.0.0.1:1/delta.crl", "may not speak to that"),
        ("{base}/nowhere.crl", "answers a GET with HTTP 404"),
        ("ldap://x/", "no address that can be asked"),
    ],
)
def test_without_its_delta_a_list_is_used_alone(web, delta, why):
    full = web.crl("/ca.crl", revoked(), freshest=delta.format(base=web.base))

    found = asked(web, methods=("CRL",), crl_urls=(full,))

    assert (found.status, found.delta) == ("revoked", None)
    assert why in failures(found)[0]


def test_the_next_delta_is_tried(web):
    delta = web.crl("/delta.crl", revoked(), number=6, base=5)
    full = web.crl(freshest=delta)

    found = asked(
        web,
        methods=("CRL",),
        crl_urls=(full,),
        freshest_urls=(web.base + "/nowhere", delta),
    )

    assert found.status == "revoked"
    assert [path for _, path, _, _ in web.asked] == [
        "/ca.crl",
        "/nowhere",
        "/delta.crl",
    ]


# -- where a certificate says to ask ---------------------------------------------------


def test_the_addresses_of_a_certificate_are_found():
    def uri(text):
        return x509.UniformResourceIdentifier(text)

    def point(*urls, issuer=None, reasons=None):
        names = [uri(url) for url in urls]
        return x509.DistributionPoint(names, None, reasons, issuer)

    other = [x509.DirectoryName(x509.Name([]))]
    some = frozenset([x509.ReasonFlags.key_compromise])
    certificate = leaf(
        "Root",
        *OF_A_LEAF,
        x509.AuthorityInformationAccess(
            [
                x509.AccessDescription(Access.OCSP, uri("http://a.example/1")),
                x509.AccessDescription(Access.CA_ISSUERS, uri("http://a.example/ca")),
                x509.AccessDescription(Access.OCSP, x509.DNSName("a.example")),
                x509.AccessDescription(Access.OCSP, uri("http://a.example/2")),
            ]
        ),
        x509.CRLDistributionPoints(
            [
                point("ldap:///x", "http://a.example/a.crl"),
                point("http://a.example/other.crl", issuer=other),
                point("http://a.example/some.crl", reasons=some),
                point("http://a.example/b.crl"),
            ]
        ),
        x509.FreshestCRL([point("http://a.example/delta.crl")]),
    )

    assert urls_of(certificate) == (
        ("http://a.example/1", "http://a.example/2"),
        ("ldap:///x", "http://a.example/a.crl", "http://a.example/b.crl"),
        ("http://a.example/delta.crl",),
    )


def test_a_certificate_that_says_nothing_has_no_addresses():
    assert urls_of(SITE.leaf) == ((), (), ())


def test_an_extension_that_cannot_be_read_says_nothing():
    broken = leaf("Root", *OF_A_LEAF, raw("2.5.29.31", "ff00"))

    assert urls_of(broken) == ((), (), ())
    with pytest.raises(BadInputError):
        urls_of(b"nothing")


@pytest.mark.parametrize("url", ["http://a.example/ocsp", "http://a.example/ocsp/"])
def test_a_question_by_get_is_one_segment_of_the_path(url):
    request = b"\xfb\xff\xfe" * 10

    address = get_address(url, request)

    path = address.removeprefix("http://a.example/ocsp/")
    assert "/" not in path
    assert base64.b64decode(unquote(path)) == request


def test_an_answer_of_no_use_leaves_a_cluster_without_knowledge():
    for status in ("good", "revoked", "on_hold", "unknown", "unreachable", "expired"):
        assert Asked(status=status).cluster_status == status
    assert replace(Asked(status="good"), status="unusable").cluster_status == "unknown"
