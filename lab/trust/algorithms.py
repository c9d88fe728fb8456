"""Keys and signatures, by the policy on algorithms that is asked for."""

from collections.abc import Iterator

from lab.pki.loading import UNREADABLE
from lab.pki.reading import SIGNATURE_ALGORITHMS
from lab.rules.algorithm_policies import POLICIES
from lab.rules.path_rules import Fault
from lab.trust.findings import Question, Role, finding
from lab.trust.pool import Entry
from lab.trust.verdict import Finding


def judge_key(about: Entry, _: Role, question: Question) -> Iterator[Finding]:
    kind, size = about.key
    allowed = POLICIES[question.policy]
    row = allowed.get(("key", kind))
    if row is None or size < row.at_least:
        wanted = [
            f"{row.algorithm} {row.at_least or ''}".strip()
            for row in allowed.values()
            if row.part == "key"
        ]
        yield finding(
            Fault.WEAK_KEY,
            about,
            "the key of {name} is {key}; the policy {policy} asks for {wanted}",
            key=f"{kind} {size or ''}".strip(),
            policy=question.policy,
            wanted=", ".join(wanted),
        )


def judge_signature(about: Entry, _: Role, question: Question) -> Iterator[Finding]:
    used = about.x509.signature_algorithm_oid.dotted_string
    try:
        algorithm = about.x509.signature_hash_algorithm
    except UNREADABLE:
        return  # nobody can check it, which makes it a bad signature
    hash_name = algorithm.name if algorithm else "of the key"
    if ("signature", hash_name) not in POLICIES[question.policy]:
        yield finding(
            Fault.WEAK_SIGNATURE,
            about,
            "{name} is signed with {algorithm}, which the policy {policy} refuses",
            algorithm=f"{SIGNATURE_ALGORITHMS.get(used, used)} ({hash_name})",
            policy=question.policy,
        )
