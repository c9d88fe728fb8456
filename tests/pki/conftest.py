from datetime import UTC, datetime, timedelta
from pathlib import Path
from shutil import which
from subprocess import run

import pytest

from lab.models import KeySpec, SubjectFields
from lab.pki.certificates import (
    IssuerUrls,
    build_issuing,
    build_leaf,
    build_lsc,
    build_mic,
    build_ocsp_signer,
    build_root,
    build_self_signed,
)
from lab.pki.keys import make_key

START = datetime(2030, 1, 1, tzinfo=UTC)
END = START + timedelta(days=5 * 365, seconds=-1)
DATES = {"not_before": START, "not_after": END}
URLS = IssuerUrls(
    crl="http://127.0.0.1:8501/pki/crl/issuing.crl",
    ca_issuers="http://127.0.0.1:8501/pki/issuers/issuing.cer",
    ocsp="http://127.0.0.1:8501/pki/ocsp",
)
SERVER = ("digitalSignature", "keyEncipherment", "dataEncipherment")
BOTH = ("serverAuth", "clientAuth")
KINDS = (
    "root",
    "issuing",
    "ocsp_signer",
    "self_signed_rsa",
    "self_signed_ec",
    "self_signed_capf",
    "leaf_rsa",
    "leaf_ec",
    "leaf_capf",
    "lsc",
    "mic",
)


def fields(common_name, **more):
    return SubjectFields(
        common_name=common_name,
        **{"country": "JP", "organization": "例示株式会社"} | more,
    )


@pytest.fixture(scope="session")
def ec_keys():
    """Four P-256 keys: root, issuing, node and phone."""
    return [make_key(KeySpec(type="EC", size=256)) for _ in range(4)]


@pytest.fixture(scope="session")
def rsa_key():
    return make_key(KeySpec(type="RSA", size=2048))


@pytest.fixture(scope="session")
def root(ec_keys):
    """A root CA; its key is the first one."""
    return build_root(subject=fields("Lab Root"), key=ec_keys[0], **DATES)


@pytest.fixture(scope="session")
def issuing(root, ec_keys):
    """An issuing CA below the root; its key is the second one."""
    return build_issuing(
        subject=fields("Lab Issuing"),
        public_key=ec_keys[1].public_key(),
        issuer_certificate=root,
        issuer_key=ec_keys[0],
        urls=URLS,
        **DATES,
    )


@pytest.fixture(scope="session")
def sign_leaf(issuing, ec_keys):
    """Have the issuing CA sign a leaf; what differs is given by name."""

    def sign(**changed):
        return build_leaf(
            **{
                "subject": fields("pub.uc.example"),
                "public_key": ec_keys[2].public_key(),
                "issuer_certificate": issuing,
                "issuer_key": ec_keys[1],
                "alternative_names": ("pub.uc.example", "10.0.0.1"),
                "key_usage": SERVER,
                "extended_key_usage": BOTH,
                "urls": URLS,
            }
            | DATES
            | changed
        )

    return sign


@pytest.fixture(scope="session")
def sign_itself():
    """Make a self-signed certificate as a node does."""

    def sign(key, **changed):
        return build_self_signed(
            **{
                "subject": fields("pub.uc.example", organizational_unit="Voice"),
                "key": key,
                "key_usage": SERVER,
                "extended_key_usage": BOTH,
            }
            | DATES
            | changed
        )

    return sign


@pytest.fixture(scope="session")
def leaf(sign_leaf):
    return sign_leaf()


@pytest.fixture(scope="session")
def made(root, issuing, leaf, sign_leaf, sign_itself, ec_keys, rsa_key):
    """One certificate of every kind the lab makes, by name of the kind."""
    below = {"issuer_certificate": issuing, "issuer_key": ec_keys[1]}
    phone = ec_keys[3].public_key()
    capf = sign_itself(
        ec_keys[2],
        subject=fields("CAPF-1a2b3c4d"),
        key_usage=("digitalSignature", "keyCertSign"),
    )
    return {
        "root": root,
        "issuing": issuing,
        "ocsp_signer": build_ocsp_signer(
            subject=fields("Lab OCSP"), public_key=phone, **below, **DATES
        ),
        "self_signed_rsa": sign_itself(rsa_key),
        "self_signed_ec": sign_itself(ec_keys[2], alternative_names=["pub.uc.example"]),
        "self_signed_capf": capf,
        "leaf_rsa": sign_leaf(public_key=rsa_key.public_key()),
        "leaf_ec": leaf,
        "leaf_capf": sign_leaf(
            is_ca=True, key_usage=("digitalSignature", "keyCertSign")
        ),
        "lsc": build_lsc(
            subject=fields("SEP001122334455"),
            public_key=phone,
            issuer_certificate=capf,
            issuer_key=ec_keys[2],
            **DATES,
        ),
        "mic": build_mic(
            subject=fields("CP-8845-SEP001122334455"),
            public_key=rsa_key.public_key(),
            device="PID:CP-8845 SN:FCH12345678",
            **below,
            **DATES,
        ),
    }


@pytest.fixture(scope="session")
def openssl(tmp_path_factory):
    """Run openssl: arguments in, (exit status, output) out; bytes become files."""
    program = which("openssl")
    if program is None:
        pytest.skip("openssl is not on the PATH")
    folder = Path(tmp_path_factory.mktemp("openssl"))

    def call(*arguments):
        words = []
        for number, argument in enumerate(arguments):
            if isinstance(argument, bytes):
                path = folder / str(number)
                path.write_bytes(argument)
                argument = str(path)
            words.append(argument)
        done = run([program, *words], capture_output=True, text=True, check=False)
        return done.returncode, done.stdout + done.stderr

    return call


@pytest.fixture(params=KINDS)
def kind(request):
    """Each kind of certificate that the lab makes, one after another."""
    return request.param


@pytest.fixture(scope="session")
def dates():
    """The validity of everything here, as the builders want it."""
    return DATES


@pytest.fixture(scope="session")
def urls():
    return URLS
