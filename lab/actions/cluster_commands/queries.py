"""The two documented queries: `run sql`."""

import re
from collections.abc import Iterator, Sequence

from lab.actions.cluster_commands.session import Session
from lab.errors import RuleError
from lab.pki.bundles import write_pem
from lab.rules.purposes import PROFILES
from lab.rules.trust_stores import STORES
from lab.store import certificates, parties, places

_MODE = re.compile(
    r"run sql select paramname\s*,\s*paramvalue from processconfig "
    r"where paramname\s*=\s*'ClusterSecurityMode'\s*;?",
    re.IGNORECASE,
)
_CERTIFICATES = re.compile(
    r"run sql select .{0,400}\bfrom certificate as c\b.{0,800}"
    r"certificateservicecertificatemap\b.{0,2000}",
    re.IGNORECASE,
)


def run_query(session: Session, query: str) -> None:
    """Answer one of the two; a `RuleError` for any other."""
    if _MODE.fullmatch(query):
        home = parties.cluster(session.lab.db, session.cluster)
        rows = [("ClusterSecurityMode", "1" if home.mixed_mode else "0")]
        session.say(*_table(("paramname", "paramvalue"), rows))
    elif _CERTIFICATES.fullmatch(query):
        head = ("servername", "name", "moniker", "certificate")
        session.say(*_table(head, list(_certificates(session))))
    else:
        raise RuleError(
            "the lab has two queries only: the security mode of the cluster, and the "
            "certificates of its database",
            hint="Type help run sql to see both.",
        )


def _certificates(session: Session) -> Iterator[tuple[str, ...]]:
    """Every certificate that the cluster's database has, with its PEM."""
    lab = session.lab
    profile = parties.cluster(lab.db, session.cluster).profile
    for node in parties.nodes(lab.db, session.cluster):
        for kind, name in PROFILES[profile]:
            place = places.slot(lab.db, node.id, name) if kind == node.kind else None
            if place:
                yield node.name, name, "own", _pem(session, place.certificate)
        for store in STORES:
            for entry in places.entries(lab.db, node.id, store):
                yield node.name, store, "trust", _pem(session, entry.certificate)


def _pem(session: Session, sha256: str) -> str:
    der = certificates.get(session.lab.db, sha256).der
    # On lines of its own, so that it can be read again.
    return "\n" + write_pem([der]).decode().rstrip()


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Columns as wide as they have to be, but for the last."""
    widths = [
        max(len(cell) for cell in column)
        for column in list(zip(head, *rows, strict=True))[:-1]
    ]
    last = max(len(line) for row in (head, *rows) for line in row[-1].split("\n"))
    for row in (head, [*("=" * width for width in widths), "=" * last], *rows):
        cells = [cell.ljust(width) for cell, width in zip(row, widths, strict=False)]
        yield " ".join([*cells, row[-1]])
