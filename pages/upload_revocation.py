"""After an upload: ask for the revocation of what was uploaded, and say the alarm."""

import streamlit as st

from lab.actions.check_revocation import run_checks
from lab.lab import Lab
from lab.models import Check
from lab.rules.revocation import alarm_after
from lab.store import certificates
from pages.language import _
from pages.revocation_words import status_badge
from pages.shared import as_code

_SECONDS = 2.0  # no further question is begun after so long; the rest is asked later
_CHECKED = "upload_checked"


def ask_for_uploads(lab: Lab) -> None:
    """The upload is done, whatever comes back."""
    st.session_state[_CHECKED] = run_checks(lab, cause="upload", seconds=_SECONDS)


def say_checked(lab: Lab) -> None:
    """What was found out, with the alarm that it raised."""
    found: list[Check] = st.session_state.pop(_CHECKED, [])
    names = certificates.many(lab.db, {each.certificate for each in found})
    for each in found:
        row = names[each.certificate]
        name = as_code(row.common_name or row.subject)
        line = f"{name} {status_badge(each.status)}"
        alarm = alarm_after(each.cause, each.status)
        if not alarm:
            st.markdown(_("Revocation: {line}", line=line))
            continue
        st.warning(
            _(
                "{line} The alarm {alarm} was raised. What was uploaded stays; delete "
                "or replace it if it is revoked.",
                line=line,
                alarm=as_code(alarm),
            ),
            icon=":material/notification_important:",
        )
