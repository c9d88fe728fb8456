"""The commands on signing requests: `set csr gen`, `show csr`."""

from collections.abc import Sequence

from lab.actions.cluster_commands.session import Session
from lab.actions.download_request import download_request, request_file
from lab.actions.request_certificate import request_certificate
from lab.errors import NotFoundError
from lab.pki.cluster_dump import request_text
from lab.pki.names import visible
from lab.store import requests


def generate(session: Session, words: Sequence[str]) -> None:
    """Make a request; overwriting one that waits is asked first."""
    unit = session.unit(words[0])
    lab, node = session.lab, session.node
    if requests.get(lab.db, node.id, unit):
        session.say(
            f"WARNING: A CSR for {unit} exists already. A new one overwrites it and "
            "its key; what is signed for the old one will not fit any more."
        )
        if not session.confirm("Proceed with the new CSR (yes|no)?"):
            return
    include_ou = session.ask("Include OU in CSR (yes|no)?").strip().lower()
    request_certificate(
        lab,
        node.name,
        unit,
        cluster=node.cluster,
        include_ou=include_ou in ("yes", "y"),
    )
    session.say(f"Successfully Generated CSR for {unit}.")


def show_list(session: Session, words: Sequence[str]) -> None:
    """The requests that wait on this node."""
    del words
    units = [
        kept.purpose
        for kept in requests.waiting(session.lab.db, session.cluster)
        if kept.party == session.node.id
    ]
    lines = [f"{unit}/{unit}.csr" for unit in units]
    session.say(*lines or ["No Certificate Sign Request available for display"])


def show_own(session: Session, words: Sequence[str]) -> None:
    """`tomcat/tomcat.csr`: to see it is to take it, as there is no other way."""
    name, _, file = words[0].partition("/")
    unit = session.unit(name)
    if file and file.lower() != f"{unit}.csr".lower():
        raise NotFoundError(
            "there is no request {file} for {unit}",
            hint="Its file is called {unit}.csr.",
            file=visible(file)[:120],
            unit=unit,
        )
    where = {"cluster": session.cluster}
    _, request = request_file(session.lab, session.node.name, unit, **where)
    download_request(session.lab, session.node.name, unit, **where)
    session.say(request_text(request))
