"""Start here: `streamlit run dashboard.py`, or `make run`."""

from pathlib import Path

import streamlit as st

from lab.web.routes import lifespan, routes

ROOT = Path(__file__).parent

app = st.App(ROOT / "pages" / "frame.py", routes=routes(), lifespan=lifespan)

if __name__ == "__main__":
    app.run()
