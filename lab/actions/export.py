"""What leaves the lab as a file: certificates, chains, tables. It only reads."""

import csv
import heapq
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO, TextIOWrapper
from itertools import count
from typing import Literal

from sqlite_utils import Database

from lab.lab import Lab
from lab.models import Certificate, ExtensionText
from lab.pki.bundles import write_pem
from lab.pki.describe import describe_extensions, describe_key
from lab.store import certificates

Kind = Literal["pem", "der", "chain"]
_MOST_STEPS = 2000  # of the search for a chain, should many CAs have signed each other
_LONGEST_CHAIN = 20
# A cell that begins with one of these is a formula to a spreadsheet; the last four
# are the full-width forms of the first.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", *"\uff1d\uff0b\uff0d\uff20")
_UNSAFE = re.compile(r"[^A-Za-z0-9.-]+")


@dataclass(frozen=True)
class File:
    """A file to hand out; its name holds nothing that a path could be made of."""

    name: str
    mime: str
    data: bytes


@dataclass(frozen=True)
class Link:
    """One certificate of a chain, and when it stops counting."""

    certificate: Certificate
    end: datetime  # notAfter, or the moment of revocation when that comes first
    revoked: bool
    limits: bool  # it is the one that ends the whole chain


@dataclass(frozen=True)
class Details:
    """What of a certificate is read from its bytes."""

    certificate: Certificate
    key: tuple[str, ...]
    extensions: tuple[ExtensionText, ...]
    pem: str


def certificate_file(lab: Lab, sha256: str, kind: Kind) -> File:
    """The certificate as PEM or DER, or with its best chain as PEM (spec S14).

    `NotFoundError` when the lab does not hold it.
    """
    certificate = certificates.get(lab.db, sha256)
    name = _UNSAFE.sub("-", certificate.common_name).strip("-.")[:60]
    stem = f"{name or 'certificate'}-{sha256[:8]}"
    if kind == "der":
        return File(f"{stem}.cer", "application/pkix-cert", certificate.der)
    if kind == "pem":
        return File(
            f"{stem}.pem", "application/x-pem-file", write_pem([certificate.der])
        )
    ders = [link.certificate.der for link in chain_of(lab, sha256)]
    return File(f"{stem}-chain.pem", "application/x-pem-file", write_pem(ders))


def details_of(lab: Lab, sha256: str) -> Details:
    """Everything that the bytes of a certificate say, readable."""
    certificate = certificates.get(lab.db, sha256)
    return Details(
        certificate=certificate,
        key=tuple(describe_key(certificate.der)),
        extensions=tuple(describe_extensions(certificate.der)),
        pem=write_pem([certificate.der]).decode(),
    )


def chain_of(lab: Lab, sha256: str) -> list[Link]:
    """The chain that a certificate's effective end was judged by, itself first.

    It goes as far as the issuers are known: to a self-signed certificate, or to the
    last one whose issuer is missing.
    """
    limit = certificates.effective(lab.db, sha256).limited_by
    path = _best_path(lab.db, sha256, limit)
    found = certificates.many(lab.db, path)
    spans = certificates.spans(lab.db, set(path))
    return [
        Link(
            certificate=found[each],
            end=spans[each][0],
            revoked=spans[each][0] < found[each].not_after,
            limits=each == limit,
        )
        for each in path
    ]


def rows_as_csv(header: Sequence[str], rows: Iterable[Sequence[object]]) -> BytesIO:
    """A table for a spreadsheet: UTF-8 with its mark, and no cell is a formula."""
    data = BytesIO()
    text = TextIOWrapper(data, encoding="utf-8-sig", newline="", write_through=True)
    # All quoted: where the semicolon parts cells, none in a name may begin a new one.
    writer = csv.writer(text, quoting=csv.QUOTE_ALL)
    writer.writerow(header)
    writer.writerows([safe_cell(cell) for cell in row] for row in rows)
    text.detach()
    data.seek(0)
    return data


def safe_cell(value: object) -> str:
    """A value as text that a spreadsheet will not run."""
    text = str(value)
    return f"'{text}" if text.startswith(_FORMULA) else text


def _best_path(db: Database, start: str, limit: str) -> list[str]:
    """The path upwards that ends last: of equal ones the shortest that has `limit`."""
    spans = certificates.spans(db, certificates.above(db, [start]))
    ends = {name: end for name, (end, *_) in spans.items()}
    roots = {name for name, (_, self_signed, *_) in spans.items() if self_signed}
    order = count()
    heap: list[tuple[float, int, int, tuple[str, ...]]]
    heap = [(-ends[start].timestamp(), 1, next(order), (start,))]
    fallback: tuple[str, ...] = (start,)
    for _ in range(_MOST_STEPS):
        if not heap:
            break
        negative_end, length, _, path = heapq.heappop(heap)
        issuers = [
            each
            for each in certificates.issuers_of(db, path[-1])
            if each not in path and each in ends
        ]
        if path[-1] in roots or not issuers or length >= _LONGEST_CHAIN:
            whole = path[-1] in roots
            if limit in path and (whole or not roots):
                return list(path)
            if len(fallback) == 1 or (whole and fallback[-1] not in roots):
                fallback = path
            continue
        for issuer in issuers:
            end = max(negative_end, -ends[issuer].timestamp())
            heapq.heappush(heap, (end, length + 1, next(order), (*path, issuer)))
    return list(fallback)
