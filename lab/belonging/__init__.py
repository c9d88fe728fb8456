"""Where imported certificates belong: what files say goes in, proposals come out."""

from lab.belonging.gathering import Belonging
from lab.belonging.proposals import Assignment, FoundKey, Proposal, Seen, unsure

__all__ = ["Assignment", "Belonging", "FoundKey", "Proposal", "Seen", "unsure"]
