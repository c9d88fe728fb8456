"""A message of OCSP, or a CRL, as a table that reads like a tree."""

import streamlit as st

from lab.actions.messages import Message
from lab.errors import LabError
from pages.language import _
from pages.shared import as_text

MESSAGE_WIDTH = 480  # pixels: two fit beside each other
_MOST_ROWS = 16  # in sight at once
_ROW, _HEAD = 35, 38  # pixels


def draw_message(message: Message | None, key: str, name: str) -> None:
    """What was sent or came back, part by part, and the bytes to keep.

    `name` is that of the file, without its ending.
    """
    if message is None:
        st.caption(_("There is none."))
        return
    if message.trouble:
        _tell(message.trouble)
        st.code(_beginning(message.der), language=None, wrap_lines=True)
    else:
        st.dataframe(
            [
                {
                    "name": "\u2003" * branch.depth + branch.name,
                    "value": branch.value,
                    "note": _(branch.note),
                }
                for branch in message.branches
            ],
            key=key,
            hide_index=True,
            width="stretch",
            height=_HEAD + _ROW * min(len(message.branches), _MOST_ROWS),
            column_config={
                "name": st.column_config.TextColumn(_("Field"), width=210),
                "value": st.column_config.TextColumn(_("Value"), width=200),
                "note": st.column_config.TextColumn(_("What it says"), width=420),
            },
            alt=_("The message, part by part"),
        )
    st.download_button(
        _("Download as DER"),
        message.der,
        f"{name}.der",
        "application/octet-stream",
        key=f"{key}_download",
        icon=":material/download:",
        on_click="ignore",
    )


def _tell(trouble: LabError) -> None:
    """Why it cannot be taken apart; nobody has refused anything."""
    values = {name: str(value) for name, value in trouble.values.items()}
    words = _(trouble.template).format(**values)
    step = _(trouble.hint_template).format(**values)
    st.warning(f"{as_text(words)}. {as_text(step)}", icon=":material/broken_image:")


def _beginning(data: bytes) -> str:
    text = data[:400].decode("utf-8", "replace")
    return "".join(each if each.isprintable() else "·" for each in text) or "-"
