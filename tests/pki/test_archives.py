import io
import struct
import tracemalloc
import zipfile
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lab.errors import LabError
from lab.pki.archives import MAX_BYTES, MAX_DEPTH, is_zip, unpack
from lab.pki.bundles import MAX_FILE_BYTES, write_pem
from lab.pki.files import read_file

METHODS = {
    "stored": zipfile.ZIP_STORED,
    "deflate": zipfile.ZIP_DEFLATED,
    "bzip2": zipfile.ZIP_BZIP2,
    "lzma": zipfile.ZIP_LZMA,
}
ENCRYPTED = "the entry is encrypted"
DAMAGED = "the entry is damaged"
OUTWARD = "its name leaves the archive"
CUT = "the archive is cut: the directory at its end is missing"


class Pipe(io.RawIOBase):
    """A place that a zip can be written to, and never changed again."""

    def __init__(self):
        self.written = b""

    def writable(self):
        return True

    def write(self, data):
        self.written += bytes(data)
        return len(data)


def pack(files, method=zipfile.ZIP_DEFLATED, into=None):
    into = into or io.BytesIO()
    with zipfile.ZipFile(into, "w", method) as archive:
        for name, data in files.items():
            # Without the time of day, so that it is the same each time.
            archive.writestr(zipfile.ZipInfo(name), data, method)
    return into.written if isinstance(into, Pipe) else into.getvalue()


def contents(data, name="a.zip"):
    """What comes out: the bytes, or the words of the refusal."""
    return {
        file: str(found) if isinstance(found, LabError) else found
        for file, found in unpack(name, io.BytesIO(data))
    }


def changed(data, number, at, value):
    """Change a field in the header and the record of an entry.

    `at` counts from where the flags are: there both look alike.
    """
    data = bytearray(data)
    for mark, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        place = -1
        for _ in range(number + 1):
            place = data.index(mark, place + 1)
        data[place + flags + at : place + flags + at + len(value)] = value
    return bytes(data)


FLAGS, METHOD, CRC, PACKED, SIZE = 0, 2, 8, 12, 16
THREE = {f"{name}.pem": name.encode() * 400 for name in "abc"}


def only_b(refusal):
    """The other two come in."""
    return {
        "a.zip/a.pem": THREE["a.pem"],
        "a.zip/b.pem": refusal,
        "a.zip/c.pem": THREE["c.pem"],
    }


# -- What is unpacked -----------------------------------------------------------------


@pytest.mark.parametrize("method", METHODS.values(), ids=METHODS)
@pytest.mark.parametrize("into", [io.BytesIO, Pipe])
def test_every_file_comes_out_as_it_went_in(method, into):
    files = {"a.pem": b"a" * 5000, "folder/b.der": bytes(range(256)), "empty": b""}
    files["漢字/c.pem"] = b"c"

    found = contents(pack(files, method, into()))

    assert found == {f"a.zip/{name}": data for name, data in files.items()}


def test_certificates_in_an_archive_are_read(leaf, root):
    data = pack({"leaf.pem": write_pem([leaf]), "ca/root.der": root})

    found = [[part.der for part in read_file(file)] for file in contents(data).values()]

    assert found == [[leaf], [root]]


def test_folders_and_what_macos_adds_are_left_out():
    files = {
        "certs/": b"",
        "certs/a.pem": b"a",
        "certs/.DS_Store": b"x",
        "__MACOSX/certs/._a.pem": b"x",
        ".DS_Store": b"x",
        "windows\\": b"",
    }

    assert contents(pack(files)) == {"a.zip/certs/a.pem": b"a"}


def test_an_archive_in_an_archive_is_unpacked():
    inner = pack({"leaf.pem": b"leaf"})
    data = pack({"inner.zip": inner, "really": inner, "after.pem": b"after"})

    assert contents(data, "bundle.zip") == {
        "bundle.zip/inner.zip/leaf.pem": b"leaf",
        "bundle.zip/really/leaf.pem": b"leaf",
        "bundle.zip/after.pem": b"after",
    }


def test_a_file_on_the_disk_is_unpacked_without_reading_it_whole(tmp_path):
    path = tmp_path / "a.zip"
    path.write_bytes(pack({str(n): bytes([n]) * 100_000 for n in range(200)}, 0))

    with path.open("rb") as source:
        tracemalloc.start()
        count = sum(len(data) for _, data in unpack("a.zip", source))
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()

    assert count == 20_000_000
    assert peak < 2_000_000


def test_memory_does_not_grow_with_the_number_of_entries():
    source = io.BytesIO(pack({f"{n:09}.pem": b"x" for n in range(20_000)}))

    tracemalloc.start()
    count = sum(1 for _ in unpack("a.zip", source))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert count == 20_000
    assert peak < 700_000  # the module `zipfile` keeps fourteen million


def test_what_stands_before_the_archive_does_not_matter():
    assert contents(b"MZ" * 5000 + pack(THREE)) == contents(pack(THREE))


def test_a_comment_at_the_end_does_not_matter():
    data = pack(THREE)
    for comment in (
        b"hello",
        b"PK\x05\x06",
        b"PK\x05\x06" + b"\xff" * 40,
        b"x" * 65535,
    ):
        with_comment = data[:-2] + struct.pack("<H", len(comment)) + comment
        assert contents(with_comment) == contents(data)


def test_a_large_archive_has_its_numbers_elsewhere():
    # Zip64: sizes and places in the extra field, the end in a record of its own.
    into = io.BytesIO()
    with zipfile.ZipFile(into, "w") as archive:
        for name, data in THREE.items():
            with archive.open(name, "w", force_zip64=True) as file:
                file.write(data)
    data = into.getvalue()
    end = data.index(b"PK\x05\x06")
    start = data.index(b"PK\x01\x02")
    records = data[start:end]
    for place in range(len(records)):
        if records.startswith(b"PK\x01\x02", place):
            packed, size, names = struct.unpack_from("<2LH", records, place + 20)
            (at,) = struct.unpack_from("<L", records, place + 42)
            head = bytearray(records[place : place + 46 + names])
            head[20:28], head[42:46] = b"\xff" * 8, b"\xff" * 4
            head[30:32] = struct.pack("<H", 28 + 5)
            extra = b"ut\x01\x00x" + struct.pack("<HHQQQ", 1, 24, size, packed, at)
            data += bytes(head) + extra
    grown = data[:start] + data[len(into.getvalue()) :]
    record = struct.pack(
        "<4sQ2H2L4Q", b"PK\x06\x06", 44, 45, 45, 0, 0, 3, 3, len(grown) - start, start
    )
    locator = struct.pack("<4sLQL", b"PK\x06\x07", 0, len(grown), 1)
    last = struct.pack("<4s4H2LH", b"PK\x05\x06", *[0xFFFF] * 4, *[0xFFFFFFFF] * 2, 0)

    for before in (b"", b"MZ" * 100):
        found = contents(before + grown + record + locator + last)
        assert found == {f"a.zip/{name}": data for name, data in THREE.items()}


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("漢字.pem".encode(), "漢字.pem"),
        (b"caf\x82.pem", "café.pem"),  # code page 437: APPNOTE D.1
        (b"\x80" * 300, "Ç" * 255),
    ],
)
def test_a_name_is_read_whatever_wrote_it(raw, shown):
    data = pack({"x" * len(raw): b"a"}).replace(b"x" * len(raw), raw)

    [name] = contents(data)

    assert name == f"a.zip/{shown}"


# -- What is refused, one entry at a time ---------------------------------------------


@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        ((FLAGS, b"\x01"), ENCRYPTED),
        ((FLAGS, b"\x41"), ENCRYPTED),
        ((METHOD, b"\x5d"), "the entry is compressed by method 93, which is not read"),
        ((METHOD, b"\x63"), "the entry is compressed by method 99, which is not read"),
        ((METHOD, b"\x00"), DAMAGED),
        ((METHOD, b"\x0c"), DAMAGED),
        ((METHOD, b"\x0e"), DAMAGED),
        ((CRC, b"\x00\x00\x00\x00"), DAMAGED),
        ((SIZE, b"\x05\x00\x00\x00"), DAMAGED),
        ((SIZE, b"\x00\x00\x00\x01"), DAMAGED),
        ((PACKED, b"\x02\x00\x00\x00"), DAMAGED),
        ((PACKED, b"\x00\x00\x00\x01"), DAMAGED),
    ],
)
def test_an_entry_that_cannot_be_unpacked_is_refused_alone(change, refusal):
    at, value = change
    data = changed(pack(THREE), 1, at, value)

    assert contents(data) == only_b(refusal)


def test_changed_bytes_and_a_lost_header_are_refused_alone():
    data = pack(THREE)
    second = data.index(b"PK\x03\x04", 4)
    start = second + 30 + len("b.pem")

    assert contents(data[:start] + b"\xff" + data[start + 1 :]) == only_b(DAMAGED)
    assert contents(data[:second] + b"XX" + data[second + 2 :]) == only_b(DAMAGED)


@pytest.mark.parametrize(
    "name",
    [
        "../../etc/passwd",
        "a/../../b.pem",
        "..",
        "a/..",
        "..\\b.pem",
        "/etc/passwd",
        "\\\\server\\share\\a.pem",
        "C:\\a.pem",
        "c:a.pem",
    ],
)
def test_a_name_that_leaves_the_archive_is_refused(name):
    found = contents(pack({"a.pem": b"a", name: b"b", "c.pem": b"c"}))

    assert found == {"a.zip/a.pem": b"a", f"a.zip/{name}": OUTWARD, "a.zip/c.pem": b"c"}


@pytest.mark.parametrize("name", ["a..pem", "..a.pem", "a/b..c/d.pem", "...", "CC:x"])
def test_dots_that_leave_nothing_are_fine(name):
    assert contents(pack({name: b"b"})) == {f"a.zip/{name}": b"b"}


def named(name):
    """An archive of one entry with this name, whatever `zipfile` thinks of it."""
    there = "Q" * len(name.encode())
    return pack({there: b"b"}).replace(there.encode(), name.encode())


@pytest.mark.parametrize("letter", ["\0", "\n", "\x1b", "\x7f", "\x9b"])
def test_a_name_with_a_character_that_no_name_has_is_refused(letter):
    assert contents(named(f"a{letter}b.pem")) == {
        "a.zip/a\ufffdb.pem": "its name has a character that no file name has"
    }


def test_a_name_cannot_turn_the_text_around_it():
    assert contents(named("a\u202emep.b")) == {"a.zip/a\ufffdmep.b": b"b"}
    assert contents(named("全角\u3000空白.pem")) == {"a.zip/全角\u3000空白.pem": b"b"}


def test_an_entry_that_is_too_large_is_refused():
    huge = struct.pack("<L", MAX_FILE_BYTES + 1)

    assert contents(changed(pack(THREE), 1, SIZE, huge)) == only_b(
        f"the file has {MAX_FILE_BYTES + 1} bytes; the most is {MAX_FILE_BYTES}"
    )


@pytest.mark.parametrize("method", ["deflate", "bzip2", "lzma"])
def test_no_more_is_unpacked_than_an_entry_claims(method):
    # 32 MB of nothing that claim to be a thousand bytes.
    data = pack({"a.pem": bytes(32 << 20), "b.pem": b"b"}, METHODS[method])
    data = changed(data, 0, SIZE, struct.pack("<L", 1000))

    tracemalloc.start()
    found = contents(data)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert found == {"a.zip/a.pem": DAMAGED, "a.zip/b.pem": b"b"}
    assert peak < 12 << 20  # LZMA keeps the last eight


def test_entries_that_share_bytes_are_refused():
    # Each entry's packed bytes hold the next entry: a small archive would be endless.
    data = pack({"a.pem": b"a" * 500, "b.pem": b"b" * 500}, 0)
    start = data.index(b"PK\x01\x02")
    inside = data[:start]
    record = data[start : data.index(b"PK\x01\x02", start + 4)]
    for count in (2, 200):
        directory = record * count
        end = struct.pack(
            "<4s4H2LH", b"PK\x05\x06", 0, 0, count, count, len(directory), start, 0
        )
        found = [
            str(content) if isinstance(content, LabError) else content
            for _, content in unpack("a.zip", io.BytesIO(inside + directory + end))
        ]
        assert found[0] == b"a" * 500
        assert set(found[1:]) == {"the entry overlaps another entry of the archive"}
        assert len(found) == count


def test_entries_that_share_bytes_by_turns_are_refused_too():
    data = pack({name: name.encode() * 500 for name in "abc"}, 0)
    start, end = data.index(b"PK\x01\x02"), data.index(b"PK\x05\x06")
    records = data[start:end] * 3
    last = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 9, 9, len(records), start, 0)

    found = [
        each for _, each in unpack("a.zip", io.BytesIO(data[:start] + records + last))
    ]

    assert found[:3] == [name.encode() * 500 for name in "abc"]
    assert all(isinstance(each, LabError) for each in found[3:])


def test_entries_may_stand_in_any_order():
    data = pack({name: name.encode() * 50 for name in "abc"})
    start, end = data.index(b"PK\x01\x02"), data.index(b"PK\x05\x06")
    size = (end - start) // 3
    first, second, third = (data[start + n * size :][:size] for n in range(3))

    found = contents(data[:start] + third + first + second + data[end:])

    assert found == {f"a.zip/{name}": name.encode() * 50 for name in "cab"}


# -- What is refused as a whole -------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "refusal"),
    [
        (b"", CUT),
        (b"PK\x03\x04", CUT),
        (b"no archive at all" * 20, CUT),
        (b"PK\x05\x06" + b"\xff" * 18, CUT),
        (pack(THREE)[:-1], CUT),
        (pack(THREE)[:-100], CUT),
        (pack({}), "the archive holds no file"),
        (pack({"a/": b""}), "the archive holds no file"),
    ],
)
def test_what_is_no_archive_is_refused_by_its_own_name(data, refusal):
    assert contents(data) == {"a.zip": refusal}


def test_a_damaged_directory_gives_what_stands_before_the_damage():
    data = pack(THREE)
    last = data.rindex(b"PK\x01\x02")

    found = contents(data[:last] + b"XXXX" + data[last + 4 :])

    assert found == {
        "a.zip/a.pem": THREE["a.pem"],
        "a.zip/b.pem": THREE["b.pem"],
        "a.zip": "the directory of the archive is damaged",
    }


def test_archives_in_archives_end_somewhere():
    data = pack({"leaf.pem": b"leaf"})
    for _ in range(MAX_DEPTH):
        data = pack({"a.zip": data})
    assert list(contents(data).values()) == [b"leaf"]

    data = pack({"a.zip": data, "b.pem": b"b"})

    assert list(contents(data).values()) == [
        "the archive is inside more than 2 others",
        b"b",
    ]


def test_a_broken_archive_inside_is_refused_alone():
    data = pack({"inner.zip": pack(THREE)[:-9], "b.pem": b"b"})

    assert contents(data) == {"a.zip/inner.zip": CUT, "a.zip/b.pem": b"b"}


@pytest.mark.parametrize(
    ("bounds", "count"),
    [
        ({"most_entries": 5}, 3),  # the archives inside are entries too
        ({"most_entries": 8}, 6),
        ({"most_bytes": 400 * 7}, 5),
    ],
)
def test_all_together_has_a_bound(bounds, count):
    inner = pack(THREE)
    data = pack({"x.zip": inner, "y.zip": inner, "z.pem": b"z"})

    found = list(unpack("a.zip", io.BytesIO(data), **bounds))

    assert len([each for _, each in found if isinstance(each, bytes)]) == count
    name, refusal = found[-1]
    assert name == "a.zip"
    assert "the archive holds more than" in str(refusal)
    whole = unpack("a.zip", io.BytesIO(data), most_entries=9, most_bytes=400 * 9)
    assert len([each for _, each in whole if isinstance(each, bytes)]) == 7


def test_a_small_archive_that_claims_a_great_deal_ends_at_the_bound():
    # Forty entries that claim 64 MiB each: two gigabytes are reached at the 33rd.
    data = pack({f"{n:02}": b"" for n in range(40)})
    for number in range(40):
        data = changed(data, number, SIZE, struct.pack("<L", MAX_FILE_BYTES))

    *entries, (name, refusal) = unpack("a.zip", io.BytesIO(data))

    assert (len(entries), name) == (32, "a.zip")
    assert {str(each) for _, each in entries} == {DAMAGED}
    assert str(MAX_BYTES) in str(refusal)


def test_a_disk_that_fails_is_told():
    class Failing(io.BytesIO):
        def read(self, *_):
            raise OSError(5, "Input/output error")

    [(name, refusal)] = unpack("a.zip", Failing(pack(THREE)))

    assert (name, str(refusal)) == ("a.zip", "it cannot be read: Input/output error")


def test_a_zip_is_told_by_its_first_bytes():
    assert is_zip(pack(THREE)[:4])
    assert is_zip(pack({}))
    assert not is_zip(b"PK")
    assert not is_zip(b"")
    assert not is_zip(b"-----BEGIN CERTIFICATE-----")


# -- Anything at all ------------------------------------------------------------------


@given(st.binary(max_size=200))
def test_any_bytes_are_unpacked_or_refused(data):
    assert list(unpack("a.zip", io.BytesIO(data)))
    assert list(unpack("a.zip", io.BytesIO(b"PK\x03\x04" + data + pack({"a": data}))))


@settings(max_examples=300)
@given(data=st.data())
def test_a_damaged_archive_is_unpacked_or_refused(data):
    method = data.draw(st.sampled_from(sorted(METHODS.values())))
    whole = pack(THREE | {"in.zip": pack({"x": b"y"})}, method)
    at = data.draw(st.integers(0, len(whole) - 1))
    patch = data.draw(st.binary(min_size=1, max_size=4))
    gone = data.draw(st.sampled_from([len(patch), 0, 9]))

    for name, found in unpack(
        "a.zip", io.BytesIO(whole[:at] + patch + whole[at + gone :])
    ):
        assert name.startswith("a.zip")
        assert isinstance(found, bytes | LabError)


@given(
    st.dictionaries(
        st.from_regex(r"[a-z0-9 _-]{1,20}(/[a-z0-9_-]{1,9}){0,2}\.pem", fullmatch=True),
        st.binary(max_size=60).filter(lambda data: not is_zip(data)),
        min_size=1,
    ),
    st.sampled_from(sorted(METHODS.values())),
)
def test_whatever_goes_in_comes_out(files, method):
    with suppress(UnicodeEncodeError):
        found = contents(pack(files, method))
        assert found == {f"a.zip/{name}": data for name, data in files.items()}
