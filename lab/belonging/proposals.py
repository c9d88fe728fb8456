"""Clues of one import weighed against each other: a proposal for each certificate."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import NamedTuple

from lab.belonging.clues import Clue, hosts_of, split_host
from lab.clock import utc_text
from lab.models import Certificate, PartyKind
from lab.rules.belonging import DOUBTS, EVIDENCE, Doubt, Evidence
from lab.rules.peers import PHONE_IDENTITIES
from lab.rules.purposes import SEED_R14
from lab.rules.trust_stores import STORES, Reach

ANYWHERE = "Imported"  # the cluster of those whose cluster nothing tells
_LONGEST_NAME = 64
_PRODUCTS: Mapping[str, frozenset[str]] = {
    **{
        name: frozenset(kind for kind, other in SEED_R14 if other == name)
        for _, name in SEED_R14
    },
    **{row.name: frozenset(row.product) for row in STORES.values()},
    **{name: frozenset({PartyKind.PHONE}) for name in PHONE_IDENTITIES},
}
# Purposes whose own certificate may be that of a CA, whoever signed it (facts §1.5).
_MAY_BE_AUTHORITY = {"CAPF", "ITLRecovery", "authz"}


class FoundKey(NamedTuple):
    """One certificate in one file."""

    file: str
    sha256: str


@dataclass(frozen=True, kw_only=True)
class Assignment:
    """Where imported certificates go; all empty leaves them unassigned."""

    cluster: str = ""
    node: str = ""
    purpose: str = ""  # or what a phone holds: LSC, MIC
    store: str = ""

    def __str__(self) -> str:
        parts = (self.purpose or self.store, self.node, self.cluster)
        return " on ".join(part for part in parts if part) or "unassigned"


@dataclass(frozen=True, kw_only=True)
class Proposal:
    """Where a certificate of a file seems to belong, and why; with a doubt, why not."""

    cluster: str = ""
    domain: str = ""  # of the cluster
    node: str = ""  # its short name
    fqdn: str = ""
    role: str = ""  # "publisher" where that is evident
    kind: PartyKind = PartyKind.IMPORTED
    purpose: str = ""
    store: str = ""
    evidence: Evidence | None = None
    doubt: Doubt | None = None
    values: Mapping[str, object] = field(default_factory=dict)

    @property
    def place(self) -> str:
        """The purpose or the store."""
        return self.purpose or self.store

    @property
    def template(self) -> str:
        """The reason, with names in braces that `values` has."""
        if self.doubt or not self.evidence:
            return DOUBTS[self.doubt or Doubt.NOTHING].why
        return EVIDENCE[self.evidence].why

    @property
    def why(self) -> str:
        return self.template.format(**self.values)

    @property
    def target(self) -> Assignment:
        """The place as a person would name it, doubted or not."""
        return Assignment(
            cluster=self.cluster,
            node=self.node,
            purpose=self.purpose,
            store=self.store,
        )

    @property
    def assignment(self) -> Assignment:
        """The place it is to have; nowhere while there is a doubt."""
        return self.target if self.evidence and not self.doubt else Assignment()

    def doubted(self, doubt: Doubt, **values: object) -> "Proposal":
        """The same, and why it is not to be."""
        named = {"place": self.place, "node": self.node}
        return replace(self, doubt=doubt, values=named | values)


def unsure(certificate: Certificate) -> Proposal:
    """What is said of a certificate that nothing speaks for."""
    return Proposal(doubt=Doubt.AUTHORITY if certificate.is_ca else Doubt.NOTHING)


class Seen(NamedTuple):
    """What is kept of one certificate in one file."""

    key: FoundKey
    label: str  # the name that the file gives it
    name: str
    serial: str
    key_type: str
    subject_hash: str
    not_before: datetime
    is_authority: bool  # it is the certificate of a CA, and of nothing else
    alternative_names: tuple[str, ...]

    @property
    def hosts(self) -> tuple[str, ...]:
        """The hosts it names, that of its common name first."""
        return hosts_of(self.name, self.alternative_names)


class Told(NamedTuple):
    """A certificate, and something that speaks for a place of it."""

    seen: Seen
    clue: Clue


def seen_as(file: str, label: str, certificate: Certificate) -> Seen:
    # A node's self-signed certificate is a small CA too: facts §1.5.
    is_service = certificate.self_signed and (
        certificate.path_length == 0 or certificate.extended_key_usage
    )
    return Seen(
        FoundKey(file, certificate.sha256),
        label,
        certificate.common_name,
        certificate.serial,
        certificate.key_type,
        certificate.subject_hash,
        certificate.not_before,
        certificate.is_ca and not is_service,
        certificate.alternative_names,
    )


def propose(
    told: Iterable[Told], *, cluster: str = "", root: str = ""
) -> dict[FoundKey, tuple[Seen, tuple[Proposal, ...]]]:
    """The places of each certificate that something speaks for, the surest first.

    `cluster` is the name that a person gave; it goes before all others. A folder names
    a cluster where it lies below `root`, the folder that all files are in, or in a zip.
    """
    strongest = _strongest(told)
    nodes = _Nodes(strongest, cluster, root)
    drafts = [(each.seen, nodes.draft(each)) for each in strongest]
    for weigh in (_of_one_product, _newest, _within_limits):
        drafts = weigh(drafts)
    found: dict[FoundKey, tuple[Seen, dict[Assignment, Proposal]]] = {}
    for seen, proposal in drafts:
        _, proposals = found.setdefault(seen.key, (seen, {}))
        proposals.setdefault(proposal.target, proposal)
    return {
        key: (seen, tuple(proposals.values()))
        for key, (seen, proposals) in found.items()
    }


def _strongest(told: Iterable[Told]) -> list[Told]:
    """In the order of their evidence; less than sure ones only where nothing is."""
    order = list(EVIDENCE)
    found = sorted(told, key=lambda each: order.index(each.clue.evidence))
    sure = {each.seen.key for each in found if EVIDENCE[each.clue.evidence].is_sure}
    return [
        each
        for each in found
        if EVIDENCE[each.clue.evidence].is_sure or each.seen.key not in sure
    ]


class _Nodes:
    """The nodes of an import, each with its domain and its cluster."""

    def __init__(self, told: Sequence[Told], cluster: str, root: str) -> None:
        self._typed = cluster
        self._root = root
        self._beside: dict[str, set[str]] = {}
        for each in told:
            if host := host_of(each):
                for where in _around(each.seen.key.file):
                    self._beside.setdefault(where, set()).add(split_host(host)[0])
        self._domains = self._told_domains(told)
        named = {self._cluster(*self._key(each)) for each in told} - {""}
        self._else = named.pop() if len(named) == 1 else ANYWHERE
        self._of_cluster: dict[str, Counter[str]] = {}
        for (group, node), domains in self._domains.items():
            name = self._cluster(group, node) or self._else
            self._of_cluster.setdefault(name, Counter()).update(domains)

    def draft(self, told: Told) -> Proposal:
        """The place that this clue speaks for, nothing else weighed."""
        seen, clue = told
        group, node = self._key(told)
        domain = _most_common(self._domains.get((group, node)))
        cluster = self._cluster(group, node) or self._else
        is_store = clue.place in STORES
        draft = Proposal(
            cluster=cluster,
            domain=_most_common(self._of_cluster.get(cluster)),
            node=node,
            fqdn=f"{node}.{domain}" if domain else "",
            purpose="" if is_store else clue.place,
            store=clue.place if is_store else "",
            evidence=clue.evidence,
            values=clue.values | {"place": clue.place, "node": node},
        )
        if not clue.place:
            return replace(draft, doubt=Doubt.UNKNOWN)
        if not node:
            return replace(draft, doubt=Doubt.NO_NODE)
        # A snapshot lists the identities themselves; elsewhere issuers lie beside them.
        may_be_authority = is_store or clue.place in _MAY_BE_AUTHORITY
        if (
            seen.is_authority
            and not may_be_authority
            and clue.evidence is not Evidence.SERVER
        ):
            return replace(draft, doubt=Doubt.NO_IDENTITY)
        return draft

    def _key(self, told: Told) -> tuple[str, str]:
        """The cluster that the folders name, and the short name of the node."""
        node, _ = split_host(host_of(told))
        for where in () if node else _around(told.seen.key.file):
            names = self._beside.get(where, set())
            if len(names) == 1:
                (node,) = names
                break
        return self._group(told.clue.outer), node

    def _group(self, outer: str) -> str:
        above, _, name = outer.rpartition("/")
        in_zip = ".zip/" in f"{above}/".lower()
        if not outer or not (in_zip or _is_below(outer, self._root)):
            return ""
        return name[:-4] if name.lower().endswith(".zip") else name

    def _cluster(self, group: str, node: str) -> str:
        name = self._typed or group or _most_common(self._domains.get((group, node)))
        return name if len(name) <= _LONGEST_NAME and name.isprintable() else ""

    def _told_domains(
        self, told: Iterable[Told]
    ) -> dict[tuple[str, str], Counter[str]]:
        domains: dict[tuple[str, str], Counter[str]] = {}
        for each in told:
            group, node = self._key(each)
            hosts = each.seen.hosts if _is_identity(each.clue) else ()
            for host in (each.clue.node, *hosts):
                name, domain = split_host(host)
                if name == node and domain:
                    domains.setdefault((group, node), Counter())[domain] += 1
        return domains


def host_of(told: Told) -> str:
    """The host that the clue names, else the one that an identity names itself."""
    if told.clue.node or not _is_identity(told.clue):
        return told.clue.node
    return next(iter(told.seen.hosts), "")


def _is_identity(clue: Clue) -> bool:
    return clue.place not in STORES and clue.place not in PHONE_IDENTITIES


def _around(file: str) -> tuple[str, str]:
    return file, file.rpartition("/")[0] + "/"


def _is_below(folder: str, root: str) -> bool:
    return folder != root and (not root or folder.startswith(f"{root}/"))


def _most_common(names: Counter[str] | None) -> str:
    # Of equal ones always the same, whatever the order of the files.
    return max(names, key=lambda name: (names[name], name)) if names else ""


_Drafts = list[tuple[Seen, Proposal]]


def _of_one_product(drafts: _Drafts) -> _Drafts:
    """Find the product of each node; doubt what it has no place for."""
    votes: dict[tuple[str, str], Counter[str]] = {}
    for _, draft in drafts:
        products = _PRODUCTS.get(draft.place, frozenset())
        if not draft.doubt and len(products) == 1:
            # A store may be left over; an identity is there.
            counter = votes.setdefault((draft.cluster, draft.node), Counter())
            counter[min(products)] += 1000 if draft.purpose else 1
    found: _Drafts = []
    for seen, draft in drafts:
        kind = _most_common(votes.get((draft.cluster, draft.node))) or PartyKind.UCM
        draft = replace(draft, kind=PartyKind(kind))
        if not draft.doubt and kind not in _PRODUCTS[draft.place]:
            draft = draft.doubted(Doubt.OTHER_PRODUCT)
        found.append((seen, draft))
    return found


def _newest(drafts: _Drafts) -> _Drafts:
    """A slot has one certificate, a store one a subject: that which began last."""
    best: dict[tuple[str, ...], tuple[datetime, str]] = {}

    def rivals(seen: Seen, draft: Proposal) -> tuple[str, ...]:
        subject = seen.subject_hash if draft.store else ""
        return draft.cluster, draft.node, draft.place, subject

    for seen, draft in drafts:
        if not draft.doubt:
            began = seen.not_before, seen.key.sha256
            key = rivals(seen, draft)
            best[key] = max(best.get(key, began), began)
    found: _Drafts = []
    for seen, draft in drafts:
        start, sha256 = best.get(rivals(seen, draft), (seen.not_before, ""))
        if not draft.doubt and sha256 != seen.key.sha256:
            draft = draft.doubted(Doubt.NEWER, start=utc_text(start))
        found.append((seen, draft))
    return found


def _within_limits(drafts: _Drafts) -> _Drafts:
    """Tell the publishers; keep the stores that are only theirs, and their limits."""
    publishers = _publishers(drafts)
    held: dict[tuple[str, str, str], set[str]] = {}
    for seen, draft in sorted(drafts, key=lambda each: each[0].key.sha256):
        place = draft.cluster, draft.node, draft.store
        limit = draft.store in STORES and STORES[draft.store].limit
        if not draft.doubt and limit and len(held.setdefault(place, set())) < limit:
            held[place].add(seen.key.sha256)
    found: _Drafts = []
    for seen, draft in drafts:
        publisher = publishers.get(draft.cluster, "")
        if publisher and publisher == draft.node and draft.kind is PartyKind.UCM:
            draft = replace(draft, role="publisher")
        rule = STORES.get(draft.store)
        if rule and not draft.doubt:
            there = held.get((draft.cluster, draft.node, draft.store), set())
            if rule.upload is Reach.PUBLISHER and publisher not in ("", draft.node):
                draft = draft.doubted(Doubt.PUBLISHER, publisher=publisher)
            elif rule.limit and seen.key.sha256 not in there:
                draft = draft.doubted(Doubt.FULL, limit=rule.limit)
        found.append((seen, draft))
    return found


def _publishers(drafts: _Drafts) -> dict[str, str]:
    """The node that holds CAPF alone, or whose name ITLRecovery has (facts §1.1)."""
    evident: dict[str, set[str]] = {}
    authorities: dict[str, set[str]] = {}
    nodes = {(draft.cluster, draft.node) for _, draft in drafts if not draft.doubt}
    for seen, draft in drafts:
        if draft.doubt:
            continue
        if draft.purpose == "CAPF":
            authorities.setdefault(draft.cluster, set()).add(draft.node)
        if draft.purpose == "ITLRecovery" and seen.hosts:
            name, _ = split_host(seen.hosts[0])
            if (draft.cluster, name) in nodes:
                evident.setdefault(draft.cluster, set()).add(name)
    for cluster, names in authorities.items():
        if len(names) == 1:  # before release 14 every node had one
            evident.setdefault(cluster, set()).update(names)
    return {
        cluster: min(names) for cluster, names in evident.items() if len(names) == 1
    }
