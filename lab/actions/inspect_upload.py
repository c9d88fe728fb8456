"""Find out what files for an upload are, and where each part goes. It only reads."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from lab.actions.upload_checks import chain_within, private_keys_in, read_upload, signed
from lab.actions.upload_notes import Note
from lab.actions.upload_trust import issuers_first
from lab.errors import BadInputError
from lab.lab import Lab
from lab.models import Certificate, Party, PartyKind
from lab.rules.peers import PEERS
from lab.rules.purposes import PROFILES, Purpose, purpose_of
from lab.rules.request_form import MOST_CERTIFICATES
from lab.rules.trust_stores import STORES, UPLOAD_ALSO_LANDS_IN, Reach
from lab.store import parties, places, requests

Where = tuple[str, str]  # node, purpose or store


@dataclass(frozen=True, kw_only=True)
class Proposal:
    """Certificates that go to one place, and why they do."""

    node: str
    name: str  # the purpose or the store
    certificates: tuple[Certificate, ...]
    why: Note


@dataclass(frozen=True, kw_only=True)
class Inspected:
    """What was found, and the uploads in the order in which they are done."""

    kind: str  # "leaf", "chain" (a leaf and its CAs), "authorities" or "mixture"
    certificates: tuple[Certificate, ...]
    proposals: tuple[Proposal, ...]
    there: tuple[Certificate, ...]  # needed, and in their store already
    left: tuple[Certificate, ...]  # nobody can say where these go
    private_keys: int  # seen and left where they were


def inspect_upload(
    lab: Lab, files: Iterable[bytes], *, node: str = "", cluster: str = ""
) -> Inspected:
    """Read files in any order and format, and propose purposes and stores.

    A leaf goes to the slot whose waiting request has its key; what stands above it
    goes before it into the store that its verifiers consult, root first. Authorities
    alone go where something that they have signed is verified. With a `node` only
    what it takes is proposed. `BadInputError` for a file that holds no certificate.
    """
    found, private_keys = read_files(files)
    stores: dict[Where, tuple[list[Certificate], Note]] = {}
    slots: list[Proposal] = []
    placed: set[str] = set()
    there: dict[str, Certificate] = {}
    for leaf, party, purpose in _answers(lab, found, node, cluster):
        slots.append(_for_slot(leaf, party, purpose))
        placed.add(leaf.sha256)
        row = _row(lab, party, purpose)
        store = store_for(party, row)
        held = places.held(lab.db, party.id, store)
        for each in chain_within(leaf, found)[1:]:
            placed.add(each.sha256)
            if each.sha256 in held:
                there[each.sha256] = each
                continue
            why = Note(
                text="It stands above {purpose} on {node}: whoever verifies that "
                "looks into {store}.",
                values={"purpose": purpose, "node": party.name, "store": store},
            )
            wanted = stores.setdefault((party.name, store), ([], why))[0]
            if each not in wanted:
                wanted.append(each)
    left = []
    for each in issuers_first([each for each in found if each.sha256 not in placed]):
        wheres = _stores_that_need(lab, each, found, node, cluster)
        for where, why in wheres:
            stores.setdefault(where, ([], why))[0].append(each)
        if not wheres:
            left.append(each)
    return Inspected(
        kind=_kind(found, slots),
        certificates=tuple(found),
        proposals=(
            *(
                Proposal(
                    node=at,
                    name=store,
                    certificates=tuple(issuers_first(wanted)),
                    why=why,
                )
                for (at, store), (wanted, why) in stores.items()
            ),
            *slots,
        ),
        there=tuple(there.values()),
        left=tuple(left),
        private_keys=private_keys,
    )


def read_files(files: Iterable[bytes]) -> tuple[list[Certificate], int]:
    """The certificates of all files, each once, and how many keys were left alone."""
    found: dict[str, Certificate] = {}
    private_keys = 0
    for data in files:
        for certificate in read_upload(data):
            found.setdefault(certificate.sha256, certificate)
        private_keys += private_keys_in(data)
        if len(found) > MOST_CERTIFICATES:
            raise BadInputError(
                "the files hold more than {limit} certificates",
                hint="Import them instead, or upload the few that this node needs.",
                limit=MOST_CERTIFICATES,
            )
    return list(found.values()), private_keys


def store_for(party: Party, row: Purpose) -> str:
    """The store in which this node wants the chain of that purpose.

    What lands in it from another one goes there: the root of CAPF into `CAPF-trust`.
    """
    own = [store for store in row.verified_with if party.kind in STORES[store].product]
    (store, *_) = own or [row.copied_to or "tomcat-trust"]
    for filled, also in UPLOAD_ALSO_LANDS_IN.items():
        if also == store and filled == f"{row.name}-trust":
            return filled
    return store


def _answers(
    lab: Lab, found: Sequence[Certificate], node: str, cluster: str
) -> list[tuple[Certificate, Party, str]]:
    """The certificates that have the key of a waiting request, and whose it is."""
    waiting = {each.key: each for each in requests.waiting(lab.db, cluster)}
    answers: dict[str, Certificate] = {}
    for each in found:
        before = answers.get(each.key_id)
        if each.key_id in waiting and (
            before is None or before.not_before < each.not_before
        ):
            answers[each.key_id] = each
    matched = []
    for key, leaf in answers.items():
        party = parties.get(lab.db, waiting[key].party)
        if node in ("", party.name):
            matched.append((leaf, party, waiting[key].purpose))
    return matched


def _for_slot(leaf: Certificate, party: Party, purpose: str) -> Proposal:
    return Proposal(
        node=party.name,
        name=purpose,
        certificates=(leaf,),
        why=Note(
            text="It has the key of the request that waits for {purpose} on {node}.",
            values={"purpose": purpose, "node": party.name},
        ),
    )


def _kind(found: Sequence[Certificate], slots: Sequence[Proposal]) -> str:
    leaves = {each.sha256 for part in slots for each in part.certificates}
    others = [each for each in found if each.sha256 not in leaves]
    leaves_beside = [each for each in others if not each.is_ca]
    if not leaves and not leaves_beside:
        return "authorities"
    if len(leaves) + len(leaves_beside) > 1:
        return "mixture"
    if not others or (not leaves and len(found) == 1):
        return "leaf"
    leaf = next(each for each in found if each.sha256 in leaves or not each.is_ca)
    above = {each.sha256 for each in chain_within(leaf, found)}
    return "chain" if above == {each.sha256 for each in found} else "mixture"


def _row(lab: Lab, party: Party, purpose: str) -> Purpose:
    profile = parties.cluster(lab.db, party.cluster).profile
    return purpose_of(profile, party.kind, purpose)


def _stores_that_need(
    lab: Lab,
    certificate: Certificate,
    found: Sequence[Certificate],
    node: str,
    cluster: str,
) -> list[tuple[Where, Note]]:
    """Stores of those who verify what this one has signed, and the node to do it on.

    What an authority of the same files has signed counts for those above it too.
    """
    wanted: dict[Where, Note] = {}
    below = [each for each in found if signed(each, certificate)]
    for each in (certificate, *below) if certificate.is_ca else ():
        for home, kind, role, holder, purpose in places.identities_below(
            lab.db, each.subject_hash, cluster
        ):
            for store in _verified_with(lab, home, kind, role, purpose):
                at = _node_with(lab, home, store, node)
                if at and certificate.sha256 not in places.held(lab.db, at.id, store):
                    why = Note(
                        text="{name} has signed {purpose} of {holder}, which is "
                        "verified with {store}.",
                        values={
                            "name": each.common_name or each.subject,
                            "purpose": purpose,
                            "holder": holder,
                            "store": store,
                        },
                    )
                    wanted.setdefault((at.name, store), why)
    return list(wanted.items())


def _verified_with(
    lab: Lab, cluster: str, kind: str, role: str, purpose: str
) -> tuple[str, ...]:
    if kind == PartyKind.PEER:
        return PEERS[role].verified_with if role in PEERS else ()
    row = PROFILES[parties.cluster(lab.db, cluster).profile].get((kind, purpose))
    return row.verified_with if row else ()


def _node_with(lab: Lab, cluster: str, store: str, wanted: str) -> Party | None:
    """The node to upload on: the one that is named, else the first that has it."""
    rule = STORES[store]
    for node in parties.nodes(lab.db, cluster):
        if (
            node.fqdn
            and node.kind in rule.product
            and wanted in ("", node.name)
            and (rule.upload is not Reach.PUBLISHER or node.role == "publisher")
        ):
            return node
    return None
