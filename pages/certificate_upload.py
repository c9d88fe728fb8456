"""Put a certificate into a slot or a trust store, after a look at what it does."""

import streamlit as st

from lab.store import certificates
from pages.first_use import offer_example
from pages.language import _
from pages.shared import session_lab, showing_refusals
from pages.upload_look import show_preflight
from pages.upload_parts import (
    choose_node,
    choose_parts,
    confirm,
    inspected,
    nodes_that_take,
    preflights,
    say_done,
    say_what_it_is,
)

lab = session_lab()
if not certificates.count(lab.db):
    offer_example(lab)
    st.stop()
nodes = nodes_that_take(lab)
if not nodes:
    st.info(
        _(
            "No node here takes an upload: those that were imported are only looked "
            "at. Build the example lab into another file to try it."
        ),
        icon=":material/upload:",
    )
    st.stop()
st.markdown(
    _(
        "Drop in what the authority sent: a certificate, a chain, authorities or a "
        "mixture, in any order, as PEM, DER or PKCS#7. The page finds out which it is "
        "and where it goes, and shows what would change before anything does."
    )
)
say_done()
cluster, node = choose_node(nodes)
given = st.file_uploader(
    _("Certificates"),
    accept_multiple_files=True,
    key=f"upload_files_{st.session_state.get('upload_round', 0)}",
    label_visibility="collapsed",
)
if not given:
    st.stop()
found = None
with showing_refusals():
    found = inspected(lab, given, cluster, node)
if found is None:
    st.stop()
say_what_it_is(found)
parts, description = choose_parts(lab, nodes, found, cluster, node)
if parts:
    with showing_refusals():
        looks = preflights(lab, parts, cluster, description)
        for look in looks:
            show_preflight(look)
        confirm(parts, looks, cluster, description)
