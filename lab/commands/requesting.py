"""The commands on signing requests: csr make, list, show, download."""

import sys
from typing import Any

import click

from lab.actions.download_request import download_request, request_file
from lab.actions.request_certificate import request_certificate
from lab.clock import utc_text
from lab.commands.files import write_file
from lab.commands.frame import (
    commands,
    opened,
    with_cluster,
    with_db,
    with_json,
)
from lab.commands.printing import say, say_json, say_table, warn
from lab.commands.signing import (
    regenerate,
    self_signed,
    sign,
    with_hash,
    with_key,
    with_shared,
)
from lab.models import SigningRequest
from lab.pki.requests import read_request, request_pem
from lab.rules.keys_and_names import notes_on
from lab.store import parties, requests

__all__ = ["csr", "regenerate", "self_signed", "sign"]


@commands.group()
def csr() -> None:
    """Signing requests (CSR) of the nodes: make, list, show, download."""


@csr.command()
@click.argument("node")
@click.argument("purpose")
@with_shared
@click.option("--common-name", default="", help="Else as the cluster names it.")
@click.option("--include-ou", is_flag=True, help="With the organizational unit.")
@click.option("--parent-domain", metavar="DOMAIN", help="Else that of the cluster.")
@click.option("--no-parent-domain", is_flag=True, help="Leave the domain out.")
@click.option(
    "--name", "names", multiple=True, metavar="FQDN", help="Another name; repeatable."
)
@with_key
@with_hash
@with_cluster
@with_db
@with_json
def make(
    node: str,
    purpose: str,
    parent_domain: str | None,
    no_parent_domain: bool,
    cluster: str,
    db: str | None,
    as_json: bool,
    **choices: Any,
) -> None:
    """Make the request for PURPOSE on NODE; one that waits is overwritten."""
    if no_parent_domain and parent_domain:
        raise click.UsageError(
            "--parent-domain and --no-parent-domain exclude each other."
        )
    parent = "" if no_parent_domain else parent_domain
    with opened(db) as lab:
        made = request_certificate(
            lab, node, purpose, cluster=cluster, parent_domain=parent, **choices
        )
    if as_json:
        say_json(_request_fields(node, purpose, made))
        return
    say(f"request made for {purpose} on {node}: {made.subject}, {made.key}")
    for note in notes_on(purpose, made.key.type, made.key.size):
        warn(f"note: {note.note}")


@csr.command("list")
@with_cluster
@with_db
@with_json
def list_requests(cluster: str, db: str | None, as_json: bool) -> None:
    """List the requests that wait for their certificate, the oldest first."""
    with opened(db) as lab:
        if cluster:
            parties.cluster(lab.db, cluster)
        found = [
            (each, parties.get(lab.db, each.party), read_request(each.der))
            for each in requests.waiting(lab.db, cluster)
        ]
    if as_json:
        say_json(
            [
                _request_fields(holder.name, each.purpose, request)
                | {
                    "cluster": holder.cluster,
                    "made_at": each.made_at,
                    "shared": each.shared,
                }
                for each, holder, request in found
            ]
        )
    elif found:
        say_table(
            ("NODE", "PURPOSE", "MADE AT", "KEY", "SHARED", "SUBJECT"),
            [
                (
                    holder.name,
                    each.purpose,
                    utc_text(each.made_at),
                    str(request.key),
                    "yes" if each.shared else "",
                    request.subject,
                )
                for each, holder, request in found
            ],
        )
    else:
        say("no request waits")


@csr.command()
@click.argument("node")
@click.argument("purpose")
@with_cluster
@with_db
@with_json
def show(node: str, purpose: str, cluster: str, db: str | None, as_json: bool) -> None:
    """Show what the waiting request asks for, and the request itself."""
    with opened(db) as lab:
        file, request = request_file(lab, node, purpose, cluster=cluster)
    if as_json:
        say_json(_request_fields(node, purpose, request))
        return
    for label, value in (
        ("subject", request.subject),
        ("names", ", ".join(request.alternative_names)),
        ("key", str(request.key)),
        ("signature", request.signature_algorithm),
        ("key usage", ", ".join(request.key_usage)),
        ("extended key usage", ", ".join(request.extended_key_usage)),
    ):
        say(f"{label}: {value}")
    sys.stdout.write(file.data.decode())


@csr.command()
@click.argument("node")
@click.argument("purpose")
@click.option("--output", metavar="FILE", help="Else it goes to standard output.")
@click.option("--force", is_flag=True, help="Overwrite the file.")
@with_cluster
@with_db
@with_json
def download(
    node: str,
    purpose: str,
    output: str | None,
    force: bool,
    cluster: str,
    db: str | None,
    as_json: bool,
) -> None:
    """Write the waiting request as PEM, to take it to an authority."""
    with opened(db) as lab:
        file = download_request(lab, node, purpose, cluster=cluster)
        if output:
            write_file(output, file.data, force=force)
    if as_json:
        say_json({"file": output, "pem": file.data.decode()})
    elif output:
        say(f"request written to {output}")
    else:
        sys.stdout.write(file.data.decode())


def _request_fields(
    node: str, purpose: str, request: SigningRequest
) -> dict[str, object]:
    return {
        "node": node,
        "purpose": purpose,
        "subject": request.subject,
        "alternative_names": request.alternative_names,
        "key": str(request.key),
        "key_id": request.key_id,
        "key_usage": request.key_usage,
        "extended_key_usage": request.extended_key_usage,
        "signature_algorithm": request.signature_algorithm,
        "pem": request_pem(request.der).decode(),
    }
