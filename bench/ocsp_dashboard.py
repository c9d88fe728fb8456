"""The dashboard as `dashboard.py` has it, with bytes that never change beside it."""

from pathlib import Path

import streamlit as st

from bench.ocsp_server import fixed_routes
from lab.web.routes import lifespan, routes

FRAME = Path(__file__).parents[1] / "pages" / "frame.py"

app = st.App(FRAME, routes=[*fixed_routes(), *routes()], lifespan=lifespan)
