"""The things the lab talks about. Plain values: no store, no clock."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class Usage(StrEnum):
    """What a certificate is doing in a place (the cluster's list calls it Usage)."""

    IDENTITY = "identity"  # in a slot, with its private key
    TRUST = "trust"  # in a trust store
    UNASSIGNED = "unassigned"  # imported, and not yet given a slot or a store


class PartyKind(StrEnum):
    """Who can hold certificates."""

    UCM = "ucm"
    IMP = "imp"
    PHONE = "phone"
    PEER = "peer"
    AUTHORITY = "authority"
    IMPORTED = "imported"  # a cluster's certificates that were given no node

    @classmethod
    def nodes(cls) -> tuple["PartyKind", "PartyKind"]:
        """The kinds that are nodes of a cluster."""
        return cls.UCM, cls.IMP


class Chain(StrEnum):
    """How far the issuers of a certificate can be followed."""

    COMPLETE = "complete"  # to a root that its verifiers trust
    UNTRUSTED = "untrusted"  # to a root, but not one that its verifiers trust
    INCOMPLETE = "incomplete"  # an issuer is missing


class State(StrEnum):
    """What a badge says of a certificate in a place; the worst comes first."""

    REVOKED = "revoked"
    ON_HOLD = "on_hold"
    LEFT_OVER = "left_over"
    EXPIRED = "expired"
    NOT_YET_VALID = "not_yet_valid"
    BROKEN_CHAIN = "broken_chain"
    ENDS_IN_7 = "ends_in_7"
    NOT_IN_USE = "not_in_use"
    ENDS_IN_30 = "ends_in_30"
    ENDS_IN_90 = "ends_in_90"
    FINE = "fine"


@dataclass(frozen=True, kw_only=True)
class KeySpec:
    """A kind of key: RSA with a length in bits, or EC with the bits of its curve."""

    type: str  # "RSA" or "EC"
    size: int

    def __str__(self) -> str:
        return f"{self.type} {self.size}"


@dataclass(frozen=True, kw_only=True)
class Certificate:
    """One X.509 certificate, read once: the DER and what is looked up in it.

    Names are text for people (RFC 4514); `subject_hash` and `issuer_hash` are what
    names are compared by (RFC 5280 section 7.1). Usages have their RFC spelling.
    """

    sha256: str  # of the DER, lower-case hex: the name of the row
    der: bytes
    sha1: str
    serial: str  # lower-case hex, no leading zeros; "-" in front when negative
    subject: str
    issuer: str
    subject_hash: str
    issuer_hash: str
    common_name: str
    issuer_common_name: str
    alternative_names: tuple[str, ...]  # "DNS:…", "IP:…", "URI:…", "email:…", …
    not_before: datetime
    not_after: datetime
    key_type: str  # "RSA", "EC", "Ed25519", "Ed448", "DSA", "other"
    key_size: int  # bits; 0 when it has no size of its own
    key_id: str  # SHA-256 of the SubjectPublicKeyInfo, lower-case hex
    subject_key_identifier: str  # hex; empty when absent
    authority_key_identifier: str
    signature_algorithm: str  # "sha256WithRSAEncryption", "ecdsa-with-SHA384", …
    key_usage: tuple[str, ...]
    extended_key_usage: tuple[str, ...]  # names where known, else dotted OIDs
    is_ca: bool
    path_length: int | None
    self_signed: bool  # subject is issuer, and its own key verifies the signature

    def expired(self, now: datetime) -> bool:
        # notAfter is inclusive: RFC 5280 section 4.1.2.5.
        return now > self.not_after


@dataclass(frozen=True, kw_only=True)
class ExtensionText:
    """One extension of a certificate, readable."""

    oid: str
    name: str
    critical: bool
    lines: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class SubjectFields:
    """What goes into a subject, in the order the cluster writes it."""

    common_name: str
    country: str = ""
    organization: str = ""
    organizational_unit: str = ""
    state: str = ""
    locality: str = ""


@dataclass(frozen=True, kw_only=True)
class SigningRequest:
    """One PKCS#10 request, read once."""

    der: bytes
    subject: str
    common_name: str
    alternative_names: tuple[str, ...]
    key_id: str
    key: KeySpec
    key_usage: tuple[str, ...]
    extended_key_usage: tuple[str, ...]
    signature_algorithm: str


@dataclass(frozen=True, kw_only=True)
class Revoked:
    """One line of a CRL."""

    serial: str
    at: datetime
    reason: str  # RFC 5280 spelling
    invalid_since: datetime | None = None  # the invalidity date, when one is known


@dataclass(frozen=True, kw_only=True)
class Crl:
    """A certificate revocation list that one authority signed."""

    authority: str
    number: int
    scope: str = "everything"  # or "users" or "authorities"
    base: int | None = None  # a delta's: the number of the full list it starts from
    der: bytes
    this_update: datetime
    next_update: datetime


@dataclass(frozen=True, kw_only=True)
class Effective:
    """The end of the best remaining chain of a certificate, and what limits it."""

    end: datetime
    limited_by: str  # sha256 of the certificate that ends first (often its own)
    chain: Chain


@dataclass(frozen=True, kw_only=True)
class Event:
    """One line of the log: what was done, to what, at which lab time, by whom."""

    at: datetime
    kind: str  # noun.past: "certificate.revoked"
    about: str
    detail: str = ""
    actor: str = ""
    id: int = 0
    previous: str = ""  # the hash of the row before
    hash: str = ""


@dataclass(frozen=True, kw_only=True)
class Job:
    """Something that happens later, at the lab's time."""

    id: int
    due_at: datetime
    kind: str
    about: str


@dataclass(frozen=True, kw_only=True)
class Cluster:
    name: str
    domain: str
    profile: str  # a name in lab.rules.purposes.PROFILES
    mixed_mode: bool


@dataclass(frozen=True, kw_only=True)
class Party:
    """A holder of certificates: a node, a phone, a peer or an authority."""

    id: int
    cluster: str  # empty for an authority, which serves all clusters
    kind: PartyKind
    name: str
    fqdn: str
    role: str = ""  # node: publisher/subscriber; peer: its kind; phone: its model
    node: str = ""  # phone: the node it registers with
    online: bool = True


@dataclass(frozen=True, kw_only=True)
class Place:
    """A certificate in a slot or in a trust store of one party."""

    id: int
    party: int
    usage: Usage
    name: str  # the purpose, or the trust store
    certificate: str
    since: datetime
    how: str
    copy_of: str = ""  # trust: the purpose that it is an automatic copy of
    description: str = ""


class ServiceState(StrEnum):
    """What the control center says of a service."""

    DEACTIVATED = "deactivated"
    STOPPED = "stopped"
    STARTING = "starting"  # it has read its certificates, and answers nobody yet
    STARTED = "started"


@dataclass(frozen=True, kw_only=True)
class Service:
    """A service of a node, and since when it runs."""

    id: int
    party: int
    name: str
    kind: str  # "feature" or "network"
    activated: bool
    running: bool
    started_at: datetime  # in the future while it is starting


def state_of(service: Service, now: datetime) -> ServiceState:
    """Whether the service runs; one that is starting is ready at `started_at`."""
    if not service.activated:
        return ServiceState.DEACTIVATED
    if not service.running:
        return ServiceState.STOPPED
    if service.started_at > now:
        return ServiceState.STARTING
    return ServiceState.STARTED


def is_up(service: Service | None, now: datetime) -> bool:
    """Whether it answers; only then it presents what it has loaded."""
    return service is not None and state_of(service, now) is ServiceState.STARTED


@dataclass(frozen=True, kw_only=True)
class Task:
    """Something that somebody has still to do, or has done, after a change."""

    id: int
    cluster: str
    kind: str  # as in lab.effects.Follows
    what: str
    node: str  # where it is to be done; empty for the whole cluster
    cause: str  # what was changed: a purpose, a store, a parameter, a key, a list
    cause_node: str  # where that was
    opened_at: datetime
    note: str
    source: str
    closed_at: datetime | None = None
    closed_how: str = ""  # "done", or "confirmed" where it was done outside the lab


@dataclass(frozen=True, kw_only=True)
class Authority:
    """A CA whose key the lab holds; `name` is its place in the lab's URLs."""

    party: int
    name: str
    label: str
    role: str  # root, issuing, partner, manufacturing, capf …
    certificate: str
    crl_days: int
    ocsp: str = "none"  # who signs its answers: "delegated", "authority", or nobody
    ocsp_minutes: int = 60  # for how long an answer holds
    delta_hours: int = 0  # between two delta CRLs; 0: there are none
    crl_scope: str = "everything"  # or "separate": users and authorities apart


@dataclass(frozen=True, kw_only=True)
class Placement:
    """A certificate in a place, as lists and charts show it: one row, no bytes."""

    place: int
    certificate: str  # sha256
    cluster: str
    party: str  # who holds it
    party_kind: PartyKind
    party_role: str
    node: str  # phone: the node it registers with
    usage: Usage
    name: str  # the purpose or the store
    common_name: str
    serial: str
    subject: str
    issuer: str
    issued_by: str  # the issuer's common name
    self_signed: bool
    is_ca: bool
    key_type: str
    key_size: int
    not_before: datetime
    not_after: datetime
    effective_end: datetime
    limited_by: str  # sha256
    limited_by_name: str
    chain: Chain
    revoked_at: datetime | None
    how: str
    copy_of: str
    description: str
    state: State
    places: int  # in how many places this certificate is


@dataclass(frozen=True, kw_only=True)
class Fault:
    """Something that a responder or a CRL does wrong on purpose."""

    target: str  # a fingerprint, the name of an authority, or empty: all of them
    channel: str  # "OCSP" or "CRL"
    fault: str  # a key of `lab.rules.faults.FAULTS`
    seconds: float = 0  # how late, where it is about being late
    since: datetime | None = None  # None: set by the environment of this process


@dataclass(frozen=True, kw_only=True)
class Step:
    """One thing that was tried or seen, in words: a template and its values."""

    template: str
    values: Mapping[str, str] = field(default_factory=dict)
    is_fine: bool = True


@dataclass(frozen=True, kw_only=True)
class Check:
    """What a client found out about the revocation of a certificate, and how."""

    id: int = 0
    at: datetime
    cluster: str
    certificate: str
    cause: str  # "schedule", "upload", "live", "link" or "by hand"
    client: str = ""  # the service that asked, of a live check
    method: str  # "OCSP", "CRL" or empty when nobody was asked
    url: str = ""
    status: str  # "good", "revoked", "on_hold", "unknown", "unreachable", "expired"
    connects: bool
    model: str = ""  # which trust model the signer was believed by: "DTM" or "TRP"
    signer: bytes | None = None  # the certificate that signed, in DER
    this_update: datetime | None = None
    next_update: datetime | None = None
    http_status: int | None = None
    milliseconds: int = 0
    steps: tuple[Step, ...] = ()
    request: bytes | None = None
    response: bytes | None = None


@dataclass(frozen=True, kw_only=True)
class Condition:
    """One line of "find where": a column, an operator, and the text to find."""

    column: str
    operator: str
    text: str = ""


@dataclass(frozen=True, kw_only=True)
class HeldKey:
    """An OAuth key that a cluster, or one of its nodes, works with."""

    kind: str  # "encryption" or "signing"
    key: str  # its checksum
    since: datetime


@dataclass(frozen=True, kw_only=True)
class Token:
    """What a user who has signed in shows to the cluster."""

    id: int
    user: str
    kind: str  # "access" or "refresh"
    issued_at: datetime
    ends_at: datetime
    text: str


class TokenState(StrEnum):
    """What the cluster makes of a token."""

    GOOD = "good"
    ENDED = "ended"  # its time is over
    DEAD = "dead"  # a key behind it is another one now
    SEALED = "sealed"  # nobody gave the passphrase that opens the keys


@dataclass(frozen=True, kw_only=True)
class Backup:
    """A file of the backup folder; with a `problem` it is none, or cannot be used."""

    name: str
    size: int  # bytes
    cluster: str = ""
    at: datetime | None = None  # lab time
    event: int = 0  # how many events the lab had had
    digest: str = ""  # SHA-256 of the file
    problem: str = ""  # a template, filled from `evidence`
    evidence: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, kw_only=True)
class Difference:
    """One thing that a backup has otherwise than the cluster has it now."""

    kind: str  # "identity", "trust", "request", "parameter", "OAuth key", "service" …
    where: str
    what: str
    then: str  # empty: the backup has none
    now: str  # empty: there is none now
