"""Zip files: bombs, ways out of a folder, and entries that are not what they say."""

import io
import struct
import zipfile
import zlib

from tests.hostile_files.bare_files import private_key_pkcs8
from tests.hostile_files.der import certificate, pem
from tests.hostile_files.making import accepted, refused

_PEM = "certificate.pem"


def _zip(*entries, comment=b""):
    """A zip of (name or ZipInfo, bytes), the same each time: no entry has a date."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.comment = comment
        for name, data in entries:
            entry = zipfile.ZipInfo(name) if isinstance(name, str) else name
            archive.writestr(entry, data, zipfile.ZIP_DEFLATED)
    return file.getvalue()


def _renamed(old, new, entries):
    """A zip in which a name was replaced by one of the same length."""
    assert len(old) == len(new)
    return _zip(*entries).replace(old, new)


def _one():
    return pem(certificate())


@refused(".zip", "the archive holds no file")
def zip_of_nothing():
    """An archive without an entry."""
    return _zip()


@refused(".zip", "the directory at its end is missing")
def zip_that_is_cut():
    """An archive that lost its last half, and with it the list of its entries."""
    whole = _zip((_PEM, _one()), ("b.pem", _one()))
    return whole[: len(whole) // 2]


@refused(".zip", "the directory at its end is missing")
def zip_of_junk():
    """The first four bytes of an archive, and nothing that follows from them."""
    return b"PK\3\4" + b"\xff" * 1000


@accepted(".zip", "the most is 67108864")
def zip_bomb():
    """80 MiB of zeros in 80 KiB, beside a certificate."""
    return _zip((_PEM, _one()), ("bomb.pem", bytes(80 * 1024 * 1024)))


@accepted(".zip", "the entry is damaged")
def zip_bomb_that_lies_about_its_size():
    """An entry that says 100 bytes and unpacks to a million."""
    whole = _zip(("bomb.pem", bytes(1_000_000)), (_PEM, _one()))
    return whole.replace(struct.pack("<L", 1_000_000), struct.pack("<L", 100))


@refused(
    ".zip", "there is no certificate in the file", "overlaps another", refusals=200
)
def zip_of_overlapping_entries():
    """Two hundred names for the same bytes: 200 times more than there is."""
    whole = _zip(("000.pem", bytes(1_000_000)))
    end = whole.rindex(b"PK\5\6")
    start = whole.rindex(b"PK\1\2")
    row = whole[start:end]
    rows = b"".join(row.replace(b"000.pem", b"%03d.pem" % n) for n in range(200))
    last = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, 200, 200, len(rows), start, 0)
    return whole[:start] + rows + last


@accepted(".zip", "inside more than 2 others", refusals=1)
def zip_within_zip_within_zip():
    """Archives within archives, and a certificate at each level."""
    inner = _zip((_PEM, _one()))
    for _ in range(8):
        inner = _zip(("inner.zip", inner))
    return _zip(("inner.zip", inner), (_PEM, _one()))


@refused(".zip", "the file is empty", refusals=5000)
def zip_of_five_thousand_empty_entries():
    """Five thousand names, and nothing behind any of them."""
    name, header = b"%08d", b"PK\3\4" + bytes(22) + struct.pack("<HH", 8, 0)
    local = b"".join(header + name % n for n in range(5000))
    rows = b"".join(
        struct.pack("<4s6H3L5H2L", b"PK\1\2", *[0] * 9, 8, *[0] * 5, n * 38) + name % n
        for n in range(5000)
    )
    total = struct.pack(
        "<4sQ2H2L4Q",
        b"PK\6\6",
        44,
        45,
        45,
        0,
        0,
        5000,
        5000,
        len(rows),
        len(local),
    )
    where = struct.pack("<4sLQL", b"PK\6\7", 0, len(local) + len(rows), 1)
    last = struct.pack(
        "<4s4H2LH", b"PK\5\6", 0, 0, 0xFFFF, 0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0
    )
    return local + rows + total + where + last


@refused(".zip", "its name leaves the archive", refusals=3)
def zip_with_ways_out():
    """Paths that lead upwards, to the root and to another drive. Nothing is written."""
    names = ("../../../etc/passwd", "/etc/cron.d/x", "C:\\Windows\\x.pem")
    return _zip(*((name, _one()) for name in names))


@accepted(".zip", "there is no certificate in the file")
def zip_with_a_link():
    """A symbolic link to a file of the machine. It is not followed."""
    link = zipfile.ZipInfo("link.pem")
    link.create_system = 3
    link.external_attr = 0o120777 << 16
    return _zip((link, b"/etc/passwd"), (_PEM, _one()))


@accepted(".zip", "the entry is encrypted")
def zip_with_an_encrypted_entry():
    """An entry that needs a password, beside one that does not."""
    whole = bytearray(_zip(("locked.pem", _one()), (_PEM, _one())))
    whole[6] |= 1
    whole[whole.index(b"PK\1\2") + 8] |= 1
    return bytes(whole)


@accepted(".zip", "the entry is damaged")
def zip_with_a_wrong_checksum():
    """An entry whose bytes are not those that were packed."""
    damaged = _one()
    whole = _zip(("damaged.pem", damaged), (_PEM, _one()))
    return whole.replace(
        struct.pack("<L", zlib.crc32(damaged)), struct.pack("<L", 0xBADBAD)
    )


@accepted(".zip", "compressed by method 99")
def zip_with_an_unknown_method():
    """An entry packed in a way that nobody has defined."""
    whole = bytearray(_zip(("odd.pem", _one()), (_PEM, _one())))
    for start in (8, whole.index(b"PK\1\2") + 10):
        whole[start : start + 2] = struct.pack("<H", 99)
    return bytes(whole)


@accepted(".zip", new=2)
def zip_with_one_name_twice():
    """Two entries of one name: programs differ in which they see."""
    whole = _zip(("a.pem", _one()), ("b.pem", _one()))
    return whole.replace(b"b.pem", b"a.pem")


@accepted(".zip")
def zip_with_a_name_of_sixty_thousand_letters():
    """A name longer than any file system allows."""
    return _zip(("x" * 60_000, _one()))


@refused(".zip", "a character that no file name has")
def zip_with_nul_in_a_name():
    """A name that ends early for some programs: good.pem, and then .exe."""
    return _renamed(b"good.pemX.exe", b"good.pem\0.exe", [("good.pemX.exe", _one())])


@accepted(".zip", "a character that no file name has")
def zip_with_names_that_are_not_text():
    """A name with escapes, and one of bytes that are no UTF-8."""
    entries = [("\x1b[2J\r\n\u202e.pem", _one()), ("xxx-\xe9.pem", _one())]
    return _renamed(b"xxx-\xc3\xa9", b"\xff\xfe--\xc3\x28", entries)


@refused(".sh", "there is no certificate in the file")
def zip_after_a_script():
    """An archive that begins with a script, as those do that unpack themselves."""
    return b"#!/bin/sh\nrm -rf /\n" * 10 + _zip((_PEM, _one()))


@accepted(".zip")
def zip_with_a_long_comment():
    """An archive that ends with 60,000 letters for people."""
    return _zip((_PEM, _one()), comment=b"\x1b[2J=cmd()" * 6000)


@accepted(
    ".zip", "private key and no certificate", "there is no certificate", refusals=2
)
def zip_of_many_kinds():
    """A folder, a key, a picture and a certificate. The key must not be kept."""
    return _zip(
        ("folder/", b""),
        ("folder/key.pem", private_key_pkcs8()),
        ("folder/picture.png", b"\x89PNG\r\n\x1a\n" + bytes(50)),
        ("folder/" + _PEM, _one()),
    )


@refused(".zip", "there is no certificate in the file")
def zip_without_a_certificate():
    """An archive of one text."""
    return _zip(("read me.txt", b"hello, world\n"))


@accepted(".zip")
def zip_on_several_disks():
    """It says that it is the last of three parts, and is whole."""
    whole = bytearray(_zip((_PEM, _one())))
    at = whole.rindex(b"PK\5\6")
    whole[at + 4 : at + 8] = struct.pack("<HH", 2, 2)
    return bytes(whole)


@refused(".zip", "the directory at its end is missing")
def zip_whose_list_is_elsewhere():
    """A list of entries that begins behind the end of the file."""
    whole = bytearray(_zip((_PEM, _one())))
    at = whole.rindex(b"PK\5\6")
    whole[at + 16 : at + 20] = struct.pack("<L", 0x7FFFFFFF)
    return bytes(whole)


@refused(".zip", "entry is damaged", "more than 1000000 files", refusals=33)
def zip_of_two_gigabytes():
    """Entries that are small enough each, and together fill the memory."""
    size, claimed = struct.pack("<L", 777_777), struct.pack("<L", 64 * 1024 * 1024)
    names = (f"{n:02}.pem" for n in range(40))
    whole = _zip(*((name, bytes(777_777)) for name in names))
    return whole.replace(size, claimed)


@accepted(".zip", "the directory of the archive is damaged")
def zip_whose_list_breaks_off():
    """The second of two records says that its name is longer than the rest."""
    whole = bytearray(_zip((_PEM, _one()), ("b.pem", _one())))
    at = whole.rindex(b"PK\1\2")
    whole[at + 28 : at + 30] = b"\xff\xff"
    return bytes(whole)


@accepted(".zip", "the entry is damaged")
def zip_whose_entry_is_elsewhere():
    """A record that points behind the end of the file."""
    whole = bytearray(_zip(("lost.pem", _one()), (_PEM, _one())))
    at = whole.index(b"PK\1\2")
    whole[at + 42 : at + 46] = struct.pack("<L", 0x7FFFFFFF)
    return bytes(whole)


@accepted(".zip", "the entry is damaged", new=1)
def zip_with_a_list_in_the_middle_of_an_entry():
    """An entry that is longer than all that stands before the list."""
    whole = bytearray(_zip(("long.pem", _one()), (_PEM, _one())))
    at = whole.index(b"PK\1\2")
    whole[at + 20 : at + 24] = struct.pack("<L", 50_000)
    return bytes(whole)


@accepted(".zip", "the entry is damaged", new=3)
def zip_with_every_method():
    """Stored, deflate, bzip2 and LZMA, and a fifth that is none of what it says."""
    file = io.BytesIO()
    methods = (0, 8, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA)
    with zipfile.ZipFile(file, "w") as archive:
        for method in methods:
            archive.writestr(zipfile.ZipInfo(f"{method}.pem"), _one(), method)
    whole = bytearray(file.getvalue())
    at = whole.index(b"PK\1\2")
    whole[at + 10 : at + 12] = struct.pack("<H", zipfile.ZIP_BZIP2)
    return bytes(whole)
