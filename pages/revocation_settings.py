"""How a cluster asks: every field of its settings page, the mode, long-lived links."""

from collections.abc import Sequence
from typing import Any

import streamlit as st

from lab.actions.revocation_settings import set_revocation_settings, setting_text
from lab.actions.set_common_criteria import common_criteria, set_common_criteria
from lab.effects import Effect
from lab.lab import Lab
from lab.models import Cluster
from lab.rules.revocation import REVOCATION_FIELDS, SettingField
from lab.store.revocation_settings import RevocationSettings, read_settings
from pages.effect_parts import show_effects
from pages.language import _
from pages.revocation_links import draw_links
from pages.shared import as_text, session_lab, showing_refusals

_SAVED = "revocation_saved"  # what follows the settings that were just saved


def draw_settings(lab: Lab, cluster: Cluster | None) -> None:
    if cluster is None:
        st.info(
            _("The lab runs no cluster, so nobody asks here. Build the example lab."),
            icon=":material/info:",
        )
        return
    _mode(lab, cluster)
    _form(cluster, read_settings(lab.db, cluster.name))
    draw_links(lab, cluster)


def _mode(lab: Lab, cluster: Cluster) -> None:
    """Common Criteria mode, which decides what "unknown" leads to."""
    is_on = common_criteria(lab, cluster.name)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.badge(
            _("Common Criteria mode is on") if is_on
            else _("Common Criteria mode is off"),
            icon=":material/verified_user:" if is_on else ":material/shield:",
            color="green" if is_on else "gray",
        )  # fmt: skip
        st.button(
            _("Switch it off") if is_on else _("Switch it on"),
            key="revocation_mode",
            on_click=_set_mode,
            args=(cluster.name, not is_on),
        )
        st.markdown(
            _("Who cannot tell whether a certificate is revoked does not connect.")
            if is_on
            else _("Who cannot tell whether a certificate is revoked connects.")
        )


def _set_mode(cluster: str, enabled: bool) -> None:
    with showing_refusals():
        set_common_criteria(session_lab(), cluster, enabled)
        st.toast(_("The next check judges by it."), icon=":material/check_circle:")


def field_key(cluster: str, name: str, present: object) -> str:
    """A box of its own for each present value: it begins with that one."""
    return f"revocation_{name}|{cluster}|{setting_text(present)}"


def _form(cluster: Cluster, present: RevocationSettings) -> None:
    rows = {row.name: row for row in REVOCATION_FIELDS}
    keys = {
        name: field_key(cluster.name, name, getattr(present, name)) for name in rows
    }
    with st.form("revocation_settings_form"):
        grid = st.grid(3, min_column_width=260, gap="medium")
        with grid.cell():
            st.markdown(f"**{_('OCSP')}**")
            for name in ("enable_ocsp", "use_certificate_uri", "use_configured_uri"):
                _switch(rows[name], keys[name], present)
            st.text_input(
                _(rows["configured_uri"].label),
                present.configured_uri,
                max_chars=500,
                key=keys["configured_uri"],
                help=_help(rows["configured_uri"]),
            )
        with grid.cell():
            st.markdown(f"**{_('Periodic check')}**")
            _switch(rows["enable_check"], keys["enable_check"], present)
            _interval(rows, keys, present)
        with grid.cell():
            st.markdown(f"**{_('CRLs and the chain')}**")
            _switch(rows["enable_crl"], keys["enable_crl"], present)
            st.text_area(
                _(rows["crl_uris"].label),
                "\n".join(present.crl_uris),
                max_chars=3000,
                height=110,
                placeholder=_("One address a line, at most five"),
                key=keys["crl_uris"],
                help=_help(rows["crl_uris"]),
            )
            _switch(rows["full_chain"], keys["full_chain"], present)
        st.form_submit_button(
            _("Save"),
            key="revocation_save",
            type="primary",
            on_click=_save,
            args=(cluster.name, keys),
        )


def _switch(row: SettingField, key: str, present: RevocationSettings) -> None:
    st.checkbox(_(row.label), getattr(present, row.name), key=key, help=_help(row))


def _interval(
    rows: dict[str, SettingField], keys: dict[str, str], present: RevocationSettings
) -> None:
    units = {"hours": _("Hours"), "days": _("Days")}
    number, unit = st.columns(2, vertical_alignment="bottom")
    number.number_input(
        _(rows["every"].label),
        value=present.every,
        step=1,
        key=keys["every"],
        help=_help(rows["every"]),
    )
    unit.selectbox(
        _(rows["unit"].label),
        list(units),
        list(units).index(present.unit),
        format_func=lambda each: units.get(each, each),
        key=keys["unit"],
        help=_help(rows["unit"]),
    )


def _help(row: SettingField) -> str:
    """What the field means, since which release, and where that is written."""
    text = as_text(_(row.meaning))
    if row.since:
        text += ". " + _("From release {release} on", release=as_text(row.since))
    return f"{text}. {_('Source: {source}.', source=as_text(_(row.source)))}"


def _save(cluster: str, keys: dict[str, str]) -> None:
    values: dict[str, Any] = {name: st.session_state[key] for name, key in keys.items()}
    values["crl_uris"] = tuple(values["crl_uris"].split())
    with showing_refusals():
        effects = set_revocation_settings(session_lab(), cluster, **values)
        st.session_state[_SAVED] = effects


def open_saved() -> bool:
    """After saving: the services to restart, as the cluster lists them."""
    effects = st.session_state.get(_SAVED)
    if effects is None:
        return False
    title = _("The settings were saved")
    st.dialog(title, width="medium", on_dismiss=_close)(_show_saved)(effects)
    return True


def _show_saved(effects: Sequence[Effect]) -> None:
    if _SAVED not in st.session_state:
        st.rerun()
    show_effects(effects)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(_("Close"), key="revocation_saved_close", on_click=_close)
        st.page_link(
            "control_center.py",
            label=_("Services"),
            icon=":material/settings_applications:",
        )


def _close() -> None:
    st.session_state.pop(_SAVED, None)
