"""Parts of the console page: what was typed, what came back, and what is asked."""

from dataclasses import dataclass

import streamlit as st

from lab.actions.cluster_commands.run import HIGHEST, run_command
from lab.models import Party
from pages.address import shown, write
from pages.language import _
from pages.shared import as_text, session_lab, showing_refusals

PAGE, PROMPT = "console", "admin:"
_MOST_LINES = 5000  # of the transcript
_MOST_EARLIER = 50


@dataclass(frozen=True, kw_only=True)
class Typed:
    """A command at a node's prompt, and what it has been answered so far."""

    cluster: str
    node: str
    line: str
    answers: tuple[str, ...] = ()
    text: str = ""
    waits: bool = False

    @property
    def transcript(self) -> str:
        """Everything that was typed and printed."""
        return f"{PROMPT}{self.line}\n{self.text}".rstrip()


def choose_node(nodes: list[Party]) -> Party:
    """The node whose prompt it is: in the address."""
    label = {f"{node.cluster} / {node.name}": node for node in nodes}
    wanted = st.query_params.get("node", "")
    known = [key for key, node in label.items() if wanted in (key, node.name)]
    left, right = st.columns([3, 1])
    chosen = left.selectbox(
        _("Node"),
        list(label),
        key=shown(PAGE, "node", next(iter(known), next(iter(label)))),
        on_change=_change_node,
        disabled=waiting() is not None,
    )
    right.selectbox(
        _("Privilege"),
        (HIGHEST, 1, 0),
        key="console_privilege",
        help=_("What the administrator who types may do."),
    )
    return label[chosen]


def _change_node() -> None:
    write(PAGE, "node")


def history() -> list[Typed]:
    """Everything that was typed in this visit, the oldest first."""
    found: list[Typed] = st.session_state.setdefault("console_history", [])
    return found


def waiting() -> Typed | None:
    """The command that waits for an answer, if one does."""
    last = history()[-1] if history() else None
    return last if last and last.waits else None


def show_transcript() -> None:
    """What was typed and printed, letter by letter."""
    if not history():
        st.info(
            _("Nothing is typed yet. Type help to see the commands."),
            icon=":material/info:",
        )
        return
    lines = transcript().split("\n")[-_MOST_LINES:]
    with st.container(height=420, border=False, autoscroll=True):
        st.code("\n".join(lines), language=None)


def transcript() -> str:
    return "\n".join(each.transcript for each in history())


def ask_line(node: Party) -> None:
    """The prompt; while a command waits, the box for its answer."""
    asked = waiting()
    with st.form("console_form", border=False):
        if asked and asked.text.endswith("Hit Enter"):
            st.text_area(
                _("Certificate as PEM"),
                key="console_line",
                height=160,
                placeholder="-----BEGIN CERTIFICATE-----",
            )
        else:
            st.text_input(
                _("Answer")
                if asked
                else _("Command at {node}", node=as_text(node.name)),
                key="console_line",
                max_chars=4000,
                placeholder=asked.text.splitlines()[-1] if asked else PROMPT,
            )
        st.form_submit_button(
            _("Answer") if asked else _("Enter"),
            key="console_enter",
            type="primary",
            icon=":material/keyboard_return:",
            on_click=_enter,
            args=(node,),
        )


def _enter(node: Party) -> None:
    line, asked = st.session_state.get("console_line", ""), waiting()
    st.session_state.console_line = ""
    if asked:
        _run(asked, (*asked.answers, line))
    elif line.strip():
        new = Typed(cluster=node.cluster, node=node.name, line=line.strip())
        history().append(new)
        _run(new, ())


def _run(typed: Typed, answers: tuple[str, ...]) -> None:
    with showing_refusals():
        reply = run_command(
            session_lab(),
            typed.node,
            typed.line,
            cluster=typed.cluster,
            answers=answers,
            privilege=st.session_state.get("console_privilege", HIGHEST),
        )
        history()[-1] = Typed(
            cluster=typed.cluster,
            node=typed.node,
            line=typed.line,
            answers=answers,
            text=reply.text,
            waits=reply.waits,
        )


def show_tools() -> None:
    """Leave a question, type something once more, keep what was printed."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        if waiting():
            st.button(
                _("Leave it unanswered"),
                key="console_leave",
                icon=":material/close:",
                on_click=_leave,
            )
            return
        earlier = list(dict.fromkeys(each.line for each in reversed(history())))
        if not earlier:
            return
        st.selectbox(
            _("Earlier commands"),
            earlier[:_MOST_EARLIER],
            index=None,
            key="console_earlier",
            placeholder=_("Choose one to type it again"),
            on_change=_again,
        )
        st.download_button(
            _("Download what was printed"),
            data=transcript().encode(),
            file_name="session.txt",
            mime="text/plain",
            key="console_download",
            icon=":material/download:",
            on_click="ignore",
        )
        st.button(
            _("Clear"), key="console_clear", icon=":material/delete:", on_click=_clear
        )


def _again() -> None:
    st.session_state.console_line = st.session_state.console_earlier or ""
    st.session_state.console_earlier = None


def _leave() -> None:
    asked = waiting()
    if asked:
        history()[-1] = Typed(
            cluster=asked.cluster,
            node=asked.node,
            line=asked.line,
            answers=asked.answers,
            text=f"{asked.text}\n^C",
        )


def _clear() -> None:
    history().clear()


def offline_note(node: Party) -> None:
    """Say so when the node cannot be reached."""
    if not node.online:
        st.warning(
            _("{node} is offline; it answers nothing.", node=as_text(node.name)),
            icon=":material/cloud_off:",
        )
