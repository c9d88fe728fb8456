"""The form of the page that asks: which certificates, where, and how."""

import streamlit as st

from lab.actions.ask_by_hand import (
    MOST_CERTIFICATES,
    Enquired,
    Enquiry,
    addresses_for,
    ask_by_hand,
)
from lab.lab import Lab
from lab.store import asking, parties
from pages.address import shown, write
from pages.language import _
from pages.shared import session_lab, showing_refusals

PAGE = "responder"
ANSWER = "responder_answer"  # what the last question brought
HASHES = ("sha1", "sha256", "sha384", "sha512")
METHODS, WAYS = ("OCSP", "CRL"), ("POST", "GET")
# Octets, or none; RFC 9654 allows 1 to 128. The others are there to be refused.
_NONCES = ("none", "1", "16", "32", "128", "0", "129")
_MOST_SECONDS = 30
_MOST_ADDRESS = 8192  # letters


def choose_certificates(lab: Lab) -> list[str]:
    """The certificates to ask about, by fingerprint; they are in the address."""
    left, right = st.columns([1, 2])
    text = left.text_input(
        _("Find certificates"),
        key=f"{PAGE}_q",
        max_chars=200,
        icon=":material/search:",
        bind="query-params",
        help=_("A part of the name, or the beginning of the serial or fingerprint."),
    )
    wanted = st.query_params.get("certificate", "").lower().split(",")
    chosen = asking.named(lab.db, wanted[:MOST_CERTIFICATES])
    known = {each.sha256: each for each in [*chosen, *asking.find(lab.db, text)]}
    picked = right.multiselect(
        _("Certificates to ask about"),
        list(known),
        key=shown(PAGE, "certificate", [each.sha256 for each in chosen]),
        format_func=lambda sha256: _label(known[sha256]),
        on_change=write,
        args=(PAGE, "certificate"),
        max_selections=MOST_CERTIFICATES,
        placeholder=_("Choose one or several"),
    )
    return list(picked)


def _label(each: asking.Asking) -> str:
    name = each.common_name or each.subject
    text = f"{name} · {each.serial[:12]} · {each.issued_by}"
    return f"{text} · {each.reason}" if each.reason else text


def choose_question(lab: Lab, chosen: list[str]) -> Enquiry:
    """Where to ask, and how; each choice is in the address."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        method = _toggle("method", _("What to ask"), METHODS)
        url = _address(lab, chosen[0], method)
    if method == "CRL":
        return Enquiry(certificates=tuple(chosen), url=url, method=method)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        how = _toggle("how", _("Way"), WAYS)
        hash_name = _choice("hash", _("Hash of the CertID"), HASHES)
        octets = _choice("nonce", _("Octets of the nonce"), _NONCES)
        clusters = ("", *(each.name for each in parties.clusters(lab.db)))
        cluster = _choice("cluster", _("Trusted responders"), clusters)
    return Enquiry(
        certificates=tuple(chosen),
        url=url,
        how=how,
        hash_name=hash_name,
        nonce_octets=None if octets == "none" else int(octets),
        cluster=cluster,
    )


def _address(lab: Lab, sha256: str, method: str) -> str:
    said = addresses_for(lab, sha256, method)
    wanted = st.query_params.get("url", "")[:_MOST_ADDRESS]
    known = tuple(dict.fromkeys((*said, *([wanted] if wanted else []))))
    found = st.selectbox(
        _("Address"),
        known,
        key=shown(PAGE, "url", wanted or next(iter(known), None)),
        on_change=write,
        args=(PAGE, "url"),
        accept_new_options=True,
        placeholder=_("Write an address, such as http://pki.example/ocsp"),
        help=_(
            "The addresses in the certificate come first. One that stands there is "
            "only spoken to when it is the lab's own, or was allowed in the settings."
        ),
    )
    return found or ""


def _toggle(name: str, label: str, options: tuple[str, ...]) -> str:
    """One of two; a change of method forgets the address of the other."""
    forgotten = ("url",) if name == "method" else ()
    found = st.segmented_control(
        label,
        options,
        key=shown(PAGE, name, _wanted(name, options)),
        on_change=write,
        args=(PAGE, name, *forgotten),
        required=True,
        width="content",
    )
    return str(found)


def _choice(name: str, label: str, options: tuple[str, ...]) -> str:
    words = {
        "": _("None but the issuer's"),
        "none": _("No nonce"),
        "0": _("0: to be refused"),
        "129": _("129: to be refused"),
    }
    return st.selectbox(
        label,
        options,
        key=shown(PAGE, name, _wanted(name, options)),
        on_change=write,
        args=(PAGE, name),
        format_func=lambda each: words.get(each, each),
        width=220 if name == "cluster" else 160,
    )


def _wanted(name: str, options: tuple[str, ...]) -> str:
    wanted = st.query_params.get(name, "")
    return wanted if wanted in options else options[0]


def ask_button(enquiry: Enquiry) -> None:
    """The button that asks, and how long it may take."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.number_input(
            _("Wait at most (seconds)"),
            1,
            _MOST_SECONDS,
            5,
            key=f"{PAGE}_seconds",
            width=200,
        )
        st.button(
            _("Ask"),
            key=f"{PAGE}_ask",
            type="primary",
            icon=":material/send:",
            on_click=_ask,
            args=(enquiry,),
        )


def _ask(enquiry: Enquiry) -> None:
    seconds = float(st.session_state.get(f"{PAGE}_seconds", 5))
    st.session_state.pop(ANSWER, None)
    with showing_refusals():
        st.session_state[ANSWER] = ask_by_hand(session_lab(), enquiry, seconds=seconds)


def last_answer(enquiry: Enquiry) -> Enquired | None:
    """What the last question brought, if it was this one."""
    found: Enquired | None = st.session_state.get(ANSWER)
    return found if found and found.enquiry == enquiry else None
