"""Certificates where they are: found, sorted, paged and counted by the database."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlite_utils import Database

from lab.errors import BadInputError
from lab.models import Chain, Condition, PartyKind, Placement, State, Usage
from lab.store.text_search import literal, may_occur

# The one place that says which state a certificate in a place is in; the rules page
# shows the same in words (lab.rules.states). Worst first, as in State.
_WHENS = (
    "c.revoked_at <= :at AND c.revocation_reason = 'certificateHold' THEN 'on_hold'",
    "c.revoked_at <= :at THEN 'revoked'",
    """l.usage = 'trust' AND l.copy_of <> '' AND NOT EXISTS (
        SELECT 1 FROM places o
        WHERE o.certificate = l.certificate AND o.usage = 'identity') THEN 'left_over'
    """,
    "c.not_after < :at THEN 'expired'",
    "c.not_before > :at THEN 'not_yet_valid'",
    """l.usage <> 'unassigned' AND (c.chain <> 'complete' OR c.effective_end < :at)
        THEN 'broken_chain'""",
    "c.effective_end < :within_7 THEN 'ends_in_7'",
    """l.usage = 'identity' AND EXISTS (
        SELECT 1 FROM services s JOIN loaded d ON d.service = s.id
        WHERE s.party = l.party AND s.running = 1 AND d.purpose = l.name
        AND d.certificate <> l.certificate) THEN 'not_in_use'""",
    "c.effective_end < :within_30 THEN 'ends_in_30'",
    "c.effective_end < :within_90 THEN 'ends_in_90'",
)


def _case(whens: Iterable[str]) -> str:
    return f"CASE {' '.join(f'WHEN {when}' for when in whens)} ELSE 'fine' END"


_STATE = _case(_WHENS)
# The same for a certificate that is in no slot and no store: its place decides nothing.
_STATE_BY_DATES = _case(when for when in _WHENS if "l.usage" not in when)
# In this order, so that a sorted page is read off an index of the certificates.
_FROM = """
    FROM certificates c
    CROSS JOIN places l ON l.certificate = c.sha256
    CROSS JOIN parties p ON p.id = l.party
"""
_FROM_HOLDERS = """
    FROM parties p
    CROSS JOIN places l ON l.party = p.id
    CROSS JOIN certificates c ON c.sha256 = l.certificate
"""
_FEW = 5000  # places: so many are sorted faster than an index is read to its end
# One row a certificate: the place that matters most of it, an identity before a copy.
_MAIN_PLACE = """
    l.id = (SELECT o.id FROM places o WHERE o.certificate = c.sha256
            ORDER BY o.usage = 'trust', o.id LIMIT 1)
"""
# One certificate in several identity slots.
_SHARED = """
    l.usage = 'identity' AND (SELECT count(*) FROM places o
        WHERE o.certificate = l.certificate AND o.usage = 'identity') > 1
"""
_LIMITED_BY = "(SELECT b.common_name FROM certificates b WHERE b.sha256 = c.limited_by)"
_EXPRESSIONS = {
    "place": "l.id",
    "certificate": "c.sha256",
    "cluster": "ifnull(p.cluster, '')",
    "party": "p.name",
    "party_kind": "p.kind",
    "party_role": "p.role",
    "node": "ifnull((SELECT n.name FROM parties n WHERE n.id = p.node), '')",
    "usage": "l.usage",
    "name": "l.name",
    "common_name": "c.common_name",
    "serial": "c.serial",
    "subject": "c.subject",
    "issuer": "c.issuer",
    "issued_by": "c.issuer_common_name",
    "self_signed": "c.self_signed",
    "is_ca": "c.is_ca",
    "key_type": "c.key_type",
    "key_size": "c.key_size",
    "not_before": "c.not_before",
    "not_after": "c.not_after",
    "effective_end": "c.effective_end",
    "limited_by": "c.limited_by",
    "limited_by_name": _LIMITED_BY,
    "chain": "c.chain",
    "revoked_at": "c.revoked_at",
    "how": "l.how",
    "copy_of": "l.copy_of",
    "description": "l.description",
    "state": _STATE,
    "places": "(SELECT count(*) FROM places o WHERE o.certificate = c.sha256)",
}
# What "find where" searches, by the column's name in the address. All are text.
COLUMNS = {
    "certificate": "l.name",
    "common_name": "c.common_name",
    "serial": "c.serial",
    "usage": "l.usage",
    "type": "CASE c.self_signed WHEN 1 THEN 'Self-signed' ELSE 'CA-signed' END",
    "key_type": "c.key_type || ' ' || c.key_size",
    "distribution": (
        f"p.name || CASE WHEN {_SHARED} THEN ' Multi-server(SAN)' ELSE '' END"
    ),
    "holder": "p.name",
    "cluster": "ifnull(p.cluster, '')",
    "issued_by": "c.issuer_common_name",
    "expiration": "c.not_after",
    "effective_end": "c.effective_end",
    "limited_by": f"CASE WHEN c.limited_by = c.sha256 THEN '' ELSE {_LIMITED_BY} END",
    "state": _STATE,
    "subject": "c.subject",
    "names": "c.alternative_names",
    "fingerprint": "c.sha256",
    "description": "l.description",
}
OPERATORS = {
    "begins_with": "LIKE {text} || '%'",
    "contains": "LIKE '%' || {text} || '%'",
    "is_exactly": "= {text} COLLATE NOCASE",
    "ends_with": "LIKE '%' || {text}",
    "is_empty": "= ''",
    "is_not_empty": "<> ''",
}
SORTS = {
    **COLUMNS,
    "state": f"instr('{' '.join(State)}', {_STATE})",  # the worst first
    "not_before": "c.not_before",
}
# Between which effective ends a state can lie: a search for states reads only those.
_ENDS: dict[State, tuple[str, str]] = {
    State.EXPIRED: ("", "at"),
    State.ENDS_IN_7: ("", "within_7"),
    State.ENDS_IN_30: ("within_7", "within_30"),
    State.ENDS_IN_90: ("within_30", "within_90"),
    State.NOT_IN_USE: ("within_7", ""),
    State.FINE: ("within_90", ""),
}
# Where certificates of the rarer states are to be found.
_AMONG: dict[State, str] = {
    State.REVOKED: "SELECT sha256 FROM certificates WHERE revoked_at IS NOT NULL",
    State.ON_HOLD: "SELECT sha256 FROM certificates WHERE revoked_at IS NOT NULL",
    State.LEFT_OVER: (
        "SELECT certificate FROM places WHERE usage = 'trust' AND copy_of <> ''"
    ),
    State.NOT_YET_VALID: "SELECT sha256 FROM certificates WHERE not_before > :at",
    State.BROKEN_CHAIN: """
        SELECT o.certificate FROM places o JOIN certificates b
        ON b.sha256 = o.certificate WHERE o.usage IN ('identity', 'trust')
        AND (b.chain <> 'complete' OR b.effective_end < :at)
    """,
    State.NOT_IN_USE: """
        SELECT o.certificate FROM loaded d JOIN services s ON s.id = d.service
        JOIN places o ON o.party = s.party AND o.usage = 'identity'
        AND o.name = d.purpose WHERE o.certificate <> d.certificate AND s.running = 1
    """,
}
_MOST_ROWS = 1000  # the browser never gets more at once: spec §6
_MOST_CONDITIONS = 8


@dataclass(frozen=True, kw_only=True)
class View:
    """The moment and the thresholds that states are told by, and whose rows count.

    `scope` is "" for all, "built" for what the lab made, "imported" for what came in
    from files, else the name of a cluster.
    """

    at: datetime
    thresholds: tuple[int, int, int] = (90, 30, 7)
    scope: str = ""

    def parameters(self) -> dict[str, str]:
        far, near, soon = self.thresholds
        return {
            "at": self.at.isoformat(),
            "within_90": (self.at + timedelta(days=far)).isoformat(),
            "within_30": (self.at + timedelta(days=near)).isoformat(),
            "within_7": (self.at + timedelta(days=soon)).isoformat(),
            "scope": self.scope,
        }

    def where(self) -> str:
        match self.scope:
            case "":
                return "1"
            case "built":
                return "l.how <> 'imported'"
            case "imported":
                return "l.how = 'imported'"
            case _:
                return "p.cluster = :scope"


def find(
    db: Database,
    view: View,
    conditions: Sequence[Condition] = (),
    *,
    states: Sequence[State] = (),
    sort: str = "effective_end",
    descending: bool = False,
    limit: int = 50,
    offset: int = 0,
    once: bool = False,
) -> list[Placement]:
    """One page of placements; with `once`, each certificate only in its main place.

    All conditions must hold; with `states`, one of these states too. At most 1,000
    rows come back. An unknown column, operator or sort, or a text that is too long,
    is a `BadInputError`, so an address may be passed on as it is.
    """
    where, values = _where(view, conditions, states, once)
    order = _order(sort, descending=descending)
    values |= {"limit": max(0, min(limit, _MOST_ROWS)), "offset": max(0, offset)}
    # First the places of the page, then the columns of these alone.
    places = db.conn.execute(
        f"SELECT l.id {_from(db, view, where + order)} WHERE {where} "
        f"ORDER BY {order} LIMIT :limit OFFSET :offset",
        values,
    )
    return read_places(db, view, [place for (place,) in places])


def every(
    db: Database,
    view: View,
    conditions: Sequence[Condition] = (),
    *,
    states: Sequence[State] = (),
    sort: str = "effective_end",
    descending: bool = False,
    limit: int = 100_000,
    once: bool = False,
) -> Iterator[Placement]:
    """As `find`, for files: up to 100,000 rows, read while they are written."""
    where, values = _where(view, conditions, states, once)
    order = _order(sort, descending=descending)
    values["limit"] = max(0, min(limit, 100_000))
    places = db.conn.execute(
        f"SELECT l.id {_from(db, view, where + order)} WHERE {where} "
        f"ORDER BY {order} LIMIT :limit",
        values,
    )
    while part := [place for (place,) in places.fetchmany(500)]:
        yield from read_places(db, view, part)


def count(
    db: Database,
    view: View,
    conditions: Sequence[Condition] = (),
    *,
    states: Sequence[State] = (),
    once: bool = False,
) -> int:
    """How many rows `find` would give in all."""
    where, values = _where(view, conditions, states, once)
    if where == _MAIN_PLACE:
        sql = "SELECT count(DISTINCT certificate) FROM places"
    else:
        sql = f"SELECT count(*) {_from(db, view, where)} WHERE {where}"
    row = db.conn.execute(sql, values).fetchone()
    return int(row[0])


def get(db: Database, view: View, sha256: str) -> list[Placement]:
    """Every placement of one certificate, identities first."""
    cursor = db.conn.execute(
        f"SELECT {', '.join(_EXPRESSIONS.values())} {_FROM} "
        "WHERE c.sha256 = :sha256 ORDER BY l.usage = 'trust', l.id LIMIT 1000",
        view.parameters() | {"sha256": sha256},
    )
    return [_placement(row) for row in cursor]


def tally(db: Database, view: View) -> dict[tuple[State, str], int]:
    """How many certificates per (state, month of effective end "2027-01")."""
    month = "substr(c.effective_end, 1, 7)"
    placed = f"""
        SELECT {_STATE} AS state, {month} AS month, 1 AS number {_FROM}
        WHERE {view.where()} AND {_MAIN_PLACE}
    """
    counted = placed
    if view.scope in ("", "imported"):
        # Of imported certificates without a slot the dates alone tell the state, and
        # an index holds these. So all are counted by dates; then the others, which
        # are few beside many imports, are put right one by one.
        counted = f"""
            SELECT {_STATE_BY_DATES} AS state, {month} AS month, count(*) AS number
            FROM certificates c INDEXED BY certificates_standing GROUP BY 1, 2
            UNION ALL
            SELECT {_STATE_BY_DATES}, {month}, -1
            FROM others JOIN certificates c ON c.sha256 = others.sha256
            UNION ALL
            {placed} AND c.sha256 IN (SELECT sha256 FROM others)
        """
    rows = db.conn.execute(
        f"""
        WITH others AS MATERIALIZED (
            SELECT sha256 FROM certificates c WHERE NOT EXISTS (
                SELECT 1 FROM places o
                WHERE o.certificate = c.sha256 AND o.usage = 'unassigned')
            UNION
            SELECT certificate FROM places WHERE usage IN ('identity', 'trust')
        )
        SELECT state, month, sum(number) FROM ({counted})
        GROUP BY 1, 2 HAVING sum(number) > 0
        """,
        view.parameters(),
    )
    return {(State(state), month): number for state, month, number in rows}


def _where(
    view: View, conditions: Sequence[Condition], states: Sequence[State], once: bool
) -> tuple[str, dict[str, Any]]:
    if len(conditions) > _MOST_CONDITIONS:
        raise BadInputError(
            "there are {count} conditions; the most is {limit}",
            hint="Remove some of them.",
            count=len(conditions),
            limit=_MOST_CONDITIONS,
        )
    parts = [view.where()]
    values: dict[str, Any] = dict(view.parameters())
    for number, condition in enumerate(conditions):
        if condition.column not in COLUMNS:
            raise _unknown("column to search", condition.column, COLUMNS)
        if condition.operator not in OPERATORS:
            raise _unknown("operator", condition.operator, OPERATORS)
        expression = COLUMNS[condition.column]
        test = OPERATORS[condition.operator].format(text=f":text{number}")
        escaped = literal(condition.text)
        if ":text" in test and not may_occur(condition.text):
            parts.append("0")
            continue
        if test.startswith("LIKE"):
            test += " ESCAPE '\\'"
            values[f"text{number}"] = escaped
        else:
            values[f"text{number}"] = condition.text
        parts.append(f"({expression}) {test}")
    if states:
        ends = [_ENDS.get(state, ("", "")) for state in states]
        # ISO texts of one zone sort like the moments they name.
        if all(low for low, _ in ends):
            values["low"] = min(values[low] for low, _ in ends)
            parts.append("c.effective_end >= :low")
        if all(high for _, high in ends):
            values["high"] = max(values[high] for _, high in ends)
            parts.append("c.effective_end < :high")
        if all(state in _AMONG for state in states):
            among = " UNION ALL ".join(_AMONG[state] for state in states)
            parts.append(f"c.sha256 IN ({among})")
        names = {f"state_{state}": state.value for state in states}
        parts.append(f"({_STATE}) IN ({', '.join(':' + name for name in names)})")
        values |= names
    if once:
        parts.append(_MAIN_PLACE)
    return " AND ".join(part for part in parts if part != "1") or "1", values


def _from(db: Database, view: View, wanted: str) -> str:
    """The tables that these expressions need, in the order that is quickest."""
    if "c." not in wanted:
        return "FROM places l CROSS JOIN parties p ON p.id = l.party"
    if view.scope:
        (places,) = db.conn.execute(
            "SELECT count(*) FROM (SELECT 1 FROM places l JOIN parties p "
            f"ON p.id = l.party WHERE {view.where()} LIMIT {_FEW})",
            view.parameters(),
        ).fetchone()
        if places < _FEW:
            return _FROM_HOLDERS
    if "p." not in wanted:
        return _FROM.replace("CROSS JOIN parties p ON p.id = l.party", "")
    return _FROM


def _order(sort: str, *, descending: bool) -> str:
    if sort not in SORTS:
        raise _unknown("column to sort by", sort, SORTS)
    return f"{SORTS[sort]} {'DESC' if descending else 'ASC'}, l.id"


def read_places(db: Database, view: View, places: Sequence[int]) -> list[Placement]:
    """The rows of these places, in this order."""
    marks = ", ".join(f":place{number}" for number in range(len(places)))
    cursor = db.conn.execute(
        f"""
        SELECT {", ".join(_EXPRESSIONS.values())} FROM places l
        CROSS JOIN certificates c ON c.sha256 = l.certificate
        CROSS JOIN parties p ON p.id = l.party
        WHERE l.id IN ({marks})
        """,
        view.parameters()
        | {f"place{number}": id_ for number, id_ in enumerate(places)},
    )
    found = {row[0]: row for row in cursor}
    return [_placement(found[place]) for place in places]


def _unknown(what: str, found: str, known: dict[str, str]) -> BadInputError:
    return BadInputError(
        "there is no {what} called {found}",
        hint="Choose one of: {known}.",
        what=what,
        found=repr(found),
        known=", ".join(known),
    )


def _placement(row: tuple[Any, ...]) -> Placement:
    found = dict(zip(_EXPRESSIONS, row, strict=True))
    for name in ("not_before", "not_after", "effective_end"):
        found[name] = datetime.fromisoformat(found[name])
    if found["revoked_at"]:
        found["revoked_at"] = datetime.fromisoformat(found["revoked_at"])
    found["party_kind"] = PartyKind(found["party_kind"])
    found["usage"] = Usage(found["usage"])
    found["chain"] = Chain(found["chain"])
    found["state"] = State(found["state"])
    found["self_signed"] = bool(found["self_signed"])
    found["is_ca"] = bool(found["is_ca"])
    return Placement(**found)
