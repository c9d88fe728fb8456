"""Finds the texts that reach a page without `_(…)` around them, for the catalogues."""

import ast
from collections.abc import Iterator
from typing import IO, Any

from lab import errors
from lab.models import Usage
from lab.rules.failures import FAILURES
from lab.rules.peers import PEERS
from lab.rules.states import STATES

Message = tuple[int, str, str, list[str]]  # line, function, text, comments


def refusals(
    file: IO[bytes], _keywords: Any, _comment_tags: Any, **_options: Any
) -> Iterator[Message]:
    """The message and the hint of every refusal: pages translate both by template."""
    for node in ast.walk(ast.parse(file.read())):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
            continue
        if not hasattr(errors, node.func.id):
            continue
        hints = [word.value for word in node.keywords if word.arg == "hint"]
        for text in [*node.args[:1], *hints]:
            if isinstance(text, ast.Constant) and isinstance(text.value, str):
                if text.value and not _only_a_value(text.value):
                    yield text.lineno, "", text.value, []


def tables(
    _file: IO[bytes], _keywords: Any, _comment_tags: Any, **_options: Any
) -> Iterator[Message]:
    """The words of the rule tables that the overview and the certificates show."""
    for state in STATES.values():
        for text in (state.label, state.rule, state.remedy):
            yield 0, "", text, []
    for text in dict.fromkeys(row.words for row in FAILURES):
        yield 0, "", text, []
    for text in (*(peer.label for peer in PEERS.values()), *Usage):
        yield 0, "", str(text), []


def _only_a_value(template: str) -> bool:
    return template.startswith("{") and template.endswith("}") and " " not in template
