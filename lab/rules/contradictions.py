"""Where the documents contradict each other, and what the lab does about it."""

from dataclasses import dataclass

from lab.rules.sources import Source


@dataclass(frozen=True)
class Contradiction:
    number: int
    topic: str
    readings: tuple[tuple[Source, str], ...]
    lab_choice: str
    section: str  # of the facts
    source: Source = Source.HOUSE  # of the choice


# fmt: off
CONTRADICTIONS: tuple[Contradiction, ...] = (
    Contradiction(1,  "Usages that a request asks for",
                  ((Source.SEED, "its tables and its prose name different bits for CAPF, tomcat, ipsec and CallManager"), (Source.SEC12_5, "no key encipherment for CAPF, no key agreement for cup and cup-xmpp"), (Source.SEC15, "no key encipherment for most purposes, client authentication for CAPF")),
                  "The tables count; bits that only the prose names are optional. Profile r15 follows the later guide.", "1.6"),
    Contradiction(2,  "A shared TVS certificate",
                  ((Source.SEED, "supported"), (Source.SEC14SU2, "its table of requests says no"), (Source.SEC15, "its overview says yes, its table of requests says no")),
                  "Profile seed-r14 allows it, profile r15 does not.", "1.6"),
    Contradiction(3,  "TFTP after a new tomcat certificate",
                  ((Source.SEED, "deactivate the service, then activate it"), (Source.ADM15, "restart the service")),
                  "Profile seed-r14 asks for deactivation and activation, profile r15 for a restart.", "1.8"),
    Contradiction(4,  "Services after new OAuth keys",
                  ((Source.SEED, "Cisco CallManager on all nodes"), (Source.ADM12_5, "Cisco CallManager on all nodes"), (Source.SEC15, "Cisco XCP Authentication Service")),
                  "Profile seed-r14 follows the first, profile r15 the last.", "1.7"),
    Contradiction(5,  "Services after a new CallManager certificate",
                  ((Source.SEED, "nothing"), (Source.RN14, "no manual restart any more"), (Source.SEC15, "Cisco HAProxy only, from release 14 SU1 on"), (Source.TAC214231, "five services on all nodes, then the phones")),
                  "Each reading is a profile of its own: seed-r14, r15 and tac.", "1.7"),
    Contradiction(6,  "Whether TVS or CallManager is renewed first",
                  ((Source.SEC15, "TVS first, then wait, CallManager last"), (Source.TAC214231, "CallManager earlier, TVS last")),
                  "CallManager first by default; the order can be changed, but never both together.", "8.4"),
    Contradiction(7,  "How far the deletion of a trust certificate goes",
                  ((Source.SEED, "all nodes, for four stores"), (Source.TAC214231, "remove it on each node that has it"), (Source.TAC210541, "a deletion from tomcat-trust does not reach other nodes")),
                  "The source document counts.", "2.1"),
    Contradiction(8,  "CAPF-trust",
                  ((Source.SEED, "an import stays on its node, a deletion goes to all nodes"), (Source.DEDUCED, "the two may differ by design or by a slip of the pen")),
                  "The source document counts, in both directions.", "2.1"),
    Contradiction(9,  "The CA of a CA-signed CAPF certificate in CallManager-trust",
                  ((Source.SEED, "the table of steps says to leave it out, the procedure says to do it"), (Source.ADM12_5, "do it when a CA signed CAPF")),
                  "Do it. The guided page shows both sentences.", "2.2"),
    Contradiction(10, "Validity of ITLRecovery, and the values of Certificate Validity Check",
                  ((Source.RN14, "ITLRecovery lasts 20 years"), (Source.CVD12, "ITLRecovery lasts 20 years"), (Source.SBD15, "5 years by default, and extended from 5 to 20"), (Source.SEED, "the check is set to True"), (Source.SEC15, "the check is set to Enabled")),
                  "20 years in profile seed-r14, 5 in profile r15, and the choice is offered; the check is True or False.", "1.4"),
    Contradiction(11, "Names of a menu and of a mode",
                  ((Source.SEED, "the monitor page is called certificate management in one place, Common Criteria mode common client mode in another"), (Source.ADM15, "Certificate Monitor and Common Criteria mode")),
                  "Certificate Monitor and Common Criteria mode.", "5"),
    Contradiction(12, "The key of the CA that signs",
                  ((Source.SEED, "the signature must be RSA"), (Source.SEC15, "there are slots for elliptic curves")),
                  "RSA slots take RSA signatures only; slots for elliptic curves take both.", "1.3"),
    Contradiction(13, "The certificate of backup connections",
                  ((Source.SEED, "tomcat"), (Source.SEC15, "tomcat from release 14 on, ipsec before"), (Source.TAC214231, "ipsec in all releases")),
                  "tomcat.", "7"),
    Contradiction(14, "Where a shared certificate is uploaded",
                  ((Source.SEC15, "on the publisher"), (Source.TAC118731, "on the publisher"), (Source.IMP15, "on any node of the IM and Presence cluster")),
                  "Unified CM: on the publisher. IM and Presence: on any of its nodes.", "1.2"),
    Contradiction(15, "The key behind utils itl reset localkey",
                  ((Source.CLI15, "the ITL of all TFTP nodes is signed with the CallManager key"), (Source.TAC225746, "it brings phones back after CallManager, TVS and ITLRecovery were renewed together, when no phone knows the new CallManager key")),
                  "The CallManager key, unless more phones know the key of an earlier list that the cluster still has: then the newest of those.", "8.4"),
)
# fmt: on
