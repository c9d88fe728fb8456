"""The command that takes the cluster's own commands: cli."""

import sys
from collections.abc import Iterator

import click

from lab.actions.cluster_commands.run import HIGHEST, Reply, run_command
from lab.commands.frame import commands, opened, with_db, with_json
from lab.commands.printing import say, say_json
from lab.errors import RuleError
from lab.lab import Lab

PROMPT = "admin:"
_QUESTIONS = ("(yes|no)?", "(y/n):")
_BEGIN, _END = "-----BEGIN ", "-----END "


@commands.command("cli")
@click.argument("line", required=False)
@click.option("--node", required=True, help="The node at whose prompt it is typed.")
@click.option(
    "--cluster", default="", help="Which cluster, where a name is in several."
)
@click.option("--yes", is_flag=True, help="Answer yes to every yes-or-no question.")
@click.option(
    "--privilege",
    type=click.IntRange(0, HIGHEST),
    default=HIGHEST,
    show_default=True,
    help="What the administrator may do.",
)
@with_db
@with_json
def cluster_line(
    line: str | None,
    node: str,
    cluster: str,
    yes: bool,
    privilege: int,
    db: str | None,
    as_json: bool,
) -> None:
    """Type a command of the cluster's own command line, such as: show cert list own.

    What it asks is answered from standard input, a line each; a certificate may be
    pasted. Without a command, all commands are read from there.
    """
    given = _answers()
    found = []
    with opened(db) as lab:
        typed = iter([line]) if line is not None else _typed(given, quiet=as_json)
        for each in typed:
            asked = _Asked(lab, node, each, cluster, privilege)
            reply = _talk(asked, given, yes=yes, quiet=as_json)
            found.append((each, reply))
    if as_json:
        shown = [
            {"command": each, "text": reply.text, "refused": bool(reply.refusal)}
            for each, reply in found
        ]
        say_json(shown if line is None else shown[0])
    for _, reply in found:
        if reply.refusal:
            raise reply.refusal


class _Asked:
    """A command, and what it was answered so far."""

    def __init__(
        self, lab: Lab, node: str, line: str, cluster: str, privilege: int
    ) -> None:
        self.lab, self.node, self.line = lab, node, line
        self.cluster, self.privilege = cluster, privilege
        self.answers: list[str] = []

    def run(self) -> Reply:
        return run_command(
            self.lab,
            self.node,
            self.line,
            cluster=self.cluster,
            answers=self.answers,
            privilege=self.privilege,
        )


def _talk(asked: _Asked, given: Iterator[str], *, yes: bool, quiet: bool) -> Reply:
    """Run it, with one answer more as long as it asks; print what is new each time."""
    reply = asked.run()
    shown = _show(reply.text, 0, quiet=quiet)
    while reply.waits:
        answer = "yes" if yes and reply.text.endswith(_QUESTIONS) else next(given, None)
        if answer is None:
            raise RuleError(
                "the command waits for an answer: {question}",
                hint="Give it on standard input, or use --yes. Nothing was changed.",
                question=reply.text.splitlines()[-1],
            )
        asked.answers.append(answer)
        reply = asked.run()
        shown = _show(reply.text, shown, quiet=quiet)
    return reply


def _show(text: str, shown: int, *, quiet: bool) -> int:
    """Print the lines that have not been printed; return how many there are now."""
    lines = text.split("\n") if text else []
    if not quiet:
        for line in lines[shown:]:
            say(line)
    return len(lines)


def _typed(given: Iterator[str], *, quiet: bool) -> Iterator[str]:
    """The commands of standard input, each shown at its prompt."""
    if not sys.stdin.isatty():
        for line in given:
            if not quiet:
                say(PROMPT + line)
            yield line
        return
    while True:
        click.echo(PROMPT, nl=False)
        if (line := next(given, "exit")) in ("exit", "quit"):
            return
        yield line


def _answers() -> Iterator[str]:
    """The lines of standard input; those of a pasted certificate are one answer."""
    block: list[str] = []
    for raw in sys.stdin:
        line = raw.rstrip("\r\n")
        if block or line.startswith(_BEGIN):
            block.append(line)
            if line.startswith(_END):
                yield "\n".join(block) + "\n"
                block = []
        elif line.strip():
            yield line
    if block:
        yield "\n".join(block) + "\n"
