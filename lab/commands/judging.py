"""The command that judges: explain, for one certificate or a line at a time."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import click

from lab.actions.explain_certificate import certificates_in, explain_given
from lab.actions.import_sources import files_under
from lab.clock import machine_time
from lab.commands.frame import Refusal, commands, with_json
from lab.commands.judging_lines import bytes_of, judge_lines, read_moment
from lab.commands.printing import say, say_json
from lab.commands.verdicts import verdict_fields, verdict_lines
from lab.errors import BadInputError, LabError
from lab.rules.algorithm_policies import POLICIES
from lab.trust.pool import pool
from lab.trust.verdict import Peer

_WITH_VALUE = ("--at", "--name", "--usage", "--policy")
_SEVERAL = ("--trust", "--untrusted")  # each takes all the files that follow it


class _Explain(click.Command):
    """Lets `--trust a.pem b.pem` name several files, as a shell's `*.pem` does.

    The leaf is the first argument of all, else the last.
    """

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        spread: list[str] = []
        option = ""  # the one that stands before the word
        last = -1  # where the last file that an option takes is
        has_leaf = "--batch" in args
        for word in args:
            if word.startswith("-") and word != "-":
                self._check_argument(option, spread, ctx)
                option = word
                spread += [word] if word not in _SEVERAL else []
            elif option in _SEVERAL:
                spread += [option, word]
                last = len(spread) - 1
            else:
                has_leaf |= option not in _WITH_VALUE
                spread.append(word)
                option = ""
        self._check_argument(option, spread, ctx)
        if last >= 0 and not has_leaf:
            del spread[last - 1]  # the option: what it would take is the leaf
        return super().parse_args(ctx, spread)

    @staticmethod
    def _check_argument(option: str, spread: list[str], ctx: click.Context) -> None:
        if option in _SEVERAL and spread[-2:-1] != [option]:
            raise click.BadOptionUsage(
                option, f"Option {option!r} requires an argument.", ctx
            )


def _moment(
    _context: click.Context, _option: click.Parameter, text: str | None
) -> datetime | None:
    if text is None:
        return None
    try:
        return read_moment(text)
    except BadInputError as refusal:
        raise click.BadParameter(f"{refusal}. {refusal.hint}") from None


@commands.command(cls=_Explain)
@click.argument("leaf", required=False, metavar="LEAF")
@click.option("--trust", multiple=True, metavar="FILE...", help="Trusted.")
@click.option(
    "--untrusted", multiple=True, metavar="FILE...", help="May be issuers; not trusted."
)
@click.option("--at", callback=_moment, metavar="ISO", help="The moment; else now.")
@click.option("--name", default="", metavar="DNS", help="The host that is called.")
@click.option(
    "--usage", type=click.Choice([*Peer]), default=Peer.SERVER, show_default=True
)
@click.option(
    "--policy", type=click.Choice([*POLICIES]), default="default", show_default=True
)
@click.option(
    "--batch",
    is_flag=True,
    help="Read one JSON object a line from LEAF or standard input: leaf, untrusted, "
    "trust, at, name, usage. Write one verdict a line.",
)
@with_json
def explain(
    leaf: str | None,
    trust: Sequence[str],
    untrusted: Sequence[str],
    at: datetime | None,
    name: str,
    usage: str,
    policy: str,
    batch: bool,
    as_json: bool,
) -> None:
    """Judge a certificate: is it accepted, by which path, and which rule decides?

    Files hold certificates in any form; those after the first of LEAF may be its
    issuers. Nothing is looked up elsewhere, and no lab is needed. Exit status: 0 when
    it is accepted, 1 when it is refused.
    """
    now = at or machine_time()
    if batch:
        if trust or untrusted or name:
            raise click.UsageError("--batch takes these from its lines.")
        judge_lines(leaf, now, Peer(usage), policy)
        return
    if leaf is None:
        raise click.UsageError("Missing argument 'LEAF'.")
    first, *beside = certificates_in(bytes_of(leaf))
    explained = explain_given(
        first,
        trusted=pool(_certificates_of(trust)),
        untrusted=pool([*beside, *_certificates_of(untrusted)]),
        at=now,
        name=name,
        usage=Peer(usage),
        policy=policy,
    )
    if as_json:
        say_json(verdict_fields(explained))
    else:
        for line in verdict_lines(explained):
            say(line)
    if not explained.verdict.accepted:
        finding = explained.verdict.findings[0]
        raise Refusal(" ".join(f"{finding}. {finding.remedy}".split()))


def _certificates_of(paths: Sequence[str]) -> list[bytes]:
    """All certificates of these files, folders and zips; a file without is refused."""
    found: list[bytes] = []
    for name, data in files_under(Path(path) for path in paths):
        if isinstance(data, LabError):
            raise BadInputError(
                "{file}: {reason}",
                hint="{next_step}",
                file=name,
                reason=data,
                next_step=data.hint,
            )
        found += certificates_in(data)
    return found
