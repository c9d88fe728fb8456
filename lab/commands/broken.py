"""What a deed would break, as the command line says it."""

import json
from typing import Any

from lab.actions.trial import Broken, Worse
from lab.clock import utc_text
from lab.commands.printing import say
from lab.models import Chain
from lab.store.watch import LostPhones

_MOST = 20  # lines of a kind


def say_broken(broken: Broken) -> None:
    """A line each: certificates, what stops with them, phones."""
    if not broken:
        say("nothing breaks")
        return
    say("what breaks:")
    for worse in broken.certificates[:_MOST]:
        say(f"  {worse_line(worse, broken)}")
    _say_rest(broken.certificate_count)
    for failure in broken.failures:
        number = broken.stopping[failure.purpose]
        words = failure.for_phones if number > 1 else ""
        say(f"  stops {(words or failure.words).format(number=number)}")
    for lost in broken.phones[:_MOST]:
        say(f"  {lost_line(lost)}")


def worse_line(worse: Worse, broken: Broken) -> str:
    """One certificate that gets worse, and where it is."""
    held = ", ".join(f"{each.name} on {each.party}" for each in worse.holders[:3])
    more = len(worse.holders) - 3
    places = "place" if more == 1 else "places"
    where = f"{held} and {more} more {places}" if more > 0 else held
    judged = worse.judged
    name = judged.common_name or judged.subject
    if worse.nodes:
        return f"{name} ({where}) is no longer trusted on {', '.join(worse.nodes)}"
    if judged.after.chain is not Chain.COMPLETE:
        return f"{name} ({where}) is no longer trusted"
    if worse.stops(broken.at):
        return f"{name} ({where}) is no longer valid"
    sooner, later = utc_text(judged.after.end), utc_text(judged.before.end)
    return f"{name} ({where}) ends on {sooner} instead of {later}"


def lost_line(lost: LostPhones) -> str:
    """Phones that cannot register, how many and why."""
    who = lost.device
    if lost.number > 1:
        others = "phone" if lost.number == 2 else "phones"
        who = f"{lost.device} and {lost.number - 1} more {others}"
    reason = lost.reason.format(**json.loads(lost.evidence))
    return f"{who} cannot register with {lost.node}: {reason}"


def broken_fields(broken: Broken) -> dict[str, Any]:
    """The same for JSON."""
    return {
        "certificates": [
            {
                "sha256": worse.judged.sha256,
                "subject": worse.judged.subject,
                "holders": [each._asdict() for each in worse.holders],
                "nodes": worse.nodes,
                "stops": worse.stops(broken.at),
                "end_before": worse.judged.before.end,
                "end_after": worse.judged.after.end,
                "chain_after": worse.judged.after.chain.value,
            }
            for worse in broken.certificates
        ],
        "certificate_count": broken.certificate_count,
        "stops": [failure.words for failure in broken.failures],
        "phones": [lost_line(lost) for lost in broken.phones],
        "phone_count": broken.phone_count,
    }


def _say_rest(number: int) -> None:
    if number > _MOST:
        say(f"  and {number - _MOST} more")
