"""Where do the trust stores of a cluster's nodes differ? It only reads."""

from lab.lab import Lab
from lab.models import Party
from lab.rules.trust_stores import STORES, Reach
from lab.store import drift, parties
from lab.store.drift import Kept, Line

MOST = 1000  # lines at once


def compared_nodes(lab: Lab, cluster: str) -> list[Party]:
    """The nodes to compare: those that the lab runs; all of an imported cluster."""
    nodes = parties.nodes(lab.db, cluster)
    return [node for node in nodes if node.fqdn] or nodes


def compare_stores(
    lab: Lab,
    cluster: str,
    *,
    store: str = "",
    certificate: str = "",
    differing: bool = False,
    start: int = 0,
    limit: int = MOST,
) -> tuple[int, list[Line]]:
    """One line a store and certificate: how it stands on each node (spec B10).

    How many there are, and a part of them; `differing` leaves out what is the same on
    every node that should have it.
    """
    nodes = compared_nodes(lab, cluster)
    stores = {
        name: Kept(products=rule.product, replicates=rule.upload is Reach.CLUSTER)
        for name, rule in STORES.items()
        if store in ("", name)
    }
    return drift.read(
        lab.db,
        cluster,
        nodes,
        stores,
        certificate=certificate,
        differing=differing,
        start=start,
        limit=limit,
    )
