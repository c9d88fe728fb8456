"""Ask a responder, and see request and response taken apart."""

import streamlit as st

from pages.language import _

st.caption(_("Loading"))
