"""What a file holds: certificates, and what the file says of them."""

from dataclasses import dataclass, field
from typing import NamedTuple

from lab.errors import BadInputError


class Piece(NamedTuple):
    """One certificate in a file, with what the file says of it."""

    der: bytes
    place: str = ""  # "tomcat" or "tomcat-trust", as written
    node: str = ""  # the node that the file names
    label: str = ""  # the name the file gives it: a file name, a friendly name


# A broken part comes as its refusal, so that the rest can follow.
Part = Piece | BadInputError


class Listed(NamedTuple):
    """One line of `show cert list`: names, no bytes."""

    place: str
    label: str
    how: str


@dataclass
class Contents:
    """What else was met in a file; filled while its pieces are taken."""

    format: str = ""
    private_keys: int = 0  # seen and left where they were
    requests: int = 0
    listed: list[Listed] = field(default_factory=list)
