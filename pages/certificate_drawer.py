"""The drawer of one certificate: state and why, chain, places, contents, downloads."""

from collections.abc import Mapping

import streamlit as st

from lab.actions.export import (
    Details,
    Kind,
    Link,
    certificate_file,
    chain_of,
    details_of,
)
from lab.lab import Lab
from lab.models import Chain, ExtensionText, Placement, State
from lab.rules.states import STATES
from lab.store import certificates, listing, places, services
from lab.store.listing import View
from pages.address import forget
from pages.certificate_deeds import ASKED, say_what_was_done, show_deeds
from pages.certificate_dialogs import open_dialog
from pages.certificate_filters import usage_labels
from pages.certificate_parts import words_of_cells
from pages.language import _, moment_text
from pages.revocation_line import show_last_check
from pages.shared import as_code, as_text, days_text, place_text, state_badge
from pages.verdict_parts import show_stored


def how_labels() -> dict[str, str]:
    """How a certificate came to a place."""
    return {
        "generated": _("Generated"),
        "issued": _("Issued by the lab"),
        "uploaded": _("Uploaded"),
        "copied": _("Copied automatically"),
        "factory": _("From the factory"),
        "imported": _("Imported"),
    }


def open_drawer(lab: Lab, view: View, sha256: str) -> None:
    """Show everything about one certificate beside the list.

    `NotFoundError` when there is no such certificate.
    """
    details = details_of(lab, sha256)
    if open_dialog(lab, sha256):
        return
    rows = listing.get(lab.db, view, sha256)
    title = place_text(rows[0]) if rows else details.certificate.common_name
    dialog = st.dialog(
        as_code(title) if title.strip() else _("Certificate"),
        width="large",
        position="right",
        on_dismiss=_close,
    )
    dialog(_show)(lab, view, details, rows)


def _close() -> None:
    forget("certificate")


def _show(lab: Lab, view: View, details: Details, rows: list[Placement]) -> None:
    if ASKED in st.session_state:
        st.rerun()
    sha256 = details.certificate.sha256
    chain = chain_of(lab, sha256)
    say_what_was_done()
    if rows:
        _state_and_why(lab, view, rows[0])
    else:
        st.info(_("No party holds this certificate any more."))
    show_last_check(lab, sha256)
    _downloads(lab, sha256)
    show_deeds(lab, sha256)
    why, judged, where, contents, extensions, pem = st.tabs(
        [_("Chain"), _("Verdict"), _("Places"), _("Fields"), _("Extensions"), "PEM"]
    )
    with why:
        _effective_end(lab, sha256, chain)
    with judged:
        show_stored(lab, sha256, view.at)
    with where:
        _places(lab, view, rows, sha256)
    with contents:
        _fields(details)
    with extensions:
        _extensions(details.extensions)
    with pem:
        st.code(details.pem, language=None)


def _state_and_why(lab: Lab, view: View, row: Placement) -> None:
    rule = STATES[row.state]
    name = row.common_name or row.subject
    st.markdown(
        state_badge(row.state, view.thresholds) + (f" {as_code(name)}" if name else "")
    )
    lines = {
        _("Evidence"): _evidence(lab, view, row),
        _("Rule"): as_text(_(rule.rule)),
        _("What helps"): as_text(_(rule.remedy)),
        _("Source of the rule"): as_text(_(rule.source)),
    }
    st.markdown("  \n".join(f"**{label}:** {text}" for label, text in lines.items()))


def _evidence(lab: Lab, view: View, row: Placement) -> str:
    """What in the lab makes the rule apply, with dates. Markdown."""
    end = moment_text(row.effective_end)
    days = days_text((row.effective_end - view.at).days)
    match row.state:
        case State.REVOKED | State.ON_HOLD:
            revoked = certificates.revocation(lab.db, row.certificate)
            assert revoked  # the state says so
            return _(
                "Revoked on {at}, reason {reason}.",
                at=moment_text(revoked.at),
                reason=as_code(revoked.reason),
            )
        case State.LEFT_OVER:
            return _(
                "It was copied from {purpose}; today it is in no identity slot.",
                purpose=as_code(row.copy_of),
            )
        case State.EXPIRED:
            return _(
                "It ended on {end}; the lab's clock says {now}.",
                end=moment_text(row.not_after),
                now=moment_text(view.at),
            )
        case State.NOT_YET_VALID:
            return _(
                "It begins on {begin}; the lab's clock says {now}.",
                begin=moment_text(row.not_before),
                now=moment_text(view.at),
            )
        case State.BROKEN_CHAIN:
            return _broken(lab, view, row)
        case State.NOT_IN_USE:
            return _still_presented(lab, row)
        case _ if row.limited_by == row.certificate:
            return _(
                "It ends on {end} ({days}); no issuer in its best chain ends sooner.",
                end=end,
                days=days,
            )
        case _:
            return _(
                "Its best chain lasts until {end} ({days}); {name} ends first.",
                end=end,
                days=days,
                name=as_code(row.limited_by_name or row.limited_by),
            )


def _broken(lab: Lab, view: View, row: Placement) -> str:
    top = chain_of(lab, row.certificate)[-1].certificate
    if row.chain is Chain.UNTRUSTED:
        return _(
            "Its chain ends at {root}, which is in no trust store of its verifiers.",
            root=as_code(top.subject),
        )
    if row.chain is Chain.INCOMPLETE:
        return _(
            "The lab does not hold {issuer}, which signed {name}.",
            issuer=as_code(top.issuer),
            name=as_code(top.common_name or top.subject),
        )
    return _(
        "{name} in its chain ended on {end}; the lab's clock says {now}.",
        name=as_code(row.limited_by_name or row.limited_by),
        end=moment_text(row.effective_end),
        now=moment_text(view.at),
    )


def _still_presented(lab: Lab, row: Placement) -> str:
    found = [
        (service, sha256)
        for _cluster, node, service, purpose, sha256 in services.stale(
            lab.db, row.cluster
        )
        if (node, purpose) == (row.party, row.name)
    ]
    old = certificates.many(lab.db, [sha256 for _service, sha256 in found])
    return " ".join(
        _(
            "{service} still presents the one that ends on {end}.",
            service=as_code(service),
            end=moment_text(old[sha256].not_after),
        )
        for service, sha256 in found
    )


def _downloads(lab: Lab, sha256: str) -> None:
    with st.container(horizontal=True):
        kinds: dict[Kind, str] = {
            "pem": _("PEM"),
            "der": _("DER"),
            "chain": _("Chain as PEM"),
        }
        for kind, label in kinds.items():
            file = certificate_file(lab, sha256, kind)
            st.download_button(
                label,
                file.data,
                file.name,
                file.mime,
                key=f"certificates_download_{kind}",
                icon=":material/download:",
                on_click="ignore",
            )


def _effective_end(lab: Lab, sha256: str, chain: list[Link]) -> None:
    effective = certificates.effective(lab.db, sha256)
    limit = next((link for link in chain if link.limits), chain[0])
    end = moment_text(effective.end)
    if limit.certificate.sha256 == sha256:
        st.markdown(
            _("**Effective until {end}.** Nothing above it ends sooner.", end=end)
        )
    else:
        name = limit.certificate.common_name or limit.certificate.subject
        st.markdown(
            _(
                "**Effective until {end}**, limited by {name}.",
                end=end,
                name=as_code(name),
            )
        )
    st.dataframe(
        [
            {
                "certificate": link.certificate.common_name or link.certificate.subject,
                "begin": f"{link.certificate.not_before:%Y-%m-%d %H:%M}",
                "end": f"{link.end:%Y-%m-%d %H:%M}",
                "note": _note(link),
            }
            for link in chain
        ],
        key="certificates_chain",
        hide_index=True,
        column_config={
            "certificate": _("Certificate, then its issuers"),
            "begin": _("Valid from (UTC)"),
            "end": _("Ends (UTC)"),
            "note": _("What it does"),
        },
        alt=_("The chain of this certificate, with the end of each link"),
    )
    top = chain[-1].certificate
    if effective.chain is Chain.COMPLETE:
        st.caption(_("The chain reaches a root that its verifiers trust."))
    elif effective.chain is Chain.UNTRUSTED:
        st.caption(_("The chain reaches a root, but none that its verifiers trust."))
    else:
        st.caption(
            _("The chain stops: {issuer} is missing.", issuer=as_code(top.issuer))
        )


def _note(link: Link) -> str:
    if link.revoked:
        return _("Revoked: ends the chain") if link.limits else _("Revoked")
    return _("Ends the chain") if link.limits else ""


def _places(lab: Lab, view: View, rows: list[Placement], sha256: str) -> None:
    since = {place.id: place for place in places.of_certificate(lab.db, sha256)}
    loaded: dict[tuple[str, str, str], list[str]] = {}
    for cluster, node, service, purpose in services.loaded_by(lab.db, sha256):
        loaded.setdefault((cluster, node, purpose), []).append(service)
    how, usages, states = how_labels(), usage_labels(), words_of_cells(view.thresholds)
    st.dataframe(
        [
            {
                "place": place_text(row),
                "cluster": row.cluster,
                "usage": usages[row.usage],
                "state": states[row.state],
                "since": f"{since[row.place].since:%Y-%m-%d %H:%M}",
                "how": how.get(row.how, row.how),
                "loaded": ", ".join(
                    loaded.pop((row.cluster, row.party, row.name), [])
                    if row.usage == "identity"
                    else []
                ),
                "description": row.description,
            }
            for row in rows
        ],
        key="certificates_places",
        hide_index=True,
        column_config={
            "place": st.column_config.TextColumn(_("Place"), pinned=True),
            "cluster": _("Cluster"),
            "usage": _("Usage"),
            "state": _("State"),
            "since": _("Since (UTC)"),
            "how": _("How it came"),
            "loaded": st.column_config.TextColumn(_("Presented by"), width="medium"),
            "description": _("Description"),
        },
        alt=_("Where this certificate is"),
    )
    for (_cluster, node, purpose), presenting in loaded.items():
        st.warning(
            _(
                "{services} on {node} still present it for {purpose}, "
                "though that slot holds another one.",
                services=as_code(", ".join(presenting)),
                node=as_code(node),
                purpose=as_code(purpose),
            ),
            icon=":material/restart_alt:",
        )


def _fields(details: Details) -> None:
    certificate = details.certificate
    fields: Mapping[str, str] = {
        _("Subject"): certificate.subject,
        _("Issuer"): certificate.issuer,
        _("Serial"): certificate.serial,
        _("Other names"): ", ".join(certificate.alternative_names),
        _("Valid from (UTC)"): f"{certificate.not_before:%Y-%m-%d %H:%M:%S}",
        _("Valid until (UTC)"): f"{certificate.not_after:%Y-%m-%d %H:%M:%S}",
        _("Key"): ", ".join(details.key[:2]),
        _("Signature"): certificate.signature_algorithm,
        _("Fingerprint (SHA-1)"): _colons(certificate.sha1),
        _("Fingerprint (SHA-256)"): _colons(certificate.sha256),
        _("Public key"): " ".join(details.key[2:]),
    }
    for label, value in fields.items():
        st.caption(label)
        st.code(value or "-", language=None, wrap_lines=True)


def _extensions(extensions: tuple[ExtensionText, ...]) -> None:
    if not extensions:
        st.caption(_("It has no extensions."))
    for extension in extensions:
        badge = f" :orange-badge[{_('critical')}]" if extension.critical else ""
        st.markdown(f"{as_code(extension.name)} :gray[{extension.oid}]{badge}")
        st.code("\n".join(extension.lines) or "-", language=None, wrap_lines=True)


def _colons(text: str) -> str:
    return ":".join(text[at : at + 2] for at in range(0, len(text), 2)).upper()
