"""Lines of `show cert list`: which certificate each names, and on which node."""

from collections.abc import Iterable, Sequence
from itertools import accumulate

from lab.belonging.clues import Clue, as_host, place_called, split_host, unzipped
from lab.belonging.proposals import Seen, Told, host_of
from lab.pki.pieces import Listed
from lab.rules.belonging import Evidence
from lab.rules.trust_stores import STORES

Line = tuple[str, Listed]  # the file it stands in, and what it says


def told_by_lines(
    lines: Sequence[Line], others: Iterable[Seen], told: Sequence[Told]
) -> tuple[list[Told], list[Line]]:
    """What the lines tell of certificates, and the lines that name none of them."""
    if not lines:
        return [], []
    seen = {each.key: each for each in (*others, *(each.seen for each in told))}
    labels = _labels(seen.values())
    nodes = _Nodes(told)
    heard: list[Told] = []
    unnamed: list[Line] = []
    for file, line in lines:
        place, (node, outer) = place_called(line.place), nodes.of_listing(file)
        found = labels.get(_stem(line.label), [])
        near = [each for each in found if _folder(each.key.file) == _folder(file)]
        # The own certificates of all nodes are called alike.
        named = near or found if place in STORES else near
        if len({each.key.sha256 for each in named}) == 1:
            text = {"line": f"{line.place}/{line.label}", "service": line.place}
            clue = Clue(Evidence.LISTING, place, node, outer, text)
            heard.append(Told(min(named), clue))
        elif not named and not nodes.have(place, node):
            unnamed.append((file, line))
    return heard, unnamed


def _labels(seen: Iterable[Seen]) -> dict[str, list[Seen]]:
    """Certificates by what a line may call them.

    By the name of their file, and as the cluster names files: by the common name, from
    release 14 SU1 on with the serial number (facts §1.3).
    """
    found: dict[str, list[Seen]] = {}
    for each in seen:
        base = each.key.file.rpartition("/")[2]
        names = (base, each.label, each.name, f"{each.name}_{each.serial}")
        for stem in {_stem(name) for name in names} - {""}:
            found.setdefault(stem, []).append(each)
    return found


def _stem(name: str) -> str:
    name = name.lower().replace(" ", "_")
    start, _, ending = name.rpartition(".")
    return start if ending in ("pem", "der", "cer", "crt") else name


def _folder(file: str) -> str:
    return file.rpartition("/")[0]


class _Nodes:
    """Which nodes the folders of an import are of, and which places these have."""

    def __init__(self, told: Iterable[Told]) -> None:
        self._beside: dict[str, set[str]] = {}
        self._above: set[str] = set()  # folders that hold those of nodes
        self._places: set[tuple[str, str]] = set()
        for each in told:
            node, _ = split_host(host_of(each))
            self._places |= {(each.clue.place, node), (each.clue.place, "")}
            if node:
                folder = _folder(each.seen.key.file)
                self._beside.setdefault(folder, set()).add(node)
            outer = each.clue.outer
            self._above.update(accumulate(outer.split("/"), "{}/{}".format))

    def of_listing(self, file: str) -> tuple[str, str]:
        """The node that a listing is of, and the folders above that of the node.

        That of its folder: by what else lies in it, or by what it is called.
        """
        folder = _folder(file)
        outer, _, name = folder.rpartition("/")
        beside = self._beside.get(folder, set())
        if len(beside) == 1:
            return min(beside), outer if unzipped(name) in beside else ""
        if beside or folder in self._above:
            return "", ""
        return as_host(unzipped(name)), outer

    def have(self, place: str, node: str) -> bool:
        return (place, node) in self._places
