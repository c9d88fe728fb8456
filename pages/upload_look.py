"""The pre-flight of one upload: names, key, usages, chain, where it goes, and then."""

import streamlit as st

from lab.actions.preflight_upload import Preflight, SlotLook
from lab.clock import utc_text
from lab.models import Certificate
from lab.rules.path_rules import PATH_RULES
from pages.broken_parts import show_broken
from pages.effect_parts import show_effects
from pages.language import _, counted, moment_text
from pages.shared import as_code, as_text
from pages.verdict_parts import evidence_text

_MOST = 20


def show_preflight(look: Preflight) -> None:
    """All that is to be known before one upload, the refusal first."""
    where = _("{what} on {where}", what=as_text(look.name), where=as_text(look.node))
    st.subheader(_("What the upload to {where} does", where=where), anchor=False)
    if look.refusal:
        _show_refusal(look)
    if look.slot:
        _show_slot(look.slot)
    else:
        _show_entries(look)
    _show_chain(look)
    for note in look.notes[:_MOST]:
        values = {name: as_text(_(value)) for name, value in note.values.items()}
        source = as_text(_("Source: {source}.", source=_(note.source)))
        text = _(note.text).format(**values)
        st.markdown(f":orange[:material/info:] {text} :gray[{source}]")
    if look.refusal:
        return
    _show_arrivals(look)
    if look.broken is not None:
        show_broken(look.broken)
    show_effects(look.effects)


def _show_refusal(look: Preflight) -> None:
    refusal = look.refusal
    if refusal is None:
        return
    values = {name: str(value) for name, value in refusal.values.items()}
    said = as_code(_(refusal.template).format(**values))
    why = as_text(_(refusal.hint_template).format(**values))
    st.error(
        f"{said}\n\n{why}",
        title=_("The cluster would refuse it"),
        icon=":material/block:",
    )


def _show_slot(slot: SlotLook) -> None:
    leaf, current = slot.leaf, slot.current
    rows = [
        {
            "what": _("Issued by"),
            "now": _issuer(current),
            "then": _issuer(leaf),
        },
        {
            "what": _("Valid until"),
            "now": utc_text(current.not_after) if current else "-",
            "then": utc_text(leaf.not_after),
        },
        {
            "what": _("Key"),
            "now": f"{current.key_type} {current.key_size}" if current else "-",
            "then": f"{leaf.key_type} {leaf.key_size}",
        },
        {
            "what": _("Names"),
            "now": ", ".join(current.alternative_names) if current else "-",
            "then": ", ".join(leaf.alternative_names) or "-",
        },
    ]
    st.dataframe(
        rows,
        hide_index=True,
        column_config={
            "what": st.column_config.TextColumn(" ", width="small"),
            "now": st.column_config.TextColumn(_("In the slot now")),
            "then": st.column_config.TextColumn(_("After the upload")),
        },
        alt=_("The certificate in the slot beside the one that overwrites it"),
    )
    if current and not current.self_signed:
        st.markdown(
            ":orange[:material/swap_horiz:] "
            + _(
                "It overwrites a certificate signed by {issuer}, valid until {end}.",
                issuer=as_code(current.issuer_common_name or current.issuer),
                end=moment_text(current.not_after),
            )
        )
    _line(_("Names lost: {names}"), slot.names_lost, "red", "remove_circle")
    _line(_("Names gained: {names}"), slot.names_gained, "green", "add_circle")
    if slot.bits.missing:
        _line(
            _("Usages that the purpose's table asks for and it lacks: {names}"),
            slot.bits.missing,
            "red",
            "report",
        )
    else:
        st.markdown(
            ":green[:material/check_circle:] "
            + _("It has every usage that the purpose's table asks for.")
        )
    _line(
        _("Usages that only the prose of the source document names: {names}"),
        slot.bits.missing_optional,
        "gray",
        "help",
    )
    _line(_("Usages that nobody asked for: {names}"), slot.bits.extra, "gray", "help")


def _show_chain(look: Preflight) -> None:
    verdict = look.verdict
    if verdict is None:
        return
    if verdict.accepted:
        path = " → ".join(
            as_code(each.common_name or each.subject) for each in verdict.path
        )
        text = _("Its chain reaches what its verifiers trust: {path}", path=path)
        st.markdown(f":green[:material/check_circle:] {text}")
    for finding in verdict.findings[:3]:
        remedy = finding.written(_(PATH_RULES[finding.fault].remedy))
        text = f"{as_text(evidence_text(finding))}. {as_text(remedy)}"
        st.markdown(f":red[:material/link_off:] {text}")


def _show_arrivals(look: Preflight) -> None:
    st.dataframe(
        [
            {
                "name": each.name,
                "node": each.node,
                "when": _("once the node is back")
                if each.when_back
                else counted("in {number} minute", "in {number} minutes", each.minutes)
                if each.minutes
                else _("at once"),
            }
            for each in look.arrivals
        ],
        hide_index=True,
        column_config={
            "name": st.column_config.TextColumn(_("Purpose or trust store")),
            "node": st.column_config.TextColumn(_("Node")),
            "when": st.column_config.TextColumn(_("When")),
        },
        alt=_("Where the certificates come to be, and when"),
    )


def _show_entries(look: Preflight) -> None:
    st.dataframe(
        [
            {
                "name": each.common_name or each.subject,
                "issuer": _issuer(each),
                "until": each.not_after,
                "what": _("there already") if each in look.known else _("new"),
            }
            for each in look.certificates
        ],
        hide_index=True,
        column_config={
            "name": st.column_config.TextColumn(_("Common name"), pinned=True),
            "issuer": st.column_config.TextColumn(_("Issued by")),
            "until": st.column_config.DatetimeColumn(
                _("Valid until"), format="YYYY-MM-DD", timezone="UTC"
            ),
            "what": st.column_config.TextColumn(_("In the store")),
        },
        alt=_("Certificates that would be trusted"),
    )
    if look.replaced:
        names = tuple(each.common_name or each.subject for each in look.replaced)
        _line(
            counted(
                "{number} older entry of the same subject makes room: {names}",
                "{number} older entries of the same subjects make room: {names}",
                len(names),
                names="{names}",
            ),
            names,
            "orange",
            "swap_horiz",
        )


def _line(text: str, names: tuple[str, ...], colour: str, icon: str) -> None:
    if names:
        said = ", ".join(as_code(name) for name in names[:_MOST])
        st.markdown(f":{colour}[:material/{icon}:] {text.format(names=said)}")


def _issuer(certificate: Certificate | None) -> str:
    if certificate is None:
        return "-"
    if certificate.self_signed:
        return _("itself")
    return certificate.issuer_common_name or certificate.issuer
