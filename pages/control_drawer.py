"""The drawer of one service: what it presents, what a deed interrupts, the deeds."""

from collections.abc import Callable, Sequence
from datetime import datetime

import streamlit as st

from lab.actions.activate_service import (
    activate_service,
    deactivate_service,
    toggle_service,
)
from lab.actions.look_at_services import Presented, Presents, Status
from lab.actions.restart_everywhere import restart_everywhere
from lab.actions.restart_service import restart_service
from lab.actions.start_service import start_service
from lab.actions.stop_service import stop_service
from lab.lab import Lab
from lab.models import Certificate, Service
from lab.rules.services import kept_over_restart
from lab.store import parties
from pages.control_dialogs import (
    close,
    open_catch_up,
    say_done,
    say_interrupts,
    say_refusal,
    told_in_the_dialog,
)
from pages.control_words import presents_words, started_text, state_badge
from pages.language import _, day_text
from pages.shared import as_code, as_text, session_lab


def open_drawer(lab: Lab, found: Sequence[Status], now: datetime) -> None:
    """Show what was asked for: all that is behind, or the service in the address."""
    say_done()
    behind = [each for each in found if each.is_behind]
    if st.session_state.get("services_catching_up") and behind:
        open_catch_up(lab, behind)
        return
    name = st.query_params.get("service", "")
    chosen = next((each for each in found if each.service.name == name), None)
    if chosen:
        title = _(
            "{what} on {where}", what=as_text(name), where=as_text(chosen.node.name)
        )
        dialog = st.dialog(title, width="large", position="right", on_dismiss=close)
        dialog(_show)(lab, chosen, now)
    elif name:
        st.warning(
            _("This node runs no service called {name}.", name=as_code(name[:80])),
            icon=":material/link_off:",
        )


def _show(lab: Lab, each: Status, now: datetime) -> None:
    if "service" not in st.query_params:  # a deed has been done
        st.rerun()
    say_refusal()
    activation = _("Activated") if each.service.activated else _("Deactivated")
    kind = _("Feature service") if each.service.kind == "feature" else (
        _("Network service")
    )  # fmt: skip
    st.markdown(f"{state_badge(each.state)} :gray-badge[{activation}] {kind}")
    st.markdown(started_text(each, now))
    if each.presented:
        st.dataframe(
            [_cells(one) for one in each.presented],
            key="services_presented",
            hide_index=True,
            height="content",
            column_config={
                "purpose": _("Certificate"),
                "presents": _("Presents"),
                "loaded": _("Loaded"),
                "stored": _("Stored"),
            },
            alt=_("What the service has loaded, and what is stored"),
        )
    else:
        st.caption(_("It presents no certificate of its own."))
    _notes(each)
    say_interrupts(lab, [each])
    _buttons(lab, each)


def _cells(one: Presented) -> dict[str, str]:
    return {
        "purpose": one.purpose,
        "presents": presents_words()[one.presents],
        "loaded": _certificate(one.loaded),
        "stored": _certificate(one.stored)
        if one.presents is not Presents.STORED
        else _("The same"),
    }


def _certificate(certificate: Certificate | None) -> str:
    if certificate is None:
        return ""
    return _(
        "{name}, ends on {day}",
        name=certificate.common_name or certificate.subject,
        day=day_text(certificate.not_after),
    )


def _notes(each: Status) -> None:
    if each.row.trusts:
        stores = ", ".join(as_text(store) for store in each.row.trusts)
        st.caption(_("It believes what is in: {stores}.", stores=stores))
    if each.row.note:
        st.caption(
            _(
                "Note: {note}. Source: {source}.",
                note=as_text(_(each.row.note)),
                source=as_text(_(each.row.source)),
            )
        )


def _buttons(lab: Lab, each: Status) -> None:
    service, here = each.service, each.node.online
    profile = parties.cluster(lab.db, each.node.cluster).profile
    if each.swaps:
        st.warning(
            _(
                "A restart is not enough: it keeps its copy of {purposes} until it is "
                "deactivated and activated.",
                purposes=", ".join(kept_over_restart(service.name, profile)),
            ),
            icon=":material/content_copy:",
        )
    with st.container(horizontal=True):
        if not service.activated:
            _button("activate", _("Activate"), activate_service, each, primary=True)
        elif not service.running:
            _button("start", _("Start"), start_service, each, primary=True)
        else:
            _button("restart", _("Restart"), restart_service, each, not each.swaps)
            if each.rule.stops:
                _button("stop", _("Stop"), stop_service, each)
        if service.activated and service.kind == "feature":
            if service.running:
                label = _("Deactivate and activate")
                _button("toggle", label, toggle_service, each, primary=each.swaps)
            _button("deactivate", _("Deactivate"), deactivate_service, each)
        st.button(
            _("Restart on all nodes, publisher first"),
            key="services_everywhere",
            icon=":material/dns:",
            on_click=_do_everywhere,
            args=(each,),
        )
    if not each.rule.stops:
        st.caption(
            _("It can be restarted, not stopped: {reason}.", reason=_(each.rule.note))
        )
    if not here:
        st.caption(_("The node is offline, so it cannot be reached."))


def _button(
    name: str,
    label: str,
    deed: Callable[..., Service],
    each: Status,
    primary: bool = False,
) -> None:
    st.button(
        label,
        key=f"services_{name}",
        type="primary" if primary else "secondary",
        on_click=_do,
        args=(deed, label, each),
        disabled=not each.node.online,
    )


def _do(deed: Callable[..., Service], label: str, each: Status) -> None:
    node, name = each.node, each.service.name
    with told_in_the_dialog():
        deed(session_lab(), node.name, name, cluster=node.cluster)
        what = _("{what} on {where}", what=as_text(name), where=as_text(node.name))
        st.session_state.services_done = _("{deed}: {what}", deed=label, what=what)
        close()


def _do_everywhere(each: Status) -> None:
    with told_in_the_dialog():
        done = restart_everywhere(session_lab(), each.node.cluster, each.service.name)
        text = _(
            "{service} restarts on {nodes}.",
            service=as_text(each.service.name),
            nodes=as_text(", ".join(done.nodes)),
        )
        if done.left_out:
            text += " " + _(
                "Stopped or offline, so left out: {nodes}.",
                nodes=as_text(", ".join(done.left_out)),
            )
        st.session_state.services_done = text
        close()
