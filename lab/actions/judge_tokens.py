"""Would a token still be taken? Tried with the keys that each node has now."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from lab.actions.key_ring import secret
from lab.actions.oauth_keys import nodes_with_keys
from lab.errors import BadInputError, NotFoundError, RuleError
from lab.lab import Lab
from lab.models import HeldKey, Token, TokenState
from lab.pki.tokens import check_signature, key_ids, open_claims, signer_key
from lab.store import oauth

_OTHER_KEY = "the encryption key {key} does not open this token"
_Keys = tuple[str, str]  # the signing key, the encryption key


@dataclass(frozen=True, kw_only=True)
class JudgedToken:
    token: Token
    state: TokenState
    reason: str  # a template, filled from `values`; empty when it is good
    values: Mapping[str, object]
    taken_by: tuple[str, ...]  # nodes that would take it


def judge_tokens(lab: Lab, cluster: str) -> list[JudgedToken]:
    """Verify and open every token of the cluster's users, with its present keys.

    A node that has missed a renewal still takes what the cluster no longer does.
    """
    now = lab.clock.now()
    own = _pair(oauth.of_cluster(lab.db, cluster))
    nodes = {
        node.name: _pair(oauth.copies(lab.db, node.id))
        for node in nodes_with_keys(lab, cluster)
    }
    judged = []
    for token in oauth.tokens(lab.db, cluster):
        verdicts = {
            keys: _try(lab, token, keys, now) for keys in {own, *nodes.values()}
        }
        state, reason, values = verdicts[own]
        taken_by = [
            name for name, keys in nodes.items() if verdicts[keys][0] is TokenState.GOOD
        ]
        judged.append(
            JudgedToken(
                token=token,
                state=state,
                reason=reason,
                values=values,
                taken_by=tuple(taken_by),
            )
        )
    return judged


def _pair(held: Mapping[str, HeldKey]) -> _Keys:
    signing, encryption = (held.get(kind) for kind in ("signing", "encryption"))
    return signing.key if signing else "", encryption.key if encryption else ""


def _try(
    lab: Lab, token: Token, keys: _Keys, now: datetime
) -> tuple[TokenState, str, Mapping[str, object]]:
    """Really verify it and really open it."""
    signing, encryption = keys
    certificate = oauth.signer(lab.db, signing)
    if certificate is None:
        return TokenState.DEAD, "there is no signing key", {}
    try:
        check_signature(token.text, signer_key(certificate))
        if _is_sealed(lab, encryption):
            # What the token itself says of its key is all there is to go by.
            if key_ids(token.text)[1] == encryption:
                return TokenState.SEALED, "the private keys of this lab are sealed", {}
            return TokenState.DEAD, _OTHER_KEY, {"key": encryption[:16]}
        claims = open_claims(token.text, secret(lab, encryption))
    except (BadInputError, NotFoundError, RuleError) as refusal:
        return TokenState.DEAD, refusal.template, refusal.values
    if claims["exp"] <= now.timestamp():
        return TokenState.ENDED, "its time is over", {}
    return TokenState.GOOD, "", {}


def _is_sealed(lab: Lab, key: str) -> bool:
    try:
        secret(lab, key)
    except RuleError:
        return True
    return False
