"""The command that takes in a pasted certificate: `set cert import`."""

from collections.abc import Sequence

from lab.actions.cluster_commands.certificates import BACKUP, find_file
from lab.actions.cluster_commands.session import Session
from lab.actions.upload_certificate import upload_certificate
from lab.errors import RuleError
from lab.store import requests


def take_in(session: Session, words: Sequence[str]) -> None:
    """Ask for the PEM, then upload it: into the slot, or into the trust store."""
    kind, unit, *authority = words
    own = kind == "own"
    name = session.unit(unit) if own else session.store(unit)
    if own and requests.is_shared(session.lab.db, session.node.id, name):
        raise RuleError(
            "the request for {unit} is a shared one; from 14 SU2 on what answers it "
            "is not imported here",
            hint="Upload it on the upload page.",
            unit=name,
        )
    if authority:  # the CA that signed it has to be there already
        find_file(session, "", authority[0].rpartition("/")[2])
    pem = session.ask("Paste the Certificate and Hit Enter")
    upload_certificate(
        session.lab,
        session.node.name,
        name,
        pem.encode("utf-8", "replace"),
        cluster=session.cluster,
    )
    session.say(f"Successfully imported certificate for {name}.")
    if own:
        session.say(BACKUP)
    session.say_follows(name)
