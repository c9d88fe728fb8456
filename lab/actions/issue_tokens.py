"""Sign users in: each gets an access token and a refresh token."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from lab.actions.deed import deed, record
from lab.actions.key_ring import private_key, secret
from lab.errors import RuleError
from lab.lab import Lab
from lab.models import HeldKey
from lab.pki.tokens import build_token
from lab.rules.oauth_keys import OAUTH_TOKENS
from lab.store import oauth, parties

_LONGEST_NAME = 64
_MOST_USERS = 1000


def issue_tokens(lab: Lab, cluster: str, users: Sequence[str]) -> int:
    """Give each user new tokens, in place of older ones; say how many.

    They are real: signed with the cluster's signing key, and what they say is
    encrypted with its encryption key.
    """
    with deed(lab) as now:
        parties.cluster(lab.db, cluster)
        _check_names(users)
        publisher = parties.publisher(lab.db, cluster)
        held = oauth.copies(lab.db, publisher.id) if publisher else {}
        if len(held) < 2:
            raise RuleError(
                "{cluster} has no OAuth keys, so nobody can sign in",
                hint="Renew both keys first, or add a Unified CM publisher.",
                cluster=cluster,
            )
        for user in users:
            oauth.sign_out(lab.db, cluster, user)
            _sign_in(lab, cluster, user, held, now)
        record(lab, now, "users.signed_in", cluster, f"{len(users)} users")
    return len(users) * len(OAUTH_TOKENS)


def _sign_in(
    lab: Lab, cluster: str, user: str, held: dict[str, HeldKey], now: datetime
) -> None:
    signing, encryption = held["signing"].key, held["encryption"].key
    for row in OAUTH_TOKENS:
        ends = now + timedelta(minutes=row.minutes)
        claims = {
            "iss": cluster,
            "sub": user,
            "use": row.kind,
            "iat": int(now.timestamp()),
            "exp": int(ends.timestamp()),
        }
        oauth.add_token(
            lab.db,
            cluster,
            user,
            row.kind,
            build_token(claims, private_key(lab, signing), secret(lab, encryption)),
            issued_at=now,
            ends_at=ends,
            signing_key=signing,
            encryption_key=encryption,
        )


def _check_names(users: Sequence[str]) -> None:
    if not 1 <= len(users) <= _MOST_USERS:
        raise RuleError(
            "{count} users cannot sign in at once; the most is {limit}",
            hint="Name at least one user, and do it in parts.",
            count=len(users),
            limit=_MOST_USERS,
        )
    for user in users:
        if not user or not user.isprintable() or len(user) > _LONGEST_NAME:
            raise RuleError(
                "{user} cannot be the name of a user",
                hint="Use one to 64 readable characters.",
                user=repr(user),
            )
