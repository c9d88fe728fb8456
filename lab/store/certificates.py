"""The `certificates` table: each certificate once, by the SHA-256 of its DER."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any

from sqlite_utils import Database

from lab.errors import NotFoundError
from lab.models import Certificate, Chain, Effective, Revoked

_TIMES = ("not_before", "not_after")
_LISTS = ("alternative_names", "key_usage", "extended_key_usage")
_COLUMNS = tuple(field.name for field in fields(Certificate) if field.name != "der")
_INSERT = f"""
    INSERT INTO certificates
    ({", ".join(_COLUMNS)}, effective_end, limited_by, chain)
    VALUES ({", ".join(":" + name for name in _COLUMNS)},
            :not_after, :sha256, 'complete')
    ON CONFLICT DO NOTHING
"""
_SELECT = f"""
    SELECT {", ".join("c." + name for name in _COLUMNS)}, d.der
    FROM certificates c JOIN ders d ON d.certificate = c.sha256
"""


def add_many(
    db: Database, certificates: Sequence[Certificate]
) -> dict[str, Certificate]:
    """Store those that are new; return them by fingerprint.

    Their effective ends are judged afterwards; until then they are their own.
    """
    known: set[str] = set()
    for part in _chunks([each.sha256 for each in certificates]):
        marks = ", ".join("?" * len(part))
        rows = db.conn.execute(
            f"SELECT sha256 FROM certificates WHERE sha256 IN ({marks})", part
        )
        known |= {sha256 for (sha256,) in rows}
    new = {each.sha256: each for each in certificates if each.sha256 not in known}
    db.conn.executemany(_INSERT, map(_to_row, new.values()))
    db.conn.executemany(
        "INSERT INTO ders (certificate, der) VALUES (?, ?)",
        [(each.sha256, each.der) for each in new.values()],
    )
    return new


def known(db: Database, sha256: str) -> bool:
    found = db.conn.execute("SELECT 1 FROM certificates WHERE sha256 = ?", [sha256])
    return found.fetchone() is not None


def get(db: Database, sha256: str) -> Certificate:
    """The certificate of that fingerprint; `NotFoundError` when there is none."""
    for certificate in _read(db, "WHERE c.sha256 = ?", [sha256]):
        return certificate
    raise NotFoundError(
        "no certificate with fingerprint {sha256}",
        hint="Look it up on the certificates page, or with: python -m lab list.",
        sha256=sha256,
    )


def matching(db: Database, text: str, limit: int = 20) -> list[Certificate]:
    """Certificates whose fingerprint or serial begins with, or whose CN is, `text`."""
    wanted = text.lower().replace(":", "").removeprefix("0x")
    prefix = "".join(c for c in wanted if c in "0123456789abcdef") + "%"
    if prefix != wanted + "%" or len(wanted) < 4:
        prefix = ""
    return list(
        _read(
            db,
            "WHERE c.sha256 LIKE ? OR c.serial LIKE ? OR c.common_name = ? "
            "ORDER BY c.effective_end LIMIT ?",
            [prefix, prefix, text, limit],
        )
    )


def many(db: Database, sha256s: Iterable[str]) -> dict[str, Certificate]:
    """The stored ones among these fingerprints, by fingerprint."""
    found: dict[str, Certificate] = {}
    for part in _chunks(list(sha256s)):
        marks = ", ".join("?" * len(part))
        for certificate in _read(db, f"WHERE c.sha256 IN ({marks})", part):
            found[certificate.sha256] = certificate
    return found


def with_subject(db: Database, subject_hash: str) -> list[Certificate]:
    return list(_read(db, "WHERE c.subject_hash = ?", [subject_hash]))


def with_issuer(db: Database, issuer_hash: str) -> Iterator[Certificate]:
    """Certificates that name this issuer, whoever signed them."""
    yield from _read(db, "WHERE c.issuer_hash = ?", [issuer_hash])


def count(db: Database) -> int:
    (number,) = db.conn.execute("SELECT count(*) FROM certificates").fetchone()
    return int(number)


def count_ending(db: Database, after: datetime, until: datetime) -> int:
    """How many certificates that are in a place have their effective end in between."""
    row = db.conn.execute(
        "SELECT count(*) FROM certificates c WHERE effective_end >= ? "
        "AND effective_end < ? "
        "AND EXISTS (SELECT 1 FROM places l WHERE l.certificate = c.sha256)",
        [after.isoformat(), until.isoformat()],
    ).fetchone()
    return int(row[0])


def add_links(db: Database, links: Iterable[tuple[str, str]]) -> None:
    """Note each (child, issuer) of which the issuer's key verifies the signature."""
    db.conn.executemany(
        "INSERT INTO issuer_links VALUES (?, ?) ON CONFLICT DO NOTHING", links
    )


def issuers_of(db: Database, sha256: str) -> list[str]:
    rows = db.conn.execute("SELECT issuer FROM issuer_links WHERE child = ?", [sha256])
    return [issuer for (issuer,) in rows]


def below(db: Database, sha256s: Iterable[str]) -> set[str]:
    """These certificates and all that stand below them by issuer links."""
    return _closure(db, sha256s, "SELECT child, issuer FROM issuer_links", "issuer")


def above(db: Database, sha256s: Iterable[str]) -> set[str]:
    """These certificates and all that stand above them by issuer links."""
    return _closure(db, sha256s, "SELECT issuer, child FROM issuer_links", "child")


def links_among(db: Database, sha256s: set[str]) -> list[tuple[str, str]]:
    """Each (child, issuer) link whose child is one of these."""
    links: list[tuple[str, str]] = []
    for part in _chunks(sorted(sha256s)):
        marks = ", ".join("?" * len(part))
        links += db.conn.execute(
            f"SELECT child, issuer FROM issuer_links WHERE child IN ({marks})", part
        )
    return links


def spans(
    db: Database, sha256s: set[str]
) -> dict[str, tuple[datetime, bool, bool, int | None]]:
    """For each of these: its end, self-signed, self-issued, path length.

    The end is notAfter, or the moment of revocation when that came first.
    """
    found = {}
    for part in _chunks(sorted(sha256s)):
        marks = ", ".join("?" * len(part))
        rows = db.conn.execute(
            "SELECT sha256, min(not_after, ifnull(revoked_at, not_after)), "
            "self_signed, subject_hash = issuer_hash, path_length "
            f"FROM certificates WHERE sha256 IN ({marks})",
            part,
        )
        for sha256, end, signed, issued, path_length in rows:
            moment = datetime.fromisoformat(end)
            found[sha256] = (moment, bool(signed), bool(issued), path_length)
    return found


def set_effective(db: Database, found: dict[str, Effective]) -> None:
    db.conn.executemany(
        # A row that says so already is left alone: its indexes are the dear part.
        "UPDATE certificates SET effective_end = ?1, limited_by = ?2, chain = ?3 "
        "WHERE sha256 = ?4 AND (effective_end, limited_by, chain) IS NOT (?1, ?2, ?3)",
        [
            (effective.end.isoformat(), effective.limited_by, effective.chain, sha256)
            for sha256, effective in found.items()
        ],
    )


def effective(db: Database, sha256: str) -> Effective:
    row = db.conn.execute(
        "SELECT effective_end, limited_by, chain FROM certificates WHERE sha256 = ?",
        [sha256],
    ).fetchone()
    end, limited_by, chain = row
    return Effective(
        end=datetime.fromisoformat(end), limited_by=limited_by, chain=Chain(chain)
    )


def mark_revoked(db: Database, sha256: str, *, at: datetime, reason: str) -> None:
    db.conn.execute(
        "UPDATE certificates SET revoked_at = ?, revocation_reason = ? "
        "WHERE sha256 = ?",
        [at.isoformat(), reason, sha256],
    )


def revocation(db: Database, sha256: str) -> Revoked | None:
    """When and why it was revoked, or None."""
    row = db.conn.execute(
        "SELECT serial, revoked_at, revocation_reason FROM certificates "
        "WHERE sha256 = ? AND revoked_at IS NOT NULL",
        [sha256],
    ).fetchone()
    return row and _revoked(row)


def revoked_below(db: Database, issuer: str, now: datetime) -> list[Revoked]:
    """What a CRL of this issuer lists: revoked, and not yet past its end."""
    rows = db.conn.execute(
        "SELECT serial, revoked_at, revocation_reason FROM certificates "
        "JOIN issuer_links k ON k.child = sha256 WHERE k.issuer = ? "
        "AND revoked_at IS NOT NULL AND not_after >= ? ORDER BY revoked_at, serial",
        [issuer, now.isoformat()],
    )
    return [_revoked(row) for row in rows]


def _revoked(row: tuple[str, str, str]) -> Revoked:
    serial, at, reason = row
    return Revoked(serial=serial, at=datetime.fromisoformat(at), reason=reason)


def _closure(
    db: Database, sha256s: Iterable[str], step: str, known_as: str
) -> set[str]:
    found = set(sha256s)
    edge = found
    while edge:
        reached: set[str] = set()
        for part in _chunks(sorted(edge)):
            marks = ", ".join("?" * len(part))
            rows = db.conn.execute(f"{step} WHERE {known_as} IN ({marks})", part)
            reached |= {row[0] for row in rows}
        edge = reached - found
        found |= edge
    return found


def _read(db: Database, where: str, values: list[Any]) -> Iterator[Certificate]:
    names = (*_COLUMNS, "der")
    for row in db.conn.execute(f"{_SELECT} {where}", values):
        yield _from_row(dict(zip(names, row, strict=True)))


def _to_row(certificate: Certificate) -> dict[str, Any]:
    row = {name: getattr(certificate, name) for name in (*_COLUMNS, "der")}
    row |= {name: row[name].isoformat() for name in _TIMES}
    return row | {name: "\n".join(row[name]) for name in _LISTS}


def _from_row(row: dict[str, Any]) -> Certificate:
    row |= {name: datetime.fromisoformat(row[name]) for name in _TIMES}
    row |= {name: tuple(row[name].splitlines()) for name in _LISTS}
    row |= {name: bool(row[name]) for name in ("is_ca", "self_signed")}
    return Certificate(**row)


def _chunks(values: list[str], size: int = 500) -> Iterator[list[str]]:
    for start in range(0, len(values), size):
        yield values[start : start + size]
