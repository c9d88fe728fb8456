"""What is revoked, what clients learn of it, and when."""

import streamlit as st

from pages.language import _

st.caption(_("Loading"))
