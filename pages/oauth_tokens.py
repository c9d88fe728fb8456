"""The tokens on the OAuth keys page: who is signed in, and the way to sign in."""

from collections.abc import Sequence

import streamlit as st

from lab.actions.issue_tokens import issue_tokens
from lab.actions.judge_tokens import JudgedToken
from lab.models import TokenState
from pages.language import _, counted
from pages.shared import session_lab, showing_refusals

# A colour, and a sign for the cells of a table, which have no icons.
_LOOKS = {
    TokenState.GOOD: ("green", "✓"),
    TokenState.ENDED: ("gray", "○"),
    TokenState.DEAD: ("red", "✕"),
    TokenState.SEALED: ("orange", "△"),
}


def draw_tokens(judged: Sequence[JudgedToken]) -> None:
    """Who is signed in, and whether the tokens are still taken."""
    st.subheader(_("Tokens"), anchor=False)
    if not judged:
        st.info(_("Nobody is signed in."), icon=":material/person_off:")
        return
    good = sum(each.state is TokenState.GOOD for each in judged)
    text = counted(
        "{number} of {total} token is taken: each was verified and opened just now.",
        "{number} of {total} tokens are taken: each was verified and opened just now.",
        good,
        total=len(judged),
    )
    st.markdown(text)
    st.dataframe(
        [
            {
                "user": each.token.user,
                "kind": _(each.token.kind),
                "ends": each.token.ends_at,
                "state": [_in_a_cell(each.state)],
                "reason": _(each.reason).format(**each.values),
                "taken_by": ", ".join(each.taken_by) or _("nobody"),
            }
            for each in judged
        ],
        hide_index=True,
        width="stretch",
        key="oauth_tokens",
        column_config={
            "user": _("User"),
            "kind": _("Token"),
            "ends": st.column_config.DatetimeColumn(
                _("Until"), format="YYYY-MM-DD HH:mm", timezone="UTC"
            ),
            # The word is white on its colour in both themes: the dark shades.
            "state": st.column_config.MultiselectColumn(
                _("State"),
                options=[_in_a_cell(state) for state in _LOOKS],
                color=[
                    str(st.get_option(f"theme.light.{colour}Color"))
                    for colour, _sign in _LOOKS.values()
                ],
            ),
            "reason": _("Why"),
            "taken_by": _("Taken by"),
        },
        alt=_("The tokens of all users, and whether they are taken"),
    )


def _in_a_cell(state: TokenState) -> str:
    words = {
        TokenState.GOOD: _("Good"),
        TokenState.ENDED: _("Ended"),
        TokenState.DEAD: _("Dead"),
        TokenState.SEALED: _("Sealed"),
    }
    return f"{_LOOKS[state][1]} {words[state]}"


def offer_sign_in(cluster: str) -> None:
    with st.form("oauth_sign_in", border=False, width=520):
        st.text_input(
            _("Sign in users"),
            key="oauth_users",
            placeholder="alice, bob",
            help=_("Names with commas between them. Each gets two new tokens."),
        )
        st.form_submit_button(
            _("Sign in"),
            key="oauth_sign_in_button",
            icon=":material/login:",
            on_click=_sign_in,
            args=(cluster,),
        )


def _sign_in(cluster: str) -> None:
    names = [name.strip() for name in st.session_state.oauth_users.split(",")]
    with showing_refusals():
        issue_tokens(session_lab(), cluster, [name for name in names if name])
        st.toast(_("Signed in."))
