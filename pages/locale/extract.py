"""Finds the texts that reach a page without `_(…)` around them, for the catalogues."""

import ast
import re
from collections.abc import Iterator
from dataclasses import fields
from enum import Enum
from io import BytesIO
from typing import IO, Any

from lab import errors
from lab.rules.tables import TABLES
from pages.rule_parts import WORD_COLUMNS, english_heading

# Line, function, text (or one and many), comments.
Message = tuple[int, str, str | tuple[str, ...], list[str]]

_FIELD = re.compile(r"{[a-z_]+}")
_STEPS = ("Step", "fine", "wrong")
_SAID = ("hint", "template")
_OF_AUTHORITIES = ("CA", "OCSP signer")  # what they hold, in `place_text`


def calls(
    file: IO[bytes], _keywords: Any, _comment_tags: Any, **_options: Any
) -> Iterator[Message]:
    """The texts of `_(…)` and `counted(…)`, inside f-strings too."""
    for node in ast.walk(ast.parse(file.read())):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
            continue
        if node.func.id in ("_", "counted"):
            number = 2 if node.func.id == "counted" else 1
            texts = tuple(_literal(each) for each in node.args[:number])
            if all(texts):
                yield node.lineno, node.func.id, texts, []


def refusals(
    file: IO[bytes], _keywords: Any, _comment_tags: Any, **_options: Any
) -> Iterator[Message]:
    """The message and the hint of every refusal, and every step of a check.

    Pages translate them by template.
    """
    tree = ast.parse(file.read())
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
            continue
        if node.func.id not in _STEPS and not hasattr(errors, node.func.id):
            continue
        said = [word.value for word in node.keywords if word.arg in _SAID]
        for part in [*node.args[:1], *said]:
            for text in _texts(part, tree):
                if not _only_a_value(text):
                    yield node.lineno, "", text, []


def templates(
    file: IO[bytes], keywords: Any, comment_tags: Any, **options: Any
) -> Iterator[Message]:
    """Refusals, texts with a `{value}` to fill, and what an engine cannot judge."""
    source = file.read()
    yield from refusals(BytesIO(source), keywords, comment_tags, **options)
    tree = ast.parse(source)
    parts = {
        id(part)
        for node in ast.walk(tree)
        if isinstance(node, ast.JoinedStr)
        for part in ast.walk(node)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and id(node) not in parts:
            text = _literal(node)
            if _FIELD.search(text) and not _only_a_value(text):
                yield node.lineno, "", text, []
        elif (
            isinstance(node, ast.Call)
            and ast.unparse(node.func) == "_cannot"
            and (text := _literal(node.args[0]))
        ):
            yield node.lineno, "", text, []


def tables(
    _file: IO[bytes], _keywords: Any, _comment_tags: Any, **_options: Any
) -> Iterator[Message]:
    """The words of the rule tables: titles, headings, and what their rows say."""
    for text in dict.fromkeys((*_OF_AUTHORITIES, *_headings(), *_words_of_tables())):
        yield 0, "", text, []


def _headings() -> Iterator[str]:
    for table in TABLES:
        for each in fields(table.rows[0]):  # type: ignore[arg-type]  # a dataclass
            yield english_heading(each.name)


def _words_of_tables() -> Iterator[str]:
    for table in TABLES:
        yield from (table.title, table.about)
        for row in table.rows:
            for each in fields(row):  # type: ignore[arg-type]  # a dataclass
                yield from _words(getattr(row, each.name), each.name in WORD_COLUMNS)


def _words(value: object, wanted: bool) -> Iterator[str]:
    if isinstance(value, Enum):
        yield str(value.value)
    elif isinstance(value, str) and value and wanted:
        yield value
    elif isinstance(value, tuple | frozenset):
        for each in sorted(value) if isinstance(value, frozenset) else value:
            yield from _words(each, wanted)


def _texts(node: ast.expr, tree: ast.Module) -> Iterator[str]:
    """The text, or all that it may be: one of two, or one of a table of the module."""
    if isinstance(node, ast.IfExp):
        yield from _texts(node.body, tree)
        yield from _texts(node.orelse, tree)
    elif isinstance(node, ast.Subscript) and isinstance(node.value, ast.Name):
        for each in tree.body:
            targets = getattr(each, "targets", [getattr(each, "target", None)])
            if node.value.id in {getattr(target, "id", "") for target in targets}:
                for part in ast.walk(each):
                    if isinstance(part, ast.Constant) and " " in _literal(part):
                        yield _literal(part)
    elif text := _literal(node):
        yield text


def _literal(node: ast.expr) -> str:
    value = node.value if isinstance(node, ast.Constant) else ""
    return value if isinstance(value, str) else ""


def _only_a_value(template: str) -> bool:
    return template.startswith("{") and template.endswith("}") and " " not in template
