"""Run a line of the cluster's command line: an answer, a question, or a refusal."""

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from lab.actions.cluster_commands import (
    authz,
    certificates,
    criteria,
    importing,
    lists,
    queries,
    requests,
    services,
    web_security,
)
from lab.actions.cluster_commands.grammar import (
    MOST_LINE,
    begun_by,
    find_command,
    words_of,
)
from lab.actions.cluster_commands.session import AnswerNeededError, Handler, Session
from lab.actions.replication import check_online
from lab.errors import BadInputError, LabError, NotFoundError, RuleError
from lab.lab import Lab
from lab.models import Party, PartyKind
from lab.rules.cli import CLI_COMMANDS, CliCommand
from lab.store import parties

HIGHEST = 4  # privilege
INVALID, INCOMPLETE = "No valid command entered", "Incomplete command entered"
UNSUCCESSFUL = "Executed command unsuccessfully"
HANDLERS: Mapping[str, Handler] = {
    "show cert list {own|trust}": certificates.show_list,
    "show cert own <unit>": certificates.show_own,
    "show cert trust <file>": certificates.show_trust,
    "show cert default-ca-list": certificates.show_default_authorities,
    "set cert regen <unit>": certificates.regenerate,
    "set cert regen ITLRecovery": certificates.regenerate_recovery,
    "set cert delete <unit> <name.pem>": certificates.delete,
    "set cert import {own|trust} <unit> [caCert]": importing.take_in,
    "set csr gen <unit>": requests.generate,
    "show csr list": requests.show_list,
    "show csr own <unit>/<file>": requests.show_own,
    "show itl": lists.show_itl,
    "show ctl": lists.show_ctl,
    "utils ctl set-cluster {mixed-mode|non-secure-mode}": lists.set_mode,
    "utils ctl update CTLFile": lists.update,
    "utils ctl reset localkey": lists.reset_ctl_key,
    "utils itl reset {localkey|remotekey}": lists.reset_itl_key,
    "utils ipsec restart": services.restart_ipsec,
    "utils service {restart|start|stop} <name>": services.change,
    "utils service {activate|deactivate} <name>": services.change,
    "utils service list": services.show_list,
    "utils capf stale-lsc list": services.stale_phone_certificates,
    "set web-security <orgunit> <orgname> <locality> <state> [country] "
    "[alternatehostname]": web_security.change,
    "set key regen authz {encryption|signing}": authz.regenerate,
    "show key authz {encryption|signing}": authz.show,
    "utils fips_common_criteria {enable|disable|status}": criteria.change,
}


@dataclass(frozen=True, kw_only=True)
class Reply:
    """What the cluster printed; with `waits` its last line asks something."""

    text: str
    waits: bool = False
    refusal: LabError | None = None


def run_command(
    lab: Lab,
    node: str,
    line: str,
    *,
    cluster: str = "",
    answers: Sequence[str] = (),
    privilege: int = HIGHEST,
) -> Reply:
    """Do what the line says, on this node, with these answers to what it asks.

    While an answer is missing nothing is done: the same line is run again with one
    answer more. A refusal of the lab's is in the reply, in the cluster's shape.
    Raises a `LabError` when there is no such node.
    """
    party = parties.by_name(lab.db, cluster, node)
    session = Session(lab=lab, node=party, answers=deque(answers))
    refusal = None
    try:
        _run(session, party, line, privilege)
    except AnswerNeededError:
        return Reply(text="\n".join(session.lines), waits=True)
    except LabError as error:
        refusal = error
        if str(error) not in (INVALID, INCOMPLETE):
            session.say(UNSUCCESSFUL)
        session.say(str(error), *filter(None, [error.hint]))
    return Reply(text="\n".join(session.lines), refusal=refusal)


def _run(session: Session, party: Party, line: str, privilege: int) -> None:
    if party.kind not in PartyKind.nodes():
        raise RuleError(
            "{name} is not a node, so it has no command line",
            hint="Name a node of the cluster.",
            name=party.name,
        )
    if len(line) > MOST_LINE or "\0" in line:
        raise BadInputError(
            "the line has {count} characters; a command has at most {limit}",
            hint="Type one command.",
            count=len(line),
            limit=MOST_LINE,
        )
    words = words_of(line)
    if not words or words[0] in ("exit", "quit"):
        return
    if words[0] == "?":
        words = ["help", *words[1:]]
    check_online(party)
    if words[:2] == ["run", "sql"]:
        queries.run_query(session, " ".join(words))
        return
    found = find_command(words)
    if found is None:
        raise _unknown(words)
    _check_privilege(found.row, privilege)
    if found.row.where == "publisher":
        session.check_publisher()
    if found.row.way_out:
        raise RuleError(
            "the lab does not model this command: {command}",
            hint="{next_step}",
            command=found.row.command,
            next_step=found.row.way_out,
        )
    if found.row.command.startswith("help"):
        _help(session, found.arguments)
        return
    HANDLERS[found.row.command](session, found.arguments)


def _unknown(words: Sequence[str]) -> LabError:
    known = begun_by(words)
    if known:
        return NotFoundError(
            "{incomplete}",
            hint="It may go on like this: {known}.",
            incomplete=INCOMPLETE,
            known="; ".join(row.command for row in known[:10]),
        )
    return NotFoundError(
        "{invalid}", hint="Type help for the commands there are.", invalid=INVALID
    )


def _check_privilege(row: CliCommand, privilege: int) -> None:
    if row.privilege is not None and privilege < row.privilege:
        raise RuleError(
            "this command needs privilege {needed}; you have {privilege}",
            hint="Type it as an administrator with a higher privilege.",
            needed=row.privilege,
            privilege=privilege,
        )


def _help(session: Session, words: Sequence[str]) -> None:
    rows = begun_by(words) if words else CLI_COMMANDS
    if not rows:
        raise _unknown(words)
    for row in rows:
        level = "" if row.privilege is None else f", privilege {row.privilege}"
        where = f" ({row.where}{level})"
        session.say(
            f"{row.command}{where}", *([f"    {row.notes}"] if row.notes else [])
        )
