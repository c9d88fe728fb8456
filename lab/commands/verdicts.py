"""How a verdict is printed: lines for people, fields for JSON."""

from collections.abc import Iterator
from typing import Any

from lab.actions.explain_certificate import Explained
from lab.clock import utc_text
from lab.rules.path_rules import CLUSTER_RULES, PATH_RULES, PathRule
from lab.rules.sources import Source
from lab.trust.verdict import Finding, Peer, Verdict


def verdict_fields(explained: Explained) -> dict[str, Any]:
    """A verdict with its reasons, path and what other engines say, for JSON."""
    return {
        **_short_fields(explained.verdict),
        "at": explained.at,
        "name": explained.name,
        "usage": explained.usage,
        "engines": [
            {
                "engine": each.engine,
                "verdict": _word(each.accepted),
                "message": each.message,
                "why_it_differs": each.why,
            }
            for each in explained.engines
        ],
    }


def _short_fields(verdict: Verdict) -> dict[str, Any]:
    findings = [_finding_fields(each) for each in verdict.findings]
    first = findings[0] if findings else {}
    return {
        "verdict": _word(verdict.accepted),
        "reason": first.get("reason", ""),
        "evidence": first.get("evidence", ""),
        "rule": first.get("rule", ""),
        "source": first.get("source", ""),
        "remedy": first.get("remedy", ""),
        "findings": findings,
        "path": [
            {
                "subject": each.subject,
                "sha256": each.sha256,
                "not_after": each.not_after,
                "trusted": verdict.anchored and each is verdict.path[-1],
            }
            for each in verdict.path
        ],
        "cluster_rules": list(verdict.rules),
        "paths_tried": verdict.tried,
    }


def _finding_fields(finding: Finding) -> dict[str, str]:
    rule = PATH_RULES[finding.fault]
    return {
        "reason": finding.fault,
        "certificate": finding.certificate,
        "evidence": str(finding),
        "rule": rule.rule,
        "source": _source(rule),
        "remedy": finding.remedy,
    }


def _source(rule: PathRule) -> str:
    if not rule.rfc_section:
        return rule.source
    see = "" if rule.source is Source.RFC5280 else "; see RFC 5280"
    return f"{rule.source}{see}, section {rule.rfc_section}"


def _word(accepted: bool | None) -> str:
    if accepted is None:
        return "cannot judge"
    return "accepted" if accepted else "refused"


def verdict_lines(explained: Explained) -> Iterator[str]:
    verdict = explained.verdict
    asked = f"as a {explained.usage}" if explained.usage != Peer.ANY else "for any use"
    name = f" named {explained.name}" if explained.name else ""
    yield f"{_word(verdict.accepted)}: {asked}{name}, at {utc_text(explained.at)}"
    for finding in verdict.findings:
        rule = PATH_RULES[finding.fault]
        yield f"{rule.title}: {finding}"
        yield f"  rule: {rule.rule} ({_source(rule)})"
        yield f"  remedy: {finding.remedy}"
    for number, each in enumerate(verdict.path):
        trusted = verdict.anchored and number == len(verdict.path) - 1
        yield (
            f"{'  ' * number}{each.subject or '(no name)'}, "
            f"until {utc_text(each.not_after)}{', trusted' if trusted else ''}"
        )
    for key in verdict.rules:
        yield f"{CLUSTER_RULES[key].title}: {CLUSTER_RULES[key].rule}"
    for engine in explained.engines:
        yield f"{engine.engine}: {_word(engine.accepted)}: {engine.message}".rstrip(
            ": "
        )
        if engine.why:
            yield f"  it differs: {engine.why}"
