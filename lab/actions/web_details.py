"""What `set web-security` has told a node: it goes into what the node makes itself."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from lab.lab import Lab
from lab.models import Party
from lab.store import settings

_FOR_NAMES = ("tomcat", "tomcat-ECDSA")


@dataclass(frozen=True, kw_only=True)
class WebDetails:
    """Parts of the subject, and other names of the node's web pages."""

    organizational_unit: str = ""
    organization: str = ""
    locality: str = ""
    state: str = ""
    country: str = ""
    alternate_name: str = ""  # a host name or an address


def web_details(lab: Lab, party: Party) -> WebDetails:
    """What this node was told; nothing in it by default."""
    text = settings.parameter(lab.db, party.cluster, _name(party))
    return WebDetails(**json.loads(text)) if text else WebDetails()


def keep_web_details(lab: Lab, party: Party, details: WebDetails) -> None:
    """Keep it among the cluster's parameters, so that a backup has it too."""
    text = json.dumps(asdict(details))
    settings.put_parameter(lab.db, party.cluster, _name(party), text)


def with_alternate(
    lab: Lab, party: Party, purpose: str, names: Sequence[str]
) -> list[str]:
    """These names, with the other name of the node's web pages where it belongs."""
    other = web_details(lab, party).alternate_name
    return sorted({*names, *([other] if other and purpose in _FOR_NAMES else [])})


def _name(party: Party) -> str:
    return f"web-security {party.name}"
