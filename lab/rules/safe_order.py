"""In which order certificates are renewed so that phones never lose trust."""

from dataclasses import dataclass

from lab.rules.sources import Source


@dataclass(frozen=True)
class OrderStep:
    position: int
    purpose: str
    wait_after: bool  # until the phones are back
    backup_after: bool
    source: Source = Source.DEDUCED


# fmt: off
SAFE_ORDER: tuple[OrderStep, ...] = (
    OrderStep(1, "tomcat",            False, True),
    OrderStep(2, "tomcat-ECDSA",      False, True),
    OrderStep(3, "ipsec",             False, True),
    OrderStep(4, "CAPF",              False, True),
    OrderStep(5, "CallManager",       True,  True),
    OrderStep(6, "CallManager-ECDSA", True,  True),
    OrderStep(7, "TVS",               True,  True),
    OrderStep(8, "ITLRecovery",       False, True),
)


@dataclass(frozen=True)
class Never:
    """Two purposes that must not be renewed in one go."""

    first: str
    second: str
    why: str
    source: Source


NEVER_TOGETHER: tuple[Never, ...] = (
    Never("CallManager",       "TVS", "phones would have nobody left to ask whether the new signer is genuine", Source.TAC214231),
    Never("CallManager-ECDSA", "TVS", "it stands for the same service as CallManager", Source.DEDUCED),
)


@dataclass(frozen=True)
class OrderReading:
    reading: str
    purposes: tuple[str, ...]
    source: Source


ORDER_READINGS: tuple[OrderReading, ...] = (
    OrderReading("TVS first, then wait, CallManager last", ("TVS", "CallManager"), Source.SEC15),
    OrderReading("CallManager earlier, TVS last",          ("CallManager", "TVS"), Source.TAC214231),
)


@dataclass(frozen=True)
class OrderRule:
    number: int
    rule: str
    hard: bool
    source: Source


ORDER_RULES: tuple[OrderRule, ...] = (
    OrderRule(1, "All phones are on and registered before the work begins.", False, Source.TAC214231),
    OrderRule(2, "One purpose at a time: all nodes, services and phones, then the next.", False, Source.TAC217138),
    OrderRule(3, "CallManager and TVS are never renewed together.", True,  Source.TAC214231),
    OrderRule(4, "A backup is taken after each purpose; a restore from before it leaves phones that are unlocked one by one.", False, Source.SEED),
    OrderRule(5, "An ITLRecovery of 1024 bits beside server certificates of 2048 bits makes recovery impossible.", True,  Source.TAC214231),
    OrderRule(6, "Prepare Cluster for Rollback to pre-8.0 empties the ITL, so that phones take any file; their HTTPS services stop meanwhile.", False, Source.SBD15),
    OrderRule(7, "The rollback parameter does not empty the CTL, so it does not help to move phones between secure clusters.", False, Source.TAC213407),
    OrderRule(8, "Phones move between two clusters that are online if the old Phone-SAST-trust holds the new CallManager certificate.", False, Source.SEC15),
    OrderRule(9, "The way back from mixed mode leaves a stub of the trust list behind.", False, Source.TAC118892),
)


@dataclass(frozen=True)
class RecoveryStep:
    mode: str  # "non-secure" or "mixed"
    position: int
    step: str
    command: str
    source: Source = Source.SEC15


RECOVERY: tuple[RecoveryStep, ...] = (
    RecoveryStep("non-secure", 1, "look at the ITL",                         "show itl"),
    RecoveryStep("non-secure", 2, "regenerate ITLRecovery on the publisher", "set cert regen ITLRecovery"),
    RecoveryStep("non-secure", 3, "sign the ITL with the CallManager key",   "utils itl reset localkey"),
    RecoveryStep("non-secure", 4, "reset the phones in groups and see that they register", ""),
    RecoveryStep("non-secure", 5, "restart TFTP, which signs with the new ITLRecovery", "utils service restart Cisco Tftp"),
    RecoveryStep("non-secure", 6, "reset the phones again",                  ""),
    RecoveryStep("mixed",      1, "regenerate ITLRecovery on the publisher", "set cert regen ITLRecovery"),
    RecoveryStep("mixed",      2, "sign the CTL with the other key",         "utils ctl reset localkey"),
    RecoveryStep("mixed",      3, "reset the phones",                        ""),
    RecoveryStep("mixed",      4, "update the CTL",                          "utils ctl update CTLFile"),
    RecoveryStep("mixed",      5, "reset the phones again",                  ""),
)
# fmt: on
