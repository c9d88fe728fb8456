import base64
import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lab.errors import BadInputError
from lab.models import SubjectFields
from lab.pki.bundles import write_pem
from lab.pki.files import Contents, Piece, read_file
from lab.pki.requests import build_request, request_pem

PUB = "pub.uc.example"


def pem(*ders):
    return write_pem(ders).decode()


@pytest.fixture(scope="module")
def csr(ec_keys):
    der = build_request(
        subject=SubjectFields(common_name="x"),
        key=ec_keys[0],
        key_usage=("digitalSignature",),
        extended_key_usage=(),
    )
    return request_pem(der).decode()


@pytest.fixture(scope="module")
def snapshot(leaf, issuing, root, csr):
    """What `GET /snapshot/server` answers (facts §9)."""
    return {
        "trackingId": "1f0c",
        "server": PUB,
        "identities": [
            {"service": "tomcat", "certificate": pem(leaf), "csr": csr},
            {"service": "CallManager", "certificate": pem(issuing), "csr": None},
        ],
        "trusts": [
            {
                "service": "tomcat",
                "certificate_data": [
                    {"filename": "root.pem", "certificate": pem(root)},
                    {"filename": "issuing.pem", "certificate": pem(issuing)},
                ],
            },
            {
                "service": "CallManager-trust",
                "certificate_data": [{"filename": "r.pem", "certificate": pem(root)}],
            },
        ],
        "revokedCertificates": [],
    }


@pytest.fixture(scope="module")
def pieces(leaf, issuing, root):
    return [
        Piece(leaf, "tomcat", PUB, ""),
        Piece(issuing, "CallManager", PUB, ""),
        Piece(root, "tomcat-trust", PUB, "root.pem"),
        Piece(issuing, "tomcat-trust", PUB, "issuing.pem"),
        Piece(root, "CallManager-trust", PUB, "r.pem"),
    ]


def read(value):
    data = value if isinstance(value, bytes) else json.dumps(value).encode()
    return list(read_file(data))


def refusal_of(value):
    with pytest.raises(BadInputError) as refused:
        read(value)
    assert refused.value.hint.endswith(".")
    return str(refused.value)


# -- What is read ---------------------------------------------------------------------


def test_a_snapshot_says_where_each_certificate_is(snapshot, pieces):
    contents = Contents()

    found = list(read_file(json.dumps(snapshot).encode(), contents=contents))

    assert found == pieces
    assert contents == Contents(format="snapshot", requests=1)


def test_snapshots_of_several_nodes_come_one_after_another(snapshot, pieces):
    other = snapshot | {"server": "sub.uc.example"}

    found = read([snapshot, other])

    assert found[:5] == pieces
    assert found[5:] == [piece._replace(node="sub.uc.example") for piece in pieces]


def test_the_other_answers_are_read_too(leaf, root):
    text = pem(leaf)
    one = {"service": "tomcat", "certificate": text}
    here = Piece(leaf, "tomcat")
    for answer, expected in (
        (one, [here]),
        ([one, one], [here, here]),
        ({"identities": [one]}, [here]),
        ({"certificates": [{"certificate": text}]}, [Piece(leaf)]),
        ({"certificates": [text, pem(root)]}, [Piece(leaf), Piece(root)]),
        ([{"certificate": text, "filename": "a.pem"}], [Piece(leaf, "", "", "a.pem")]),
        (
            {"service": ["tomcat"], "certificate_data": [text]},
            [Piece(leaf, "tomcat-trust")],
        ),
        ({"trusts": [{"certificate_data": [{"certificate": text}]}]}, [Piece(leaf)]),
        ({"certificate": pem(leaf, root)}, [Piece(leaf), Piece(root)]),
        ({"certificate": base64.b64encode(leaf).decode()}, [Piece(leaf)]),
        ({"certificate": text.replace("\n", "\r\n")}, [Piece(leaf)]),
    ):
        assert read(answer) == expected


@pytest.mark.parametrize(
    "change",
    [
        lambda data: b"\xef\xbb\xbf" + data,
        lambda data: data.decode().encode("utf-16"),
        lambda data: b"\r\n\t " + data + b"\n",
        lambda data: json.dumps(json.loads(data), indent=2).encode(),
    ],
    ids=["BOM", "UTF-16", "white space", "indented"],
)
def test_it_is_read_however_it_was_saved(snapshot, pieces, change):
    assert read(change(json.dumps(snapshot).encode())) == pieces


def test_what_else_is_in_it_does_not_matter(leaf):
    extra = {"expires": 12, "tags": [None, {"a": 1.5}], "自由": True}

    assert read({"server": None, "certificate": pem(leaf), **extra}) == [Piece(leaf)]


def test_a_request_without_a_certificate_is_only_counted(leaf, csr):
    contents = Contents()
    data = {
        "identities": [
            {"service": "tomcat", "csr": csr},
            {"service": "CAPF", "csr": csr, "certificate": ""},
            {"service": "ipsec", "certificate": pem(leaf)},
        ]
    }

    found = list(read_file(json.dumps(data).encode(), contents=contents))

    assert found == [Piece(leaf, "ipsec")]
    assert contents.requests == 2


# -- What is refused ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("broken", "reason"),
    [
        ({"certificate": "-----BEGIN CERTIFICATE-----\nMII"}, "has no end"),
        ({"certificate": 7}, "not text in PEM"),
        ({"certificate": None}, "not text in PEM"),
        ({"certificate": ["x"]}, "not text in PEM"),
        ({"certificate": "証明書"}, "not text in PEM"),
        ({"certificate": "\ud800"}, "not text in PEM"),
        ({"certificate": "hello"}, "there is no certificate"),
        ({"certificate": "MAA="}, "there is no certificate"),
        ({"service": 7}, "a name in it is no name: 7"),
        ({"service": "\ud800"}, "a name in it is no name: '\\ud800'"),
        ({"service": "a\nb"}, "a name in it is no name"),
        ({"service": "a" * 300}, "a name in it is no name"),
        ({"service": {"a": "b"}}, "a name in it is no name"),
    ],
)
def test_a_broken_entry_is_refused_alone(leaf, root, broken, reason):
    whole = {"service": "tomcat", "certificate": pem(leaf)}

    first, refusal, last = read([whole, whole | broken, whole])

    assert first == last == Piece(leaf, "tomcat")
    assert isinstance(refusal, BadInputError)
    assert str(refusal).startswith("certificate 2 of the snapshot: ")
    assert reason in str(refusal)
    assert refusal.hint.endswith(".")


def test_no_shape_of_an_entry_breaks_the_rest(leaf):
    odd = [None, 7, "x", [], {}, [[]], True]
    data = {
        "identities": [*odd, {"certificate": pem(leaf)}],
        "certificates": odd,
        "trusts": [*odd, {"certificate_data": odd}, {"certificate_data": 7}],
    }

    found = read([data, *odd])

    assert [part for part in found if isinstance(part, Piece)] == [Piece(leaf)]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"{}", "there is no certificate in the JSON"),
        (b"[]", "there is no certificate in the JSON"),
        (b'{"identities": {}, "trusts": 7}', "there is no certificate in the JSON"),
        (b'{"server": "a",\n "identities": [', "the JSON is broken in line 2"),
        (b'{"a": 1} {"b": 2}', "the JSON is broken in line 1"),
        (b'{"a": NaN}', "the JSON has a value that JSON does not have"),
        (b'{"a": -Infinity}', "the JSON has a value that JSON does not have"),
        (b'{"a": ' + b"9" * 5000 + b"}", "the JSON has a value that JSON"),
        (b'{"a": "\xff"}', "the JSON has a value that JSON does not have"),
        (b'{"a": 1, "a": 2}', "an object of the JSON has the same name twice"),
        (b'{"a": ' + b"[" * 100_000, "the JSON is nested too deep"),
        (b'{"a":' * 100_000, "the JSON is nested too deep"),
        (
            b"[" + b"[]," * 600_000 + b"[]]",
            "the JSON has 1200002 parts; at most 1000000",
        ),
    ],
)
def test_what_is_no_snapshot_is_refused(data, message):
    assert message in refusal_of(data)


def test_text_that_opens_with_a_bracket_is_no_json(leaf):
    for before in (b"[ root ]\n", b"{ see below }\n", b"[1]\n"):
        assert read(before + write_pem([leaf])) == [Piece(leaf)]


json_values = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                [
                    "identities",
                    "trusts",
                    "certificates",
                    "certificate",
                    "certificate_data",
                    "service",
                    "server",
                    "filename",
                    "csr",
                ]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(json_values)
def test_any_json_is_read_or_refused(value):
    with suppress(BadInputError):
        for part in read({"server": value, "identities": [value], "trusts": value}):
            assert isinstance(part, Piece | BadInputError)


@given(data=st.data())
def test_a_damaged_snapshot_is_read_or_refused(data, snapshot):
    whole = json.dumps(snapshot).encode()
    at = data.draw(st.integers(0, len(whole) - 1))
    patch = data.draw(st.binary(max_size=4))
    gone = data.draw(st.integers(0, 60))

    with suppress(BadInputError):
        for part in read(whole[:at] + patch + whole[at + gone :]):
            assert isinstance(part, Piece | BadInputError)
