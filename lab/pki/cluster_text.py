"""What the cluster's command line showed, as a terminal kept it (facts §6.2)."""

import re
from collections.abc import Iterable, Iterator

from lab.errors import BadInputError
from lab.pki.kinds import nothing_in
from lab.pki.pem import certificate_blocks
from lab.pki.pieces import Contents, Listed, Part, Piece

MAX_BYTES = 16 * 1024 * 1024
MAX_LINES = 500_000
MAX_LISTED = 20_000
_MOST_PARTS = 3  # more, that a terminal breaks a line into
_CHUNK = 1024 * 1024
_NARROWEST = 20  # a line that was broken is at least so long
_WIDTH = 79  # and one whose description goes on is as wide as a terminal

# What a terminal adds. No pattern here looks further than some hundred bytes.
_NOISE = re.compile(
    rb"\x1b\[[0-?]{0,32}[ -/]{0,8}[@-~]|\x1b[@-Z\\^_]"  # ECMA-48 control sequences
    rb"|Press <enter> for 1 line, <space> for one page, or <q> to quit"
    rb"|options: q=quit, n=next[^\n:]{0,80}:?|-{2,8} ?More ?-{2,8}"
)
_CONTROLS = bytes({*range(32), 127} - {*b"\t\n"})
_PROMPT = rb"(?:[\w.@-]{0,64}[:#>$])?[ \t]*"
_UNIT = rb"[A-Za-z][\w-]{0,63}"
_STORE = rb"[A-Za-z][\w-]{0,57}-trust"
_FILE = rb"(?P<file>[^\s/:]{1,200}\.pem)"
# A line that says which certificate follows: the command, or its argument alone.
_SHOWN = re.compile(
    rb"(?:" + _PROMPT + rb"show[ \t]+cert[ \t]+(?:own|trust)[ \t]+)?"
    rb"(?P<unit>" + _UNIT + rb")/" + _FILE + rb"\s*"
)
_SHOWN_SHORT = re.compile(
    _PROMPT + rb"show[ \t]+cert[ \t]+(?:trust[ \t]+" + _FILE + rb"|own[ \t]+"
    rb"(?P<unit>" + _UNIT + rb"))\s*"
)
# A line of `show cert list`: own certificates are called after their unit.
_LISTED = re.compile(
    rb"[ \t]*(?P<unit>"
    + _STORE
    + rb"|(?P<own>"
    + _UNIT
    + rb")(?=/(?P=own)\.pem))/"
    + _FILE
    + rb"[ \t]*:[ \t]*(?P<how>\S.{0,300}).*"
)
_WHOLE = (_LISTED, _SHOWN, _SHOWN_SHORT)
_OTHER_COMMAND = re.compile(_PROMPT + rb"(show|set|utils|run|file|delete|unset)[ \t].*")
_BARE_PROMPT = re.compile(rb"[\w.@-]{0,64}[:#>$][ \t]*")
_SESSION = re.compile(
    rb"^(?:" + _PROMPT + rb"show[ \t]+cert[ \t]+(?:own|trust|list)[ \t]"
    rb"|[ \t]*(?:" + _STORE + rb"/[^\s/:]{1,200}|(?P<own>" + _UNIT + rb")/(?P=own))"
    rb"\.pem[ \t\r]*(?::|$))",
    re.MULTILINE,
)


def is_session(data: bytes) -> bool:
    """Say whether a text shows the cluster's commands, or a list of its files."""
    if b"show" not in data and b".pem" not in data:  # the quick answer
        return False
    text = _clean(data) if b"\x1b" in data[:MAX_BYTES] else data
    return _SESSION.search(text) is not None


def read_session(data: bytes, contents: Contents) -> Iterator[Part]:
    """Yield the certificates shown, each with the unit and file asked for.

    What was only listed goes into `contents`. Raises BadInputError when nothing was
    shown or listed, and for more lines than a session has.
    """
    if len(data) > MAX_BYTES or data.count(b"\n") > MAX_LINES:
        raise BadInputError(
            "the session has more than {lines} lines or {limit} bytes",
            hint="Split the file.",
            lines=MAX_LINES,
            limit=MAX_BYTES,
        )
    text = _clean(data)
    labels: set[str] = set()
    at, place, label, found = 0, "", "", False
    for part in certificate_blocks(text, contents, labels):
        found = True
        if isinstance(part, BadInputError):
            yield part
            continue
        block, der = part
        if at <= block.start:
            place, label = _read_lines(text[at : block.start], contents, place, label)
            at = block.end
        yield Piece(der, place, "", label)
    _read_lines(text[at:], contents, place, label)
    if not found and not contents.listed:
        raise nothing_in(labels)
    contents.format = "show cert"


def _read_lines(
    text: bytes, contents: Contents, place: str, label: str
) -> tuple[str, str]:
    """Keep what the lines list; return place and label of what follows them."""
    for line in _whole_lines(text.split(b"\n")):
        if row := _LISTED.fullmatch(line):
            unit, file, how = map(_text, (row["unit"], row["file"], row["how"]))
            _check_count(contents)
            contents.listed.append(Listed(unit, file, how))
        elif shown := _SHOWN.fullmatch(line):
            place, label = _text(shown["unit"]), _text(shown["file"])
        elif shown := _SHOWN_SHORT.fullmatch(line):
            place = _text(shown["unit"] or b"")
            # An own certificate is called after its unit.
            label = _text(shown["file"] or shown["unit"] + b".pem")
        elif _OTHER_COMMAND.fullmatch(line):
            place, label = "", ""
    return place, label


def _check_count(contents: Contents) -> None:
    if len(contents.listed) >= MAX_LISTED:
        raise BadInputError(
            "the text lists more than {limit} certificates",
            hint="Split the file.",
            limit=MAX_LISTED,
        )


def _clean(data: bytes) -> bytes:
    """Take out what a terminal adds; by the megabyte, for there may be much of it."""
    lines = data[:MAX_BYTES].replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    kept, at = [], 0
    while at < len(lines):
        end = lines.find(b"\n", at + _CHUNK, at + 2 * _CHUNK) + 1 or at + 2 * _CHUNK
        kept.append(_NOISE.sub(b"", lines[at:end]).translate(None, _CONTROLS))
        at = end
    return b"".join(kept)


def _whole_lines(lines: list[bytes]) -> Iterator[bytes]:
    """Put lines together that a terminal broke because they were too long for it."""
    at = 0
    while at < len(lines):
        line, at = lines[at], at + 1
        more = _broken_off(line, lines[at : at + _MOST_PARTS])
        is_full = len(more[-1] if more else line) >= _WIDTH
        line, at = b"".join([line, *more]), at + len(more)
        if (
            is_full
            and _LISTED.fullmatch(line)
            and _goes_on(b"".join(lines[at : at + 1]))
        ):
            line, at = line + lines[at], at + 1
        yield line


def _broken_off(line: bytes, following: list[bytes]) -> list[bytes]:
    """The lines without which this one says nothing, and with which it does."""
    if len(line) < _NARROWEST or _matches(line, _WHOLE):
        return []
    for count, last in enumerate(following, 1):
        if not _goes_on(last):
            break
        joined = b"".join([line, *following[:count]])
        if _matches(joined, _WHOLE):
            return following[:count]
    return []


def _goes_on(line: bytes) -> bool:
    others = (*_WHOLE, _OTHER_COMMAND, _BARE_PROMPT)
    return bool(line.strip()) and not _matches(line, others)


def _matches(line: bytes, patterns: Iterable[re.Pattern[bytes]]) -> bool:
    return any(pattern.fullmatch(line) for pattern in patterns)


def _text(name: bytes) -> str:
    return name.decode("utf-8", "replace").strip()
