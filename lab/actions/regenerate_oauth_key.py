"""Renew one of the two keys behind OAuth tokens, after a suspected compromise."""

from lab.actions.deed import deed, record
from lab.actions.follow_up import follow_up
from lab.actions.generate_self_signed import make_self_signed
from lab.actions.identities import slot_of
from lab.actions.key_ring import new_secret
from lab.actions.oauth_keys import SIGNING_PURPOSE, carry_to_nodes
from lab.actions.replication import check_online
from lab.effects import Effect
from lab.errors import NotFoundError, RuleError
from lab.lab import Lab
from lab.models import Party
from lab.rules.oauth_keys import OAUTH_KEYS, OAuthKey, oauth_key
from lab.store import certificates, oauth, parties, places

COMMAND_LINE, PAGE = "command line", "page"


def regenerate_oauth_key(
    lab: Lab, cluster: str, kind: str, *, by: str = COMMAND_LINE
) -> list[Effect]:
    """Make a new encryption or signing key on the publisher; return what follows.

    Every access and refresh token dies by it. A new signing key comes with a new
    authz certificate. The page may renew the signing key only. Source: spec S20,
    facts §6.1.
    """
    with deed(lab) as now:
        parties.cluster(lab.db, cluster)
        row = _rule(kind)
        if by == PAGE and not row.on_the_page:
            raise RuleError(
                "the {kind} key can only be renewed on the command line",
                hint="On the publisher, type: {command}.",
                kind=kind,
                command=row.command,
            )
        publisher = parties.publisher(lab.db, cluster)
        if publisher is None:
            raise RuleError(
                "{cluster} has no publisher of its own in the lab",
                hint="OAuth keys are made on the Unified CM publisher. Add one.",
                cluster=cluster,
            )
        check_online(publisher)
        if kind == "signing":
            _renew_certificate(lab, publisher)
        else:
            made = new_secret(lab)
            oauth.put(lab.db, cluster, kind, made, now)
            carry_to_nodes(lab, cluster, now=now)
            about = f"{kind} key of {cluster}"
            record(lab, now, "oauth_key.regenerated", about, made[:16])
        return follow_up(lab, f"oauth {kind}", publisher, now=now)


def _renew_certificate(lab: Lab, publisher: Party) -> None:
    """The signing key is that of a certificate, as long as it was: facts §3.3."""
    _, _, row = slot_of(lab, publisher.name, SIGNING_PURPOSE, publisher.cluster)
    place = places.slot(lab.db, publisher.id, SIGNING_PURPOSE)
    current = certificates.get(lab.db, place.certificate) if place else None
    make_self_signed(
        lab,
        publisher,
        row,
        size=current.key_size if current else None,
        event="oauth_key.regenerated",
    )


def _rule(kind: str) -> OAuthKey:
    row = oauth_key(kind)
    if row is None:
        raise NotFoundError(
            "there is no OAuth key called {kind}",
            hint="The keys are: {known}.",
            kind=repr(kind),
            known=", ".join(each.name for each in OAUTH_KEYS),
        )
    return row
