"""Faults of responders and CRLs, and what clients make of them."""

import streamlit as st

from pages.language import _

st.caption(_("Loading"))
