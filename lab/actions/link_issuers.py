"""Store certificates that come in, and find out which of them signed which."""

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import Future
from itertools import chain, compress, islice
from typing import NamedTuple

from sqlite_utils import Database

from lab.actions.helpers import Helpers
from lab.models import Certificate
from lab.pki.links import are_issued_by, may_issue
from lab.store import certificates
from lab.store.certificates import Signed

_AT_ONCE = 100  # signatures that one call checks
_WAITING = 60  # calls; memory is flat however many there are
_Pair = tuple[Signed, Certificate]  # a certificate, and one that may have signed it


class Linked(NamedTuple):
    """What has its links now, and is to be judged."""

    changed: set[str]  # with all that stand below them
    leaves: dict[str, tuple[Certificate, list[str]]]  # new ones, and their issuers


class _Call(NamedTuple):
    """Signatures that are being checked."""

    links: list[tuple[str, str]]  # child and issuer, where the answer is yes
    answers: Future[list[bool]]
    found: Mapping[str, list[str]]  # to note the issuers of some children in


class _Issuers(NamedTuple):
    """Certificates of one name that may issue others."""

    by_identifier: dict[str, list[Certificate]]  # the subject key identifier, or ""
    by_key: dict[str, list[Certificate]]  # the hash of their key


class Linking:
    """Stores batches of certificates while signatures of earlier ones are checked."""

    def __init__(self, db: Database, helpers: Helpers) -> None:
        self._db = db
        self._helpers = helpers
        # In their order: calls, and behind them what is to be judged then.
        self._waiting: deque[_Call | Linked] = deque()
        self._ends = 0  # of batches, among these
        self._settled = Linked(set(), {})

    def add(self, batch: Iterable[Certificate]) -> dict[str, Certificate]:
        """Store and return those that are new; `settle` notes their links."""
        new = certificates.new_among(self._db, batch)
        above = {each.issuer_hash for each in new.values()}
        issuers = _by_name(
            [*certificates.with_subjects(self._db, above), *new.values()]
        )
        named = {
            child.sha256: child
            for child in map(_signed, new.values())
            if any(_likely(issuers, child))
        }
        certificates.add_new(self._db, new, named)
        found: dict[str, list[str]] = {sha256: [] for sha256 in named}
        self._look(_pairs(issuers, named.values()), found)
        below = {sha256 for sha256, each in new.items() if may_issue(each)}
        for sha256 in below:
            stored = certificates.with_issuer(self._db, new[sha256].subject_hash)
            known = (child for child in stored if child.sha256 not in new)
            self._look(_pairs(_by_name([new[sha256]]), known), {})
        changed = {each for each in named if new[each].self_signed} | below
        leaves = {
            sha256: (new[sha256], issuers_found)
            for sha256, issuers_found in found.items()
            if sha256 not in changed
        }
        self._waiting.append(Linked(changed, leaves))
        self._ends += 1
        return new

    def settle(self, behind: int = 0) -> Linked:
        """Note the links of all batches but the latest so many."""
        while self._ends > behind:
            self._settle_first()
        settled, self._settled = self._settled, Linked(set(), {})
        return settled

    def _look(self, pairs: Iterator[_Pair], found: Mapping[str, list[str]]) -> None:
        while some := list(islice(pairs, _AT_ONCE)):
            links = [(child.sha256, issuer.sha256) for child, issuer in some]
            ders = [(child.der, issuer.der) for child, issuer in some]
            answers = self._helpers.begin(are_issued_by, ders)
            self._waiting.append(_Call(links, answers, found))
            while len(self._waiting) > _WAITING:
                self._settle_first()

    def _settle_first(self) -> None:
        first = self._waiting.popleft()
        if isinstance(first, Linked):
            self._settled.changed.update(first.changed)
            self._settled.leaves.update(first.leaves)
            self._ends -= 1
            return
        links = list(compress(first.links, first.answers.result()))
        certificates.add_links(self._db, links)
        for child, issuer in links:
            if child in first.found:
                first.found[child].append(issuer)


def _signed(certificate: Certificate) -> Signed:
    return Signed(
        certificate.sha256,
        certificate.issuer_hash,
        certificate.authority_key_identifier,
        certificate.self_signed,
        certificate.key_id,
        certificate.der,
    )


def _by_name(found: Iterable[Certificate]) -> dict[str, _Issuers]:
    """Those of them that may issue, by the hash of their subject."""
    named: dict[str, _Issuers] = {}
    for issuer in {each.sha256: each for each in found if may_issue(each)}.values():
        issuers = named.setdefault(issuer.subject_hash, _Issuers({}, {}))
        key = issuer.subject_key_identifier
        issuers.by_identifier.setdefault(key, []).append(issuer)
        issuers.by_key.setdefault(issuer.key_id, []).append(issuer)
    return named


def _pairs(
    named: Mapping[str, _Issuers], children: Iterable[Signed]
) -> Iterator[_Pair]:
    for child in children:
        for issuer in _likely(named, child):
            yield child, issuer


def _likely(named: Mapping[str, _Issuers], child: Signed) -> Iterator[Certificate]:
    """Those of the issuer's name whose key the child names; all, if it names none.

    Another key of an issuer of the same name is another issuer (RFC 5280 section
    4.2.1.1). What signs itself is signed by no other key.
    """
    issuers = named.get(child.issuer_hash)
    if issuers is None:
        return iter(())
    if child.self_signed:
        found = iter(issuers.by_key.get(child.key_id, ()))
    elif key := child.authority_key_identifier:
        of_key = issuers.by_identifier
        found = chain(of_key.get(key, ()), of_key.get("", ()))
    else:
        found = chain.from_iterable(issuers.by_identifier.values())
    return (each for each in found if each.sha256 != child.sha256)
