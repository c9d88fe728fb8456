"""Any file with certificates: told by its bytes, never by its name, and read."""

from collections.abc import Iterator, Sequence

from lab.errors import BadInputError
from lab.pki.archives import is_zip
from lab.pki.bundles import (
    check_size,
    cut,
    from_base64,
    with_utf8,
)
from lab.pki.cluster_text import is_session, read_session
from lab.pki.kinds import is_plain_certificate, kind_of, nothing_in
from lab.pki.pem import has_blocks, one_block, read_blocks
from lab.pki.pieces import Contents, Listed, Part, Piece
from lab.pki.pkcs7 import path_certificates, pkcs7_certificates
from lab.pki.pkcs12 import read_pkcs12
from lab.pki.snapshot import is_json, read_snapshot

__all__ = ["Contents", "Listed", "Part", "Piece", "read_file"]

# What else people give: where its mark stands, the mark, the name.
_Marks = tuple[tuple[int, bytes, str], ...]
_ARCHIVES: _Marks = (
    (0, b"Rar!\x1a\x07", "RAR"),
    (0, b"7z\xbc\xaf\x27\x1c", "7z"),
    (0, b"\x1f\x8b\x08", "gzip"),
    (0, b"BZh", "bzip2"),
    (0, b"\xfd7zXZ\x00", "xz"),
    (0, b"\x28\xb5\x2f\xfd", "Zstandard"),
    (0, b"MSCF\x00", "CAB"),
    (257, b"ustar", "tar"),
)
_KEYSTORES: _Marks = (
    (0, b"\xfe\xed\xfe\xed", "JKS"),
    (0, b"\xce\xce\xce\xce", "JCEKS"),
    (0, b"\x00\x00\x00\x02\x00\x00\x00\x14", "BKS"),
    (0, b"\x00\x00\x00\x01\x00\x00\x00\x14", "BKS"),
)
_TEXTS: _Marks = (
    (0, b"PuTTY-User-Key-File-", "PuTTY"),
    (0, b"---- BEGIN SSH2 ", "SSH"),
    (0, b"ssh-", "SSH"),
    (0, b"ecdsa-sha2-", "SSH"),
    (0, b"%PDF-", "PDF"),
    (0, b"<!DOCTYPE", "HTML"),
    (0, b"<!doctype", "HTML"),
    (0, b"<html", "HTML"),
)
_QUICK_BYTES = 65536  # a larger file has its size checked first


_LISTS = {"PKCS#7": pkcs7_certificates, "PkiPath": path_certificates}
_FORMATS = {
    "certificate": "DER",
    "PKCS#7": "PKCS#7 DER",
    "PKCS#12": "PKCS#12",
    "PkiPath": "PkiPath",
}


def read_file(
    data: bytes, *, passwords: Sequence[str] = (), contents: Contents | None = None
) -> Iterator[Part]:
    """Yield the certificates of a file, one at a time, as they stand in it.

    PEM, DER, PKCS#7, PKCS#12, a certificate path, bare base64, a snapshot of the
    cluster's certificate management and what its command line showed. A broken part
    comes as its refusal, and the rest follows. Raises BadInputError, when its turn
    comes, for a file without any certificate; a listing of names alone is none.
    `contents` is told what else was there.
    """
    into = Contents() if contents is None else contents
    if is_plain_certificate(data):
        into.format = "DER"
        yield Piece(data)
    elif len(data) < _QUICK_BYTES and (der := one_block(data)) is not None:
        into.format = "PEM"
        yield Piece(der)
    else:
        check_size(data)
        _refuse_archives(data)
        yield from _read_any(with_utf8(data), passwords, into)


def _read_any(
    data: bytes, passwords: Sequence[str], contents: Contents
) -> Iterator[Part]:
    kind = kind_of(data)
    if kind not in ("", "cut"):  # text may begin like DER, and like no kind of it
        yield from _read_der(data, kind, passwords, contents)
    elif is_json(data):
        yield from read_snapshot(data, contents)
    elif is_session(data):
        yield from read_session(data, contents)
    elif has_blocks(data):
        for part in read_blocks(data, contents):
            yield part if isinstance(part, BadInputError) else Piece(part[1])
    elif der := from_base64(data):
        yield from _read_der(der, kind_of(der), passwords, contents)
    else:
        raise _nothing_in(data, kind)


def _read_der(
    data: bytes, kind: str, passwords: Sequence[str], contents: Contents
) -> Iterator[Part]:
    contents.format = _FORMATS.get(kind, "")
    if kind == "certificate":
        yield Piece(data)
    elif kind == "PKCS#12":
        yield from read_pkcs12(data, passwords, contents)
    elif kind in _LISTS:
        yield from map(Piece, _LISTS[kind](data))
    else:
        raise _nothing_in(data, kind)


def _mark(data: bytes, marks: _Marks) -> str:
    return next((name for at, mark, name in marks if data.startswith(mark, at)), "")


def _refuse_archives(data: bytes) -> None:
    if is_zip(data):
        raise BadInputError(
            "the file is a zip archive, and is not unpacked here",
            hint="Give it as a file of its own.",
        )
    if kind := _mark(data, _ARCHIVES):
        raise BadInputError(
            "the file is a {kind} archive, which is not unpacked",
            hint="Unpack it, and give its files, or a zip of them.",
            kind=kind,
        )
    if kind := _mark(data, _KEYSTORES):
        raise BadInputError(
            "the file is a Java keystore of the kind {kind}",
            hint="Convert it: keytool -importkeystore -srckeystore FILE "
            "-destkeystore FILE.p12 -deststoretype PKCS12. Then give FILE.p12.",
            kind=kind,
        )


def _nothing_in(data: bytes, kind: str) -> BadInputError:
    if kind == "cut":
        return cut(data)
    if text := _mark(data, _TEXTS):
        return BadInputError(
            "there is no certificate in the file: it is of the kind {kind}",
            hint="Give certificates as PEM, DER or PKCS#7.",
            kind=text,
        )
    return nothing_in({kind})
