"""What a deed would break, as dialogs say it before it is done."""

import json

import streamlit as st

from lab.actions.trial import Broken, Worse
from lab.models import Chain
from lab.rules.failures import Failure
from lab.rules.peers import PHONE_IDENTITIES
from lab.store.watch import Holder, LostPhones
from pages.language import _, counted, moment_text
from pages.overview_data import failure_words
from pages.shared import as_code, as_text

_MOST = 8  # lines of a kind; the rest is counted
_MOST_PLACES = 3


def show_broken(broken: Broken) -> None:
    """A box: certificates and what stops with them, phones; or that nothing breaks."""
    if not broken:
        st.success(
            _("Nothing breaks: every certificate keeps its chain and its end."),
            icon=":material/check_circle:",
        )
        return
    named = [_certificate(each, broken) for each in broken.certificates[:_MOST]]
    lines = [
        *(_phones(each) for each in broken.phones),
        *named,
        *_rest(broken.certificate_count, len(named)),
        *(_stop(row, broken) for row in broken.failures),
    ]
    st.error(
        "\n".join(f"- {line}" for line in lines),
        title=_("What breaks"),
        icon=":material/heart_broken:",
    )


def _certificate(worse: Worse, broken: Broken) -> str:
    judged = worse.judged
    values = {
        "name": as_code(judged.common_name or judged.subject or judged.sha256[:16]),
        "places": _places(worse.holders),
    }
    if worse.nodes:
        nodes = ", ".join(as_text(node) for node in worse.nodes)
        return _(
            "{name} ({places}) is no longer trusted on {nodes}", nodes=nodes, **values
        )
    if judged.after.chain is not Chain.COMPLETE:
        return _("{name} ({places}) is no longer trusted", **values)
    if worse.stops(broken.at):
        return _("{name} ({places}) is no longer valid", **values)
    return _(
        "{name} ({places}) ends on {sooner} instead of {later}",
        sooner=moment_text(judged.after.end),
        later=moment_text(judged.before.end),
        **values,
    )


def _places(holders: tuple[Holder, ...]) -> str:
    named = [
        _("{what} on {where}", what=as_text(each.name), where=as_text(each.party))
        for each in holders[:_MOST_PLACES]
    ]
    if more := len(holders) - len(named):
        named.append(counted("{number} more place", "{number} more places", more))
    return ", ".join(named)


def _stop(row: Failure, broken: Broken) -> str:
    phones = broken.phone_count
    if row.purpose in PHONE_IDENTITIES:
        phones = broken.stopping[row.purpose]
    return _("**Stops:** {what}", what=failure_words([row], phones))


def _phones(lost: LostPhones) -> str:
    values = {
        name: as_text(str(value)) for name, value in json.loads(lost.evidence).items()
    }
    return counted(
        "**{number} phone cannot register with {node}:** {reason}",
        "**{number} phones cannot register with {node}:** {reason}",
        lost.number,
        node=as_text(lost.node),
        reason=_(lost.reason).format(**values),
    )


def _rest(number: int, shown: int) -> list[str]:
    if number <= shown:
        return []
    return [counted("and {number} more", "and {number} more", number - shown)]
