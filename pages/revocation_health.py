"""How fresh each authority's answers and lists are, and how they are made."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import streamlit as st

from lab.actions.revocation_health import Health, Line
from lab.lab import Lab
from pages.language import _
from pages.revocation_authority import choose_authority
from pages.revocation_words import (
    HEALTH_COLOURS,
    health_cell,
    line_words,
)


def draw_health(lab: Lab, lines: Sequence[Line], now: datetime) -> None:
    if not lines:
        st.info(
            _("The lab holds the key of no authority, so it answers for nobody."),
            icon=":material/info:",
        )
        return
    st.dataframe(
        [_cells(line, now) for line in lines],
        key="revocation_health",
        hide_index=True,
        height="content" if len(lines) <= 14 else 520,
        column_config=_columns(),
        alt=_("The answers and lists of each authority: how old, and until when"),
    )
    st.caption(
        _("The age is the share of its life that is over. Successors come by "
          "themselves as the lab's clock goes on. The age of OCSP answers is that of "
          "the certificate that signs them.")
    )  # fmt: skip
    choose_authority(lab, lines)


def _cells(line: Line, now: datetime) -> dict[str, Any]:
    age = line.age(now)
    return {
        "authority": line.authority.label,
        "what": line_words(line),
        "state": [health_cell(line.health)],
        "age": None if age is None else round(age * 100),
        "end": _time(line.end),
        "planned": _time(line.planned),
        "by": _made_by(line),
        "start": _time(line.start),
    }


def _made_by(line: Line) -> str:
    if line.what != "OCSP":
        return "" if line.number is None else _("Number {number}", number=line.number)
    if line.signer is None:
        return ""
    holds = line.authority.ocsp_minutes
    return _(
        "{signer}, answers hold {minutes} minutes",
        signer=line.signer.common_name or line.signer.subject,
        minutes=holds,
    )


def _time(moment: datetime | None) -> str:
    return f"{moment:%Y-%m-%d %H:%M}" if moment else ""


def _columns() -> dict[str, Any]:
    # The word is white on its colour in both themes, so both need the dark shades.
    colours = [
        str(st.get_option(f"theme.light.{HEALTH_COLOURS[each]}Color"))
        for each in Health
    ]
    return {
        "authority": st.column_config.TextColumn(_("Authority"), pinned=True),
        "what": _("What clients get"),
        "state": st.column_config.MultiselectColumn(
            _("State"), options=[health_cell(each) for each in Health], color=colours
        ),
        "age": st.column_config.ProgressColumn(
            _("Age"), min_value=0, max_value=100, format="%d%%", width="small"
        ),
        "end": _("Holds until (UTC)"),
        "planned": _("Next one (UTC)"),
        "by": st.column_config.TextColumn(_("Made by"), width="medium"),
        "start": _("Since (UTC)"),
    }
