"""Long-lived links: which certificates are on them, and how they were found."""

from dataclasses import dataclass, replace
from datetime import datetime

from lab.actions.connection_ends import both_ends, connection
from lab.lab import Lab
from lab.models import Certificate, Check
from lab.rules.revocation import LONG_LIVED
from lab.rules.sources import Source
from lab.store import certificates, parties, revocation_checks


@dataclass(frozen=True, kw_only=True)
class LinkRow:
    """A certificate on a long-lived link; without one, nobody is at its end."""

    link: str  # "CTI", "IPsec" or "LDAP"
    connection: str
    label: str
    party: str = ""
    purpose: str = ""
    certificate: Certificate | None = None
    latest: Check | None = None
    note: str
    source: Source


def links(lab: Lab, cluster: str) -> list[LinkRow]:
    """The long-lived links of a cluster, with the latest check of each certificate.

    How often they are checked says `lab.actions.plan_checks.link_schedule`.
    """
    home = parties.cluster(lab.db, cluster).name
    latest = {
        each.certificate: each for each in revocation_checks.latest_checks(lab.db, home)
    }
    rows = []
    for link in LONG_LIVED:
        row = LinkRow(
            link=link.name,
            connection=link.connection,
            label=connection(link.connection).label,
            note=link.note,
            source=link.source,
        )
        ends = both_ends(lab, home, link.connection)
        found = certificates.many(lab.db, {end.certificate for end in ends})
        rows += [
            replace(
                row,
                party=end.party.name,
                purpose=end.purpose,
                certificate=found[end.certificate],
                latest=latest.get(end.certificate),
            )
            for end in ends
        ] or [row]
    return rows


def wanted_on_links(lab: Lab, cluster: str, now: datetime) -> list[str]:
    """The certificates on links that are to be checked.

    Nobody revokes what signed itself: it is wanted once it has expired.
    """
    found = {row.certificate for row in links(lab, cluster) if row.certificate}
    return sorted(
        each.sha256 for each in found if not each.self_signed or each.expired(now)
    )


def link_of(lab: Lab, cluster: str, sha256: str) -> str:
    """The name of a link that a certificate is on; empty when it is on none."""
    for row in links(lab, cluster):
        if row.certificate and row.certificate.sha256 == sha256:
            return row.link
    return ""
