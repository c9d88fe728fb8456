"""The tables that decide: what an answer leads to, who may sign it, when nodes ask."""

from collections.abc import Sequence
from typing import Any

import streamlit as st

from lab.lab import Lab
from lab.models import Cluster
from lab.rules.revocation import ASKED_WHEN, CHECK_ALARMS, OUTCOMES, TRUST_MODELS
from lab.store.revocation_settings import common_criteria
from pages.language import _, current
from pages.revocation_words import (
    cause_words,
    connects_cell,
    status_cell,
    status_words,
)


def draw_rules(lab: Lab, cluster: Cluster | None) -> None:
    _outcomes(bool(cluster and common_criteria(lab.db, cluster.name)), cluster)
    _models()
    _when()
    _alarms()


def _outcomes(is_on: bool, cluster: Cluster | None) -> None:
    st.subheader(_("What a result leads to"), anchor=False)
    rows = [
        {
            "status": status_cell(status),
            "off": connects_cell(OUTCOMES[status, False].connects),
            "on": connects_cell(OUTCOMES[status, True].connects),
            "source_off": _(OUTCOMES[status, False].source),
            "source_on": _(OUTCOMES[status, True].source),
        }
        for status in status_words()
        if (status, True) in OUTCOMES
    ]
    # What holds in this cluster comes first, and is marked.
    off, on = _("Common Criteria mode off"), _("Common Criteria mode on")
    if cluster:
        here = _("{mode} (now)", mode=on if is_on else off)
        off, on = (off, here) if is_on else (here, on)
    labels = {
        "status": _("Result"),
        "off": off,
        "on": on,
        "source_off": _("Source, mode off"),
        "source_on": _("Source, mode on"),
    }
    _table("outcomes", rows, labels, _("What each result leads to, by mode"))


def _models() -> None:
    st.subheader(_("Whose signature is believed, in this order"), anchor=False)
    rows = [
        {
            "model": row.japanese if current() == "ja" else row.name,
            "short": row.short,
            "signer": _(row.signer),
            "section": row.rfc_section,
            "source": _(row.source),
        }
        for row in TRUST_MODELS
    ]
    labels = {
        "model": _("Model"),
        "short": _("Short"),
        "signer": _("Who signs"),
        "section": _("Section"),
        "source": _("Source"),
    }
    _table("models", rows, labels, _("The two models by which a signer is believed"))


def _when() -> None:
    st.subheader(_("When nodes ask"), anchor=False)
    rows = [
        {
            "when": _(row.when),
            "about": _(row.about),
            "effect": _(row.effect),
            "source": _(row.source),
        }
        for row in ASKED_WHEN
    ]
    labels = {
        "when": _("When"),
        "about": _("About what"),
        "effect": _("Outcome"),
        "source": _("Source"),
    }
    _table("when", rows, labels, _("When nodes ask, about what, and what follows"))


def _alarms() -> None:
    st.subheader(_("Which alarm is raised"), anchor=False)
    causes = cause_words()
    rows = [
        {
            "alarm": row.alarm,
            "causes": ", ".join(causes[each] for each in row.causes),
            "statuses": ", ".join(status_words()[each] for each in row.statuses),
            "client": row.client,
            "note": _(row.note),
            "source": _(row.source),
        }
        for row in CHECK_ALARMS
    ]
    labels = {
        "alarm": _("Alarm"),
        "causes": _("Why asked"),
        "statuses": _("Result"),
        "client": _("Link"),
        "note": _("Note"),
        "source": _("Source"),
    }
    _table("alarms", rows, labels, _("Which alarm a result raises"))


def _table(
    name: str, rows: Sequence[dict[str, str]], labels: dict[str, Any], alt: str
) -> None:
    first = next(iter(labels))
    columns = labels | {first: st.column_config.TextColumn(labels[first], pinned=True)}
    st.dataframe(
        rows,
        key=f"revocation_rule_{name}",
        hide_index=True,
        height="content",
        column_config=columns,
        alt=alt,
    )
