"""What a deed in a dialog of the phones page has to say, once there is room for it."""

from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from lab.errors import LabError
from pages.shared import showing_refusals


@contextmanager
def told_in_the_dialog() -> Iterator[None]:
    """Keep a refusal for the dialog: what its callback draws would be lost."""
    try:
        yield
    except LabError as refusal:
        st.session_state.phones_refused = refusal


def tell(text: str) -> None:
    """Keep what was done, for the page or the dialog that is drawn next."""
    st.session_state.phones_done = text


def say_refusal() -> None:
    with showing_refusals():
        if refusal := st.session_state.pop("phones_refused", None):
            raise refusal


def say_done(*, in_drawer: bool = False) -> None:
    done = st.session_state.pop("phones_done", "")
    if done and in_drawer:
        st.info(done, icon=":material/done:")
    elif done:
        st.toast(done, icon=":material/done:", duration="long")
