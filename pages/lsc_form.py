"""The fields by which an LSC is ordered from CAPF."""

import streamlit as st

from lab.actions.lsc_order import LscOrder
from lab.rules.keys_and_names import LSC_DAYS
from lab.rules.phone_certificates import (
    BY_NULL_STRING,
    BY_STRING,
    DELETE,
    INSTALL,
    RSA_ONLY,
    lsc_choices,
)
from pages.language import _


def lsc_form(key: str) -> tuple[int, LscOrder]:
    """The fields by which an LSC is ordered."""
    least, most = LSC_DAYS
    operation = st.radio(
        _("Certificate Operation"),
        [INSTALL, DELETE],
        key=f"{key}_what",
        horizontal=True,
    )
    modes, orders = lsc_choices("Authentication Mode"), lsc_choices("Key Order")
    mode = st.selectbox(
        _("Authentication Mode"),
        modes,
        index=modes.index(BY_NULL_STRING),
        key=f"{key}_mode",
    )
    string = ""
    if mode == BY_STRING:
        string = st.text_input(
            _("Authentication string"), key=f"{key}_string", max_chars=10
        )
    key_order = st.selectbox(_("Key Order"), orders, key=f"{key}_order")
    is_rsa = key_order == RSA_ONLY
    sizes = lsc_choices("RSA Key Size" if is_rsa else "EC Key Size")
    size = st.selectbox(
        _("Key size in bits"),
        sizes,
        index=sizes.index("2048" if is_rsa else "256"),
        key=f"{key}_size_{'rsa' if is_rsa else 'ec'}",
    )
    days = st.number_input(
        _("Days"), min_value=least, max_value=most, value=365, key=f"{key}_days"
    )
    return int(days), LscOrder(
        operation=operation or INSTALL,
        authentication=mode,
        string=string or "",
        key_order=key_order,
        rsa_size=int(size) if is_rsa else 2048,
        ec_size=256 if is_rsa else int(size),
    )
