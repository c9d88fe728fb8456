"""Cases for `explain`: a question each, its right answer, and who answers otherwise.

Each case is a function whose name says what is odd, and whose docstring draws the
chain: `->` stands for "issued", `-/->` for "did not issue", `-/` for a way that does
not hold, brackets for certificates that are not there.
"""

from tests.explain_cases import (
    algorithms,
    anchors,
    basic_constraints,
    critical_extensions,
    extended_key_usage,
    host_names,
    key_usage,
    name_constraints,
    names_and_chaining,
    path_building,
    path_length,
    policies,
    several_faults,
    signatures,
    structure,
    validity,
)
from tests.explain_cases.cases import ROWS

TOPICS = (
    validity,
    signatures,
    basic_constraints,
    path_length,
    key_usage,
    extended_key_usage,
    name_constraints,
    policies,
    critical_extensions,
    names_and_chaining,
    host_names,
    anchors,
    algorithms,
    path_building,
    structure,
    several_faults,
)
__all__ = ["ROWS", "TOPICS"]
