"""Which keys and which hashes a verifier takes, by the name of its policy."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from lab.rules.sources import Source


@dataclass(frozen=True)
class AlgorithmRule:
    """One kind of key or one hash that a policy allows; what has no row is refused."""

    policy: str
    part: str  # "key" or "signature"
    algorithm: str  # a key type of lab.models.Certificate, or the name of a hash
    at_least: int  # bits of a key; 0 where the kind has one size or it does not matter
    source: Source


# fmt: off
ALGORITHMS: tuple[AlgorithmRule, ...] = (
    AlgorithmRule("default", "key",       "RSA",        2048, Source.BASELINE),
    AlgorithmRule("default", "key",       "EC",         256,  Source.HOUSE),
    AlgorithmRule("default", "key",       "Ed25519",    0,    Source.RFC8446),
    AlgorithmRule("default", "key",       "Ed448",      0,    Source.RFC8446),
    AlgorithmRule("default", "signature", "sha224",     0,    Source.RFC9155),
    AlgorithmRule("default", "signature", "sha256",     0,    Source.BASELINE),
    AlgorithmRule("default", "signature", "sha384",     0,    Source.BASELINE),
    AlgorithmRule("default", "signature", "sha512",     0,    Source.BASELINE),
    AlgorithmRule("default", "signature", "sha3-224",   0,    Source.MEASURED),
    AlgorithmRule("default", "signature", "sha3-256",   0,    Source.MEASURED),
    AlgorithmRule("default", "signature", "sha3-384",   0,    Source.MEASURED),
    AlgorithmRule("default", "signature", "sha3-512",   0,    Source.MEASURED),
    AlgorithmRule("default", "signature", "of the key", 0,    Source.RFC8446),  # Ed25519, Ed448
    AlgorithmRule("legacy",  "key",       "RSA",        1024, Source.SEC15),
    AlgorithmRule("legacy",  "key",       "EC",         256,  Source.SEC15),
    AlgorithmRule("legacy",  "key",       "Ed25519",    0,    Source.RFC8446),
    AlgorithmRule("legacy",  "key",       "Ed448",      0,    Source.RFC8446),
    AlgorithmRule("legacy",  "signature", "sha1",       0,    Source.TAC210541),
    AlgorithmRule("legacy",  "signature", "sha224",     0,    Source.RFC9155),
    AlgorithmRule("legacy",  "signature", "sha256",     0,    Source.BASELINE),
    AlgorithmRule("legacy",  "signature", "sha384",     0,    Source.BASELINE),
    AlgorithmRule("legacy",  "signature", "sha512",     0,    Source.BASELINE),
    AlgorithmRule("legacy",  "signature", "sha3-224",   0,    Source.MEASURED),
    AlgorithmRule("legacy",  "signature", "sha3-256",   0,    Source.MEASURED),
    AlgorithmRule("legacy",  "signature", "sha3-384",   0,    Source.MEASURED),
    AlgorithmRule("legacy",  "signature", "sha3-512",   0,    Source.MEASURED),
    AlgorithmRule("legacy",  "signature", "of the key", 0,    Source.RFC8446),
)
# fmt: on

# What a policy allows, looked up by part and algorithm.
POLICIES: Mapping[str, Mapping[tuple[str, str], AlgorithmRule]] = MappingProxyType(
    {
        policy: MappingProxyType(
            {
                (row.part, row.algorithm): row
                for row in ALGORITHMS
                if row.policy == policy
            }
        )
        for policy in dict.fromkeys(row.policy for row in ALGORITHMS)
    }
)
