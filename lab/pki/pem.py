"""PEM: the blocks in a text, and the certificates in them."""

import binascii
import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from lab.errors import BadInputError
from lab.pki.der import element, whole_sequence
from lab.pki.kinds import REQUEST_LABELS, nothing_in
from lab.pki.pieces import Contents
from lab.pki.pkcs7 import pkcs7_certificates

MAX_BLOCKS = 200_000  # the smallest certificates, in the largest file, are fewer
WHITE = b" \t\r\n\x0b\x0c"
_CERTIFICATE_LABELS = {"CERTIFICATE", "X509 CERTIFICATE", "TRUSTED CERTIFICATE"}
_PKCS7_LABELS = {"PKCS7", "CMS"}
_BEGIN = re.compile(rb"-----BEGIN ([A-Z0-9 #]{1,64})-----")
_BEGIN_ONE, _END_ONE = b"-----BEGIN CERTIFICATE-----", b"-----END CERTIFICATE-----"


class Block(NamedTuple):
    """One PEM block; what it encodes is decoded on demand."""

    label: str
    number: int  # counted from 1 among all blocks of the file
    body: bytes
    start: int  # where it begins in the text, and ends
    end: int

    def der(self) -> bytes:
        """Decode the block; BadInputError names it when it is broken."""
        text = self.body.translate(None, WHITE)
        try:
            return binascii.a2b_base64(text, strict_mode=True)
        except ValueError:
            raise BadInputError(
                "PEM block {number} ({label}) is not valid base64",
                hint="Copy the file again; a line was changed or lost.",
                number=self.number,
                label=self.label,
            ) from None


def read_blocks(
    data: bytes, contents: Contents
) -> Iterator[tuple[Block, bytes] | BadInputError]:
    """Yield the certificates of a text, each with the PEM block that it stands in.

    A broken block comes as its refusal, and the next ones follow. Raises
    BadInputError when there is no certificate, broken or whole.
    """
    labels: set[str] = set()
    found = False
    for part in certificate_blocks(data, contents, labels):
        found = True
        yield part
    if not found:
        raise nothing_in(labels)


def certificate_blocks(
    data: bytes, contents: Contents, labels: set[str]
) -> Iterator[tuple[Block, bytes] | BadInputError]:
    """Like `read_blocks`, and content with none; `labels` gets all that was met."""
    for block in _walk_blocks(data):
        if isinstance(block, BadInputError):
            yield block
            continue
        labels.add(block.label)
        contents.private_keys += block.label.endswith("PRIVATE KEY")
        contents.requests += block.label in REQUEST_LABELS
        try:
            for der in _block_certificates(block):
                yield block, der
        except BadInputError as refusal:
            yield refusal
    contents.format = "PEM" if labels & _CERTIFICATE_LABELS else "PKCS#7 PEM"


def one_block(data: bytes) -> bytes | None:
    """Decode a file that is one whole certificate in PEM and no more.

    The quick way for nearly all files; None when it is anything else.
    """
    if not data.startswith(_BEGIN_ONE):
        return None
    end = data.find(_END_ONE)
    if end < 0 or data[end + len(_END_ONE) :].strip(WHITE):
        return None
    text = data[len(_BEGIN_ONE) : end].translate(None, WHITE)
    try:
        der = binascii.a2b_base64(text, strict_mode=True)
    except ValueError:
        return None
    return der if whole_sequence(der) else None


def has_blocks(data: bytes) -> bool:
    """Say whether there is a PEM block in the text, or the beginning of one."""
    return _BEGIN.search(data) is not None


def find_blocks(data: bytes) -> Iterator[Block]:
    """Yield the PEM blocks of a text; whatever stands between them is skipped.

    Raises BadInputError for a block without its end.
    """
    for block in _walk_blocks(data):
        if isinstance(block, BadInputError):
            raise block
        yield block


def _walk_blocks(data: bytes) -> Iterator[Block | BadInputError]:
    at, number = 0, 0
    while begin := _BEGIN.search(data, at):
        number += 1
        if number > MAX_BLOCKS:
            yield BadInputError(
                "the file has more than {limit} PEM blocks",
                hint="Split the file.",
                limit=MAX_BLOCKS,
            )
            return
        at = begin.end()
        label = begin[1].decode("ascii")
        end_line = b"-----END " + begin[1] + b"-----"
        # Only as far as the next one: a million beginnings without an end stay quick.
        following = data.find(b"-----BEGIN ", at)
        end = data.find(end_line, at, following if following >= 0 else len(data))
        if end < 0:
            yield BadInputError(
                "PEM block {number} ({label}) has no end",
                hint="Copy the whole file, down to its last line.",
                number=number,
                label=label,
            )
            continue
        body = data[at:end]
        at = end + len(end_line)
        yield Block(label, number, body, begin.start(), at)


def write_pem(ders: Iterable[bytes]) -> bytes:
    """Write certificates as PEM, one block after another."""
    return b"".join(map(_pem_block, ders))


def _pem_block(der: bytes) -> bytes:
    text = binascii.b2a_base64(der, newline=False)
    lines = [text[at : at + 64] for at in range(0, len(text), 64)]
    return b"\n".join([_BEGIN_ONE, *lines, _END_ONE, b""])


def _block_certificates(block: Block) -> Iterator[bytes]:
    if block.label in _PKCS7_LABELS:
        yield from pkcs7_certificates(block.der())
    elif block.label in _CERTIFICATE_LABELS:
        der = block.der()
        if block.label == "TRUSTED CERTIFICATE":
            der = _first_element(der)  # OpenSSL puts its trust settings behind it
        if not whole_sequence(der):
            raise BadInputError(
                "PEM block {number} ({label}) is not a whole certificate",
                hint="Copy the file again; a line was changed or lost.",
                number=block.number,
                label=block.label,
            )
        yield der


def _first_element(der: bytes) -> bytes:
    try:
        return der[: element(der, 0)[2]]
    except ValueError:
        return der
