"""The cluster's OAuth keys: made once, and carried to every node."""

import json
from datetime import datetime

from lab.actions.deed import deed, record
from lab.actions.key_ring import new_secret
from lab.actions.replication import reach
from lab.lab import Lab
from lab.models import Party
from lab.store import certificates, keys, oauth, parties, places

SIGNING_PURPOSE = "authz"


def keep_oauth_keys(lab: Lab, cluster: str, *, now: datetime) -> None:
    """Make what is missing, and let every node have what the cluster has.

    The signing key is that of the publisher's authz certificate; so this is called
    by whatever puts another one there, and when a node joins.
    """
    publisher = parties.publisher(lab.db, cluster)
    if publisher is None:
        return
    signing = _signing_key(lab, publisher)
    held = oauth.of_cluster(lab.db, cluster)
    if signing and ("signing" not in held or held["signing"].key != signing):
        oauth.put(lab.db, cluster, "signing", signing, now)
    if signing and "encryption" not in held:
        oauth.put(lab.db, cluster, "encryption", new_secret(lab), now)
    carry_to_nodes(lab, cluster, now=now)


def carry_to_nodes(lab: Lab, cluster: str, *, now: datetime) -> None:
    """Give each node the cluster's keys; one that is offline gets them when back."""
    for kind, held in oauth.of_cluster(lab.db, cluster).items():
        for node in nodes_with_keys(lab, cluster):
            copy = oauth.copies(lab.db, node.id).get(kind)
            if copy and copy.key == held.key:
                continue
            if node.online:
                oauth.put_copy(lab.db, node.id, kind, held.key, now)
            else:
                reach(lab, node, "copy_oauth_key", {"kind": kind}, now=now)
    oauth.drop_unused(lab.db)


def copy_oauth_key(lab: Lab, about: str) -> None:
    """Let a node that is back have the key that its cluster has now."""
    with deed(lab) as now:
        told = json.loads(about)
        node = parties.get(lab.db, told["party"])
        held = oauth.of_cluster(lab.db, node.cluster).get(told["kind"])
        if held:
            oauth.put_copy(lab.db, node.id, held.kind, held.key, now)
            oauth.drop_unused(lab.db)
            about = f"{held.kind} key on {node.name}"
            record(lab, now, "oauth_key.copied", about, held.key[:16])


def nodes_with_keys(lab: Lab, cluster: str) -> list[Party]:
    """All Unified CM and the local IM and Presence nodes: facts §6.1."""
    return [node for node in parties.nodes(lab.db, cluster) if node.fqdn]


def _signing_key(lab: Lab, publisher: Party) -> str:
    """The id of the key behind authz, or nothing while the lab does not hold it."""
    place = places.slot(lab.db, publisher.id, SIGNING_PURPOSE)
    if place is None:
        return ""
    key = certificates.get(lab.db, place.certificate).key_id
    return key if keys.known(lab.db, key) else ""
