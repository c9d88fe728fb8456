"""The rows of the certificates page: counted, put into words, and written to a file."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from io import BytesIO
from itertools import islice
from typing import Any

import streamlit as st

from lab.actions.export import rows_as_csv
from lab.lab import Lab, lab_path, open_lab
from lab.models import Placement, State, Usage
from lab.rules.multi_server import SHARED
from lab.store import listing, places
from lab.store.listing import View
from pages.certificate_filters import PAGE_ROWS, Wanted, column_labels, usage_labels
from pages.language import _, counted
from pages.shared import STATE_COLOURS, fingerprint, state_label

MOST_ROWS_IN_A_FILE = 100_000
SHOWN = (
    "certificate",
    "common_name",
    "distribution",
    "state",
    "expiration",
    "effective_end",
    "limited_by",
    "usage",
    "type",
    "key_type",
    "issued_by",
    "serial",
    "description",
)
ALSO_IN_A_FILE = ("cluster", "subject", "fingerprint")


@st.cache_data(max_entries=500, show_spinner=False)
def _count(
    _lab: Lab,
    true_for: str,  # noqa: ARG001  # a key of the cache
    view: View,
    wanted: Wanted,
) -> int:
    return listing.count(
        _lab.db,
        replace(view, scope=wanted.scope),
        wanted.all_conditions(),
        states=wanted.states,
        once=wanted.once,
    )


def count_wanted(lab: Lab, view: View, wanted: Wanted) -> int:
    """How many rows there are in all; kept until something is done to the lab."""
    return _count(lab, fingerprint(lab), view, wanted)


def rows_wanted(lab: Lab, view: View, wanted: Wanted, start: int) -> list[Placement]:
    """One page of the list, from this row on; kept until something is done."""
    return _rows(lab, fingerprint(lab), view, wanted, start)


@st.cache_data(max_entries=100, show_spinner=False)
def _rows(
    _lab: Lab,
    true_for: str,  # noqa: ARG001  # a key of the cache
    view: View,
    wanted: Wanted,
    start: int,
) -> list[Placement]:
    return listing.find(
        _lab.db,
        replace(view, scope=wanted.scope),
        wanted.all_conditions(),
        states=wanted.states,
        sort=wanted.sort,
        descending=wanted.descending,
        limit=PAGE_ROWS,
        offset=start,
        once=wanted.once,
    )


def cells_of(row: Placement, words: dict[str, str], shared: set[str]) -> dict[str, str]:
    """One line of the list, by column; `words` has usages, types and states."""
    holder = row.party
    if row.usage is Usage.IDENTITY and row.certificate in shared:
        holder += f" {SHARED}"
    return {
        "certificate": row.name,
        "common_name": row.common_name,
        "distribution": holder,
        "state": words[row.state],
        "expiration": f"{row.not_after:%Y-%m-%d %H:%M}",
        "effective_end": f"{row.effective_end:%Y-%m-%d %H:%M}",
        "limited_by": "" if row.limited_by == row.certificate else row.limited_by_name,
        "usage": words[row.usage],
        "type": words["self_signed" if row.self_signed else "ca_signed"],
        "key_type": f"{row.key_type} {row.key_size}" if row.key_size else row.key_type,
        "issued_by": row.issued_by,
        "serial": row.serial,
        "description": row.description,
    }


def words_of_cells(thresholds: tuple[int, int, int]) -> dict[str, str]:
    """The words that cells are made of, in the language of this visit."""
    words = {state.value: state_label(state, thresholds) for state in State}
    types = {"self_signed": _("Self-signed"), "ca_signed": _("CA-signed")}
    return words | usage_labels() | types


def columns_of_table(words: dict[str, str]) -> dict[str, Any]:
    """Headings; states as word and colour."""
    # The word is white on its colour in both themes, so both need the dark shades.
    colours = [
        str(st.get_option(f"theme.light.{STATE_COLOURS[state]}Color"))
        for state in State
    ]
    labels = column_labels()
    return {
        **{name: labels[name] for name in SHOWN},
        "certificate": st.column_config.TextColumn(labels["certificate"], pinned=True),
        "state": st.column_config.MultiselectColumn(
            labels["state"], options=[words[state] for state in State], color=colours
        ),
    }


def say_what_to_loosen(lab: Lab, view: View, wanted: Wanted) -> None:
    """Nothing was found: say how many rows there are without each of the filters."""
    lines = [
        counted(
            "- {number} row without: {filter}",
            "- {number} rows without: {filter}",
            count_wanted(lab, view, loosened),
            filter=label,
        )
        for label, loosened in wanted.loosened()
    ]
    st.info(
        "\n".join([_("Nothing is like that. Loosen one of the filters:"), "", *lines]),
        icon=":material/search_off:",
    )


@dataclass(frozen=True)
class CsvFile:
    """The file of all rows, made when it is asked for.

    Called on a thread of its own, so it opens the lab for itself.
    """

    view: View
    wanted: Wanted
    words: dict[str, str]
    labels: dict[str, str]

    def __call__(self) -> BytesIO:
        lab = open_lab(lab_path(), actor="dashboard")
        try:
            header = [self.labels[name] for name in (*SHOWN, *ALSO_IN_A_FILE)]
            return rows_as_csv(header, self._rows(lab))
        finally:
            lab.close()

    def _rows(self, lab: Lab) -> Iterator[list[str]]:
        rows = listing.every(
            lab.db,
            replace(self.view, scope=self.wanted.scope),
            self.wanted.all_conditions(),
            states=self.wanted.states,
            sort=self.wanted.sort,
            descending=self.wanted.descending,
            limit=MOST_ROWS_IN_A_FILE,
            once=self.wanted.once,
        )
        while part := list(islice(rows, 500)):
            shared = places.shared(lab.db, [row.certificate for row in part])
            for row in part:
                cells = cells_of(row, self.words, shared)
                yield [*cells.values(), row.cluster, row.subject, row.certificate]
