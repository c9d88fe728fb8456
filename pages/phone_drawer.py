"""The drawer of one phone: how it fares and why, its lists, what can be done."""

import json

import streamlit as st

from lab.actions.reset_phones import reset_phones
from lab.actions.show_trust_list import decoded_list
from lab.actions.unlock_phone import unlock_phone
from lab.lab import Lab
from lab.store import phone_listing
from lab.store.phone_listing import PhoneLine
from pages.language import _, moment_text
from pages.lsc_form import lsc_form
from pages.phone_deeds import do_issue
from pages.phone_list_parts import draw_list
from pages.phone_parts import close_drawer
from pages.phone_told import say_done, say_refusal, tell, told_in_the_dialog
from pages.phone_words import list_badge, reason_lines, remedy_text, state_badge
from pages.shared import as_code, as_text, session_lab


def open_phone(lab: Lab, cluster: str) -> None:
    """Show the phone that the address names, beside the list."""
    asked = st.query_params.get("phone", "")[:80]
    if not asked:
        return
    row = phone_listing.one(lab.db, cluster, asked)
    if row is None:
        st.warning(
            _("There is no phone called {name} here.", name=as_code(asked)),
            icon=":material/link_off:",
        )
        return
    dialog = st.dialog(
        as_code(asked), width="large", position="right", on_dismiss=close_drawer
    )
    dialog(_show)(lab, cluster, asked)


def _show(lab: Lab, cluster: str, device: str) -> None:
    row = phone_listing.one(lab.db, cluster, device)  # a deed may have changed it
    if row is None:
        return
    say_refusal()
    say_done(in_drawer=True)
    told = json.loads(row.evidence)
    badges = [state_badge(registered=row.registered)]
    badges += [list_badge("ITL", row.itl_state), list_badge("CTL", row.ctl_state)]
    st.markdown(" ".join(badges))
    if lines := list(reason_lines(told)):
        text = "\n".join(lines)
        if remedy := remedy_text(told):
            text += f"\n\n**{_('What helps')}:** {remedy}"
        (st.warning if row.registered else st.error)(text)
    _facts(row)
    _deeds(row)
    for kind, number in (("ITL", row.itl), ("CTL", row.ctl)):
        st.subheader(_("The {kind} that it holds", kind=kind))
        if number is None:
            st.caption(_("None."))
        else:
            draw_list(decoded_list(lab, number))


def _facts(row: PhoneLine) -> None:
    lines = {
        _("Node"): as_text(row.node),
        _("Model"): as_text(row.model),
        _("In this state since"): moment_text(row.since) if row.since else "",
        _("Last reset"): moment_text(row.reset_at) if row.reset_at else "",
        _("LSC ends"): moment_text(row.lsc_ends) if row.lsc_ends else _("No LSC"),
        _("LSC signed by"): as_code(row.lsc_issuer) if row.lsc_issuer else "",
    }
    st.markdown(
        "  \n".join(f"**{name}:** {text}" for name, text in lines.items() if text)
    )
    if row.lsc:
        st.page_link(
            "certificates.py",
            label=_("Its LSC in the list of certificates"),
            icon=":material/badge:",
            query_params={"certificate": row.lsc},
        )


def _deeds(row: PhoneLine) -> None:
    st.caption(
        _(
            "A reset phone is gone for a moment. Unlocking takes both lists away from "
            "it, at its own keys: it then takes the next files that it is served."
        )
    )
    with st.container(horizontal=True):
        st.button(
            _("Reset"),
            key="phones_one_reset",
            icon=":material/restart_alt:",
            on_click=_reset,
            args=(row.cluster, row.device),
        )
        st.button(
            _("Unlock"),
            key="phones_one_unlock",
            icon=":material/lock_open:",
            on_click=_unlock,
            args=(row.cluster, row.device),
        )
    with st.expander(_("Issue or delete its LSC"), icon=":material/badge:"):
        days, order = lsc_form("phones_one")
        st.button(
            _("Let CAPF do it"),
            key="phones_one_lsc",
            on_click=do_issue,
            args=(row.cluster, [row.device], days, order),
        )


def _reset(cluster: str, device: str) -> None:
    with told_in_the_dialog():
        fared = reset_phones(session_lab(), cluster, [device])
        _tell(device, registered=bool(fared.registered))


def _unlock(cluster: str, device: str) -> None:
    with told_in_the_dialog():
        fared = unlock_phone(session_lab(), cluster, device)
        _tell(device, registered=bool(fared.registered))


def _tell(device: str, *, registered: bool) -> None:
    name = as_text(device)
    if registered:
        tell(_("{name} is registered.", name=name))
    else:
        tell(_("{name} is still not registered.", name=name))
