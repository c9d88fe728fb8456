"""What a question brought: verdict, both messages, why, and how to ask it elsewhere."""

import streamlit as st

from lab.actions.ask_by_hand import Enquired, Enquiry, Told
from lab.actions.openssl_commands import commands, files_for
from lab.lab import Lab
from lab.rules.faults import FAULTS
from lab.store import settings
from pages.language import _, counted, moment_text
from pages.message_parts import MESSAGE_WIDTH, draw_message
from pages.responder_form import last_answer
from pages.revocation_evidence import draw_steps
from pages.revocation_words import status_badge
from pages.shared import as_code, as_text, showing_refusals

_FAULT_HEADER = "x-pki-lab-fault"


def draw_answer(lab: Lab, enquiry: Enquiry) -> None:
    """All that is known of the last question; the way to ask it elsewhere always."""
    found = last_answer(enquiry)
    if found is None:
        st.caption(_("Not asked yet."))
        with st.expander(_("The same with openssl"), icon=":material/terminal:"):
            _elsewhere(lab, enquiry)
        return
    _summary(found)
    # Side by side where there is room, else one below the other.
    with st.container(horizontal=True):
        left, right = (
            st.container(width=MESSAGE_WIDTH),
            st.container(width=MESSAGE_WIDTH),
        )
    with left:
        st.subheader(_("Request"), anchor=False)
        if enquiry.method == "CRL":
            st.caption(_("A CRL is fetched; nothing is asked."))
        else:
            draw_message(found.request, "responder_request", "request")
    with right:
        st.subheader(_("Response"), anchor=False)
        draw_message(found.response, "responder_response", "response")
        if found.delta:
            st.subheader(_("Delta CRL"), anchor=False)
            draw_message(found.delta, "responder_delta", "delta")
    verdict, why, headers, elsewhere = st.tabs(
        [
            _("What a client makes of it"),
            _("Why this answer"),
            _("HTTP"),
            _("The same with openssl"),
        ]
    )
    with verdict:
        for each in found.told:
            _told(each)
    with why:
        _why(found)
    with headers:
        _http(found)
    with elsewhere:
        _elsewhere(lab, enquiry)


def answer_badge(status: str) -> str:
    """The badge of what a client makes of an answer, as Markdown."""
    if status == "unusable":
        return f":orange-badge[:material/gpp_bad: {_('Unusable')}]"
    return status_badge(status)


def _summary(found: Enquired) -> None:
    with st.container(border=True):
        for each in found.told[:5]:
            st.markdown(_line(each))
        if len(found.told) > 5:
            left = len(found.told) - 5
            st.caption(counted("and {number} more", "and {number} more", left))
        if found.is_reached:
            size = len(found.response.der) if found.response else 0
            st.caption(
                _(
                    "HTTP {status} from {address}: {size} bytes after {number} ms, "
                    "judged at {at} (lab time).",
                    status=found.http_status,
                    address=as_text(found.address),
                    size=f"{size:,}",
                    number=found.milliseconds,
                    at=moment_text(found.at),
                )
            )
        fault = {name.lower(): value for name, value in found.headers}.get(
            _FAULT_HEADER, found.fault
        )
        if fault:
            row = FAULTS.get(fault)
            st.warning(
                _(
                    "This answer has a fault on purpose: {fault}.",
                    fault=as_text(_(row.label) if row else fault),
                ),
                icon=":material/science:",
            )


def _line(each: Told) -> str:
    name = each.certificate.common_name or each.certificate.subject
    badges = answer_badge(each.status)
    if each.model:
        badges += f" :blue-badge[{each.model}]"
    return f"{badges} {as_code(name)}"


def _told(each: Told) -> None:
    st.markdown(_line(each))
    draw_steps(each.steps)


def _why(found: Enquired) -> None:
    if not found.why:
        st.caption(_("Only the lab's own responder tells how it comes to its answers."))
        return
    st.caption(_("How the lab's own responder comes to this answer, at this moment."))
    draw_steps(found.why)


def _http(found: Enquired) -> None:
    if not found.is_reached:
        st.caption(_("No answer came over HTTP."))
        return
    st.dataframe(
        [{"name": name, "value": value} for name, value in found.headers],
        key="responder_headers",
        hide_index=True,
        width="stretch",
        column_config={
            "name": st.column_config.TextColumn(_("Header"), width="small"),
            "value": st.column_config.TextColumn(_("Value"), width="large"),
        },
        alt=_("The headers of the answer over HTTP"),
    )


def _elsewhere(lab: Lab, enquiry: Enquiry) -> None:
    with showing_refusals():
        st.code("\n".join(commands(lab, enquiry)), language="bash", wrap_lines=True)
        if settings.clock_shift(lab.db):
            st.caption(
                _("The lab's clock is turned; openssl goes by the machine's clock.")
            )
        with st.container(horizontal=True):
            for number, (name, data) in enumerate(files_for(lab, enquiry)):
                st.download_button(
                    name,
                    data,
                    name,
                    "application/x-pem-file",
                    key=f"responder_file_{number}",
                    icon=":material/download:",
                    on_click="ignore",
                )
