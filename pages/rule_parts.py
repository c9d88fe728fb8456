"""The tables of the rules as rows that people can read, and the search in them."""

from collections.abc import Sequence
from dataclasses import fields
from enum import Enum

import streamlit as st

from lab.rules.contradictions import Contradiction
from lab.rules.tables import TABLES, Table
from pages.language import _, counted
from pages.shared import as_text

MOST_TABLES = 20  # that one search shows
_HEADINGS = {
    "ca_signed_before_14": "CA-signed before 14",
    "ca_signed": "CA-signed",
    "id": "ID",
    "self_signed": "Self-signed",
    "self_signed_before_14": "Self-signed before 14",
    "extended_key_usage": "Extended key usage",
    "in_crl": "In a CRL",
    "in_ocsp": "In OCSP",
    "lab_choice": "What the lab does",
    "multi_server": "Multi-server",
    "oid": "OID",
    "rfc_section": "Section of the RFC",
    "sso_metadata": "Single sign-on metadata",
    "tftp": "TFTP",
    "tftp_r15": "TFTP, release 15",
    "before_14su2": "Before 14 SU2",
    "from_14su2": "From 14 SU2",
    "ctl_update": "CTL update",
    "limit": "Limit",
    "years_offered": "Years offered",
}


# Columns of the rule tables that hold running words. The others hold names, numbers
# and what the cluster prints literally, which stay as they are in every language.
WORD_COLUMNS = {
    *("about", "by", "cause", "certificate", "change", "condition", "consulted_by"),
    *("client", "default", "document", "effect", "effects", "event", "exists"),
    *("extension", "happens"),
    *(
        "field",
        "fills",
        "fits",
        "for_phones",
        "generate_self_signed",
        "given_to",
        "in_crl",
    ),
    *("lab_choice", "label", "meaning", "needs", "nodes", "note", "notes", "offered"),
    *("pattern", "phones_reset", "place", "reading", "readings", "regenerate"),
    *("remedy", "rfc_section", "rule", "signer", "step", "symptom", "tftp"),
    *("tftp_r15", "topic", "trigger", "used_for", "value", "way_out", "when", "where"),
    *("who", "whose", "why", "words", "title", "looks_at", "says"),
}


def slug(table: Table) -> str:
    """The name of a table in the address."""
    letters = "".join(c if c.isalnum() else " " for c in table.title.lower())
    return "-".join(letters.split())


BY_SLUG = {slug(table): table for table in TABLES}


def english_heading(name: str) -> str:
    """A column's heading, from the name of the field, before it is translated."""
    return _HEADINGS.get(name, name.replace("_", " ").capitalize())


def heading(name: str) -> str:
    return _(english_heading(name))


def cell(value: object, *, words: bool = True) -> str:
    """A value of a rule as text: lists joined, yes and no, nothing for nothing.

    Running `words` are translated; names, and what the cluster prints, are not.
    """
    match value:
        case None | () | "":
            return ""
        case bool():
            return _("yes") if value else _("no")
        case Enum():
            return _(str(value.value))
        case float() if value == float("inf"):
            return _("any")
        case frozenset():
            return ", ".join(sorted(cell(each, words=words) for each in value))
        case tuple() if any(isinstance(each, tuple) for each in value):
            return "; ".join(cell(each, words=words) for each in value)
        case tuple() if len(value) == 2 and isinstance(value[0], Enum):
            return f"{cell(value[0])}: {cell(value[1], words=words)}"
        case tuple():
            return ", ".join(cell(each, words=words) for each in value)
        case str() if value.startswith(":material/"):
            return value.removeprefix(":material/").rstrip(":").replace("_", " ")
        case str():
            return _(value) if words else value
        case _:
            return str(value)


def rows_of(table: Table) -> list[dict[str, str]]:
    return [
        {
            each.name: cell(getattr(row, each.name), words=each.name in WORD_COLUMNS)
            for each in fields(row)  # type: ignore[arg-type]  # every row is a dataclass
        }
        for row in table.rows
    ]


def found_in(table: Table, text: str) -> list[dict[str, str]]:
    """The rows of a table that contain the text in any column, whatever its case."""
    wanted = text.casefold()
    return [
        row
        for row in rows_of(table)
        if any(wanted in value.casefold() for value in row.values())
    ]


def draw_table(table: Table, rows: Sequence[dict[str, str]]) -> None:
    st.caption(_(table.about))
    st.dataframe(
        list(rows),
        key=f"rules_table_{slug(table)}",
        hide_index=True,
        height="content" if len(rows) <= 20 else 740,
        column_config={name: heading(name) for name in rows[0]},
        alt=_(table.title),
    )


def draw_search(text: str) -> None:
    """All rows of all tables that contain the text, table by table."""
    found = [(table, rows) for table in TABLES if (rows := found_in(table, text))]
    if not found:
        st.info(_("No table says that. Search for less of it."))
        return
    total = sum(len(rows) for _table, rows in found)
    st.markdown(counted("{number} row", "{number} rows", total))
    for table, rows in found[:MOST_TABLES]:
        st.subheader(_(table.title), anchor=False)
        draw_table(table, rows)
    if len(found) > MOST_TABLES:
        left = len(found) - MOST_TABLES
        st.caption(
            counted(
                "{number} more table contains it. Search for more of the text.",
                "{number} more tables contain it. Search for more of the text.",
                left,
            )
        )


def draw_contradictions(rows: Sequence[object]) -> None:
    """Each disagreement: what every document says, side by side, and the choice."""
    for row in rows:
        if not isinstance(row, Contradiction):
            continue
        with st.container(border=True):
            st.subheader(f"{row.number}. {as_text(_(row.topic))}", anchor=False)
            columns = st.columns(len(row.readings))
            for column, (source, reading) in zip(columns, row.readings, strict=True):
                column.caption(as_text(_(source)))
                column.markdown(as_text(_(reading)))
            st.markdown(
                f":material/gavel: **{_('What the lab does')}:** "
                f"{as_text(_(row.lab_choice))}"
            )
