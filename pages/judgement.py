"""Judge any certificate: is it accepted, by which path, and which rule decides?"""

import streamlit as st

from lab.actions.explain_certificate import explain_against
from pages.judgement_parts import choose_leaf, choose_question, choose_trust
from pages.language import _
from pages.shared import session_lab, showing_refusals
from pages.verdict_parts import show_verdict

lab = session_lab()
now = lab.clock.now()
st.markdown(
    _(
        "Would this certificate be accepted by those who trust these? You see the "
        "path, the rule that decides, what proves it and what helps. Nothing is stored."
    )
)
left, right = st.columns(2)
with left:
    given = choose_leaf(lab)
with right:
    stores, trusted = choose_trust(lab)
question = choose_question(now)
if not given:
    st.info(
        _("Nothing is given yet. Paste a certificate, or choose a file."),
        icon=":material/info:",
    )
    st.stop()
if not stores and not trusted:
    st.info(
        _("Nothing is trusted yet. Choose a store, or give what is trusted."),
        icon=":material/info:",
    )
with showing_refusals():
    explained = explain_against(
        lab,
        given,
        stores,
        trusted=trusted,
        at=question.at,
        name=question.name,
        usage=question.usage,
        policy=question.policy,
    )
    show_verdict(explained, "judgement")
