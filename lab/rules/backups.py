"""What a backup needs, and what a restore brings back and what it leaves alone."""

from dataclasses import dataclass

from lab.rules.sources import Source


@dataclass(frozen=True)
class BackupNeed:
    """A service that must be up, and known to the others by a good certificate."""

    service: str
    nodes: str  # "publisher" or "every"
    purpose: str  # what it presents; which one it is, documents dispute
    source: Source
    note: str = ""


# fmt: off
BACKUP_NEEDS: tuple[BackupNeed, ...] = (
    BackupNeed("Cisco DRF Master", "publisher", "tomcat", Source.SEED,  "plans the work and writes the file"),
    BackupNeed("Cisco DRF Local",  "every",     "tomcat", Source.HOUSE, "hands in what its node has; a node that is away makes no whole backup"),
)


@dataclass(frozen=True)
class Restored:
    """One kind of thing, and whether a restore makes it as it was."""

    what: str
    comes_back: bool
    note: str
    source: Source = Source.HOUSE


RESTORED: tuple[Restored, ...] = (
    Restored("identity certificates with their private keys", True,  "a newer key is gone for good: the machine that had it is overwritten", Source.SEED),
    Restored("trust stores of all nodes",                     True,  "with what the cluster's own database says of them",                     Source.SEED),
    Restored("waiting requests with their keys",              True,  "a newer request is gone"),
    Restored("enterprise parameters and the security mode",   True,  ""),
    Restored("settings of revocation",                        True,  "Common Criteria mode belongs to the platform, and stays as it is"),
    Restored("OAuth keys",                                    True,  "tokens of the newer keys die"),
    Restored("services",                                      True,  "each is activated or not as it was; what runs starts and loads what is stored"),
    Restored("the CTL and the ITL that TFTP serves",          True,  "built and signed again with the keys of the backup; phones are reset once all is up"),
    Restored("tasks",                                         True,  "those that were open then are open again, except restarts and backups"),
    Restored("planned work of the cluster",                   True,  "as long from now as it was from the backup"),
    Restored("phones: the lists they hold, their LSC and MIC", False, "a phone that holds a list of newer keys, and none of the older ones, has to be unlocked by hand",       Source.SEED),
    Restored("tokens that users hold",                        False, "they are judged by the restored keys"),
    Restored("outside systems and the lab's own authorities", False, "with their keys, CRLs and revocations"),
    Restored("the lab's clock and its event log",             False, "the restore is one more event"),
)
# fmt: on
