"""Ask a responder, and see request and response taken apart."""

import streamlit as st

from lab.store import asking
from pages.first_use import offer_example
from pages.language import _
from pages.responder_answer import draw_answer
from pages.responder_form import ask_button, choose_certificates, choose_question
from pages.shared import session_lab, showing_refusals

lab = session_lab()
st.markdown(
    _(
        "Ask over HTTP as a client would, by hand: choose certificates and how to ask. "
        "You see what was sent, what came back, what a client makes of it, and how "
        "the lab's own responder came to its answer. Nothing is stored."
    )
)
with showing_refusals():
    chosen = choose_certificates(lab)
    if chosen:
        enquiry = choose_question(lab, chosen)
        ask_button(enquiry)
        draw_answer(lab, enquiry)
    elif not asking.find(lab.db, limit=1):
        offer_example(lab)
    else:
        st.info(
            _("Choose a certificate to ask about; what is revoked is listed first."),
            icon=":material/info:",
        )
