"""The command that asks for the revocation of one certificate: ask."""

from contextlib import suppress
from typing import Any

import click

from lab.actions.allow_addresses import networks_allowed
from lab.actions.ask_revocation import Asked, Question, ask, urls_of
from lab.commands.dossier import find_one
from lab.commands.files import write_file
from lab.commands.frame import commands, opened, with_db, with_json
from lab.commands.printing import say, say_json
from lab.errors import LabError, NotFoundError
from lab.lab import Lab
from lab.models import Certificate
from lab.pki.bundles import write_pem
from lab.pki.ocsp import HASHES
from lab.pki.ocsp_answer import read_answer
from lab.pki.ocsp_tree import Branch, Kind, tree
from lab.rules.faults import METHODS, POLICIES, RULINGS
from lab.store import certificates, parties, places, settings
from lab.trust.judged import words

_INDENT = "  "
_TRUSTED = "tomcat-trust"


@commands.command("ask")
@click.argument("certificate", metavar="CERT")
@click.option("--url", help="Ask there, not where the certificate says.")
@click.option(
    "--method", type=click.Choice(list(METHODS)), default="both", show_default=True
)
@click.option("--nonce/--no-nonce", "use_nonce", default=True, show_default=True)
@click.option(
    "--hash", "hash_name", type=click.Choice(HASHES), default="sha1", show_default=True
)
@click.option("--get", "by_get", is_flag=True, help="Ask OCSP by GET, not by POST.")
@click.option(
    "--seconds",
    type=click.FloatRange(min=0, max=60, min_open=True),
    default=5,
    show_default=True,
    help="To wait for one answer.",
)
@click.option(
    "--cluster", default="", help="Believe the responders in its tomcat-trust, too."
)
@click.option(
    "--certificates",
    "keep",
    metavar="FILE",
    help="Write the certificates in an OCSP answer, as PEM.",
)
@click.option("--tree/--no-tree", "with_tree", default=True, help="All that was said.")
@with_db
@with_json
def ask_command(
    certificate: str,
    url: str | None,
    method: str,
    use_nonce: bool,
    hash_name: str,
    by_get: bool,
    seconds: float,
    with_tree: bool,
    cluster: str,
    keep: str | None,
    db: str | None,
    as_json: bool,
) -> None:
    """Ask over HTTP whether CERT is revoked, and show question and answer.

    With --url name --method OCSP or CRL: an address is of a responder or of a list.
    """
    if url and method == "both":
        raise click.UsageError("--url needs --method OCSP or --method CRL.")
    with opened(db) as lab:
        row = find_one(lab.db, certificate)
        question = _question(
            lab,
            row,
            url=url,
            methods=METHODS[method].channels,
            use_nonce=use_nonce,
            hash_name=hash_name,
            how="GET" if by_get else "POST",
            cluster=cluster and parties.cluster(lab.db, cluster).name,
        )
        now = lab.clock.now()
    asked = ask(question, now=now, seconds=seconds)
    if keep:
        write_file(keep, write_pem(_certificates(asked)))
    if as_json:
        say_json(_fields(row, asked))
        return
    for line in _lines(asked):
        say(line)
    if with_tree:
        for title, branches in _trees(asked):
            say("")
            say(title)
            for each in branches:
                say(_branch(each))


def _question(
    lab: Lab,
    row: Certificate,
    *,
    url: str | None,
    methods: tuple[str, ...],
    use_nonce: bool,
    hash_name: str,
    how: str,
    cluster: str,
) -> Question:
    found = urls_of(row.der)
    above = {*certificates.issuers_of(lab.db, row.sha256)} - {row.sha256}
    issuers = certificates.many(lab.db, above).values()
    issuer = max(issuers, key=lambda each: each.not_after, default=None)
    designated = places.held_in(lab.db, cluster, _TRUSTED) if cluster else ()
    responders = certificates.many(lab.db, designated)
    return Question(
        certificate=row.der,
        issuer=issuer.der if issuer else None,
        methods=methods,
        ocsp_urls=(url,) if url else found.ocsp,
        # Nobody has chosen an address that stands in the certificate: spec section 7.
        ocsp_configured=bool(url) and url not in found.ocsp,
        crl_urls=(url,) if url else found.crl,
        crl_configured=bool(url) and url not in found.crl,
        trusted_responders=tuple(responders[each].der for each in sorted(responders)),
        freshest_urls=() if url else found.freshest,
        allowed=tuple(settings.allowed_networks(lab.db)),
        allowed_configured=tuple(networks_allowed(lab)),
        own=settings.get(lab.db, "base_url"),
        hash_name=hash_name,
        use_nonce=use_nonce,
        how=how,
    )


def _certificates(asked: Asked) -> tuple[bytes, ...]:
    """Those that came with an OCSP answer; a refusal when none did."""
    found: tuple[bytes, ...] = ()
    if asked.method == "OCSP" and asked.response:
        found = read_answer(asked.response).certificates
    if not found:
        raise NotFoundError(
            "there is no certificate in what {url} answers",
            hint="Ask a responder that answers, with --method OCSP.",
            url=asked.url or "nobody",
        )
    return found


def _lines(asked: Asked) -> list[str]:
    lines = [f"{asked.status.replace('_', ' ')}"]
    if asked.method:
        lines[0] += f", by {asked.method} from {asked.url}"
    for step in asked.steps:
        lines.append(f"{_INDENT}{'' if step.is_fine else 'not so: '}{words(step)}")
    for policy in POLICIES.values():
        ruling = RULINGS[policy.name, asked.status]
        does = "connects" if ruling.connects else "refuses"
        lines.append(f"{policy.label.lower()}: {does}, {ruling.why}")
    return lines


def _trees(asked: Asked) -> list[tuple[str, list[Branch]]]:
    """What can be taken apart; what cannot is said in the steps already."""
    found = []
    parts: list[tuple[str, bytes | None, Kind]]
    if asked.method == "CRL":
        parts = [("the list:", asked.response, "crl"), ("delta:", asked.delta, "crl")]
    else:
        parts = [
            ("the question:", asked.request, "request"),
            ("the answer:", asked.response, "response"),
        ]
    for title, der, kind in parts:
        if der is not None:
            with suppress(LabError):
                found.append((title, tree(der, kind)))
    return found


def _branch(branch: Branch) -> str:
    value = f": {branch.value}" if branch.value else ""
    return f"{_INDENT * (branch.depth + 1)}{branch.name}{value}"


def _fields(row: Certificate, asked: Asked) -> dict[str, Any]:
    return {
        "certificate": row.sha256,
        "status": asked.status,
        "method": asked.method,
        "url": asked.url,
        "model": asked.model,
        "http_status": asked.http_status,
        "milliseconds": asked.milliseconds,
        "this_update": asked.this_update,
        "next_update": asked.next_update,
        "revoked_at": asked.revoked_at,
        "reason": asked.reason,
        "steps": [{"words": words(step), "fine": step.is_fine} for step in asked.steps],
        "policies": {name: RULINGS[name, asked.status].connects for name in POLICIES},
        "trees": {
            title.rstrip(":"): [vars(each) for each in branches]
            for title, branches in _trees(asked)
        },
    }
