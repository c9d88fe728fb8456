"""Parts of the page that judges: what is judged, who trusts what, the question."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypeVar

import streamlit as st

from lab.actions.explain_certificate import certificates_in
from lab.lab import Lab
from lab.rules.algorithm_policies import POLICIES
from lab.store import certificates, places
from lab.trust.verdict import Peer
from pages.address import forget, shown, write
from pages.language import _
from pages.shared import as_code, as_text, showing_refusals
from pages.verdict_parts import usage_words

_PAGE = "judgement"
_MOST_NAME = 300
_APART = " / "  # between cluster and store in the address
_T = TypeVar("_T")
Store = tuple[str, str]  # cluster, trust store


@dataclass(frozen=True, kw_only=True)
class Question:
    """What is asked of a certificate."""

    at: datetime
    name: str
    usage: Peer
    policy: str


def choose_leaf(lab: Lab) -> list[bytes]:
    """The certificate to judge, and what was given with it; empty when none is."""
    asked = st.query_params.get("certificate", "").strip().lower()[:80]
    if asked:
        return _of_the_lab(lab, asked)
    pasted = st.text_area(
        _("Paste a certificate as PEM"),
        key=f"{_PAGE}_pasted",
        height=140,
        placeholder="-----BEGIN CERTIFICATE-----",
        help=_("The first certificate is judged; those after it may be its issuers."),
    )
    files = st.file_uploader(
        _("Or give files: the leaf first, then its chain"),
        accept_multiple_files=True,
        key=f"{_PAGE}_files",
    )
    return _read([pasted.encode()] * bool(pasted.strip())) + _read(
        [file.getvalue() for file in files]
    )


def choose_trust(lab: Lab) -> tuple[list[Store], list[bytes]]:
    """The stores of the lab that are trusted, and what is trusted besides."""
    labels = {
        _APART.join(each): _("{store} of {cluster}", store=each[1], cluster=each[0])
        for each in places.stores(lab.db)
    }
    wanted = st.query_params.get("trust", "").split(",")
    chosen = st.multiselect(
        _("Trusted: stores of the lab"),
        list(labels),
        key=shown(_PAGE, "trust", [each for each in wanted if each in labels]),
        format_func=lambda each: labels[each],
        on_change=write,
        args=(_PAGE, "trust"),
        placeholder=_("None"),
    )
    files = st.file_uploader(
        _("Trusted: files"),
        accept_multiple_files=True,
        key=f"{_PAGE}_trusted",
    )
    stores = [each.partition(_APART) for each in chosen]
    return [(cluster, store) for cluster, _between, store in stores], _read(
        [file.getvalue() for file in files]
    )


def choose_question(now: datetime) -> Question:
    """The moment, the host name, the usage and the algorithm policy."""
    first, second, third, fourth = st.columns(4)
    moment = first.datetime_input(
        _("At (UTC)"),
        key=shown(_PAGE, "at", _moment_of_address(now)),
        min_value=datetime(1950, 1, 1),  # noqa: DTZ001  # the widget knows no zones
        max_value=datetime(9999, 12, 31),  # noqa: DTZ001  # the widget knows no zones
        on_change=_write_moment,
        step=60,
    )
    name = second.text_input(
        _("Host name or address"),
        key=shown(_PAGE, "name", st.query_params.get("name", "")[:_MOST_NAME]),
        max_chars=_MOST_NAME,
        on_change=write,
        args=(_PAGE, "name"),
        placeholder=_("Not asked"),
    )
    usages = usage_words()
    usage = third.selectbox(
        _("Usage"),
        list(usages),
        key=shown(_PAGE, "usage", _one_of(usages, "usage", Peer.SERVER)),
        format_func=usages.__getitem__,
        on_change=write,
        args=(_PAGE, "usage"),
    )
    policy = fourth.selectbox(
        _("Algorithm policy"),
        list(POLICIES),
        key=shown(_PAGE, "policy", _one_of(POLICIES, "policy", "default")),
        on_change=write,
        args=(_PAGE, "policy"),
    )
    # The box shows minutes; what has just been made began within this one.
    asked = moment if "at" in st.query_params else None
    at = asked.replace(tzinfo=UTC) if asked else now
    return Question(at=at, name=name.strip(), usage=usage, policy=policy)


def _of_the_lab(lab: Lab, sha256: str) -> list[bytes]:
    with showing_refusals():
        found = certificates.get(lab.db, sha256)
        st.markdown(as_code(found.common_name or found.subject or found.serial))
        st.caption(as_text(found.issuer))
        st.button(
            _("Judge another one"),
            key=f"{_PAGE}_another",
            icon=":material/close:",
            on_click=forget,
            args=("certificate",),
        )
        return [found.der]
    return []


def _read(files: list[bytes]) -> list[bytes]:
    found: list[bytes] = []
    for data in files:
        with showing_refusals():
            found += certificates_in(data)
    return found


def _one_of(known: Iterable[_T], name: str, default: _T) -> _T:
    wanted = st.query_params.get(name)
    return next((each for each in known if each == wanted), default)


def _moment_of_address(now: datetime) -> datetime:
    try:
        moment = datetime.fromisoformat(st.query_params.get("at", "").strip())
    except ValueError:
        moment = now
    if moment.tzinfo:
        moment = moment.astimezone(UTC)
    return moment.replace(tzinfo=None, second=0)


def _write_moment() -> None:
    st.query_params["at"] = st.session_state[f"{_PAGE}_at"].isoformat()
