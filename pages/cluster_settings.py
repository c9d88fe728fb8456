"""Enterprise parameters of each cluster, and settings of the lab."""

import streamlit as st

from pages.endpoint_parts import choose_addresses
from pages.lab_settings_parts import choose_base_url, choose_clock, choose_thresholds
from pages.language import _
from pages.parameter_parts import (
    choose_cluster,
    clusters_with_parameters,
    draw_mode,
    draw_parameters,
    show_dialog,
)
from pages.shared import session_lab

lab = session_lab()
clusters = clusters_with_parameters(lab)
st.subheader(_("Enterprise parameters"), anchor=False)
if clusters:
    cluster = choose_cluster(clusters)
    draw_mode(cluster)
    draw_parameters(lab, cluster)
    show_dialog(lab)
else:
    st.info(
        _("They belong to a cluster, and the lab runs none. Build the example lab."),
        icon=":material/info:",
    )
    st.page_link("overview.py", label=_("Overview"), icon=":material/dashboard:")
st.subheader(_("The lab itself"), anchor=False)
choose_clock(lab)
choose_thresholds(lab)
choose_base_url(lab)
choose_addresses(lab, "settings")
