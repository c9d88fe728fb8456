"""The commands on certificates: show, regenerate, delete."""

from collections.abc import Iterator, Sequence

from lab.actions.cluster_commands.session import Session
from lab.actions.delete_trust import delete_trust
from lab.actions.regenerate_certificate import regenerate_certificate
from lab.errors import NotFoundError, RuleError
from lab.lab import Lab
from lab.models import Certificate, Party
from lab.pki.cluster_dump import certificate_text, file_name
from lab.pki.names import visible
from lab.rules.purposes import PROFILES
from lab.rules.trust_stores import PRELOADED, STORES
from lab.store import certificates, parties, places

BACKUP = (
    "Please do a backup of the server as soon as possible. Without it a restore\n"
    "brings the old certificate back."
)


def show_list(session: Session, words: Sequence[str]) -> None:
    """One line a certificate: its file, then its description."""
    lab, node = session.lab, session.node
    if words[0] == "own":
        rows = [
            (f"{name}/{name}.pem", _own_description(lab, node, name))
            for name in _units(lab, node)
        ]
        lines = [f"{file}: {text}" for file, text in rows if text]
    else:
        lines = [
            f"{store}/{name}: {_plain(description) or 'Trust Certificate'}"
            for store, name, _, description in trust_files(lab, node)
        ]
    session.say(*lines or ["No certificate available for display"])


def show_own(session: Session, words: Sequence[str]) -> None:
    """`tomcat`, or `tomcat/tomcat.pem`."""
    unit = session.unit(words[0].partition("/")[0])
    place = places.slot(session.lab.db, session.node.id, unit)
    if place is None:
        raise NotFoundError(
            "{unit} on {node} holds no certificate",
            hint="Generate one with: set cert regen {unit}.",
            unit=unit,
            node=session.node.name,
        )
    session.say(certificate_text(certificates.get(session.lab.db, place.certificate)))


def show_trust(session: Session, words: Sequence[str]) -> None:
    """`<file>`, or `<store>/<file>`."""
    store, _, name = words[0].rpartition("/")
    _, certificate = find_file(session, session.store(store) if store else "", name)
    session.say(certificate_text(certificate))


def show_default_authorities(session: Session, words: Sequence[str]) -> None:
    """The preloaded authorities of the documents; the lab has its own makers."""
    del words
    session.say(f"{'Common Name':<32}{'Trust Stores':<34}Purpose")
    for row in PRELOADED:
        stores = ", ".join(row.stores)
        session.say(f"{row.common_name:<32}{stores:<34}{row.note}")


def regenerate(session: Session, words: Sequence[str]) -> None:
    """A new key, and self-signed; what is overwritten is said first."""
    unit = session.unit(words[0])
    place = places.slot(session.lab.db, session.node.id, unit)
    session.say(
        "WARNING: This operation will overwrite any CA signed certificate "
        f"previously imported for {unit}"
    )
    if place:
        current = certificates.get(session.lab.db, place.certificate)
        session.say(
            f"Now: {current.subject}, issued by {current.issuer}, "
            f"until {current.not_after:%Y-%m-%d}"
        )
    name, cluster = session.node.name, session.cluster
    session.say_broken(
        lambda each: regenerate_certificate(each, name, unit, cluster=cluster)
    )
    if session.confirm("Proceed with regeneration (yes|no)?"):
        regenerate_certificate(session.lab, name, unit, cluster=cluster)
        session.say(f"Successfully regenerated certificate for {unit}.", BACKUP)
        session.say_follows(unit)


def regenerate_recovery(session: Session, words: Sequence[str]) -> None:
    """It signs the lists that phones keep, so there is a warning before the other."""
    del words
    session.say(
        "WARNING: ITLRecovery signs the ITL, and the CTL of a cluster without tokens.",
        "Phones that know neither this certificate nor a TVS keep their old lists.",
    )
    regenerate(session, ["ITLRecovery"])


def delete(session: Session, words: Sequence[str]) -> None:
    """Delete a trust certificate, after what that breaks was shown."""
    unit, name = words
    if unit.lower() not in {each.lower() for each in STORES} and name.lower() == (
        f"{unit}.pem".lower()
    ):
        raise RuleError(
            "{unit} is the identity of {node}; identities are never deleted",
            hint="Renew it instead: set cert regen {unit}.",
            unit=visible(unit),
            node=session.node.name,
        )
    store, found = find_file(session, session.store(unit), name)
    lab, node = session.lab, session.node
    session.say(f"{store}/{name}: {found.subject}, until {found.not_after:%Y-%m-%d}")
    session.say_broken(
        lambda each: delete_trust(
            each, node.name, store, found.sha256, cluster=node.cluster
        )
    )
    session.say("The certificate is deleted permanently. This cannot be undone.")
    if session.confirm("Do you want to delete it (yes|no)?"):
        effects = delete_trust(
            lab, node.name, store, found.sha256, cluster=node.cluster
        )
        session.say(f"Successfully deleted certificate {name} from {store}.")
        session.say_effects(effects)


def trust_files(lab: Lab, node: Party) -> Iterator[tuple[str, str, Certificate, str]]:
    """Each trust certificate of the node: store, name of its file, and description."""
    for store in STORES:
        entries = places.entries(lab.db, node.id, store)
        known = certificates.many(lab.db, [entry.certificate for entry in entries])
        taken: set[str] = set()
        for entry in entries:
            certificate = known[entry.certificate]
            name = file_name(certificate)
            if name in taken:  # two issuers may give the same serial number
                name = f"{name.removesuffix('.pem')}_{certificate.sha256[:8]}.pem"
            taken.add(name)
            yield store, name, certificate, entry.description


def find_file(session: Session, store: str, name: str) -> tuple[str, Certificate]:
    """The trust certificate with that file, in that store or in any."""
    found = [
        (where, certificate)
        for where, each, certificate, _ in trust_files(session.lab, session.node)
        if each.lower() == name.lower() and store in ("", where)
    ]
    if not found:
        raise NotFoundError(
            "there is no trust certificate {name} on {node}",
            hint="List them with: show cert list trust.",
            name=visible(name)[:120],
            node=session.node.name,
        )
    return found[0]


def _units(lab: Lab, node: Party) -> list[str]:
    profile = parties.cluster(lab.db, node.cluster).profile
    return [name for kind, name in PROFILES[profile] if kind == node.kind]


def _own_description(lab: Lab, node: Party, unit: str) -> str:
    place = places.slot(lab.db, node.id, unit)
    if place is None:
        return ""
    certificate = certificates.get(lab.db, place.certificate)
    if certificate.self_signed:
        return "Self-signed certificate generated by system"
    issuer = certificate.issuer_common_name or certificate.issuer
    return f"Certificate Signed by {_plain(issuer)}"


def _plain(text: str) -> str:
    """One line, whatever is in it."""
    return " ".join(visible(text).split())[:200]
