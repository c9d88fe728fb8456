"""The cluster's own command line: a prompt, answered in the cluster's shape."""

import streamlit as st

from lab.store import parties
from pages.console_parts import (
    ask_line,
    choose_node,
    offline_note,
    show_tools,
    show_transcript,
)
from pages.first_use import offer_example
from pages.language import _
from pages.shared import session_lab

lab = session_lab()
nodes = parties.nodes(lab.db)
if not nodes:
    offer_example(lab)
    st.stop()
st.markdown(
    _(
        "Type what you would type at a node. The same deeds stand behind it as behind "
        "the pages; what cannot be undone is asked first."
    )
)
node = choose_node(nodes)
offline_note(node)
show_transcript()
ask_line(node)
show_tools()
