"""Which command a line is: the patterns are those of the table of commands."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from lab.rules.cli import CLI_COMMANDS, CliCommand

MOST_LINE = 4000  # characters: far more than a command has
_WORD = re.compile(r'"([^"]*)"|(\S+)')
# Blanks part the words of a pattern, but not inside of its brackets.
_PART = re.compile(r"\{[^}]*\}|<[^>]*>(?:/<[^>]*>)?|\[[^\]]*\]|\S+")


@dataclass(frozen=True, kw_only=True)
class Found:
    """The command that a line is, with what stands in the places of its pattern."""

    row: CliCommand
    arguments: tuple[str, ...]


def words_of(line: str) -> list[str]:
    """The words of a line; what stands in quotation marks is one."""
    return [match[1] or match[2] or "" for match in _WORD.finditer(line)]


def find_command(words: Sequence[str]) -> Found | None:
    """The row that these words fit; one that names more of them literally wins."""
    fitting = [
        (_literals(row), Found(row=row, arguments=arguments))
        for row in CLI_COMMANDS
        if (arguments := _fit(_pattern(row), words)) is not None
    ]
    return max(fitting, key=lambda each: each[0], default=(0, None))[1]


def begun_by(words: Sequence[str]) -> list[CliCommand]:
    """The commands that begin with these words."""
    return [row for row in CLI_COMMANDS if _begins(_pattern(row), words)]


def is_query(row: CliCommand) -> bool:
    """Whether it is one of the documented queries, which are compared as a whole."""
    return row.command.startswith("run sql")


def _pattern(row: CliCommand) -> list[str]:
    return _PART.findall(row.command)


def _literals(row: CliCommand) -> int:
    return sum(part[0] not in "{<[" for part in _pattern(row))


def _fit(pattern: Sequence[str], words: Sequence[str]) -> tuple[str, ...] | None:
    found: list[str] = []
    for at, part in enumerate(pattern):
        rest = words[at:]
        if part == "<name>" and at == len(pattern) - 1 and rest:
            return (*found, " ".join(rest))  # the names of services have blanks
        if not rest:
            optional = all(each.startswith("[") for each in pattern[at:])
            return tuple(found) if optional else None
        if part.startswith(("<", "[")):
            found.append(rest[0])
        elif part.startswith("{"):
            chosen = _choice(part, rest[0])
            if chosen is None:
                return None
            found.append(chosen)
        elif part.lower() != rest[0].lower():
            return None
    if pattern[-1] == "[command]":
        return tuple(words[len(pattern) - 1 :])
    return tuple(found) if len(words) <= len(pattern) else None


def _choice(part: str, word: str) -> str | None:
    choices = part[1:-1].split("|")
    for each in choices:
        if each == "common-name":
            return word
        if each.lower() == word.lower():
            return each
    return None


def _begins(pattern: Sequence[str], words: Sequence[str]) -> bool:
    if len(words) > len(pattern):
        return False
    return all(_may_be(part, word) for part, word in zip(pattern, words, strict=False))


def _may_be(part: str, word: str) -> bool:
    if part.startswith(("<", "[")):
        return True
    if part.startswith("{"):
        return any(each.lower().startswith(word.lower()) for each in _choices(part))
    return part.lower().startswith(word.lower())


def _choices(part: str) -> Iterator[str]:
    yield from part[1:-1].split("|")
