"""A message of OCSP or a CRL, taken apart for people."""

from dataclasses import dataclass

from lab.errors import BadInputError
from lab.pki.ocsp_tree import Branch, Kind, tree

__all__ = ["Branch", "Message", "message_of"]


@dataclass(frozen=True, kw_only=True)
class Message:
    """What was sent or came back, readable as far as it can be read."""

    der: bytes
    branches: tuple[Branch, ...] = ()
    trouble: BadInputError | None = None  # why it cannot be read


def message_of(der: bytes, kind: Kind) -> Message:
    """Take a message apart; what cannot be read says why."""
    try:
        return Message(der=der, branches=tuple(tree(der, kind)))
    except BadInputError as trouble:
        return Message(der=der, trouble=trouble)
