"""The dialog of a certificate that was taken back: who may not know it yet."""

from datetime import datetime

import streamlit as st

from lab.actions.believed import Known, what_is_believed_of
from lab.lab import Lab
from lab.rules.reasons import REASONS
from pages.address import forget
from pages.language import _, counted, moment_text
from pages.revocation_words import belief_words, status_badge
from pages.shared import as_code, as_text


def open_taken(lab: Lab, now: datetime) -> bool:
    """The dialog of the certificate in the address; say whether there is one."""
    sha256 = st.query_params.get("taken", "").strip().lower()[:80]
    if not sha256:
        return False
    known = what_is_believed_of(lab, sha256, now)
    if known is None:
        st.warning(
            _("{name} is neither revoked nor on hold.", name=as_code(sha256[:64])),
            icon=":material/link_off:",
        )
        return False
    name = known.taken.common_name or known.taken.subject or known.taken.serial
    dialog = st.dialog(as_code(name), width="medium", on_dismiss=_close)
    dialog(_show)(known, now)
    return True


def _close() -> None:
    forget("taken")


def _show(known: Known, now: datetime) -> None:
    row = known.taken
    st.markdown(
        f"{status_badge('on_hold' if row.is_hold else 'revoked')} "
        + _(
            "since {at}, reason {reason}: {label}.",
            at=moment_text(row.at),
            reason=as_code(row.reason),
            label=as_text(_(REASONS[row.reason].label)),
        )
    )
    if row.invalid_since:
        st.markdown(
            _("Not to be trusted since {at}.", at=moment_text(row.invalid_since))
        )
    st.markdown(f"**{_('Who may not know it yet')}**")
    if known.beliefs:
        st.markdown("\n".join(f"- {belief_words(each)}" for each in known.beliefs))
        if not any(each.is_newest for each in known.beliefs):
            st.caption(_("Whoever asks from now on learns it."))
    else:
        st.markdown(
            ":green[:material/check_circle:] "
            + _("No earlier answer or list is in force: every client that asks knows.")
        )
    if row.services:
        st.warning(
            counted(
                "{number} service still presents it.",
                "{number} services still present it.",
                row.services,
            ),
            icon=":material/restart_alt:",
        )
    st.caption(
        _(
            "Issued by {issuer}, serial {serial}. It would have ended on {end}; the "
            "lab's clock says {now}.",
            issuer=as_code(row.issued_by),
            serial=as_code(row.serial),
            end=moment_text(row.not_after),
            now=moment_text(now),
        )
    )
    st.page_link(
        "certificates.py",
        label=_("Everything about this certificate"),
        icon=":material/license:",
        query_params={"certificate": row.certificate},
    )
