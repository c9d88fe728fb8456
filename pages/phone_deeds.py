"""The deeds on phones and their lists, each asked for in a dialog first."""

from collections.abc import Callable, Sequence

import streamlit as st

from lab.actions.follow_up import would_follow
from lab.actions.issue_lsc import issue_lsc
from lab.actions.lsc_order import LscOrder
from lab.actions.register_phones import Fared
from lab.actions.reset_phones import reset_phones
from lab.actions.reset_trust_lists import reset_ctl, reset_itl
from lab.actions.set_cluster_mode import set_cluster_mode
from lab.actions.trial import trial
from lab.actions.update_ctl import update_ctl
from lab.lab import Lab
from lab.models import Cluster, PartyKind
from lab.rules.after_change import CTL_RESET, CTL_UPDATE, ITL_RESET, SECURITY_MODE
from lab.store import parties, phone_listing
from lab.store.phone_listing import PhoneFilter
from pages.effect_parts import show_effects
from pages.language import _, counted
from pages.lsc_form import lsc_form
from pages.phone_told import say_refusal, tell, told_in_the_dialog
from pages.shared import as_text, session_lab, showing_refusals

_ASKING = "phones_asking"
_MOST_AT_ONCE = 200  # keys that a page makes while somebody waits
_ListDeed = Callable[[Lab, str], object]


def draw_deeds(cluster: Cluster, wanted: PhoneFilter, ticked: Sequence[str]) -> None:
    """The buttons; each opens a dialog that says what follows."""
    buttons = [
        ("reset", _("Reset phones"), ":material/restart_alt:"),
        ("lsc", _("Issue LSCs"), ":material/badge:"),
        ("itl", _("Sign the ITL with the local key"), ":material/key:"),
    ]
    if cluster.mixed_mode:
        buttons += [
            ("ctl", _("Update the CTL"), ":material/update:"),
            ("ctl_key", _("Sign the CTL with the local key"), ":material/key:"),
            ("mode", _("Back to non-secure mode"), ":material/shield_locked:"),
        ]
    else:
        buttons.append(("mode", _("Set to mixed mode"), ":material/shield_locked:"))
    with st.container(horizontal=True):
        for name, label, icon in buttons:
            st.button(
                label, key=f"phones_ask_{name}", icon=icon, on_click=_ask, args=(name,)
            )
    asked = st.session_state.get(_ASKING)
    label = next((text for name, text, _icon in buttons if name == asked), "")
    if label:
        dialog = st.dialog(label, width="medium", on_dismiss=_forget)
        dialog(_confirm)(session_lab(), str(asked), cluster, wanted, list(ticked))


def _ask(name: str) -> None:
    st.query_params.pop("phone", None)  # one dialog at a time
    st.session_state[_ASKING] = name


def _forget() -> None:
    st.session_state.pop(_ASKING, None)


def _confirm(
    lab: Lab, name: str, cluster: Cluster, wanted: PhoneFilter, ticked: list[str]
) -> None:
    if not st.session_state.get(_ASKING):  # it has been done
        st.rerun()
    say_refusal()
    if name == "reset":
        _confirm_reset(lab, cluster.name, wanted, ticked)
    elif name == "lsc":
        _confirm_lsc(lab, cluster.name, wanted, ticked)
    else:
        _confirm_lists(lab, name, cluster)


def _confirm_reset(
    lab: Lab, cluster: str, wanted: PhoneFilter, ticked: list[str]
) -> None:
    devices, node = _whom(lab, cluster, wanted, ticked)
    with showing_refusals():
        with trial(lab):
            fared = reset_phones(lab, cluster, devices, node=node)
        st.markdown(_("They are gone for a moment, and read their lists again."))
        good = counted(
            "{number} phone registers", "{number} phones register", fared.registered
        )
        st.success(good, icon=":material/check_circle:")
        if fared.unregistered:
            _say_lost(fared)
    _buttons(_("Reset"), _do_reset, cluster, devices, node)


def _say_lost(fared: Fared) -> None:
    text = counted(
        "{number} phone will not be registered afterwards.",
        "{number} phones will not be registered afterwards.",
        fared.unregistered,
    )
    if fared.lost:
        more = counted(
            "{number} of them is registered now.",
            "{number} of them are registered now.",
            len(fared.lost),
        )
        text = f"{text} {more}"
    st.error(text, icon=":material/phone_disabled:")


def _confirm_lsc(
    lab: Lab, cluster: str, wanted: PhoneFilter, ticked: list[str]
) -> None:
    devices, node = _whom(lab, cluster, wanted, ticked)
    total = phone_listing.count(lab.db, PhoneFilter(cluster=cluster, node=node))
    number = len(devices) or total
    days, order = lsc_form("phones_many")
    if number > _MOST_AT_ONCE:
        st.warning(
            _(
                "A page issues {limit} at once. Choose some, or use the command line: "
                "python -m lab lsc issue --all.",
                limit=_MOST_AT_ONCE,
            )
        )
        return
    st.markdown(counted("For {number} phone.", "For {number} phones.", number))
    if not devices:
        found = PhoneFilter(cluster=cluster, node=node)
        devices = [row.device for row in phone_listing.page(lab.db, found)]
    _buttons(_("Let CAPF do it"), do_issue, cluster, devices, days, order)


def _confirm_lists(lab: Lab, name: str, cluster: Cluster) -> None:
    texts = {
        "itl": _(
            "The ITL of each TFTP node is signed with its CallManager key; where more "
            "phones know the key of an earlier list, with that one. Phones that know "
            "the signer take the list at their next reset."
        ),
        "ctl": _("The CTL is written from the certificates that are stored now."),
        "ctl_key": _(
            "The CTL is written from what is stored, and signed with a key that "
            "phones know. Update it again once they are back."
        ),
        "mode": _(
            "A CTL without servers stays behind. Phones that hold a CTL go on checking "
            "the ITL with it, and nobody updates it any more."
        )
        if cluster.mixed_mode
        else _("A CTL is written. Phones with an LSC then talk over TLS."),
    }
    changes = {"itl": ITL_RESET, "ctl": CTL_UPDATE, "ctl_key": CTL_RESET}
    st.markdown(texts[name])
    nodes = parties.nodes(lab.db, cluster.name, PartyKind.UCM)
    if nodes:
        show_effects(would_follow(lab, changes.get(name, SECURITY_MODE), nodes[0]))
    _buttons(_("Do it"), _do_lists, name, cluster)


def _whom(
    lab: Lab, cluster: str, wanted: PhoneFilter, ticked: list[str]
) -> tuple[list[str], str]:
    """Which phones: those that are ticked, those of a node, or all."""
    total = phone_listing.count(lab.db, PhoneFilter(cluster=cluster))
    options = {"all": counted("All ({number})", "All ({number})", total)}
    if wanted.node:
        options["node"] = _("Those of {node}", node=as_text(wanted.node))
    if ticked:
        options["ticked"] = counted(
            "The {number} that is ticked", "The {number} that are ticked", len(ticked)
        )
    chosen = st.radio(
        _("Which phones"),
        list(options),
        key="phones_whom",
        index=len(options) - 1,
        format_func=options.__getitem__,
    )
    if chosen == "ticked":
        return ticked, ""
    return [], wanted.node if chosen == "node" else ""


def _buttons(label: str, deed: Callable[..., None], *args: object) -> None:
    with st.container(horizontal=True):
        st.button(label, key="phones_confirm", type="primary", on_click=deed, args=args)
        st.button(_("Cancel"), key="phones_cancel", on_click=_forget)


def _do_reset(cluster: str, devices: Sequence[str], node: str) -> None:
    with told_in_the_dialog():
        fared = reset_phones(session_lab(), cluster, devices, node=node)
        _forget()
        tell(
            _(
                "{registered} of {phones} phones are registered.",
                registered=fared.registered,
                phones=fared.phones,
            )
        )


def do_issue(cluster: str, devices: Sequence[str], days: int, order: LscOrder) -> None:
    """Let CAPF issue or delete the LSCs of these phones."""
    with told_in_the_dialog():
        issue_lsc(session_lab(), cluster, devices, days=days, order=order)
        _forget()
        number = len(devices)
        tell(counted("Done for {number} phone.", "Done for {number} phones.", number))


def _do_lists(name: str, cluster: Cluster) -> None:
    lab = session_lab()
    with told_in_the_dialog():
        if name == "mode":
            set_cluster_mode(lab, cluster.name, mixed=not cluster.mixed_mode)
        else:
            deeds: dict[str, _ListDeed] = {
                "itl": reset_itl,
                "ctl": update_ctl,
                "ctl_key": reset_ctl,
            }
            deeds[name](lab, cluster.name)
        _forget()
        tell(_("Done. Reset the phones now."))
