"""Look at the OAuth keys of a cluster: which node works with which."""

from dataclasses import dataclass
from datetime import datetime

from lab.actions.oauth_keys import nodes_with_keys
from lab.lab import Lab
from lab.store import oauth


@dataclass(frozen=True, kw_only=True)
class KeyOnNode:
    node: str
    checksum: str  # SHA-256; empty while the node has none
    since: datetime | None
    is_current: bool  # the same as the cluster's
    online: bool


@dataclass(frozen=True, kw_only=True)
class KeyOnNodes:
    """One of the cluster's keys, and what each node has instead of it."""

    kind: str
    checksum: str
    made_at: datetime
    nodes: tuple[KeyOnNode, ...]


def oauth_keys_of(lab: Lab, cluster: str) -> list[KeyOnNodes]:
    """Both keys, the encryption key first; none for a cluster that has none."""
    copies = [
        (node, oauth.copies(lab.db, node.id)) for node in nodes_with_keys(lab, cluster)
    ]
    return [
        KeyOnNodes(
            kind=kind,
            checksum=held.key,
            made_at=held.since,
            nodes=tuple(
                KeyOnNode(
                    node=node.name,
                    checksum=found[kind].key if kind in found else "",
                    since=found[kind].since if kind in found else None,
                    is_current=kind in found and found[kind].key == held.key,
                    online=node.online,
                )
                for node, found in copies
            ),
        )
        for kind, held in sorted(oauth.of_cluster(lab.db, cluster).items())
    ]
