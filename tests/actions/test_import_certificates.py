import base64
import contextlib
import os
import warnings
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    pkcs12,
)
from cryptography.x509.oid import NameOID
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lab.actions import import_certificates as module
from lab.actions.import_certificates import (
    Assignment,
    files_under,
    import_certificates,
    preview_import,
)
from lab.errors import BadInputError, LabError, RuleError
from lab.models import Chain, KeySpec, PartyKind, SubjectFields, Usage
from lab.pki.bundles import MAX_FILE_BYTES, write_pem, write_pkcs7
from lab.pki.certificates import build_issuing, build_leaf, build_root
from lab.pki.keys import make_key, to_der
from lab.pki.reading import read_certificate
from lab.pki.requests import build_request, request_pem
from lab.store import certificates, events, parties, places

EC = KeySpec(type="EC", size=256)
ANYWHERE = Assignment()


@pytest.fixture(scope="module")
def key():
    return make_key(EC)


@pytest.fixture(scope="module")
def chain(key):
    """Leaf, issuing CA and root of somebody else, as DER."""

    start = datetime(2029, 6, 1, tzinfo=UTC)
    dates = {"not_before": start, "not_after": start + timedelta(days=999)}
    other = make_key(EC)
    root = build_root(subject=SubjectFields(common_name="Their Root"), key=key, **dates)
    issuing = build_issuing(
        subject=SubjectFields(common_name="Their CA"),
        public_key=other.public_key(),
        issuer_certificate=root,
        issuer_key=key,
        **dates,
    )
    leaf = build_leaf(
        subject=SubjectFields(common_name="web.theirs.example"),
        public_key=key.public_key(),
        issuer_certificate=issuing,
        issuer_key=other,
        alternative_names=["web.theirs.example"],
        key_usage=("digitalSignature",),
        extended_key_usage=("serverAuth",),
        **dates,
    )
    return leaf, issuing, root


@pytest.fixture(scope="module")
def foreign(key):
    """A certificate that no builder of the lab would make."""

    def make(common_name="foreign", *, serial=7, key=key, more=()):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of a name that is too long, or empty
            attribute = x509.NameAttribute(
                NameOID.COMMON_NAME, common_name, _validate=False
            )
        name = x509.Name([attribute])
        builder = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(key.public_key())
            .serial_number(serial)
            .not_valid_before(datetime(2029, 1, 1, tzinfo=UTC))
            .not_valid_after(datetime(2031, 1, 1, tzinfo=UTC))
        )
        for extension in more:
            builder = builder.add_extension(extension, critical=False)
        return builder.sign(key, hashes.SHA256()).public_bytes(Encoding.DER)

    return make


def place_of(lab, der):
    """Where a certificate is: (cluster, party, usage, name) of each place."""
    sha256 = read_certificate(der).sha256
    found = []
    for place in places.of_certificate(lab.db, sha256):
        party = parties.get(lab.db, place.party)
        found.append((party.cluster, party.name, place.usage, place.name))
    return found


# -- Where they go --------------------------------------------------------------------


def test_without_an_assignment_they_are_kept_and_unassigned(lab, chain):
    done = import_certificates(lab, [("chain.pem", write_pem(chain))])

    assert (done.files, done.new, done.known, done.refused) == (1, 3, 0, [])
    for der in chain:
        assert place_of(lab, der) == [("", "Imported", Usage.UNASSIGNED, "")]
    event = events.latest(lab.db)[0]
    assert event.kind == "certificates.imported"
    assert event.about == "unassigned"
    assert event.detail == "3 new, 0 known, from 1 files"


def test_chains_are_linked_whatever_the_order_of_the_files(lab, chain):
    import_certificates(lab, [(str(n), der) for n, der in enumerate(chain)])

    found = certificates.effective(lab.db, read_certificate(chain[0]).sha256)
    assert found.chain is Chain.COMPLETE


def test_a_chain_is_completed_by_a_later_import(lab, chain):
    import_certificates(lab, [("leaf", chain[0])])
    before = certificates.effective(lab.db, read_certificate(chain[0]).sha256)

    import_certificates(lab, [("cas", write_pem(chain[1:]))])

    after = certificates.effective(lab.db, read_certificate(chain[0]).sha256)
    assert (before.chain, after.chain) == (Chain.INCOMPLETE, Chain.COMPLETE)


@pytest.mark.parametrize(
    ("where", "kind", "place"),
    [
        (
            Assignment(cluster="Theirs"),
            PartyKind.IMPORTED,
            ("Theirs", "Imported", Usage.UNASSIGNED, ""),
        ),
        (
            Assignment(cluster="Theirs", node="far"),
            PartyKind.UCM,
            ("Theirs", "far", Usage.UNASSIGNED, ""),
        ),
        (
            Assignment(cluster="Theirs", node="far", purpose="CallManager"),
            PartyKind.UCM,
            ("Theirs", "far", Usage.IDENTITY, "CallManager"),
        ),
        (
            Assignment(cluster="Theirs", node="far", purpose="cup"),
            PartyKind.IMP,
            ("Theirs", "far", Usage.IDENTITY, "cup"),
        ),
        (
            Assignment(cluster="Theirs", node="far", store="cup-trust"),
            PartyKind.IMP,
            ("Theirs", "far", Usage.TRUST, "cup-trust"),
        ),
        (
            Assignment(cluster="Theirs", node="far", store="tomcat-trust"),
            PartyKind.UCM,
            ("Theirs", "far", Usage.TRUST, "tomcat-trust"),
        ),
    ],
    ids=str,
)
def test_an_assignment_makes_the_cluster_and_the_node_that_are_missing(
    lab, chain, where, kind, place
):
    import_certificates(lab, [("leaf.cer", chain[0])], where)

    assert place_of(lab, chain[0]) == [place]
    assert parties.by_name(lab.db, "Theirs", place[1]).kind is kind


def test_the_cluster_of_a_known_node_need_not_be_named(site, chain):
    where = Assignment(node="sub", store="tomcat-trust")

    import_certificates(site, [("root.cer", chain[2])], where)

    assert place_of(site, chain[2]) == [("Site", "sub", Usage.TRUST, "tomcat-trust")]


def test_an_unassigned_one_moves_when_it_is_assigned(lab, chain):
    import_certificates(lab, [("leaf.cer", chain[0])])
    where = Assignment(cluster="Theirs", node="far", purpose="tomcat")

    done = import_certificates(lab, [("again.cer", chain[0])], where)

    assert (done.new, done.known) == (0, 1)
    assert place_of(lab, chain[0]) == [("Theirs", "far", Usage.IDENTITY, "tomcat")]


def test_one_that_has_a_place_does_not_become_unassigned_again(lab, chain):
    where = Assignment(cluster="Theirs", node="far", store="tomcat-trust")
    import_certificates(lab, [("root.cer", chain[2])], where)

    done = import_certificates(lab, [("root.cer", chain[2])])

    assert (done.new, done.known) == (0, 1)
    assert place_of(lab, chain[2]) == [("Theirs", "far", Usage.TRUST, "tomcat-trust")]


def test_a_known_one_gets_its_new_place_beside_those_it_has(site, seen):
    root = seen.authority("root")
    where = Assignment(cluster="Theirs", node="far", store="tomcat-trust")
    before = len(places.of_certificate(site.db, root.sha256))

    done = import_certificates(site, [("root.cer", root.der)], where)

    assert (done.new, done.known) == (0, 1)
    assert len(places.of_certificate(site.db, root.sha256)) == before + 1


def test_an_imported_slot_is_overwritten_by_the_next_import(lab, chain, foreign):
    where = Assignment(cluster="Theirs", node="far", purpose="tomcat")
    import_certificates(lab, [("old.cer", foreign())], where)

    import_certificates(lab, [("new.cer", chain[0])], where)

    assert place_of(lab, chain[0]) == [("Theirs", "far", Usage.IDENTITY, "tomcat")]
    assert place_of(lab, foreign()) == []


def test_the_same_import_twice_changes_nothing_but_the_log(lab, chain, dump):
    files = [("chain.pem", write_pem(chain))]
    import_certificates(lab, files)
    before = [row for row in dump(lab) if '"events"' not in row]

    done = import_certificates(lab, files)

    assert (done.new, done.known) == (0, 3)
    assert [row for row in dump(lab) if '"events"' not in row] == before


@pytest.mark.parametrize(
    ("where", "text"),
    [
        (Assignment(node="sub", purpose="tomcat"), "of the lab's own"),
        (Assignment(node="imp", purpose="CallManager"), "no certificate purpose"),
        (Assignment(node="sub", store="cup-trust"), "sub has no trust store cup-trust"),
        (Assignment(node="SEP000000000001", store="tomcat-trust"), "no trust store"),
        (Assignment(node="Lab Root", store="tomcat-trust"), "no trust store"),
        (Assignment(node="nobody"), "called nobody"),
        (Assignment(purpose="tomcat"), "tomcat needs a node"),
        (Assignment(store="tomcat-trust"), "tomcat-trust needs a node"),
        (Assignment(node="sub", store="my-trust"), "no trust store called 'my-trust'"),
        (Assignment(node="sub", purpose="web"), "no certificate purpose called 'web'"),
        (
            Assignment(node="sub", purpose="tomcat", store="tomcat-trust"),
            "to the purpose tomcat or to the store tomcat-trust",
        ),
        (Assignment(cluster="x" * 65), "cannot be a name"),
        (Assignment(cluster="a\x00b"), "cannot be a name"),
        (Assignment(cluster="New", node="\ud800"), "cannot be a name"),
        (Assignment(cluster="New", node="x" * 65), "cannot be a name"),
    ],
    ids=str,
)
def test_a_place_that_does_not_fit_takes_nothing(site, chain, refusal_of, where, text):
    with refusal_of(site, LabError, text):
        import_certificates(site, [("leaf.cer", chain[0])], where)


def test_a_slot_takes_one_certificate(lab, chain, refusal_of):
    where = Assignment(cluster="Theirs", node="far", purpose="tomcat")

    with refusal_of(lab, RuleError, "the files have 3 or more"):
        import_certificates(lab, [("chain.pem", write_pem(chain))], where)


def test_a_late_file_that_breaks_the_slot_takes_all_of_it_back(
    lab, chain, foreign, refusal_of, monkeypatch
):
    monkeypatch.setattr(module, "_BATCH", 1)
    where = Assignment(cluster="Theirs", node="far", purpose="tomcat")
    files = [("one", chain[0]), ("empty", b""), ("two", foreign())]

    with refusal_of(lab, RuleError, "the files have 2 or more"):
        import_certificates(lab, files, where)


def test_a_file_that_fails_to_come_takes_all_of_it_back(lab, chain, dump):
    def files():
        yield "one", chain[0]
        raise ConnectionResetError

    before = dump(lab)

    with pytest.raises(ConnectionResetError):
        import_certificates(lab, files())

    assert dump(lab) == before


def test_bad_files_are_listed_and_the_good_ones_come_in(lab, chain):
    files = [("a", b""), ("b", chain[0]), ("c", b"junk"), ("d", BadInputError("no"))]

    done = import_certificates(lab, files)

    assert (done.files, done.new, done.refusals) == (4, 1, 3)
    assert [each.file for each in done.refused] == ["a", "c", "d"]


def test_one_bad_certificate_in_a_file_does_not_take_the_others_along(lab, chain):
    cut = chain[1][:40] + b"\x00" * (len(chain[1]) - 40)

    done = import_certificates(lab, [("mixed", write_pem([chain[0], cut, chain[2]]))])

    assert (done.new, done.refusals) == (2, 1)


@pytest.mark.parametrize(
    ("files", "text"),
    [
        ([], "there is no file to import"),
        ([("a.txt", b"junk")], "a.txt: there is no certificate in the file"),
        ([("{x}", b""), ("b", b"junk")], "from 2 files; {x}: the file is empty"),
    ],
)
def test_when_nothing_comes_in_nothing_happens(lab, refusal_of, files, text):
    with refusal_of(lab, RuleError, text):
        import_certificates(lab, files, Assignment(cluster="Theirs"))


def test_a_thousand_refusals_are_kept_and_all_are_counted(lab, chain):
    files = [(str(number), b"junk") for number in range(1200)]

    done = import_certificates(lab, [*files, ("good", chain[0])])

    assert (len(done.refused), done.refusals) == (1000, 1200)


def test_a_preview_says_the_same_and_changes_nothing(site, seen, chain, dump):
    known = seen.authority("root").der
    files = [
        ("a", write_pem([chain[0], known, chain[0]])),
        ("b", b"junk"),
        ("c", chain[1]),
    ]
    before = dump(site)

    preview = preview_import(site, files)

    assert dump(site) == before
    assert (preview.new, preview.known, preview.refusals) == (2, 2, 1)
    assert [each.known for each in preview.found] == [False, True, True, False]
    done = import_certificates(site, files)
    assert (done.new, done.known, done.refusals) == (2, 2, 1)


def test_a_preview_shows_so_many_and_counts_all(lab, chain):
    preview = preview_import(lab, [("a", write_pem(chain))], most=1)

    assert len(preview.found) == 1
    assert preview.new == 3


# -- Files and folders ----------------------------------------------------------------


def test_files_come_once_and_in_order_of_name(tmp_path):
    (tmp_path / "sub").mkdir()
    for name in ("b.pem", "a.pem", "sub/c.pem"):
        (tmp_path / name).write_bytes(name.encode())
    (tmp_path / "z.pem").symlink_to(tmp_path / "a.pem")
    (tmp_path / "loop").symlink_to(tmp_path)

    found = list(files_under([tmp_path, tmp_path / "b.pem"]))

    assert [data for _, data in found] == [b"a.pem", b"b.pem", b"sub/c.pem"]
    assert found[0][0] == str(tmp_path / "a.pem")


def test_an_empty_folder_has_no_files(tmp_path):
    assert list(files_under([tmp_path])) == []


@pytest.mark.parametrize(
    ("make", "text"),
    [
        (lambda path: os.mkfifo(path), "it is no regular file"),
        (lambda path: path.symlink_to("/dev/zero"), "it is no regular file"),
        (lambda path: path.symlink_to("nowhere"), "No such file"),
        (lambda path: path.symlink_to(path.name), "symbolic links"),
        (lambda _: None, "No such file"),
        (
            lambda path: path.touch() or os.truncate(path, MAX_FILE_BYTES + 1),
            f"the file has {MAX_FILE_BYTES + 1} bytes",
        ),
    ],
    ids=["pipe", "device", "dead link", "link to itself", "missing", "too large"],
)
def test_what_is_no_readable_file_comes_with_its_refusal(tmp_path, make, text):
    path = tmp_path / "odd"
    make(path)

    ((name, refusal),) = files_under([path])

    assert name == str(path)
    assert isinstance(refusal, BadInputError)
    assert text in str(refusal)


@pytest.mark.parametrize("name", ["x" * 5000, "a\x00b", "\udcff.pem", "*", "a?b"])
def test_a_name_that_no_file_has_comes_with_its_refusal(tmp_path, name):
    ((_, refusal),) = files_under([tmp_path / name])

    assert isinstance(refusal, BadInputError)
    assert refusal.hint


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read every file")
def test_a_file_without_the_right_to_read_comes_with_its_refusal(tmp_path):
    path = tmp_path / "secret.pem"
    path.touch(0o000)

    ((_, refusal),) = files_under([path])

    assert "Permission denied" in str(refusal)


# -- Hostile files --------------------------------------------------------------------

TAKEN, REFUSED = True, False


@pytest.fixture(scope="module")
def corpus(chain, foreign, key):
    """Name to bytes, whether anything in it can be taken in, and how many."""
    leaf, _, root = chain
    pem = write_pem([leaf])
    private = (
        b"-----BEGIN PRIVATE KEY-----\n"
        + base64.encodebytes(to_der(key))
        + b"-----END PRIVATE KEY-----\n"
    )
    request = build_request(
        subject=SubjectFields(common_name="asks.example"),
        key=key,
        key_usage=(),
        extended_key_usage=(),
    )
    own = x509.load_der_x509_certificate(leaf)
    nul = foreign("good.example").replace(b"good.example", b"good\x00example")
    negative = foreign(serial=0x41).replace(b"\x02\x01\x41", b"\x02\x01\xc1", 1)
    zero = foreign(serial=0x41).replace(b"\x02\x01\x41", b"\x02\x01\x00", 1)
    many = write_pem(foreign(f"host {n}", serial=n + 1) for n in range(500))
    dates = foreign("dates").replace(b"310101000000Z", b"319901000000Z")
    names = [x509.DNSName(f"{n}.example") for n in range(2000)]
    return {
        "empty": (b"", REFUSED),
        "white": (b" \r\n\t\n", REFUSED),
        "text": (b"hello, world\n", REFUSED),
        "zeros": (b"\x00" * 1000, REFUSED),
        "page": (b"<html><body><script>alert(1)</script></body></html>", REFUSED),
        "cut DER": (leaf[:-20], REFUSED),
        "DER and more": (leaf + b"more", REFUSED),
        "cut PEM": (pem[: len(pem) // 2], REFUSED),
        "no end line": (pem.replace(b"-----END", b"----END"), REFUSED),
        "bad base64": (pem.replace(b"\n", b"\n*", 3), REFUSED),
        "empty block": (
            b"-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n",
            REFUSED,
        ),
        "a million begins": (b"-----BEGIN CERTIFICATE-----\n" * 40_000, REFUSED),
        "deep nesting": (b"\x30\x80" * 50_000, REFUSED),
        "length of 4 GiB": (b"\x30\x84\xff\xff\xff\xff" + leaf, REFUSED),
        "private key": (private, REFUSED),
        "request": (request_pem(request), REFUSED),
        "PKCS#12": (
            pkcs12.serialize_key_and_certificates(
                b"x", key, own, None, BestAvailableEncryption(b"secret")
            ),
            REFUSED,
        ),
        "BOM": (b"\xef\xbb\xbf" + pem, TAKEN),
        "UTF-16": (pem.decode().encode("utf-16"), TAKEN),
        "CRLF": (pem.replace(b"\n", b"\r\n"), TAKEN),
        "old Mac": (pem.replace(b"\n", b"\r"), TAKEN),
        "key and certificate": (private + pem, TAKEN),
        "PKCS#7": (write_pkcs7(chain), TAKEN),
        "twice": (pem + pem, TAKEN),
        "NUL in the name": (nul, TAKEN),
        "negative serial": (negative, TAKEN),
        "serial of zero": (zero, TAKEN),
        "dates that are none": (dates, REFUSED),
        "Markdown": (foreign("**bold** [x](http://evil.example) :red[x]"), TAKEN),
        "HTML": (foreign("<img src=x onerror=alert(1)>"), TAKEN),
        "formula": (foreign('=HYPERLINK("http://evil.example")'), TAKEN),
        "file name": (foreign("../../etc/passwd"), TAKEN),
        "braces": (foreign("{0} {subject} {x!r} %s %(a)d"), TAKEN),
        "SQL": (foreign("'; DROP TABLE certificates; --"), TAKEN),
        "line breaks": (foreign("a\nb\rc\u2028d"), TAKEN),
        "right to left": (foreign("abc\u202egpj.exe"), TAKEN),
        "empty name": (foreign(""), TAKEN),
        "long name": (foreign("x" * 60_000), TAKEN),
        "many names": (foreign(more=[x509.SubjectAlternativeName(names)]), TAKEN),
        "five hundred": (many, TAKEN),
        "root": (root, TAKEN),
    }


NAMES = [
    "empty", "white", "text", "zeros", "page", "cut DER", "DER and more", "cut PEM",
    "no end line", "bad base64", "empty block", "a million begins", "deep nesting",
    "length of 4 GiB", "private key", "request", "PKCS#12", "BOM", "UTF-16", "CRLF",
    "old Mac", "key and certificate", "PKCS#7", "twice", "NUL in the name",
    "negative serial", "serial of zero", "dates that are none", "Markdown", "HTML",
    "formula", "file name", "braces", "SQL", "line breaks", "right to left",
    "empty name", "long name", "many names", "five hundred", "root",
]  # fmt: skip


def test_every_hostile_file_is_tried(corpus):
    assert sorted(corpus) == sorted(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_a_hostile_file_is_taken_in_whole_or_refused_with_a_reason(
    lab, corpus, dump, name
):
    data, taken = corpus[name]
    before = dump(lab)

    if taken:
        done = import_certificates(lab, [(name, data)])
        assert done.new == certificates.count(lab.db)
        assert done.refusals == 0
    else:
        with pytest.raises(RuleError) as caught:
            import_certificates(lab, [(name, data)])
        assert str(caught.value).startswith("nothing could be imported from 1 files")
        assert caught.value.hint
        assert dump(lab) == before


def test_all_hostile_files_together_come_in_as_far_as_they_can(lab, corpus, key):
    files = [(name, corpus[name][0]) for name in NAMES]

    done = import_certificates(lab, files)

    assert done.files == len(NAMES)
    assert {each.file for each in done.refused} == {
        name for name in NAMES if not corpus[name][1]
    }
    assert done.new == certificates.count(lab.db) > 500
    assert lab.db.execute("SELECT count(*) FROM keys").fetchone() == (0,)
    assert to_der(key) not in "".join(lab.db.conn.iterdump()).encode()
    assert certificates.get(lab.db, read_certificate(corpus["SQL"][0]).sha256)
    assert events.first_broken(lab.db) is None


def test_five_hundred_certificates_of_one_file_all_come_in(lab, corpus):
    done = import_certificates(lab, [("many", corpus["five hundred"][0])])

    assert done.new == 500


def test_what_was_read_is_what_comes_out_again(lab, corpus):
    for name in NAMES:
        data, taken = corpus[name]
        if taken and data[:1] == b"\x30" and name != "PKCS#7":
            import_certificates(lab, [(name, data)])

            read = read_certificate(data)
            assert certificates.get(lab.db, read.sha256) == read


def whole_half(lab):
    """How much of a batch is there: rows of each table that an import writes."""
    return [
        lab.db.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
        for table in ("certificates", "ders", "places", "parties", "clusters", "events")
    ]


@settings(
    max_examples=120,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    st.lists(
        st.one_of(
            st.binary(max_size=200),
            st.binary(max_size=100).map(
                lambda data: (
                    b"-----BEGIN CERTIFICATE-----\n"
                    + base64.encodebytes(data)
                    + b"-----END CERTIFICATE-----\n"
                )
            ),
            st.tuples(st.integers(0, 400), st.integers(0, 255)),
        ),
        max_size=4,
    ),
    st.sampled_from(
        [
            ANYWHERE,
            Assignment(cluster="Theirs"),
            Assignment(cluster="Theirs", node="far", purpose="tomcat"),
            Assignment(cluster="Theirs", node="far", store="tomcat-trust"),
            Assignment(node="nobody"),
        ]
    ),
)
def test_arbitrary_bytes_are_imported_or_refused_and_never_by_half(
    lab, chain, pieces, where
):
    files = []
    for number, piece in enumerate(pieces):
        if isinstance(piece, tuple):  # a real certificate with one byte changed
            at, value = piece
            piece = bytearray(chain[0])
            piece[at % len(piece)] = value
            piece = bytes(piece)
        files.append((str(number), piece))
    scratch = lab.what_if(lab.clock)
    before = whole_half(scratch)

    done = None
    with contextlib.suppress(LabError):
        done = import_certificates(scratch, files, where)

    after = whole_half(scratch)
    if done is None:
        assert after == before
    else:
        assert after[0] == after[1] == done.new
        assert after[5] == before[5] + 1
        assert done.new + done.known >= 1
    scratch.close()


def test_the_labs_own_file_is_left_closed(tmp_path):
    own = tmp_path / "lab.sqlite3"
    for name in ("lab.sqlite3", "lab.sqlite3-wal", "lab.sqlite3-shm", "other.pem"):
        (tmp_path / name).write_bytes(b"bytes")
    (tmp_path / "link").symlink_to(own)

    found = [name for name, _ in files_under([tmp_path], own=own)]

    assert found == [str(tmp_path / "other.pem")]
