"""What runs with what: loaded against stored, start and restart."""

import streamlit as st

from lab.actions.look_at_services import services_on
from lab.store import certificates
from pages.control_drawer import open_drawer
from pages.control_parts import (
    choose,
    countdown,
    nodes_with_services,
    say_summary,
)
from pages.control_tables import draw_tables
from pages.first_use import offer_example
from pages.language import _
from pages.shared import session_lab

lab = session_lab()
now = lab.clock.now()
nodes = nodes_with_services(lab)
if not nodes:
    if certificates.count(lab.db):
        st.info(
            _("No node here runs services: what was imported is only looked at."),
            icon=":material/info:",
        )
        st.page_link("certificates.py", label=_("Certificates"))
    else:
        offer_example(lab)
    st.stop()
node, only_old = choose(lab, nodes)
found = services_on(lab, node, now)
if not node.online:
    st.warning(
        _("This node is offline: its services cannot be reached. Bring it back first."),
        icon=":material/cloud_off:",
    )
say_summary(found)
countdown(lab, node.cluster)
draw_tables([each for each in found if each.is_behind or not only_old], now)
open_drawer(lab, found, now)
