"""Text that somebody typed, made fit for LIKE."""

import re

from lab.errors import BadInputError

MOST_CHARACTERS = 1000  # SQLite takes patterns of up to 50,000 bytes
# Names are stored with these escaped, and LIKE stops at the first of them.
_NEVER_STORED = re.compile("[\0\ud800-\udfff]")


def may_occur(text: str) -> bool:
    """Whether stored text could hold this at all; only then ask the database."""
    return not _NEVER_STORED.search(text)


def literal(text: str) -> str:
    """Escape for `LIKE … ESCAPE '\\'`, so that every sign stands for itself.

    A text that is too long to search for is a `BadInputError`.
    """
    if len(text) > MOST_CHARACTERS:
        raise BadInputError(
            "the text to find has {count} characters; the most is {limit}",
            hint="Search for a shorter part of it.",
            count=len(text),
            limit=MOST_CHARACTERS,
        )
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
