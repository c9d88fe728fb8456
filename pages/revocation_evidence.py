"""The drawer of one check: the result, the path to it, and what was sent and read."""

import streamlit as st

from lab.actions.check_evidence import Evidence, evidence_of
from lab.lab import Lab
from lab.models import Check, Step
from lab.rules.revocation import TRUST_MODELS
from pages.address import forget
from pages.language import _, moment_text
from pages.message_parts import draw_message
from pages.revocation_checks import ask_again
from pages.revocation_words import cause_words, connects_badge, status_badge
from pages.shared import as_code, as_text, showing_refusals


def open_evidence(lab: Lab) -> None:
    """Show the check that the address names; a refusal when there is none."""
    text = st.query_params.get("check", "").strip()[:20]
    if not text:
        return
    found = None
    with showing_refusals():
        number = int(text) if text.isascii() and text.isdecimal() else 0
        found = evidence_of(lab, number)
    if found:
        name = found.certificate.common_name or found.certificate.subject
        title = _("What was found of {name}", name=as_code(name or text))
        dialog = st.dialog(title, width="large", position="right", on_dismiss=_close)
        dialog(_show)(found)


def _close() -> None:
    forget("check")


def _show(found: Evidence) -> None:
    check = found.check
    if st.query_params.get("check") != str(check.id):  # it was asked for again
        st.rerun()
    st.markdown(f"{status_badge(check.status)} {connects_badge(check.connects)}")
    st.markdown(_summary(check))
    if check.method == "OCSP":
        _path(found)
    steps, response, request, signer = st.tabs(
        [_("How it was found"), _("Answer"), _("Question"), _("Signer")]
    )
    with steps:
        draw_steps(check.steps)
    with response:
        name = "crl" if check.method == "CRL" else "response"
        draw_message(found.response, "revocation_response", f"check-{check.id}-{name}")
    with request:
        draw_message(found.request, "revocation_request", f"check-{check.id}-request")
    with signer:
        _signer(found)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(
            _("Ask again"),
            key="revocation_ask_again",
            icon=":material/sync:",
            on_click=ask_again,
            args=(check.cluster, check.certificate),
        )
        if check.url:
            st.page_link(
                "responder_console.py",
                label=_("Ask by hand"),
                icon=":material/question_answer:",
                query_params={
                    "certificate": check.certificate,
                    "method": check.method,
                    "url": check.url,
                },
            )
        st.page_link(
            "certificates.py",
            label=_("Everything about this certificate"),
            icon=":material/license:",
            query_params={"certificate": check.certificate},
        )


def _summary(check: Check) -> str:
    cause = cause_words().get(check.cause, check.cause)
    if check.client:
        cause = f"{cause}, {as_text(check.client)}"
    lines = {_("When"): f"{moment_text(check.at)} ({cause})"}
    if check.url:
        status = f"HTTP {check.http_status}, " if check.http_status else ""
        lines[_("Asked")] = (
            f"{check.method} {as_code(check.url)} ({status}"
            f"{_('{number} ms', number=check.milliseconds)})"
        )
    if check.this_update:
        lines[_("The answer holds")] = _(
            "from {start} until {end}",
            start=moment_text(check.this_update),
            end=moment_text(check.next_update) if check.next_update else _("no end"),
        )
    return "  \n".join(f"**{label}:** {text}" for label, text in lines.items())


def _path(found: Evidence) -> None:
    """By which of the two trust models the signer was believed, tried in order."""
    check, badges = found.check, []
    for row in TRUST_MODELS:
        if row.short == check.model:
            badges.append(f":green-badge[:material/check: {_(row.name)}]")
            break
        # Both fail where none is believed; whoever got no answer has tried none.
        if found.response is not None:
            badges.append(f":red-badge[:material/close: {_(row.name)}]")
    if badges:
        arrow = " :material/arrow_forward: "
        st.markdown(f"**{_('Path taken')}:** {arrow.join(badges)}")


def draw_steps(steps: tuple[Step, ...]) -> None:
    """What was tried and seen, one line each, with what went wrong marked."""
    if not steps:
        st.caption(_("Nothing was tried."))
        return
    st.markdown("\n".join(f"1. {_sign(step)} {step_text(step)}" for step in steps))


def _sign(step: Step) -> str:
    if step.is_fine:
        return ":green[:material/check_circle:]"
    return ":red[:material/cancel:]"


def step_text(step: Step) -> str:
    """A step as Markdown; its values are names and addresses of strangers."""
    values = {name: as_text(value) for name, value in step.values.items()}
    return _(step.template).format(**values)


def _signer(found: Evidence) -> None:
    signer = found.signer
    if signer is None:
        st.caption(_("Nobody's signature was believed."))
        return
    usages = ", ".join(signer.extended_key_usage) or _("none")
    lines = {
        _("Subject"): as_code(signer.subject),
        _("Issuer"): as_code(signer.issuer),
        _("Serial"): as_code(signer.serial),
        _("Valid until"): moment_text(signer.not_after),
        _("Extended key usage"): as_text(usages),
        _("Fingerprint"): as_code(signer.sha256),
    }
    for row in TRUST_MODELS:
        if row.short == found.check.model:
            lines[_("Believed by")] = _(
                "{model}: {rule}. Source: {source}, {section}.",
                model=_(row.name),
                rule=as_text(_(row.signer)),
                source=as_text(_(row.source)),
                section=as_text(row.rfc_section),
            )
    st.markdown("  \n".join(f"**{label}:** {text}" for label, text in lines.items()))
