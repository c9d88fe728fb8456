"""Delete a trust certificate, on as many nodes as the store's rule says."""

from lab.actions.deed import deed, record
from lab.actions.follow_up import follow_up
from lab.actions.replication import check_has_store, check_online, withdraw
from lab.effects import Effect
from lab.errors import NotFoundError, RuleError
from lab.lab import Lab
from lab.models import Party, PartyKind
from lab.rules.trust_stores import STORES, Reach
from lab.store import certificates, parties, places


def delete_trust(
    lab: Lab, node: str, store: str, sha256: str, *, cluster: str = ""
) -> list[Effect]:
    """Delete the entry here, and wherever a deletion from this store reaches.

    It cannot be undone. Identities are never deleted (facts §3.2): a purpose in place
    of a store is a `RuleError`; an entry that is not there is a `NotFoundError`.
    """
    with deed(lab) as now:
        party = parties.by_name(lab.db, cluster, node)
        _check_store(party, store)
        check_online(party)
        certificate = certificates.get(lab.db, sha256)
        if places.entry(lab.db, party.id, store, sha256) is None:
            raise NotFoundError(
                "{subject} is not in {store} on {node}",
                hint="Somebody may have deleted it. Look at the trust stores again.",
                subject=certificate.subject,
                store=store,
                node=node,
            )
        reached = withdraw(lab, party, store, sha256, now=now)
        detail = f"{certificate.subject}, for {', '.join(reached)}"
        record(lab, now, "trust.deleted", f"{store} on {node}", detail)
        return follow_up(lab, store, party, now=now)


def _check_store(party: Party, store: str) -> None:
    if party.kind not in PartyKind.nodes():
        raise RuleError(
            "{name} is not a node, so it has no trust stores",
            hint="Name a node of the cluster.",
            name=party.name,
        )
    if not party.fqdn:
        raise RuleError(
            "{name} was imported, so the lab only looks at its certificates",
            hint="Delete it on the system that it came from, and import again.",
            name=party.name,
        )
    if store not in STORES:
        raise RuleError(
            "{store} is no trust store; identities are never deleted",
            hint="Renew the identity instead. The trust stores are: {known}.",
            store=repr(store),
            known=", ".join(STORES),
        )
    check_has_store(party, store)
    if STORES[store].delete is Reach.PUBLISHER and party.role != "publisher":
        raise RuleError(
            "{store} is on the publisher; {node} is a subscriber",
            hint="Delete it on the publisher.",
            store=store,
            node=party.name,
        )
