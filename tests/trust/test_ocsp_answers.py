"""OCSP answers are judged as RFC 6960 has it, and every failure says why."""

import shutil
import subprocess
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from hypothesis import given
from hypothesis import strategies as st

from lab.errors import BadInputError
from lab.pki.bundles import write_pem
from lab.pki.ocsp import Answer, build_request, cert_id, refusal, sign_answers
from lab.pki.ocsp_answer import read_answer
from lab.trust.judged import words
from lab.trust.ocsp_answers import judge_ocsp
from tests.trust.chains import NOON, key, raw, sign
from tests.trust.ocsp_site import (
    DAY,
    EPOCH,
    HOUR,
    MAKERS,
    OCSP_SIGNING,
    Saying,
    Site,
    by_the_lab,
    by_the_library,
)

SECOND = timedelta(seconds=1)
SENT, OTHER = bytes(range(32)), bytes(reversed(range(32)))


@pytest.fixture(scope="module")
def site():
    return Site(NOON)


@pytest.fixture(params=MAKERS, ids=lambda maker: maker.__name__)
def made(request, site):
    """An answer to a saying, by both makers; the library signs with no other key."""

    def make(saying):
        make = by_the_lab if saying.signing_key else request.param
        return make(site, saying)

    return make


def judged(site, response, **more):
    given = {"certificate": site.leaf, "issuer": site.root, "now": site.now}
    return judge_ocsp(response, **(given | more))


def failures(found):
    return [words(step) for step in found.steps if not step.is_fine]


def told(found):
    return [words(step) for step in found.steps]


# -- what is said ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("saying", "status", "reason", "says"),
    [
        (Saying(), "good", "", "the answer: good"),
        (
            Saying(status="unknown"),
            "unknown",
            "",
            "the answer: unknown; the responder does not know this certificate",
        ),
        (
            Saying(status="revoked"),
            "revoked",
            "",
            "the answer: revoked on 2029-12-31 12:00:00 UTC, without a reason",
        ),
        (
            Saying(status="revoked", reason="keyCompromise"),
            "revoked",
            "keyCompromise",
            "the answer: revoked on 2029-12-31 12:00:00 UTC, keyCompromise",
        ),
        (
            Saying(status="revoked", reason="certificateHold"),
            "on_hold",
            "certificateHold",
            "the answer: revoked on 2029-12-31 12:00:00 UTC, certificateHold",
        ),
        (
            Saying(status="revoked", reason="certificateHold", at=EPOCH),
            "revoked",
            "certificateHold",
            "the answer: revoked; the issuer has never issued this certificate",
        ),
    ],
    ids=["good", "unknown", "no reason", "reason", "hold", "never issued"],
)
def test_a_status_is_read(site, made, saying, status, reason, says):
    found = judged(site, made(saying))

    assert (found.status, found.reason) == (status, reason)
    assert found.is_usable
    assert not failures(found)
    assert told(found)[0] == says
    assert (found.revoked_at is not None) == (saying.status == "revoked")
    assert (found.this_update, found.next_update) == (NOON - HOUR, NOON + HOUR)


@pytest.mark.parametrize("hash_name", ["sha1", "sha256", "sha384", "sha512"])
def test_the_certificate_may_be_named_by_any_hash(site, made, hash_name):
    assert judged(site, made(Saying(hash_name=hash_name))).status == "good"


def test_of_several_statements_the_one_about_the_certificate_counts(site):
    owner, signer = site.signers["delegated"]
    answers = [
        Answer(id=cert_id(site.sibling, site.root), status="revoked", at=NOON - DAY),
        Answer(id=cert_id(site.leaf, site.root), status="good"),
    ]
    response = sign_answers(
        answers,
        signer_certificate=signer,
        signer_key=key(owner),
        certificates=[signer],
        this_update=NOON,
        next_update=NOON + HOUR,
        produced_at=NOON,
    )

    assert judged(site, response).status == "good"
    assert judged(site, response, certificate=site.sibling).status == "revoked"


# -- whom to believe -------------------------------------------------------------------


@pytest.mark.parametrize("with_signer", [True, False])
def test_the_issuer_itself_may_sign(site, made, with_signer):
    found = judged(site, made(Saying(signer="issuer", with_signer=with_signer)))

    assert (found.status, found.model, found.signer) == ("good", "DTM", site.root)
    assert "DTM: Root issued the certificate" in told(found)
    assert "DTM: the key of Root signed it" in told(found)


@pytest.mark.parametrize("signer", ["delegated", "no usage of keys"])
def test_a_signer_that_the_issuer_made_may_sign(site, made, signer):
    name, der = site.signers[signer]

    found = judged(site, made(Saying(signer=signer)))

    assert (found.status, found.model, found.signer) == ("good", "DTM", der)
    assert f"DTM: {name} was issued by Root" in told(found)


@pytest.mark.parametrize(
    ("saying", "why"),
    [
        (Saying(signer="without EKU"), ["Without has not the usage OCSPSigning"]),
        (Saying(signer="any EKU"), ["Any has not the usage OCSPSigning"]),
        (Saying(signer="server"), ["Server has not the usage OCSPSigning"]),
        (
            Saying(signer="wrong usage of keys"),
            ["the key of Wrapper is for keyEncipherment, not for signatures"],
        ),
        (Saying(signer="ended"), ["Ended ended on 2029-12-31 12:00:00 UTC"]),
        (Saying(signer="not begun"), ["Future begins on 2030-01-02 12:00:00 UTC"]),
        (
            Saying(signer="of another CA"),
            ["Foreign was issued by Other Root, not by Root"],
        ),
        (Saying(signer="below"), ["Below was issued by Middle, not by Root"]),
        (Saying(signer="of a namesake"), ["Namesake was issued by Root, not by Root"]),
        (
            Saying(signer="another CA"),
            [
                "Other Root was issued by Other Root, not by Root",
                "Other Root has not the usage OCSPSigning",
                "the key of Other Root is for keyCertSign, cRLSign, not for signatures",
            ],
        ),
        (
            Saying(signing_key="Thief"),
            ["the answer names Delegated as its signer, whose key did not sign it"],
        ),
        (
            Saying(signer="issuer", signing_key="Thief"),
            ["the answer names Root as its signer, whose key did not sign it"],
        ),
    ],
    ids=lambda value: (
        f"{value.signer} {value.signing_key}" if isinstance(value, Saying) else ""
    ),
)
def test_the_first_model_says_why_it_fails(site, made, saying, why):
    found = judged(site, made(saying))

    assert (found.status, found.model) == ("unusable", "")
    assert failures(found) == [
        *(f"DTM: {each}" for each in why),
        "TRP: no certificate is designated",
    ]


def test_a_signer_that_nobody_shows_is_not_found(site, made):
    found = judged(site, made(Saying(with_signer=False)))

    assert found.status == "unusable"
    assert "is neither the issuer, Root, nor among the 0 certificates" in str(
        failures(found)
    )


@pytest.mark.parametrize("with_signer", [True, False])
@pytest.mark.parametrize(
    "signer",
    ["delegated", "without EKU", "server", "of another CA", "another CA", "below"],
)
def test_a_designated_signer_is_believed_whatever_it_is(
    site, made, signer, with_signer
):
    name, der = site.signers[signer]

    found = judged(
        site,
        made(Saying(signer=signer, with_signer=with_signer, status="revoked")),
        trusted_responders=[site.leaf, der],
    )

    assert found.status == "revoked"
    assert found.signer == der
    if signer == "delegated" and with_signer:
        assert found.model == "DTM"
        assert not failures(found)
    else:
        assert found.model == "TRP"
        assert f"TRP: {name} is designated" in told(found)
        assert f"TRP: the key of {name} signed it" in told(found)
        assert failures(found)
        assert all(each.startswith("DTM: ") for each in failures(found))


@pytest.mark.parametrize(
    ("saying", "why"),
    [
        (
            Saying(signer="of another CA"),
            "TRP: the signer, Foreign, is none of the 2 designated certificates",
        ),
        (Saying(signer="ended"), "TRP: Ended ended on 2029-12-31 12:00:00 UTC"),
        (Saying(signer="not begun"), "TRP: Future begins on 2030-01-02 12:00:00 UTC"),
        (
            Saying(signer="server", signing_key="Thief"),
            "TRP: the answer names Server as its signer, whose key did not sign it",
        ),
    ],
    ids=["another", "ended", "not begun", "forged"],
)
def test_the_second_model_says_why_it_fails(site, made, saying, why):
    own = site.signers[saying.signer][1]
    designated = [site.leaf, site.sibling]
    if "none of the" not in why:
        designated.append(own)

    found = judged(site, made(saying), trusted_responders=designated)

    assert (found.status, found.model) == ("unusable", "")
    assert failures(found)[-1] == why
    assert failures(found)[0].startswith("DTM: ")


def test_an_issuer_that_has_ended_speaks_no_more(site, made):
    response = made(Saying(signer="issuer", next_update=400 * DAY))
    end = x509.load_der_x509_certificate(site.root).not_valid_after_utc

    assert judged(site, response, now=end).status == "good"
    assert judged(site, response, now=end + SECOND).status == "unusable"


def test_a_signer_that_may_have_been_revoked_is_remarked(site, made):
    found = judged(site, made(Saying()))

    assert "does not say id-pkix-ocsp-nocheck" in str(told(found))


def test_of_two_certificates_with_one_key_the_good_one_counts(site):
    """A signer that was renewed, with the one before it in the answer as well."""
    owner, new = site.signers["delegated"]
    old = site._made(sign, owner, "Root")
    for certificates in ([old, new], [new, old]):
        response = sign_answers(
            [Answer(id=cert_id(site.leaf, site.root), status="good")],
            signer_certificate=new,
            signer_key=key(owner),
            certificates=certificates,
            this_update=NOON,
            next_update=NOON + HOUR,
            produced_at=NOON,
        )

        found = judged(site, response)

        assert (found.status, found.signer) == ("good", new)
        assert not failures(found)


def test_a_hash_that_can_be_forged_proves_nothing(site):
    """The signature is one of MD5 with RSA, and it is right."""
    rsa_key = rsa.generate_private_key(65537, 2048)
    signer = site._made(
        sign, "RSA", "Root", OCSP_SIGNING, own_key=rsa_key, issuer_key=key("Root")
    )
    response = sign_answers(
        [Answer(id=cert_id(site.leaf, site.root), status="good")],
        signer_certificate=signer,
        signer_key=rsa_key,
        certificates=[signer],
        this_update=NOON,
        next_update=NOON + HOUR,
        produced_at=NOON,
    )
    signed = read_answer(response)
    weak = response.replace(
        signed.signature, rsa_key.sign(signed.signed, PKCS1v15(), hashes.MD5())
    ).replace(signed.algorithm, signed.algorithm.replace(b"\x01\x0b", b"\x01\x04"))

    assert judged(site, response).status == "good"
    found = judged(site, weak)

    assert found.status == "unusable"
    assert failures(found)[0] == (
        "it is signed with md5WithRSAEncryption, which anybody can forge (RFC 6151)"
    )


# -- about what, from when until when --------------------------------------------------


@pytest.mark.parametrize(
    ("saying", "why"),
    [
        (Saying(about="sibling"), "; asked for was the serial number "),
        (Saying(about="foreign", issuer="other_root"), "; asked for was the serial "),
        (Saying(issuer="other_root"), " of another issuer"),
    ],
    ids=["sibling", "foreign", "issuer"],
)
def test_an_answer_about_another_certificate_is_none(site, made, saying, why):
    found = judged(site, made(saying))

    assert found.status == "unusable"
    assert why in str(failures(found))
    assert (found.this_update, found.reason) == (None, "")


@pytest.mark.parametrize(
    ("begin", "end", "status"),
    [
        (-HOUR, timedelta(0), "good"),
        (-HOUR, -timedelta(minutes=5), "good"),
        (-HOUR, -timedelta(minutes=5, seconds=1), "unusable"),
        (timedelta(minutes=5), HOUR, "good"),
        (timedelta(minutes=5, seconds=1), HOUR, "unusable"),
        (-HOUR, None, "good"),
        (-400 * DAY, None, "good"),
        (HOUR, None, "unusable"),
        (-HOUR, -2 * HOUR, "unusable"),
        (timedelta(0), timedelta(0), "good"),
    ],
)
def test_an_answer_holds_for_its_time_and_a_little_more(site, made, begin, end, status):
    found = judged(site, made(Saying(this_update=begin, next_update=end)))

    assert found.status == status


def test_without_a_difference_of_clocks_a_second_decides(site, made):
    response = made(Saying(this_update=-HOUR, next_update=-SECOND))

    stale = judged(site, response, skew=timedelta(0))

    assert stale.status == "unusable"
    assert failures(stale) == [
        "it is stale: it held until 2030-01-01 11:59:59 UTC, "
        "and now is 2030-01-01 12:00:00 UTC"
    ]
    assert judged(site, response, skew=SECOND).status == "good"


def test_everything_that_is_wrong_is_told_at_once(site, made):
    found = judged(
        site,
        made(
            Saying(signer="server", this_update=-9 * DAY, next_update=-DAY, nonce=OTHER)
        ),
        nonce=SENT,
        content_type="text/html",
    )

    assert [each.split(":")[0].split(",")[0] for each in failures(found)] == [
        "the answer calls itself text/html",
        "it is stale",
        "its nonce",
        "DTM",
        "TRP",
    ]


# -- nonces and extensions -------------------------------------------------------------


@pytest.mark.parametrize(
    ("sent", "returned", "status", "says"),
    [
        (SENT, SENT, "good", "it repeats the nonce of 32 bytes that was sent"),
        (SENT, None, "good", "it does not repeat the nonce that was sent: "),
        (None, SENT, "good", "it has a nonce of 32 bytes, though none was sent"),
        (None, None, "good", "the answer: good"),
        (SENT, OTHER, "unusable", "its nonce, 1f1e1d1c1b1a1918…, is not the one"),
        (SENT, SENT[:31], "unusable", "is not the one that was sent"),
        (b"\0" * 32, b"\0" * 31 + b"\1", "unusable", "is not the one that was sent"),
    ],
    ids=["same", "none", "not sent", "neither", "other", "shorter", "nearly"],
)
def test_a_nonce_is_compared(site, made, sent, returned, status, says):
    found = judged(site, made(Saying(nonce=returned)), nonce=sent)

    assert found.status == status
    assert says in "\n".join(told(found))


@pytest.mark.parametrize(("critical", "status"), [(True, "unusable"), (False, "good")])
def test_a_critical_extension_that_nobody_knows_is_refused(site, critical, status):
    response = by_the_library(
        site, Saying(), extensions=[(raw("1.2.3.4", "0500"), critical)]
    )

    found = judged(site, response)

    assert found.status == status
    assert ("1.2.3.4" in str(failures(found))) is critical


# -- answers that are none -------------------------------------------------------------


@pytest.mark.parametrize(
    "status",
    ["malformedRequest", "internalError", "tryLater", "sigRequired", "unauthorized"],
)
def test_a_refusal_is_told_in_words(site, status):
    found = judged(site, refusal(status))

    assert found.status == "unusable"
    [why] = failures(found)
    assert why.startswith(f"the responder answers {status}: ")
    assert not found.model


@pytest.mark.parametrize(
    "response",
    [
        b"",
        b"0",
        b"<html>",
        b"\x30\x03\x0a\x01\x04",
        b"\x30\x03\x0a\x01\x00",
        b"\0" * 999,
    ],
)
def test_what_is_no_answer_is_unusable(site, response):
    found = judged(site, response)

    assert found.status == "unusable"
    assert "are no OCSP response" in failures(found)[0]


def test_another_kind_of_content_is_unusable(site, made):
    found = judged(site, made(Saying()), content_type="")

    assert found.status == "unusable"
    assert failures(found) == [
        "the answer calls itself -, not application/ocsp-response"
    ]


@given(st.data())
def test_no_changed_byte_makes_an_answer_that_is_believed(data):
    """Whatever is changed within what is signed, or in the signature."""
    site = _SITE
    saying, response = data.draw(st.sampled_from(_ANSWERS))
    end = response.find(site.signers[saying.signer][1])  # certificates are not signed
    place = data.draw(st.integers(0, 10_000)) % (end - 10)
    bit = 1 << data.draw(st.integers(0, 7))
    changed = bytearray(response)
    changed[place] ^= bit

    found = judged(site, bytes(changed), nonce=saying.nonce)

    assert found.status in ("unusable", saying.status)
    if found.is_usable:  # what frames the answer may say the same in two ways
        assert _signed_part(bytes(changed)) == _signed_part(response)


_SITE = Site(NOON)
_ANSWERS = [
    (saying, by_the_lab(_SITE, saying))
    for saying in (Saying(nonce=SENT), Saying(signer="issuer", status="revoked"))
]


def _signed_part(response):
    return x509.ocsp.load_der_ocsp_response(response).tbs_response_bytes


@given(st.binary(max_size=400), st.integers(0, 1200))
def test_any_bytes_are_judged_without_a_crash(noise, place):
    response = by_the_lab(_SITE, Saying(nonce=SENT))
    mixed = response[:place] + noise + response[place + len(noise) :]

    for given_bytes in (noise, mixed, response[:place]):
        found = judged(_SITE, given_bytes, trusted_responders=[_SITE.other_root])

        assert found.status in ("good", "unusable")
        assert all(words(step).isprintable() for step in found.steps)


@pytest.mark.parametrize("by_key", [True, False])
def test_a_signer_whose_dates_cannot_be_read_is_nobody(site, by_key):
    signer = site.signers["delegated"][1]
    make = by_the_lab if by_key else by_the_library
    year = f"{site.now - 300 * DAY:%y%m%d%H%M%S}Z".encode()

    found = judged(site, make(site, Saying()).replace(year, b"x" * len(year)))

    assert year in signer
    assert found.status == "unusable"
    assert failures(found)


def test_a_certificate_that_is_none_is_refused(site, made):
    with pytest.raises(BadInputError):
        judged(site, made(Saying()), certificate=b"nothing")
    with pytest.raises(BadInputError):
        judged(site, made(Saying()), issuer=b"nothing")


# -- as openssl judges -----------------------------------------------------------------

_TABLE = {
    "good": Saying(),
    "unknown": Saying(status="unknown"),
    "revoked": Saying(status="revoked", reason="keyCompromise"),
    "hold": Saying(status="revoked", reason="certificateHold"),
    "sha256": Saying(hash_name="sha256"),
    "issuer": Saying(signer="issuer"),
    "issuer alone": Saying(signer="issuer", with_signer=False),
    "delegated, not shown": Saying(with_signer=False),
    "delegated, no usage of keys": Saying(signer="no usage of keys"),
    "without EKU": Saying(signer="without EKU"),
    "any EKU": Saying(signer="any EKU"),
    "server": Saying(signer="server"),
    "ended": Saying(signer="ended"),
    "not begun": Saying(signer="not begun"),
    "of another CA": Saying(signer="of another CA"),
    "below": Saying(signer="below"),
    "of a namesake": Saying(signer="of a namesake"),
    "another CA": Saying(signer="another CA"),
    "forged": Saying(signing_key="Thief"),
    "forged issuer": Saying(signer="issuer", signing_key="Thief"),
    "sibling": Saying(about="sibling"),
    "other issuer": Saying(issuer="other_root"),
    "stale": Saying(this_update=-9 * DAY, next_update=-DAY),
    "future": Saying(this_update=DAY, next_update=2 * DAY),
    "backwards": Saying(this_update=-HOUR, next_update=-2 * HOUR),
    "no end": Saying(next_update=None),
    "nonce": Saying(nonce=SENT),
    "other nonce": Saying(nonce=OTHER),
}


@pytest.fixture(scope="module")
def now_site():
    """`openssl ocsp` judges at the time of the machine, so these are of that."""
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not installed")
    return Site(datetime.now(UTC).replace(microsecond=0))  # noqa: TID251  # openssl does


def _openssl(site, response, folder, designated=(), hash_name="sha1"):
    """What `openssl ocsp` makes of it: a status, or "unusable".

    It puts a nonce of its own into a question about a certificate that it is told, so
    ours is compared in a second run.
    """
    files = {
        "leaf": write_pem([site.leaf]),
        "issuer": write_pem([site.root]),
        "response": response,
        "request": build_request(site.leaf, site.root, nonce=SENT),
        "designated": write_pem(designated),
    }
    for name, content in files.items():
        (folder / name).write_bytes(content)
    shared = ["openssl", "ocsp", "-respin", "response", "-CAfile", "issuer"]
    shared += ["-issuer", "issuer"]
    shared += ["-VAfile", "designated"] if designated else []
    about = ["-no_nonce", f"-{hash_name}", "-cert", "leaf"]
    said = ""
    for more in (about, ["-reqin", "request"]):
        done = subprocess.run(
            [*shared, *more], cwd=folder, capture_output=True, text=True, timeout=60
        )
        said += done.stdout + done.stderr
    usable = (
        said.count("Response verify OK") == 2
        and "Status times invalid" not in said
        and "Nonce Verify error" not in said
        and "No Status found" not in said
    )
    if not usable:
        return "unusable"
    [line] = [each for each in said.splitlines() if each.startswith("leaf: ")]
    status = line.removeprefix("leaf: ")
    return "on_hold" if "certificateHold" in said else status


@pytest.mark.parametrize("maker", MAKERS, ids=lambda maker: maker.__name__)
@pytest.mark.parametrize("designated", [False, True], ids=["DTM", "TRP"])
@pytest.mark.parametrize("saying", _TABLE.values(), ids=_TABLE)
def test_openssl_judges_the_same(now_site, tmp_path, saying, maker, designated):
    response = (by_the_lab if saying.signing_key else maker)(now_site, saying)
    signer = now_site.signers[saying.signer][1]
    trusted = [signer] if designated else []

    theirs = _openssl(now_site, response, tmp_path, trusted, saying.hash_name)

    ours = judged(now_site, response, nonce=SENT, trusted_responders=trusted)
    if designated and saying.signer in ("ended", "not begun"):
        # It does not look at the dates of a designated signer; we do.
        assert (ours.status, theirs) == ("unusable", "good")
    else:
        assert ours.status == theirs, told(ours)


def test_openssl_is_asked_a_table_with_both_outcomes(now_site, tmp_path):
    good = by_the_lab(now_site, Saying())
    bad = by_the_lab(now_site, replace(Saying(), signing_key="Thief"))

    assert _openssl(now_site, good, tmp_path) == "good"
    assert _openssl(now_site, bad, tmp_path) == "unusable"
