"""How a verdict looks: what was decided, by which rule, along which path."""

from datetime import datetime

import streamlit as st

from lab.actions.explain_certificate import Explained, explain_stored
from lab.lab import Lab
from lab.rules.path_rules import CLUSTER_RULES, PATH_RULES, PathRule
from lab.rules.sources import Source
from lab.trust.engines import EngineVerdict
from lab.trust.verdict import Finding, Peer
from pages.language import _, moment_text
from pages.shared import as_code, as_text


def usage_words() -> dict[Peer, str]:
    """What a leaf can be used for."""
    return {
        Peer.SERVER: _("As a server"),
        Peer.CLIENT: _("As a client"),
        Peer.ANY: _("For any use"),
    }


def show_verdict(explained: Explained, key: str) -> None:
    """The decision, its evidence, rule, remedy and source, the path, other engines."""
    verdict = explained.verdict
    st.markdown(_badge(explained))
    if verdict.findings:
        _show_finding(verdict.findings[0])
    for rule in verdict.rules:
        _show_cluster_rule(CLUSTER_RULES[rule])
    _show_path(explained, key)
    if further := verdict.findings[1:]:
        with st.expander(_("What else is wrong"), icon=":material/list:"):
            for finding in further:
                _show_finding(finding)
    for engine in explained.engines:
        _show_engine(engine)
    st.caption(_("Revocation is not part of this verdict."))


def show_stored(lab: Lab, sha256: str, at: datetime) -> None:
    """The verdict of each store that decides over a certificate of the lab."""
    verdicts = explain_stored(lab, sha256, at=at)
    if not verdicts[0].store:
        st.caption(_("No trust store decides over it: all roots of the lab count."))
    for number, explained in enumerate(verdicts):
        with st.container(border=True):
            show_verdict(explained, f"certificates_verdict{number}")
    st.page_link(
        "judgement.py",
        label=_("Judge it by other stores, at another time"),
        icon=":material/gavel:",
        query_params={"certificate": sha256},
    )


def evidence_text(finding: Finding) -> str:
    """What proves the finding, in the language of this visit. Plain text."""
    return finding.written(_(finding.evidence))


def _badge(explained: Explained) -> str:
    verdict = explained.verdict
    if verdict.accepted:
        badge = f":green-badge[:material/check_circle: {_('Accepted')}]"
    else:
        title = _(PATH_RULES[verdict.findings[0].fault].title)
        badge = f":red-badge[:material/block: {_('Refused')}: {as_text(title)}]"
    asked = usage_words()[explained.usage]
    parts = [as_text(asked), moment_text(explained.at)]
    if explained.name:
        parts.insert(0, as_code(explained.name))
    if explained.store:
        parts.insert(
            0,
            _(
                "by {store} of {cluster}",
                store=as_code(explained.store),
                cluster=as_code(explained.cluster),
            ),
        )
    return f"{badge} {' · '.join(parts)}"


def _show_finding(finding: Finding) -> None:
    rule = PATH_RULES[finding.fault]
    lines = {
        _("Evidence"): as_text(evidence_text(finding)),
        _("Rule"): as_text(_(rule.rule)),
        _("What helps"): as_text(finding.written(_(rule.remedy))),
        _("Source of the rule"): _source(rule),
    }
    st.markdown("  \n".join(f"**{label}:** {text}" for label, text in lines.items()))


def _show_cluster_rule(rule: PathRule) -> None:
    st.markdown(
        f"**{as_text(_(rule.title))}:** {as_text(_(rule.rule))} "
        f"{as_text(_(rule.remedy))}  \n**{_('Source of the rule')}:** {_source(rule)}"
    )


def _source(rule: PathRule) -> str:
    source = as_text(_(rule.source))
    if not rule.rfc_section:
        return source
    if rule.source is Source.RFC5280:
        return _("{source}, section {section}", source=source, section=rule.rfc_section)
    return _(
        "{source}; see RFC 5280, section {section}",
        source=source,
        section=rule.rfc_section,
    )


def _show_path(explained: Explained, key: str) -> None:
    verdict = explained.verdict
    faults: dict[str, list[str]] = {}
    for finding in verdict.findings:
        faults.setdefault(finding.certificate, []).append(
            _(PATH_RULES[finding.fault].title)
        )
    last = len(verdict.path) - 1
    st.dataframe(
        [
            {
                "certificate": "↑ " * bool(number)
                + (each.common_name or each.subject or each.serial),
                "begin": f"{each.not_before:%Y-%m-%d %H:%M}",
                "end": f"{each.not_after:%Y-%m-%d %H:%M}",
                "role": _("Trusted")
                if verdict.anchored and number == last
                else _("Judged")
                if not number
                else _("Issuer"),
                "faults": ", ".join(faults.get(each.sha256, [])),
            }
            for number, each in enumerate(verdict.path)
        ],
        key=f"{key}_path",
        hide_index=True,
        column_config={
            "certificate": st.column_config.TextColumn(
                _("Certificate, then its issuers"), pinned=True
            ),
            "begin": _("Valid from (UTC)"),
            "end": _("Ends (UTC)"),
            "role": _("What it does"),
            "faults": _("What is wrong with it"),
        },
        alt=_("The path that was judged, with what is wrong on it"),
    )
    if not verdict.anchored and verdict.path:
        top = verdict.path[-1]
        st.caption(
            _(
                "The path stops at {name}, issued by {issuer}.",
                name=as_code(top.common_name or top.subject),
                issuer=as_code(top.issuer),
            )
        )


def _show_engine(engine: EngineVerdict) -> None:
    words = {True: _("accepted"), False: _("refused"), None: _("cannot judge this")}
    text = f"**{as_text(engine.engine)}:** {words[engine.accepted]}"
    if engine.message:
        text += f": {as_text(_(engine.message))}"
    if engine.why:
        text += f"  \n**{_('Why it differs')}:** {as_text(_(engine.why))}"
    st.markdown(text)
