"""The states a badge can show, worst first: when each is given, and what helps."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from lab.rules.sources import Source

THRESHOLDS = (90, 30, 7)  # days before the effective end


@dataclass(frozen=True)
class StateRow:
    state: str  # a value of lab.models.State
    label: str
    icon: str
    rank: int  # 1 is the worst
    rule: str
    remedy: str
    source: Source


# fmt: off
STATES: Mapping[str, StateRow] = MappingProxyType({row.state: row for row in (
    StateRow("revoked",       "Revoked",              ":material/block:",            1,
             "Its issuer has revoked it for good.",
             "Replace it, then restart the services that present it.", Source.RFC5280),
    StateRow("on_hold",       "On hold",              ":material/pause_circle:",     2,
             "Its issuer has suspended it and may lift the hold.",
             "Lift the hold at the issuer, or replace the certificate.", Source.RFC5280),
    StateRow("left_over",     "Trust copy left over", ":material/inventory_2:",      3,
             "It is an automatic copy of an identity certificate that no node holds any more.",
             "Delete it from the trust store once no service presents it.", Source.IMP15),
    StateRow("expired",       "Expired",              ":material/event_busy:",       4,
             "The lab's clock is past its last second.",
             "Renew it if it is an identity; delete it if it is only trusted.", Source.RFC5280),
    StateRow("not_yet_valid", "Not yet valid",        ":material/schedule:",         5,
             "The lab's clock has not reached its first second.",
             "Wait until it begins, or check the clocks of its issuer and of the lab.", Source.RFC5280),
    StateRow("broken_chain",  "Broken chain",         ":material/link_off:",         6,
             "Its issuers cannot be followed to a root that its verifiers trust, or one of them has ended.",
             "Upload the missing issuer to the trust store that its verifiers consult.", Source.RFC5280),
    StateRow("ends_in_7",     "Ends within 7 days",   ":material/priority_high:",    7,
             "Its best remaining chain ends within 7 days.",
             "Renew it now.", Source.HOUSE),
    StateRow("not_in_use",    "Stored, not in use",   ":material/restart_alt:",      8,
             "It is stored, and a service still presents the certificate that it loaded before.",
             "Restart the services that still present the old one.", Source.TAC217138),
    StateRow("ends_in_30",    "Ends within 30 days",  ":material/hourglass_bottom:", 9,
             "Its best remaining chain ends within 30 days.",
             "Plan its renewal this month.", Source.HOUSE),
    StateRow("ends_in_90",    "Ends within 90 days",  ":material/hourglass_top:",    10,
             "Its best remaining chain ends within 90 days.",
             "Put its renewal into the calendar.", Source.HOUSE),
    StateRow("fine",          "In use and fine",      ":material/check_circle:",     11,
             "It is valid, trusted and in use, and its best chain lasts longer than 90 days.",
             "Nothing needs to be done.", Source.HOUSE),
)})
# fmt: on
