"""The command `set web-security`."""

from collections.abc import Sequence

from lab.actions.cluster_commands.certificates import BACKUP
from lab.actions.cluster_commands.session import Session
from lab.actions.set_web_security import set_web_security
from lab.actions.web_details import WebDetails

_COUNTRY_LETTERS = 2


def change(session: Session, words: Sequence[str]) -> None:
    """The country comes before the other name; one of them may be left out."""
    unit, organization, locality, state, *rest = words
    country = alternate = ""
    if rest and len(rest[0]) == _COUNTRY_LETTERS:
        country, *rest = rest
    if rest:
        alternate = rest[-1]
    details = WebDetails(
        organizational_unit=unit,
        organization=organization,
        locality=locality,
        state=state,
        country=country,
        alternate_name=alternate,
    )
    session.say("WARNING: This operation regenerates the certificate for tomcat.")
    if session.confirm("Proceed with regeneration (yes|no)?"):
        set_web_security(
            session.lab, session.node.name, details, cluster=session.cluster
        )
        session.say("Successfully regenerated certificate for tomcat.", BACKUP)
        session.say_follows("tomcat")
