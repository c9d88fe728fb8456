"""Choices kept in the address by plain values, however their labels are translated."""

import streamlit as st


def shown(page: str, name: str, value: object) -> str:
    """The key of a widget that shows what the address says; pair it with `write`.

    `bind=` writes labels into the address, and labels are translated.
    """
    key = f"{page}_{name}"
    st.session_state[key] = value
    return key


def write(page: str, name: str, *also_forget: str) -> None:
    """Put into the address what was chosen; nothing and False are left out."""
    value = st.session_state[f"{page}_{name}"]
    if isinstance(value, list):
        value = ",".join(value)
    forget(*also_forget)
    if value:
        st.query_params[name] = "1" if value is True else str(value)
    else:
        forget(name)


def forget(*names: str) -> None:
    """Take these out of the address."""
    for name in names:
        st.query_params.pop(name, None)
