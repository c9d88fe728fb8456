"""Files of certificates: PEM, DER and PKCS#7, in and out."""

import binascii
from collections.abc import Iterator
from typing import NamedTuple

from lab.errors import BadInputError
from lab.pki.kinds import kind_of, nothing_in
from lab.pki.pem import WHITE, find_blocks, has_blocks, read_blocks, write_pem
from lab.pki.pieces import Contents
from lab.pki.pkcs7 import pkcs7_certificates, write_pkcs7

__all__ = [
    "MAX_FILE_BYTES",
    "Bundle",
    "check_size",
    "cut",
    "find_blocks",
    "from_base64",
    "read_bundle",
    "split_certificates",
    "with_utf8",
    "write_pem",
    "write_pkcs7",
]

MAX_FILE_BYTES = 64 * 1024 * 1024


class Bundle(NamedTuple):
    """What a file held."""

    ders: tuple[bytes, ...]
    format: str  # "PEM", "DER", "PKCS#7 PEM" or "PKCS#7 DER"
    private_keys: int  # seen and left where they were


def read_bundle(data: bytes) -> Bundle:
    """Read all certificates of a file: PEM, DER, or PKCS#7 in either form.

    Private keys are counted and never kept. The certificates are cut out, not judged.
    Raises BadInputError when there is none, and says what there is instead.
    """
    contents = Contents()
    ders = tuple(_split(data, contents))
    return Bundle(ders, contents.format, contents.private_keys)


def split_certificates(data: bytes) -> Iterator[bytes]:
    """Yield the certificates of a file one by one, as `read_bundle` finds them.

    The same refusals; a broken block is met when its turn comes.
    """
    return _split(data, Contents())


def _split(data: bytes, contents: Contents) -> Iterator[bytes]:
    check_size(data)
    data = with_utf8(data)
    if not has_blocks(data):
        yield from _read_der(data, contents)
        return
    for part in read_blocks(data, contents):
        if isinstance(part, BadInputError):
            raise part
        yield part[1]


def check_size(data: bytes) -> None:
    """Refuse a file that is too large, or empty."""
    if len(data) > MAX_FILE_BYTES:
        raise BadInputError(
            "the file has {size} bytes; at most {limit} are read",
            hint="Split the file.",
            size=len(data),
            limit=MAX_FILE_BYTES,
        )
    if not data.strip(WHITE):
        raise BadInputError(
            "the file is empty", hint="Choose a file with certificates in it."
        )


def with_utf8(data: bytes) -> bytes:
    """Turn text in UTF-16, as some editors save it, into UTF-8; drop the mark."""
    coding = "utf-16" if data.startswith((b"\xff\xfe", b"\xfe\xff")) else ""
    if data[1:4:2] == b"\0\0" and 0 not in data[:3:2]:
        coding = "utf-16-le"
    if data[:3:2] == b"\0\0" and 0 not in data[1:4:2]:
        coding = "utf-16-be"
    if coding:
        return data.decode(coding, "replace").encode("utf-8", "replace")
    return data.removeprefix(b"\xef\xbb\xbf")


def from_base64(data: bytes) -> bytes:
    """Decode DER that was saved as bare base64; empty when the data are not that."""
    text = data.translate(None, WHITE)
    if not text.startswith(b"M"):  # 0x30, the tag of a SEQUENCE, begins so
        return b""
    try:
        der = binascii.a2b_base64(text, strict_mode=True)
    except ValueError:
        return b""
    return der if der.startswith(b"\x30") else b""


def _read_der(data: bytes, contents: Contents) -> Iterator[bytes]:
    kind = kind_of(data)
    if kind == "PKCS#7":
        contents.format = "PKCS#7 DER"
        yield from pkcs7_certificates(data)
    elif kind == "certificate":
        contents.format = "DER"
        yield data
    else:
        raise cut(data) if kind == "cut" else nothing_in({kind})


def cut(data: bytes) -> BadInputError:
    """Refuse DER that is not whole."""
    return BadInputError(
        "the file is cut, or bytes follow its end: it has {size} bytes",
        hint="Copy the file again.",
        size=len(data),
    )
