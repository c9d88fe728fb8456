"""Commands on the world outside: look, addresses."""

import sys

import click

from lab.actions.allow_addresses import allow_addresses, forbid_addresses
from lab.commands.frame import commands, opened, with_db, with_json
from lab.commands.printing import say_json, say_table, warn
from lab.pki.bundles import write_pem
from lab.rules.addresses import NETWORKS
from lab.store import settings


@commands.command()
@click.option(
    "--allow", metavar="NETWORK", help="Such as 192.0.2.0/24, or one address."
)
@click.option("--forbid", metavar="NETWORK", help="Take back what was allowed.")
@with_db
@with_json
def addresses(
    allow: str | None, forbid: str | None, db: str | None, as_json: bool
) -> None:
    """List the networks that the lab may speak to, or change them."""
    if allow and forbid:
        raise click.UsageError("--allow and --forbid exclude each other.")
    with opened(db) as lab:
        if allow:
            allow_addresses(lab, allow)
        if forbid:
            forbid_addresses(lab, forbid)
        chosen = settings.allowed_networks(lab.db)
    rows = [(row.network, row.allowed, "rule", row.why) for row in NETWORKS]
    rows += [(str(network), True, "setting", "") for network in chosen]
    if as_json:
        names = ("network", "allowed", "by", "why")
        say_json([dict(zip(names, row, strict=True)) for row in rows])
        return
    say_table(
        ["NETWORK", "ALLOWED", "BY", "WHY"],
        [[name, "yes" if may else "no", by, why] for name, may, by, why in rows],
    )


@commands.command()
@click.argument("endpoint", metavar="HOST:PORT")
@with_db
@with_json
def look(endpoint: str, db: str | None, as_json: bool) -> None:
    """Write the certificates that a TLS server presents as PEM, the leaf first.

    The lab stays as it is; to take them in, import what this has written.
    """
    # OpenSSL is loaded by nothing else.
    from lab.actions.look_at_endpoint import look_at

    with opened(db) as lab:
        seen = look_at(lab, endpoint)
    pem = write_pem(seen.chain).decode()
    if as_json:
        say_json(
            {
                "endpoint": seen.name,
                "address": seen.address,
                "protocol": seen.protocol,
                "cipher": seen.cipher,
                "certificates": len(seen.chain),
                "pem": pem,
            }
        )
        return
    warn(f"{seen.name} at {seen.address}: {seen.protocol}, {seen.cipher}")
    sys.stdout.write(pem)
