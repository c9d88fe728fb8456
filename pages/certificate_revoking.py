"""The dialogs that revoke, hold, release, and set an invalidity date."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import streamlit as st

from lab.actions.hold_certificate import hold_certificate
from lab.actions.release_certificate import release_certificate
from lab.actions.revocation_standing import (
    RevocationStanding,
    revocation_standing,
    when_noticed,
)
from lab.actions.revoke_certificate import (
    ON_HOLD_REASON,
    reasons_for,
    revoke_certificate,
)
from lab.actions.set_invalidity_date import set_invalidity_date
from lab.actions.trial import what_breaks
from lab.lab import Lab
from lab.rules.reasons import REASONS
from pages.broken_parts import show_broken
from pages.certificate_deeds import ASKED, DONE, NO_PLACE, SPAN, buttons, close
from pages.language import _, counted, moment_text
from pages.shared import as_code, as_text, session_lab, showing_refusals

_Body = Callable[[Lab, RevocationStanding], None]


def open_revoking(lab: Lab, sha256: str, deed: str) -> bool:
    """Open the dialog of a deed that is about the certificate; say whether it did."""
    dialogs: dict[str, tuple[str, _Body]] = {
        "revoke": (_("Revoke {name}?"), _revoke),
        "hold": (_("Put {name} on hold?"), _hold),
        "release": (_("Release {name}?"), _release),
        "invalidity": (_("Invalidity date of {name}"), _invalidity),
    }
    if deed not in dialogs:
        close()
        return False
    title, body = dialogs[deed]
    standing = revocation_standing(lab, sha256, lab.clock.now())
    name = standing.certificate.common_name or standing.certificate.subject
    shown = st.dialog(
        title.format(name=as_code(name)), width="medium", on_dismiss=close
    )
    shown(_show)(deed, body, lab, standing)
    return True


def _show(deed: str, body: _Body, lab: Lab, standing: RevocationStanding) -> None:
    if st.session_state.get(ASKED) != (deed, NO_PLACE):  # it is done
        st.rerun()
    body(lab, standing)


def _revoke(lab: Lab, standing: RevocationStanding) -> None:
    known = [
        each for each in reasons_for(standing.certificate) if each != ON_HOLD_REASON
    ]
    reason = st.selectbox(
        _("Reason"),
        known,
        key="certificates_reason",
        format_func=lambda each: f"{_(REASONS[each].label)} ({each})",
    )
    since = _since_if_known(standing)
    _what_follows(lab, standing, revoke_certificate, reason=reason, invalid_since=since)
    st.warning(
        _("It is for good: only a hold can be lifted."), icon=":material/warning:"
    )
    given = {"reason": reason, "invalid_since": since}
    words = _("{name} is revoked.")
    buttons(_("Revoke for good"), _do, standing, revoke_certificate, words, given)


def _hold(lab: Lab, standing: RevocationStanding) -> None:
    st.markdown(_("Clients refuse it until it is released, or revoked for good."))
    since = _since_if_known(standing)
    _what_follows(lab, standing, hold_certificate, invalid_since=since)
    words = _("{name} is on hold.")
    given = {"invalid_since": since}
    buttons(_("Put on hold"), _do, standing, hold_certificate, words, given)


def _release(lab: Lab, standing: RevocationStanding) -> None:
    st.markdown(_("It is good again, as if it had never been on hold."))
    _when_noticed(lab, standing)
    words = _("{name} is released.")
    buttons(_("Release"), _do, standing, release_certificate, words, {})


def _invalidity(lab: Lab, standing: RevocationStanding) -> None:
    st.markdown(
        _("Since when its key is known or suspected to have leaked. The lists say it; "
          "it changes nobody's verdict.")
    )  # fmt: skip
    since = _since(standing)
    _when_noticed(lab, standing)
    words = _("{name} has another invalidity date.")
    if since:
        given = {"since": since}
        buttons(_("Set the date"), _do, standing, set_invalidity_date, words, given)
    if standing.revoked and standing.revoked.invalid_since:
        st.button(
            _("Forget the date"),
            key="certificates_forget",
            on_click=_do,
            args=(standing, set_invalidity_date, words, {"since": None}),
        )


def _since_if_known(standing: RevocationStanding) -> datetime | None:
    label = _("Since when it is not to be believed is known")
    if _span(standing) and st.checkbox(label, key="certificates_dated"):
        return _since(standing)
    return None


def _since(standing: RevocationStanding) -> datetime | None:
    span = _span(standing)
    if span is None:
        st.caption(_("It was taken back in the minute in which it began."))
        return None
    first, last = (each.replace(tzinfo=None) for each in span)
    chosen = st.datetime_input(
        _("Not to be believed since (UTC)"),
        value=last,
        min_value=first,
        max_value=last,
        step=60,
        key="certificates_since",
    )
    return chosen and chosen.replace(tzinfo=UTC)


def _span(standing: RevocationStanding) -> tuple[datetime, datetime] | None:
    """As it was when the dialog opened: a limit that moves would undo the choice."""
    span: tuple[datetime, datetime] | None = st.session_state.setdefault(
        SPAN, standing.invalid_span
    )
    return span


def _what_follows(
    lab: Lab, standing: RevocationStanding, deed: Callable[..., object], **given: Any
) -> None:
    """What breaks, for it is done and undone; and when clients notice."""
    sha256 = standing.certificate.sha256
    with showing_refusals():
        show_broken(what_breaks(lab, lambda trying: deed(trying, sha256, **given)))
    _when_noticed(lab, standing)


def _when_noticed(lab: Lab, standing: RevocationStanding) -> None:
    lines = []
    for each in when_noticed(lab, standing):
        if each.by_list:
            lines.append(
                _(
                    "Who has read the list of {authority} before does not notice until "
                    "{until}.",
                    authority=as_text(each.authority),
                    until=moment_text(each.by_list),
                )
            )
        if each.answer_minutes:
            lines.append(
                counted(
                    "An OCSP answer from before holds for {number} minute.",
                    "An OCSP answer from before holds for {number} minutes.",
                    each.answer_minutes,
                )
            )
    st.info("  \n".join(lines), icon=":material/schedule:")


def _do(
    standing: RevocationStanding,
    deed: Callable[..., object],
    words: str,
    given: dict[str, Any],
) -> None:
    certificate = standing.certificate
    with showing_refusals():
        deed(session_lab(), certificate.sha256, **given)
        name = as_code(certificate.common_name or certificate.subject)
        st.session_state[DONE] = (words.format(name=name), [])
        close()
