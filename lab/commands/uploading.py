"""The command that uploads: into a slot, into a store, or where it is proposed."""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from lab.actions.check_revocation import run_checks
from lab.actions.inspect_upload import Inspected, inspect_upload
from lab.actions.preflight_upload import Preflight, file_of, preflight_parts
from lab.actions.upload_certificate import Part, Uploaded, upload_parts
from lab.clock import utc_text
from lab.commands.broken import broken_fields, say_broken
from lab.commands.checking_lines import check_fields
from lab.commands.effects import effect_line, say_effects
from lab.commands.frame import Refusal, commands, opened, with_db, with_json
from lab.commands.printing import certificate_fields, say, say_json, warn
from lab.errors import BadInputError, LabError
from lab.lab import Lab
from lab.models import Certificate, Check
from lab.pki.bundles import MAX_FILE_BYTES
from lab.rules.cluster_messages import UPLOADED, UPLOADED_SHARED
from lab.rules.revocation import alarm_after

_CHECK_SECONDS = 2.0  # no further question is begun after so long


@commands.command()
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@click.option(
    "--node", default="", help="The node; with --proposed it may be left out."
)
@click.option("--to", "name", default="", metavar="NAME", help="A purpose or a store.")
@click.option(
    "--proposed", is_flag=True, help="Each part where it belongs, the root first."
)
@click.option("--description", default="", help="What the list says of it.")
@click.option("--dry-run", is_flag=True, help="Only say what it would change.")
@click.option(
    "--cluster", default="", help="Which cluster, where names are in several."
)
@with_db
@with_json
def upload(
    files: tuple[str, ...],
    node: str,
    name: str,
    proposed: bool,
    description: str,
    dry_run: bool,
    cluster: str,
    db: str | None,
    as_json: bool,
) -> None:
    """Upload certificates: a leaf, a chain, CAs or a mixture, PEM, DER or PKCS#7.

    Several files count as one. A refusal has the cluster's own words.
    """
    if bool(name) == proposed or (name and not node):
        raise click.UsageError("Name --node and --to, or use --proposed.")
    data = [_bytes_of(file) for file in files]
    with opened(db) as lab:
        parts = _parts(lab, data, node, name, cluster, quiet=as_json)
        if dry_run:
            looked = preflight_parts(
                lab, parts, cluster=cluster, description=description
            )
            _say_preflights(looked, as_json)
            return
        done = upload_parts(lab, parts, cluster=cluster, description=description)
        # The upload is done, whatever is found out now.
        checked = run_checks(lab, cause="upload", seconds=_CHECK_SECONDS)
    if as_json:
        say_json([_done_fields(each, checked) for each in done])
        return
    for each in done:
        _say_done(each)
    _say_alarms(checked, done)
    say_effects(list(dict.fromkeys(row for each in done for row in each.effects)))


def _bytes_of(name: str) -> bytes:
    try:
        with Path(name).open("rb") as file:
            return file.read(MAX_FILE_BYTES + 1)
    except (OSError, ValueError) as error:
        raise BadInputError(
            "{path} cannot be read: {reason}",
            hint="Name a file with certificates as PEM, DER or PKCS#7.",
            path=name,
            reason=getattr(error, "strerror", None) or error,
        ) from None


def _parts(
    lab: Lab, data: Sequence[bytes], node: str, name: str, cluster: str, *, quiet: bool
) -> list[Part]:
    if name and len(data) == 1:  # as it is: what it holds is refused as an upload
        return [Part(node=node, name=name, data=data[0])]
    found = inspect_upload(lab, data, node=node, cluster=cluster)
    if name:
        return [Part(node=node, name=name, data=file_of(found.certificates))]
    if not found.proposals:
        raise BadInputError(
            "nothing in the files tells where they go: {names}",
            hint="Say it: --node NODE --to STORE.",
            names=", ".join(map(_name, found.certificates[:6])),
        )
    if not quiet:
        _say_proposals(found)
    return [
        Part(node=each.node, name=each.name, data=file_of(each.certificates))
        for each in found.proposals
    ]


def _say_proposals(found: Inspected) -> None:
    for each in found.proposals:
        names = ", ".join(map(_name, each.certificates))
        warn(f"{names} to {each.name} on {each.node}: {each.why}")
    for left in found.left:
        warn(f"{_name(left)} is left out: nothing tells where it goes")


def _say_preflights(looked: Sequence[Preflight], as_json: bool) -> None:
    if as_json:
        say_json([_look_fields(look) for look in looked])
    else:
        for look in looked:
            _say_preflight(look)
    refusal = next((look.refusal for look in looked if look.refusal), None)
    if refusal:
        raise Refusal(_refusal_line(refusal))


def _say_preflight(look: Preflight) -> None:
    say(f"{look.name} on {look.node}: {', '.join(map(_name, look.certificates))}")
    if slot := look.slot:
        if slot.current:
            issuer = slot.current.issuer_common_name or slot.current.issuer
            end = utc_text(slot.current.not_after)
            say(f"  overwrites the one signed by {issuer}, until {end}")
        for words, names in (
            ("names lost", slot.names_lost),
            ("names gained", slot.names_gained),
            ("usages missing", slot.bits.missing),
            ("usages missing, optional", slot.bits.missing_optional),
            ("usages that nobody asked for", slot.bits.extra),
        ):
            if names:
                say(f"  {words}: {', '.join(names)}")
        before = slot.current and f"{slot.current.key_type} {slot.current.key_size}"
        after = f"{slot.leaf.key_type} {slot.leaf.key_size}"
        if before != after:
            say(f"  key: {after} instead of {before or 'none'}")
    for gone in look.replaced:
        say(f"  makes room: {_name(gone)}, until {utc_text(gone.not_after)}")
    if look.verdict:
        faults = "; ".join(str(each) for each in look.verdict.findings)
        say(f"  chain: {faults or 'whole and trusted'}")
    for arrival in look.arrivals:
        when = f"in {arrival.minutes} minutes" if arrival.minutes else "at once"
        when = "once it is back" if arrival.when_back else when
        say(f"  reaches {arrival.name} on {arrival.node} {when}")
    for note in look.notes:
        say(f"  note: {note}")
    if look.broken is not None:
        say_broken(look.broken)
        say_effects(look.effects)


def _look_fields(look: Preflight) -> dict[str, Any]:
    slot, refusal = look.slot, look.refusal
    return {
        "node": look.node,
        "name": look.name,
        "certificates": [certificate_fields(each) for each in look.certificates],
        "refusal": refusal and {"text": str(refusal), "hint": refusal.hint},
        "overwrites": slot and slot.current and certificate_fields(slot.current),
        "names_lost": slot.names_lost if slot else (),
        "names_gained": slot.names_gained if slot else (),
        "usages": asdict(slot.bits) if slot else None,
        "replaced": [each.sha256 for each in look.replaced],
        "known": [each.sha256 for each in look.known],
        "accepted": look.verdict and look.verdict.accepted,
        "findings": [str(each) for each in look.verdict.findings]
        if look.verdict
        else [],
        "arrivals": [asdict(each) for each in look.arrivals],
        "follows": [effect_line(each) for each in look.effects],
        "breaks": None if look.broken is None else broken_fields(look.broken),
        "notes": [str(each) for each in look.notes],
    }


def _say_alarms(checked: Sequence[Check], done: Sequence[Uploaded]) -> None:
    """What was found out about revocation; the upload stays all the same."""
    names = {row.sha256: _name(row) for each in done for row in each.certificates}
    for each in checked:
        name = names.get(each.certificate, each.certificate)
        alarm = alarm_after(each.cause, each.status)
        if alarm:
            warn(
                f"alarm {alarm}: {name} is {each.status}; it was uploaded all the same"
            )
        else:
            say(f"revocation of {name}: {each.status}")


def _done_fields(done: Uploaded, checked: Sequence[Check]) -> dict[str, Any]:
    own = {row.sha256 for row in done.certificates}
    return {
        "node": done.node,
        "name": done.name,
        "certificates": [certificate_fields(each) for each in done.certificates],
        "now_on": done.now_on,
        "later_on": done.later_on,
        "follows": [effect_line(each) for each in done.effects],
        "revocation": [
            check_fields(each) for each in checked if each.certificate in own
        ],
    }


def _say_done(done: Uploaded) -> None:
    names = ", ".join(map(_name, done.certificates))
    text = UPLOADED_SHARED if done.shared else UPLOADED
    say(f"{text}: {names} to {done.name} on {', '.join(done.now_on)}")
    if done.later_on:
        say(f"  to follow: {', '.join(done.later_on)}")


def _name(certificate: Certificate) -> str:
    return certificate.common_name or certificate.subject or certificate.serial


def _refusal_line(refusal: LabError) -> str:
    hint = refusal.hint or "Nothing was changed."
    return " ".join(f"{refusal}. {hint}".split())
