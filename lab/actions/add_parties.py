"""Install what the lab models: clusters, nodes, phones and outside systems."""

import re
from collections.abc import Sequence

from lab.actions.deed import days_after, deed, record
from lab.actions.generate_self_signed import make_self_signed
from lab.actions.identities import put_in_slot
from lab.actions.issuer_urls import issuer_urls
from lab.actions.judge import add_certificate
from lab.actions.key_ring import new_key, private_key
from lab.actions.oauth_keys import keep_oauth_keys
from lab.actions.phone_lists import rebuild_lists
from lab.actions.register_phones import settle
from lab.actions.replication import put_in_store
from lab.actions.running_services import load_certificates
from lab.errors import RuleError
from lab.lab import Lab
from lab.models import Cluster, KeySpec, Party, PartyKind, SubjectFields
from lab.pki.certificates import build_leaf, build_mic
from lab.pki.reading import read_certificate
from lab.rules.peers import PEERS
from lab.rules.purposes import PROFILES, purposes_of
from lab.rules.services import services_of
from lab.rules.trust_stores import STORES
from lab.store import certificates, parties, phones, places, replicated, services

_HOST = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?", re.IGNORECASE)
_DOMAIN = re.compile(r"[a-z0-9-]{1,63}(\.[a-z0-9-]{1,63})*", re.IGNORECASE)
_DEVICE = re.compile(r"SEP[0-9A-F]{12}")
_PEER_KEY = KeySpec(type="RSA", size=2048)


def add_cluster(
    lab: Lab,
    name: str,
    domain: str,
    *,
    profile: str = "seed-r14",
    mixed_mode: bool = True,
) -> Cluster:
    """Make an empty cluster; `profile` names the release whose tables it follows."""
    with deed(lab) as now:
        _check_free(name in {each.name for each in parties.clusters(lab.db)}, name)
        if not name or not name.isprintable() or len(name) > 64:
            raise RuleError(
                "{name} cannot be the name of a cluster",
                hint="Use one to 64 readable characters.",
                name=repr(name),
            )
        if not _DOMAIN.fullmatch(domain):
            raise RuleError(
                "{domain} is not a DNS domain",
                hint="Write it like uc.example.",
                domain=repr(domain),
            )
        if profile not in PROFILES:
            raise RuleError(
                "there is no rule profile called {profile}",
                hint="The profiles are: {known}.",
                profile=repr(profile),
                known=", ".join(PROFILES),
            )
        cluster = Cluster(
            name=name, domain=domain, profile=profile, mixed_mode=mixed_mode
        )
        parties.add_cluster(lab.db, cluster)
        record(lab, now, "cluster.added", name, f"{domain}, rules {profile}")
    return cluster


def add_node(lab: Lab, cluster: str, name: str, *, product: str = "ucm") -> Party:
    """Install a node as the cluster's own installer does.

    The first UCM node and the first IM&P node become publishers. Every purpose of
    the product gets a self-signed identity, every service starts and loads it, and a
    node that joins receives what the replicated trust stores hold already.
    """
    with deed(lab) as now:
        home = parties.cluster(lab.db, cluster)
        if product not in (PartyKind.UCM, PartyKind.IMP):
            raise RuleError(
                "{product} is not a product of the cluster",
                hint="Use ucm or imp.",
                product=repr(product),
            )
        kind = PartyKind(product)
        if not _HOST.fullmatch(name):
            raise RuleError(
                "{name} is not a host name",
                hint="Use letters, digits and hyphens.",
                name=repr(name),
            )
        _check_new(lab, cluster, name)
        first = not parties.nodes(lab.db, cluster, kind)
        party = parties.add(
            lab.db,
            Party(
                id=0,
                cluster=cluster,
                kind=kind,
                name=name,
                fqdn=f"{name}.{home.domain}",
                role="publisher" if first else "subscriber",
            ),
        )
        record(lab, now, "node.installed", name, f"{product} {party.role}")
        _join_stores(lab, party)
        _join_cluster_identities(lab, party)
        for row in purposes_of(home.profile, product):
            if row.held_by == "node" or first:
                make_self_signed(lab, party, row)
        for service in services_of(product):
            if service.on == "every" or first:
                started = services.add(
                    lab.db, party.id, service.name, service.kind, now=now
                )
                load_certificates(lab, party, started)
        keep_oauth_keys(lab, cluster, now=now)
        _, served = phones.count(lab.db, cluster)
        if served:  # lists begin with the first phones
            rebuild_lists(lab, cluster, now)
    return party


def add_phones(
    lab: Lab,
    cluster: str,
    node: str,
    model: str,
    devices: Sequence[str],
    authority: str,
    *,
    days: int = 7300,
) -> list[Party]:
    """Add phones that register with a node, each with a MIC from its maker's CA.

    A new phone has no list, so it takes the first files that it is served: facts §8.2.
    """
    with deed(lab) as now:
        issuer = parties.authority(lab.db, authority)
        above = certificates.get(lab.db, issuer.certificate)
        key = private_key(lab, above.key_id)
        if parties.by_name(lab.db, cluster, node).kind is not PartyKind.UCM:
            raise RuleError(
                "phones cannot register with {node}",
                hint="Name a node that runs Unified CM.",
                node=node,
            )
        added = []
        for device in devices:
            if not _DEVICE.fullmatch(device):
                raise RuleError(
                    "{device} is not the name of a phone",
                    hint="Write SEP and twelve hexadecimal digits in capitals.",
                    device=repr(device),
                )
            _check_new(lab, cluster, device)
            party = parties.add(
                lab.db,
                Party(
                    id=0,
                    cluster=cluster,
                    kind=PartyKind.PHONE,
                    name=device,
                    fqdn="",
                    role=model,
                    node=node,
                ),
            )
            phone_key = lab.make_key(_PEER_KEY)
            certificate = read_certificate(
                build_mic(
                    subject=SubjectFields(
                        common_name=f"CP-{model}-{device}", organization=issuer.label
                    ),
                    device=f"PID:CP-{model} SN:{device[3:]}",
                    public_key=phone_key.public_key(),
                    issuer_certificate=above.der,
                    issuer_key=key,
                    not_before=now,
                    not_after=min(days_after(now, days), above.not_after),
                )
            )
            add_certificate(lab.db, certificate)
            places.put_in_slot(
                lab.db, party.id, "MIC", certificate.sha256, since=now, how="factory"
            )
            lab.touch(certificate.sha256)
            added.append(party)
        rebuild_lists(lab, cluster, now)
        started = phones.rows(lab.db, cluster, devices=devices) if devices else []
        settle(lab, cluster, started, now=now, by_reset=True)
        detail = f"{len(added)} of model {model}"
        record(lab, now, "phones.added", node, detail)
    return added


def add_peer(
    lab: Lab,
    cluster: str,
    name: str,
    kind: str,
    fqdn: str,
    *,
    authority: str = "",
    days: int = 730,
) -> Party:
    """Add an outside system; with `authority` it gets a certificate from it."""
    with deed(lab) as now:
        parties.cluster(lab.db, cluster)
        if kind not in PEERS:
            raise RuleError(
                "there is no kind of peer called {kind}",
                hint="The kinds are: {known}.",
                kind=repr(kind),
                known=", ".join(PEERS),
            )
        _check_new(lab, cluster, name)
        party = parties.add(
            lab.db,
            Party(
                id=0,
                cluster=cluster,
                kind=PartyKind.PEER,
                name=name,
                fqdn=fqdn,
                role=kind,
            ),
        )
        record(lab, now, "peer.added", name, PEERS[kind].label)
        if authority:
            renew_peer(lab, cluster, name, authority, days=days)
    return party


def renew_peer(
    lab: Lab, cluster: str, name: str, authority: str, *, days: int = 730
) -> None:
    """Give an outside system a new certificate, as its own people would."""
    with deed(lab) as now:
        party = parties.by_name(lab.db, cluster, name)
        if party.kind is not PartyKind.PEER:
            raise RuleError(
                "{name} is no outside system",
                hint="Renew the certificates of a node or a phone there.",
                name=name,
            )
        issuer = parties.authority(lab.db, authority)
        above = certificates.get(lab.db, issuer.certificate)
        key = new_key(lab, _PEER_KEY)
        certificate = read_certificate(
            build_leaf(
                subject=SubjectFields(common_name=party.fqdn),
                public_key=key.public_key(),
                issuer_certificate=above.der,
                issuer_key=private_key(lab, above.key_id),
                not_before=now,
                not_after=days_after(now, days, seconds=-1),
                alternative_names=[party.fqdn],
                key_usage=("digitalSignature", "keyEncipherment"),
                extended_key_usage=("serverAuth", "clientAuth"),
                urls=issuer_urls(lab, authority),
            )
        )
        add_certificate(lab.db, certificate)
        put_in_slot(lab, party.id, "peer", certificate.sha256, since=now, how="issued")
        record(lab, now, "peer.renewed", name, f"by {issuer.label}, {days} days")


def _join_stores(lab: Lab, party: Party) -> None:
    """Give a new node what the cluster's database holds of the stores it has."""
    for name, rule in STORES.items():
        if party.kind not in rule.product:
            continue
        for row in replicated.of_store(lab.db, party.cluster, name):
            put_in_store(
                lab,
                party,
                name,
                row.certificate,
                now=lab.clock.now(),
                copy_of=row.copy_of,
                description=row.description,
            )


def _join_cluster_identities(lab: Lab, party: Party) -> None:
    """Give a new UCM node the identities that are one for the whole cluster."""
    home = parties.cluster(lab.db, party.cluster)
    for row in purposes_of(home.profile, party.kind):
        if row.held_by != "cluster":
            continue
        for node in parties.nodes(lab.db, party.cluster, PartyKind.UCM):
            place = places.slot(lab.db, node.id, row.name)
            if place and node.id != party.id:
                places.put_in_slot(
                    lab.db,
                    party.id,
                    row.name,
                    place.certificate,
                    since=lab.clock.now(),
                    how=place.how,
                    description=place.description,
                )
                break


def _check_new(lab: Lab, cluster: str, name: str) -> None:
    taken = {each.cluster for each in parties.named(lab.db, name)}
    _check_free(not taken.isdisjoint({cluster, ""}), name)


def _check_free(taken: bool, name: str) -> None:
    if taken:
        raise RuleError(
            "the lab already has something called {name}",
            hint="Choose another name.",
            name=name,
        )
