"""From a request to a certificate of an authority in use: eight steps, and where."""

from functools import partial

import streamlit as st

from lab.actions.third_party_flow import flow_of
from pages.first_use import offer_example
from pages.language import _
from pages.request_answers import step_capf, step_root, step_upload
from pages.request_dialogs import show_dialog
from pages.request_ends import step_ctl, step_restart
from pages.request_forms import step_download, step_generate
from pages.request_parts import (
    at_hand,
    choose_slot,
    own_nodes,
    show_head,
    show_step,
)
from pages.request_signing import step_sign
from pages.request_waiting import show_waiting
from pages.shared import session_lab

lab = session_lab()
nodes = own_nodes(lab)
if not nodes:
    offer_example(lab)
    st.stop()
st.markdown(
    _(
        "The way of a certificate that an authority signs. Every step shows from the "
        "lab itself whether it is done; nothing is ticked off by hand."
    )
)
slot = choose_slot(lab, nodes)
files = at_hand(slot)
flow = flow_of(lab, slot.node.name, slot.row.name, slot.cluster.name, answer=files.ders)
show_head(flow)
bodies = (
    partial(step_generate, slot, flow),
    partial(step_download, lab, slot, flow),
    partial(step_sign, lab, slot, flow, files),
    partial(step_root, lab, slot, flow),
    partial(step_capf, slot, flow, files),
    partial(step_upload, slot, flow, files),
    partial(step_ctl, slot, flow),
    partial(step_restart, slot, flow),
)
for state, body in zip(flow.steps, bodies, strict=True):
    show_step(state, body)
show_waiting(lab, lab.clock.now())
show_dialog(lab, flow)
