"""Effective expiry: the end of the best remaining chain, and what limits it."""

import heapq
import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from lab.models import Chain, Effective


@dataclass(frozen=True, kw_only=True)
class Span:
    """What the search needs to know of one certificate."""

    end: datetime  # notAfter, or the moment of revocation when that comes first
    self_signed: bool = False
    self_issued: bool = False  # subject is issuer, whoever signed
    path_length: int | None = None


@dataclass(frozen=True)
class Graph:
    """Certificates and the issuers whose keys really verify them."""

    spans: Mapping[str, Span]
    issuers: Mapping[str, list[str]]  # a self-signed certificate is not its own


def effective_ends(
    graph: Graph, anchors: Mapping[str, frozenset[str] | None]
) -> dict[str, Effective]:
    """For each key of `anchors`: when its best chain ends, and which link ends first.

    `anchors` names the roots that the verifiers of a certificate hold; None means
    that nobody in particular verifies it, and any self-signed certificate will do.
    Along a path the earliest end counts, among paths the latest (a bottleneck path).
    basicConstraints pathLenConstraint is kept (RFC 5280 section 6.1.4).

    Where no trusted root is reached the answer follows the chain as far as it goes
    and says so: `UNTRUSTED` at a root nobody holds, `INCOMPLETE` where an issuer is
    missing.
    """
    children = _children(graph)
    roots = frozenset(name for name, span in graph.spans.items() if span.self_signed)
    tops = frozenset(name for name in graph.spans if not graph.issuers.get(name))
    found: dict[str, Effective] = {}
    by_anchors: dict[frozenset[str], list[str]] = {}
    for name, held in anchors.items():
        by_anchors.setdefault(roots if held is None else held & roots, []).append(name)
    for held, names in by_anchors.items():
        found |= _wanted(names, _search(graph, children, held), Chain.COMPLETE)
    for starts, chain in ((roots, Chain.UNTRUSTED), (tops, Chain.INCOMPLETE)):
        missing = [name for name in anchors if name not in found]
        if missing:
            found |= _wanted(missing, _search(graph, children, starts), chain)
    for name in anchors:  # issuers in a circle, with no root above them
        own = Effective(
            end=graph.spans[name].end, limited_by=name, chain=Chain.INCOMPLETE
        )
        found.setdefault(name, own)
    return found


def _search(
    graph: Graph, children: Mapping[str, list[str]], starts: Iterable[str]
) -> dict[str, tuple[datetime, str]]:
    """The latest end, and its limit, of each certificate reached from `starts`."""
    best: dict[str, tuple[datetime, str]] = {}
    allowed: dict[str, float] = {}
    # All of an entry is compared, so that equal ends give the same answer whatever the
    # order of the rows and whoever else is in the graph.
    heap: list[tuple[float, float, str, str]] = []

    def push(name: str, end: datetime, limit: str, allowance: float) -> None:
        heapq.heappush(heap, (-end.timestamp(), -allowance, name, limit))

    for start in starts:
        span = graph.spans[start]
        push(start, span.end, start, _least(math.inf, span.path_length))
    while heap:
        _, negative, name, limit = heapq.heappop(heap)
        allowance = -negative
        # The first visit has the latest end; a later one is of use only when more
        # intermediate certificates may still follow.
        if allowance <= allowed.get(name, -math.inf):
            continue
        allowed[name] = allowance
        end = graph.spans[limit].end
        best.setdefault(name, (end, limit))
        if allowance < 0:
            continue
        for child in children.get(name, ()):
            span = graph.spans[child]
            left = allowance if span.self_issued else allowance - 1
            if span.end <= end:
                push(child, span.end, child, _least(left, span.path_length))
            else:
                push(child, end, limit, _least(left, span.path_length))
    return best


def _least(allowance: float, path_length: int | None) -> float:
    return allowance if path_length is None else min(allowance, path_length)


def _children(graph: Graph) -> dict[str, list[str]]:
    children: dict[str, list[str]] = {}
    for child, issuer in _links(graph):
        children.setdefault(issuer, []).append(child)
    return children


def _links(graph: Graph) -> Iterator[tuple[str, str]]:
    for child, issuers in graph.issuers.items():
        for issuer in issuers:
            if issuer != child and issuer in graph.spans and child in graph.spans:
                yield child, issuer


def _wanted(
    names: Iterable[str], reached: Mapping[str, tuple[datetime, str]], chain: Chain
) -> dict[str, Effective]:
    return {
        name: Effective(end=reached[name][0], limited_by=reached[name][1], chain=chain)
        for name in names
        if name in reached
    }
