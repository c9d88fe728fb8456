"""What can follow a change: in which words, who does it, and in which order."""

from dataclasses import dataclass

from lab.rules.sources import Source


@dataclass(frozen=True)
class FollowRule:
    """One kind of thing that follows.

    `by` is "itself" (it happens without anybody), "lab" (a deed of the lab does it)
    or "outside" (somebody does it elsewhere and says so). What does not happen by
    itself is kept as a task until it is done, in the order of `position`.
    """

    kind: str  # as in lab.effects.Follows
    which: str  # which of this kind; empty: every one
    words: str
    by: str
    position: int
    source: Source


# fmt: off
FOLLOW_RULES: tuple[FollowRule, ...] = (
    FollowRule("copy",          "later",                    "A copy reaches {what} on {nodes} within {minutes} minutes.",    "itself",  0, Source.SEED),
    FollowRule("copy",          "at once",                  "A copy is put into {what} on {nodes}.",                         "itself",  0, Source.SEED),
    FollowRule("no_restart",    "",                         "The documents ask for no restart of services.",                 "itself",  0, Source.SEED),
    FollowRule("phones",        "automatic",                "The phones are reset by themselves some minutes later.",        "itself",  0, Source.SEED),
    FollowRule("trust_list",    "",                         "Update the CTL, as the cluster is in mixed mode.",              "lab",     1, Source.SEED),
    FollowRule("restart",       "",                         "Restart {what} on {nodes}.",                                    "lab",     2, Source.SEED),
    FollowRule("tftp",          "restart",                  "Restart TFTP on {nodes}.",                                      "lab",     3, Source.ADM15),
    FollowRule("tftp",          "deactivate then activate", "Deactivate TFTP and activate it again on {nodes}.",             "lab",     3, Source.SEED),
    FollowRule("phones",        "manual",                   "Reset the phones.",                                             "lab",     4, Source.SEED),
    FollowRule("sign_on",       "",                         "Give the identity provider the new metadata, if it uses it.",   "outside", 5, Source.SEED),
    FollowRule("other_cluster", "",                         "Do the same on {what}.",                                        "outside", 6, Source.SEED),
    FollowRule("backup",        "",                         "Make a new backup.",                                            "lab",     7, Source.SEED),
)
# fmt: on


def follow_rule(kind: str, which: str) -> FollowRule:
    """The row of this kind; KeyError if there is none."""
    for row in FOLLOW_RULES:
        if row.kind == kind and row.which in ("", which):
            return row
    raise KeyError((kind, which))
