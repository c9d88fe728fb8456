"""What can be done with the certificate in the drawer: the buttons of each place."""

from collections.abc import Callable

import streamlit as st

from lab.actions.certificate_deeds import DeedsAt, deeds_on, services_behind
from lab.actions.download_request import download_request, request_file
from lab.actions.revocation_standing import revocation_standing
from lab.lab import Lab
from lab.models import Revoked, Usage
from lab.rules.reasons import DATE, HOLD, REASONS, RELEASE, REVOKE
from pages.effect_parts import show_effects
from pages.language import _, moment_text
from pages.shared import as_code, as_text, session_lab, showing_refusals

ASKED = "certificates_deed"  # (deed, place): the dialog that is to open
CHOSEN = "certificates_chosen"  # what the form of a self-signed certificate says
SPAN = "certificates_span"  # from when to when an invalidity date can be
NO_PLACE = 0  # of a deed that is about the certificate, wherever it is
DONE = "certificates_done"  # (words, effects): what has just been done


def show_deeds(lab: Lab, sha256: str) -> None:
    """What can be done in one of its places, and what its issuer can do."""
    _show_deeds_at(lab, sha256)
    _show_deeds_of_issuer(lab, sha256)


def _show_deeds_at(lab: Lab, sha256: str) -> None:
    """The buttons for one place; which one is chosen when there are several."""
    found = {each.place: each for each in deeds_on(lab, sha256)}
    if not found:
        return
    chosen = next(iter(found.values()))
    if len(found) > 1:
        place = st.selectbox(
            _("What can be done, and where"),
            list(found),
            format_func=lambda each: _place(found[each]),
            key="certificates_place",
        )
        chosen = found[place]
    if not chosen.node.fqdn:
        st.caption(_("This node was imported: the lab only looks at its certificates."))
    elif chosen.usage is Usage.TRUST:
        with st.container(horizontal=True):
            _button("delete", _("Delete"), ":material/delete:", chosen)
    else:
        _identity(lab, chosen)


def _show_deeds_of_issuer(lab: Lab, sha256: str) -> None:
    """Revoke, hold, release: the buttons of those that are open to it."""
    standing = revocation_standing(lab, sha256, lab.clock.now())
    buttons = {
        RELEASE: ("release", _("Release"), ":material/play_circle:"),
        HOLD: ("hold", _("Put on hold"), ":material/pause_circle:"),
        REVOKE: ("revoke", _("Revoke"), ":material/gpp_bad:"),
        DATE: ("invalidity", _("Invalidity date"), ":material/event_busy:"),
    }
    if standing.revoked:
        st.caption(as_text(_revoked_text(standing.revoked)))
    is_open = {deed: standing.refusal(deed) is None for deed in buttons}
    if not any(is_open.values()):
        return
    with st.container(horizontal=True):
        for deed, (name, label, icon) in buttons.items():
            if is_open[deed]:
                st.button(
                    label,
                    key=f"certificates_{name}",
                    icon=icon,
                    on_click=ask,
                    args=(name, NO_PLACE),
                )


def _revoked_text(revoked: Revoked) -> str:
    text = _(
        "Taken back on {at}: {reason}.",
        at=moment_text(revoked.at),
        reason=_(REASONS[revoked.reason].label),
    )
    if revoked.invalid_since is None:
        return text
    return (
        text
        + " "
        + _(
            "Not to be believed since {since}.",
            since=moment_text(revoked.invalid_since),
        )
    )


def buttons(
    label: str, deed: Callable[..., None], *given: object, key: str = "confirm"
) -> None:
    """The last row of a dialog: the deed, or nothing."""
    with st.container(horizontal=True):
        st.button(
            label,
            key=f"certificates_{key}",
            type="primary",
            on_click=deed,
            args=given,
        )
        st.button(_("Cancel"), key="certificates_cancel", on_click=close)


def close() -> None:
    """Have no dialog open any more."""
    st.session_state.pop(ASKED, None)
    st.session_state.pop(CHOSEN, None)
    st.session_state.pop(SPAN, None)


def say_what_was_done() -> None:
    """After a deed: what it was, and what follows."""
    done = st.session_state.pop(DONE, None)
    if done:
        words, effects = done
        with st.container(border=True):
            st.markdown(f":green[:material/check_circle:] {words}")
            show_effects(effects)


def _place(each: DeedsAt) -> str:
    return _("{what} on {where}", what=each.name, where=each.node.name)


def _identity(lab: Lab, at: DeedsAt) -> None:
    if at.refusal:
        # The values of a refusal are data; its sentence is translated.
        values = {name: str(value) for name, value in at.refusal.values.items()}
        words = _(at.refusal.template).format(**values)
        step = _(at.refusal.hint_template).format(**values)
        st.caption(as_text(f"{words}. {step}"))
        return
    with st.container(horizontal=True):
        _button("regenerate", _("Regenerate"), ":material/autorenew:", at)
        _button("self_signed", _("Generate self-signed"), ":material/draw:", at)
        if services_behind(lab, at):
            _button("restart", _("Restart what presents it"), ":material/sync:", at)
    with st.container(horizontal=True, vertical_alignment="center"):
        if at.purpose and at.purpose.requestable:
            st.page_link(
                "certificate_requests.py",
                label=_("Generate CSR"),
                icon=":material/note_add:",
                query_params={
                    "cluster": at.node.cluster,
                    "node": at.node.name,
                    "purpose": at.name,
                },
            )
        if at.has_request:
            file, _request = request_file(
                lab, at.node.name, at.name, cluster=at.node.cluster
            )
            st.download_button(
                _("Download CSR"),
                file.data,
                file.name,
                file.mime,
                key="certificates_download_csr",
                icon=":material/download:",
                on_click=_note_download,
                args=(at,),
            )


def _button(deed: str, label: str, icon: str, at: DeedsAt) -> None:
    st.button(
        label,
        key=f"certificates_{deed}",
        icon=icon,
        on_click=ask,
        args=(deed, at.place),
    )


def ask(deed: str, place: int) -> None:
    """Have the dialog of this deed open."""
    st.session_state[ASKED] = (deed, place)


def _note_download(at: DeedsAt) -> None:
    with showing_refusals():
        download_request(session_lab(), at.node.name, at.name, cluster=at.node.cluster)


def words_for(text: str, at: DeedsAt) -> str:
    """A sentence about the place, as Markdown."""
    return text.format(
        what=as_code(at.name), where=as_text(at.node.name), issuer=as_code(at.signed_by)
    )
