"""The `certificates` table: each certificate once, by the SHA-256 of its DER."""

import json
from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import fields
from datetime import datetime
from operator import attrgetter
from typing import Any, NamedTuple

from sqlite_utils import Database

from lab.errors import NotFoundError
from lab.models import Certificate, Chain, Effective, Revoked

_TIMES = ("not_before", "not_after")
_LISTS = ("alternative_names", "key_usage", "extended_key_usage")
_PLAIN = tuple(
    field.name
    for field in fields(Certificate)
    if field.name not in ("der", *_TIMES, *_LISTS)
)
_COLUMNS = (*_PLAIN, *_TIMES, *_LISTS)
_plain, _lists = attrgetter(*_PLAIN), attrgetter(*_LISTS)
_JUDGED = ("effective_end", "limited_by", "chain")
_INSERT = f"""
    INSERT INTO certificates ({", ".join((*_COLUMNS, *_JUDGED))})
    VALUES ({", ".join("?" * len((*_COLUMNS, *_JUDGED)))})
"""
_SELECT = f"""
    SELECT {", ".join("c." + name for name in _COLUMNS)}, d.der
    FROM certificates c JOIN ders d ON d.certificate = c.sha256
"""
_REVOKED = "serial, revoked_at, revocation_reason, invalid_since"
_WHOLE, _CUT = Chain.COMPLETE.value, Chain.INCOMPLETE.value


class Standing(NamedTuple):
    """What the effective end of a certificate is worked out from, and what it was."""

    end: datetime  # notAfter, or the moment of revocation when that came first
    self_signed: bool
    self_issued: bool
    path_length: int | None
    judged: tuple[str, str, str]  # effective end, limited by, chain: as they are stored


class Signed(NamedTuple):
    """What tells who signed a certificate."""

    sha256: str
    issuer_hash: str
    authority_key_identifier: str
    self_signed: bool
    key_id: str
    der: bytes


def new_among(
    db: Database, certificates: Iterable[Certificate]
) -> dict[str, Certificate]:
    """Those of these that are not stored yet, by fingerprint."""
    new = {each.sha256: each for each in certificates}
    for part in _chunks(list(new)):
        marks = ", ".join("?" * len(part))
        for (sha256,) in db.conn.execute(
            f"SELECT sha256 FROM certificates WHERE sha256 IN ({marks})", part
        ):
            del new[sha256]
    return new


def add_new(
    db: Database, new: Mapping[str, Certificate], named: Container[str]
) -> None:
    """Store what `new_among` has found.

    Until they are judged, their effective ends are their own, and they stand as if
    an issuer of the name they name, where `named` has them, had signed them.
    """
    rows = sorted(new.items())  # their index is read through from left to right
    db.conn.executemany(
        _INSERT,
        [_to_row(row, row.self_signed or sha256 in named) for sha256, row in rows],
    )
    db.conn.executemany(
        "INSERT INTO ders (certificate, der) VALUES (?, ?)",
        [(sha256, row.der) for sha256, row in rows],
    )


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


def with_keys(db: Database, key_ids: Iterable[str]) -> dict[str, list[Certificate]]:
    """The certificates that were made for these public keys, by key."""
    found: dict[str, list[Certificate]] = {}
    for part in _chunks(list(key_ids)):
        marks = ", ".join("?" * len(part))
        for certificate in _read(db, f"WHERE c.key_id IN ({marks})", part):
            found.setdefault(certificate.key_id, []).append(certificate)
    return found


def with_subjects(db: Database, subject_hashes: Iterable[str]) -> list[Certificate]:
    """Certificates of these subjects that are CAs, or sign themselves."""
    found: list[Certificate] = []
    for part in _chunks(list(subject_hashes)):
        marks = ", ".join("?" * len(part))
        where = f"WHERE c.subject_hash IN ({marks}) AND (c.is_ca OR c.self_signed)"
        found += _read(db, where, part)
    return found


def with_issuer(db: Database, issuer_hash: str) -> Iterator[Signed]:
    """Certificates that name this issuer, whoever signed them."""
    rows = db.conn.execute(
        "SELECT c.sha256, c.issuer_hash, c.authority_key_identifier, c.self_signed, "
        "c.key_id, d.der FROM certificates c "
        "JOIN ders d ON d.certificate = c.sha256 WHERE c.issuer_hash = ?",
        [issuer_hash],
    )
    return (Signed(*row) for row in rows)


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


def below(
    db: Database, sha256s: Iterable[str], size: int = 1000
) -> Iterator[list[str]]:
    """These certificates and all that stand below them by issuer links, in parts."""
    rows = db.conn.execute(
        """
        WITH RECURSIVE down (sha256) AS (
            SELECT value FROM json_each(?)
            UNION
            SELECT k.child FROM down JOIN issuer_links k ON k.issuer = down.sha256
        )
        SELECT sha256 FROM down
        """,
        [json.dumps(list(sha256s))],
    )
    while part := rows.fetchmany(size):
        yield [sha256 for (sha256,) in part]


def above(db: Database, sha256s: Iterable[str]) -> set[str]:
    """These certificates and all that stand above them by issuer links."""
    return set(issuers_above(db, sha256s))


def issuers_above(db: Database, sha256s: Iterable[str]) -> dict[str, list[str]]:
    """The issuers of these certificates, and of all that stand above them."""
    found: dict[str, list[str]] = {}
    edge = list(sha256s)
    while edge:
        found |= {sha256: [] for sha256 in edge}
        for part in _chunks(edge):
            marks = ", ".join("?" * len(part))
            for child, issuer in db.conn.execute(
                f"SELECT child, issuer FROM issuer_links WHERE child IN ({marks})", part
            ):
                found[child].append(issuer)
        reached = {issuer for sha256 in edge for issuer in found[sha256]}
        edge = [sha256 for sha256 in reached if sha256 not in found]
    return found


def standing(certificate: Certificate) -> Standing:
    """That of a certificate that `add_new` has just stored as signed."""
    end = certificate.not_after
    return Standing(
        end,
        certificate.self_signed,
        certificate.subject_hash == certificate.issuer_hash,
        certificate.path_length,
        (end.isoformat(), certificate.sha256, _WHOLE),
    )


def spans(db: Database, sha256s: Iterable[str]) -> dict[str, Standing]:
    """What each of these is judged by."""
    found = {}
    for part in _chunks(list(sha256s)):
        marks = ", ".join("?" * len(part))
        rows = db.conn.execute(
            "SELECT sha256, min(not_after, ifnull(revoked_at, not_after)), "
            "self_signed, subject_hash = issuer_hash, path_length, "
            "effective_end, limited_by, chain "
            f"FROM certificates WHERE sha256 IN ({marks})",
            part,
        )
        for sha256, end, signed, issued, path_length, *judged in rows:
            found[sha256] = Standing(
                datetime.fromisoformat(end),
                bool(signed),
                bool(issued),
                path_length,
                tuple(judged),
            )
    return found


def set_effective(db: Database, found: Iterable[tuple[str, str, str, str]]) -> None:
    """Note each (certificate, effective end, limited by, chain)."""
    db.conn.executemany(
        "UPDATE certificates SET effective_end = ?2, limited_by = ?3, chain = ?4 "
        "WHERE sha256 = ?1",
        found,
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


def mark_revoked(
    db: Database,
    sha256: str,
    *,
    at: datetime,
    reason: str,
    invalid_since: datetime | None = None,
) -> None:
    db.conn.execute(
        "UPDATE certificates SET revoked_at = ?, revocation_reason = ?, "
        "invalid_since = ? WHERE sha256 = ?",
        [at.isoformat(), reason, invalid_since and invalid_since.isoformat(), sha256],
    )


def clear_revocation(db: Database, sha256: str) -> None:
    """Forget that it was on hold."""
    db.conn.execute(
        "UPDATE certificates SET revoked_at = NULL, revocation_reason = NULL, "
        "invalid_since = NULL WHERE sha256 = ?",
        [sha256],
    )


def revocation(db: Database, sha256: str) -> Revoked | None:
    """When and why it was revoked, or None."""
    row = db.conn.execute(
        f"SELECT {_REVOKED} FROM certificates "
        "WHERE sha256 = ? AND revoked_at IS NOT NULL",
        [sha256],
    ).fetchone()
    return row and _revoked(row)


def revoked_below(
    db: Database, issuer: str, since: str = "", *, is_ca: bool | None = None
) -> list[Revoked]:
    """What this issuer has revoked and what had not ended before `since`.

    `since` is a moment as it is stored; `is_ca` leaves only authorities, or only the
    others.
    """
    rows = db.conn.execute(
        f"SELECT {_REVOKED} FROM certificates "
        "JOIN issuer_links k ON k.child = sha256 WHERE k.issuer = ?1 "
        "AND revoked_at IS NOT NULL AND not_after >= ?2 "
        "AND (?3 IS NULL OR is_ca = ?3) ORDER BY revoked_at, serial",
        [issuer, since, is_ca],
    )
    return [_revoked(row) for row in rows]


def _revoked(row: tuple[str, str, str, str | None]) -> Revoked:
    serial, at, reason, since = row
    return Revoked(
        serial=serial,
        at=datetime.fromisoformat(at),
        reason=reason,
        invalid_since=datetime.fromisoformat(since) if since else None,
    )


def _read(db: Database, where: str, values: list[Any]) -> Iterator[Certificate]:
    names = (*_COLUMNS, "der")
    for row in db.conn.execute(f"{_SELECT} {where}", values):
        yield _from_row(dict(zip(names, row, strict=True)))


def _to_row(certificate: Certificate, is_whole: bool) -> tuple[object, ...]:
    """The values of `_INSERT`; a certificate that is not judged is its own limit."""
    end = certificate.not_after.isoformat()
    return (
        *_plain(certificate),
        certificate.not_before.isoformat(),
        end,
        *map("\n".join, _lists(certificate)),
        end,
        certificate.sha256,
        _WHOLE if is_whole else _CUT,
    )


def _from_row(row: dict[str, Any]) -> Certificate:
    row |= {name: datetime.fromisoformat(row[name]) for name in _TIMES}
    row |= {name: tuple(row[name].splitlines()) for name in _LISTS}
    row |= {name: bool(row[name]) for name in ("is_ca", "self_signed")}
    return Certificate(**row)


def _chunks(values: list[str], size: int = 500) -> Iterator[list[str]]:
    for start in range(0, len(values), size):
        yield values[start : start + size]
