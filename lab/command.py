"""The command line: every command is one deed, or one look, at one lab."""

import sys
from io import TextIOWrapper
from typing import NoReturn

from lab.commands import (
    addresses,
    checking,
    cluster_cli,
    importing,
    judging,
    keeping,
    laboratory,
    looking,
    making,
    phoning,
    requesting,
    revoking,
    running,
    servicing,
    tasking,
    trusting,
    uploading,
)
from lab.commands.frame import commands

__all__ = [
    "addresses",
    "checking",
    "cluster_cli",
    "commands",
    "importing",
    "judging",
    "keeping",
    "laboratory",
    "looking",
    "main",
    "making",
    "phoning",
    "requesting",
    "revoking",
    "running",
    "servicing",
    "tasking",
    "trusting",
    "uploading",
]


def main() -> NoReturn:
    """Run the command that the arguments name, and end the process."""
    for stream in (sys.stdout, sys.stderr):
        # A name that the terminal cannot write is written with escapes.
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    commands(prog_name="python -m lab")
    raise AssertionError("click ends the process")
