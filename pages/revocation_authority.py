"""How an authority answers and publishes: the form of its settings."""

from collections.abc import Sequence
from typing import Any

import streamlit as st

from lab.actions.issue_ocsp_signer import SIGNER_KEYS
from lab.actions.publish_crl import publish_crl
from lab.actions.revocation_health import Line
from lab.actions.set_authority import set_authority
from lab.lab import Lab
from lab.models import Authority, Certificate, KeySpec
from lab.rules.publishing import LIMITS, PUBLISHING
from lab.store import parties
from pages.address import shown, write
from pages.language import _
from pages.shared import as_text, session_lab, showing_refusals


def choose_authority(lab: Lab, lines: Sequence[Line]) -> None:
    """Which one, a button for its lists, and the form."""
    known = {each.name: each for each in parties.authorities(lab.db)}
    answering = [each.name for each in known.values() if each.ocsp != "none"]
    asked = st.query_params.get("authority", "")
    chosen = asked if asked in known else [*answering, *known][0]
    with st.container(border=True):
        with st.container(horizontal=True, vertical_alignment="bottom"):
            st.selectbox(
                _("How it is made"),
                list(known),
                format_func=lambda name: known[name].label if name in known else name,
                key=shown("revocation", "authority", chosen),
                on_change=write,
                args=("revocation", "authority"),
                width=320,
            )
            st.button(
                _("Publish a CRL now"),
                key="revocation_publish",
                icon=":material/publish:",
                on_click=_publish,
                args=(chosen,),
            )
        signer = next(
            (
                line.signer
                for line in lines
                if line.authority.name == chosen and line.what == "OCSP"
            ),
            None,
        )
        _form(known[chosen], signer)


def signer_words() -> dict[str, str]:
    """Who signs an authority's OCSP answers."""
    return {
        "none": _("Nobody: there are no OCSP answers"),
        "delegated": _("A delegated signer"),
        "authority": _("The authority itself"),
    }


def scope_words() -> dict[str, str]:
    """What lists an authority has."""
    return {
        "everything": _("One for everything"),
        "separate": _("Also for end entities and authorities apart"),
    }


def authority_key(authority: Authority, name: str) -> str:
    """A box of its own for each present value: it begins with that one."""
    return f"revocation_{name}|{authority.name}|{getattr(authority, name)}"


def _form(authority: Authority, signer: Certificate | None) -> None:
    key = _present_key(authority, signer)
    with st.form("revocation_authority_form", border=False):
        with st.grid(3, min_column_width=240, vertical_alignment="bottom"):
            _choose(authority, "ocsp", _("Who signs OCSP answers"), signer_words())
            st.selectbox(
                _("Key of a delegated signer"),
                [str(each) for each in SIGNER_KEYS],
                [*map(str, SIGNER_KEYS)].index(key) if key else 0,
                key=f"revocation_signer_key|{authority.name}|{key}",
            )
            _number(authority, "ocsp_minutes", _("Minutes an OCSP answer holds"))
            _choose(authority, "crl_scope", _("Lists"), scope_words())
            _number(authority, "crl_days", _("Days a CRL holds"))
            _number(authority, "delta_hours", _("Hours between delta CRLs (0: none)"))
        st.form_submit_button(
            _("Save"),
            key="revocation_save_authority",
            on_click=_save,
            args=(authority, key),
        )


def _present_key(authority: Authority, signer: Certificate | None) -> str:
    """The key of its delegated signer, in words; empty when there is none."""
    if authority.ocsp != "delegated" or signer is None:
        return ""
    found = str(KeySpec(type=signer.key_type, size=signer.key_size))
    return found if found in map(str, SIGNER_KEYS) else ""


def _choose(authority: Authority, name: str, label: str, words: dict[str, str]) -> None:
    rows = {row.name: row for row in PUBLISHING if row.setting == name}
    lines = [f"- {words[one]}: {as_text(_(row.what))}" for one, row in rows.items()]
    st.selectbox(
        label,
        list(rows),
        list(rows).index(getattr(authority, name)),
        format_func=lambda each: words.get(each, each),
        key=authority_key(authority, name),
        help="\n".join(lines),
    )


def _number(authority: Authority, name: str, label: str) -> None:
    limit = LIMITS[name]
    st.number_input(
        label,
        limit.least,
        limit.most,
        getattr(authority, name),
        step=1,
        key=authority_key(authority, name),
    )


def _save(authority: Authority, key: str) -> None:
    state = st.session_state
    names = ("ocsp", "ocsp_minutes", "crl_days", "delta_hours", "crl_scope")
    wanted: dict[str, Any] = {
        name: state[authority_key(authority, name)] for name in names
    }
    chosen = state[f"revocation_signer_key|{authority.name}|{key}"]
    if wanted["ocsp"] == "delegated" and chosen != key:
        wanted["signer_key"] = next(each for each in SIGNER_KEYS if str(each) == chosen)
    with showing_refusals():
        set_authority(session_lab(), authority.name, **wanted)
        st.toast(
            _("The settings of {name} were saved.", name=as_text(authority.label)),
            icon=":material/check_circle:",
        )


def _publish(name: str) -> None:
    with showing_refusals():
        crl = publish_crl(session_lab(), name)
        st.toast(
            _("CRL number {number} was published.", number=crl.number),
            icon=":material/check_circle:",
        )
