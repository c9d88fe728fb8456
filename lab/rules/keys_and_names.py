"""Rules on keys, hashes, names and lifetimes of certificates."""

from dataclasses import dataclass

from lab.rules.sources import Source


@dataclass(frozen=True)
class KeyRule:
    topic: str
    rule: str
    source: Source


# fmt: off
KEY_RULES: tuple[KeyRule, ...] = (
    KeyRule("RSA lengths",                "1024, 2048, 3072 and 4096 are offered; 2048 is the default", Source.SEC15),
    KeyRule("EC lengths",                 "256 and 384 are offered, 521 on some pages; 384 is the default", Source.SEC15),
    KeyRule("Default EC length",          "no document prints it",                    Source.UNCONFIRMED),
    KeyRule("Hash",                       "not weaker than the EC key",               Source.SEC15),
    KeyRule("FIPS mode",                  "the hash is SHA256",                       Source.SEC15),
    KeyRule("CallManager above RSA 2048", "some phone models can no longer register", Source.SEC15),
    KeyRule("RSA 4096 in mixed mode",     "some endpoints refuse certificates of a CA with such a key", Source.SEC15),
    KeyRule("Largest key",                "4096 bits",                                Source.SEC15),
    KeyRule("Wildcards",                  "certificates for wildcard names are not supported", Source.TAC217138),
    KeyRule("RSA or EC",                  "where a node has both, the cipher order of the client decides which it is shown", Source.TAC212086),
    KeyRule("Signature of the CA",        "RSA for RSA slots; the source document asks for RSA everywhere", Source.SEED),
)


@dataclass(frozen=True)
class KeyNote:
    """What to know of a key that may be chosen all the same."""

    purpose: str  # empty: every purpose
    key_type: str
    sizes: tuple[int, ...]
    note: str
    source: Source


KEY_NOTES: tuple[KeyNote, ...] = (
    KeyNote("",            "RSA", (1024,),      "1024 bits are too short today: public authorities sign no such key, and newer systems refuse it", Source.BASELINE),
    KeyNote("ITLRecovery", "RSA", (1024,),      "beside server certificates of 2048 bits it makes recovery impossible", Source.TAC214231),
    KeyNote("CallManager", "RSA", (3072, 4096), "some phone models can no longer register", Source.SEC15),
    KeyNote("CAPF",        "RSA", (4096,),      "in mixed mode some endpoints refuse certificates of a CA with such a key", Source.SEC15),
)
# fmt: on


def notes_on(purpose: str, key_type: str, size: int) -> list[KeyNote]:
    """What to know of such a key in this slot."""
    return [
        row
        for row in KEY_NOTES
        if row.purpose in ("", purpose)
        and row.key_type == key_type
        and size in row.sizes
    ]


@dataclass(frozen=True)
class NameRule:
    certificate: str
    pattern: str
    source: Source


# fmt: off
NAME_RULES: tuple[NameRule, ...] = (
    NameRule("One node, RSA",           "<host>.<domain>",               Source.CUC15),
    NameRule("One node, EC",            "<host>-EC.<domain>",            Source.UNCONFIRMED),
    NameRule("Shared, RSA",             "<host>-ms.<domain>",            Source.SEC15),
    NameRule("Shared, EC",              "<host>-EC-ms.<domain>",         Source.SEC15),
    NameRule("CAPF",                    "CAPF-<8 hex digits>",           Source.TAC210541),
    NameRule("ITLRecovery",             "ITLRECOVERY_<host>.<domain>",   Source.WIZ0RD),
    NameRule("File name before 14 SU1", "<common name>.pem",             Source.SEC15),
    NameRule("File name from 14 SU1",   "<common name>_<serial number>", Source.SEC15),
    NameRule("Request",                 "the common name may be edited, for example to drop -ms", Source.TAC217138),
    NameRule("Organizational unit",     "Unified Communications, when a request includes it", Source.HOUSE),
    NameRule("Order in the subject",    "C, O, OU, CN, ST, L",           Source.TAC222343),
)
# What a request that includes it has for an organizational unit.
ORGANIZATIONAL_UNIT = "Unified Communications"
SUBJECT_ORDER = ("C", "O", "OU", "CN", "ST", "L")


@dataclass(frozen=True)
class Validity:
    certificate: str
    default: str
    offered: str
    note: str
    source: Source


LSC_DAYS = (1, 1825)  # least and most, a service parameter
VALIDITY: tuple[Validity, ...] = (
    Validity("all self-signed",            "5 years",  "1, 2, 5, 10 or 20 years", "the field Validity Period (in years) counts for new certificates only", Source.SEC15),
    Validity("ITLRecovery",                "20 years", "",                        "from release 12.5 on",      Source.RN14),
    Validity("ITLRecovery",                "5 years",  "5, 10, 15 or 20 years",   "the same page says that 5 was extended to 20", Source.SBD15),
    Validity("LSC from CAPF",              "",         "1 to 1825 days",          "a service parameter; SHA-256 from 11.5(1) SU1 on", Source.CAPF15),
    Validity("TLS server, for compliance", "3 years",  "",                        "stricter than the default", Source.RN14),
    Validity("signing, for compliance",    "5 years",  "",                        "",                          Source.RN14),
)


@dataclass(frozen=True)
class SelfSignedField:
    """What a decoded self-signed certificate of a node showed."""

    field: str
    value: str
    source: Source


SELF_SIGNED_FIELDS: tuple[SelfSignedField, ...] = (
    SelfSignedField("key",                         "RSA 2048",                          Source.TAC222343),
    SelfSignedField("signature",                   "sha256WithRSAEncryption",           Source.TAC222343),
    SelfSignedField("serial number",               "16 random bytes",                   Source.TAC222343),
    SelfSignedField("lifetime",                    "5 times 365 days, less one second", Source.TAC222343),
    SelfSignedField("key usage, not critical",     "digitalSignature, keyEncipherment, dataEncipherment, keyCertSign", Source.TAC222343),
    SelfSignedField("extended key usage",          "serverAuth, clientAuth",            Source.TAC222343),
    SelfSignedField("basic constraints, critical", "CA:TRUE, path length 0",            Source.TAC222343),
    SelfSignedField("subject key identifier",      "present",                           Source.TAC222343),
    SelfSignedField("alternative names",           "none on one node's certificate; other products of the family name the node", Source.TAC222343),
)
# fmt: on
