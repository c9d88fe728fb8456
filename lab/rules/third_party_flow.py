"""The eight steps from a signing request to a certificate of an outside CA in use."""

from dataclasses import dataclass

from lab.rules.sources import Source


@dataclass(frozen=True)
class FlowStep:
    number: int
    title: str
    words: str  # what is done
    only_for: tuple[str, ...]  # the purposes that need it; empty: all
    source: Source
    note: str = ""


CAPF_STEP, LIST_STEP = 5, 7

# fmt: off
FLOW_STEPS: tuple[FlowStep, ...] = (
    FlowStep(1, "Generate the signing request",           "The node makes a key and a request (CSR) for one purpose.", (), Source.SEED, "a new request overwrites the one that waits, and its key"),
    FlowStep(2, "Download the signing request",           "Take the request out of the cluster, to give it to the authority.", (), Source.SEED),
    FlowStep(3, "Obtain the certificate",                 "The authority signs the request and gives a certificate back.", (), Source.SEED, "follow the documents of the authority"),
    FlowStep(4, "Obtain the root certificate",            "The authority gives the certificates above it as well: its root, and what is between.", (), Source.SEED, "follow the documents of the authority"),
    FlowStep(5, "Put the root of CAPF into a trust store", "The root of the authority that signs CAPF goes into CallManager-trust.", ("CAPF",), Source.ADM12_5, "the documents contradict each other"),
    FlowStep(6, "Upload the chain and the certificate",   "Upload the root first, then the intermediates, then the certificate.", (), Source.SEED),
    FlowStep(7, "Make a new CTL file",                    "In mixed mode the CTL names CAPF and CallManager, so it has to be made anew.", ("CAPF", "CallManager", "CallManager-ECDSA"), Source.SEED, "a cluster that is not in mixed mode has no CTL"),
    FlowStep(8, "Restart the services",                   "Services present the old certificate until they are restarted.", (), Source.SEED),
)


@dataclass(frozen=True)
class StepReading:
    """What one document says of the fifth step, in our words."""

    where: str
    reading: str
    source: Source


STEP_5_READINGS: tuple[StepReading, ...] = (
    StepReading("the table of the eight steps", "leave the step out when a CA signed CAPF", Source.SEED),
    StepReading("the procedure itself",         "do the step when a CA signed CAPF",        Source.SEED),
    StepReading("the English edition",          "do the step when a CA signed CAPF",        Source.ADM12_5),
)
# fmt: on


def step_row(number: int) -> FlowStep:
    """The row of a step, by its number from 1 to 8."""
    return FLOW_STEPS[number - 1]
