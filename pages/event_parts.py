"""Words for the kinds of events, rows, and the verdict on the chain."""

from collections.abc import Mapping
from dataclasses import dataclass
from io import BytesIO
from typing import Any

import streamlit as st

from lab.actions.export import rows_as_csv
from lab.lab import Lab, lab_path, open_lab
from lab.models import Event
from lab.store import events
from pages.language import _, counted
from pages.shared import fingerprint

PAGE_ROWS = 50
MOST_TEXT = 200
MOST_ROWS_IN_A_FILE = 100_000


def kinds() -> dict[str, str]:
    """What each kind of event says to people."""
    return {
        "authority.added": _("Authority added"),
        "authority.set": _("Authority set"),
        "certificate.dated": _("Invalidity date set"),
        "certificate.generated": _("Self-signed certificate generated"),
        "certificate.held": _("Certificate put on hold"),
        "certificate.issued": _("Certificate issued"),
        "certificate.regenerated": _("Certificate regenerated"),
        "certificate.released": _("Hold of a certificate lifted"),
        "certificate.revoked": _("Certificate revoked"),
        "certificate.uploaded": _("Certificate uploaded"),
        "addresses.allowed": _("Addresses allowed"),
        "addresses.forbidden": _("Addresses forbidden"),
        "certificates.imported": _("Certificates imported"),
        "clock.turned": _("Clock turned forward"),
        "cluster.added": _("Cluster added"),
        "crl.published": _("Revocation list published"),
        "fault.set": _("Fault set"),
        "fault.cleared": _("Fault taken back"),
        "identity.installed": _("Shared identity installed"),
        "backup.made": _("Backup made"),
        "backup.restored": _("Backup restored"),
        "cluster.ready": _("Cluster ready again"),
        "oauth_key.copied": _("OAuth key carried to a node"),
        "oauth_key.regenerated": _("OAuth key renewed"),
        "users.signed_in": _("Users signed in"),
        "lab.built": _("Lab built"),
        "lsc.issued": _("Phone certificates issued"),
        "node.disconnected": _("Node taken offline"),
        "node.installed": _("Node installed"),
        "node.reconnected": _("Node brought back"),
        "ocsp_signer.issued": _("OCSP signer issued"),
        "parameter.set": _("Parameter set"),
        "peer.added": _("Outside system added"),
        "peer.renewed": _("Certificate of an outside system renewed"),
        "ctl.reset": _("CTL signed with the local key"),
        "ctl.updated": _("CTL updated"),
        "itl.reset": _("ITL signed with another key"),
        "lsc.deleted": _("Phone certificates deleted"),
        "mode.set": _("Security mode set"),
        "phone.unlocked": _("Phone unlocked"),
        "phones.lost": _("Phones lost"),
        "phones.reset": _("Phones reset"),
        "phones.returned": _("Phones back"),
        "phones.added": _("Phones added"),
        "request.downloaded": _("Signing request taken out"),
        "request.made": _("Signing request made"),
        "service.activated": _("Service activated"),
        "service.deactivated": _("Service deactivated"),
        "service.ready": _("Service ready"),
        "service.restarted": _("Service restarted"),
        "service.started": _("Service started"),
        "service.stopped": _("Service stopped"),
        "settings.changed": _("Settings changed"),
        "backup.refused": _("Backup refused"),
        "task.confirmed": _("Done outside the lab"),
        "trust.deleted": _("Trust certificate deleted"),
        "trust.lost": _("Trust certificate lost"),
        "trust.replicated": _("Trust certificate replicated"),
        "trust.synced": _("Trust certificates synchronized"),
        "trust.uploaded": _("Trust certificate uploaded"),
        "trust.withdrawn": _("Deletion of a trust certificate replicated"),
        "upload.refused": _("Upload refused"),
        "revocation.set": _("Revocation settings changed"),
        "revocation.checked": _("Revocation checked"),
        "common_criteria.set": _("Common Criteria mode set"),
        "alarm.raised": _("Alarm raised"),
        "web_security.set": _("Web certificate's organization set"),
    }


def headings() -> dict[str, str]:
    return {
        "at": _("Lab time (UTC)"),
        "kind": _("What"),
        "about": _("About"),
        "detail": _("Detail"),
        "actor": _("By"),
        "number": _("Number"),
    }


def columns_of_table() -> dict[str, Any]:
    number = st.column_config.NumberColumn(headings()["number"], width=70)
    return {**headings(), "number": number}


def row_of(event: Event, words: Mapping[str, str]) -> dict[str, str | int]:
    """A row of the table; `words` are those of `kinds`, asked once a page."""
    return {
        "at": f"{event.at:%Y-%m-%d %H:%M:%S}",
        "kind": words.get(event.kind, event.kind),
        "about": event.about,
        "detail": event.detail,
        "actor": event.actor,
        "number": event.id,
    }


@st.cache_data(max_entries=20, show_spinner=False)
def _first_broken(_lab: Lab, true_for: str) -> int | None:  # noqa: ARG001  # a key of the cache
    return events.first_broken(_lab.db)


def _last_written() -> str:
    """When the file was last written to, by whomever.

    A row that was changed in the middle leaves the hash of the last one as it was.
    """
    path = lab_path()
    files = (path, path.with_name(path.name + "-wal"))
    return " ".join(str(each.stat().st_mtime_ns) for each in files if each.exists())


def chain_message(lab: Lab) -> None:
    """Say whether every event still seals the one before it."""
    total = events.count(lab.db)
    broken = _first_broken(lab, f"{fingerprint(lab)} {_last_written()}")
    if broken is None:
        st.success(
            counted(
                "The chain of {number} event is intact.",
                "The chain of {number} events is intact.",
                total,
            ),
            icon=":material/link:",
        )
    else:
        st.error(
            _(
                "The chain is broken at event {number}: it, or the one before it, was "
                "changed outside the lab. Take the file from a backup.",
                number=broken,
            ),
            icon=":material/link_off:",
        )


@dataclass(frozen=True)
class EventsFile:
    """The file of all events found, made when it is asked for.

    Called on a thread of its own, so it opens the lab for itself.
    """

    text: str
    labels: dict[str, str]

    def __call__(self) -> BytesIO:
        lab = open_lab(lab_path(), actor="dashboard")
        try:
            found = events.latest(lab.db, MOST_ROWS_IN_A_FILE, 0, self.text)
            rows = (
                [
                    event.at.isoformat(),
                    event.kind,
                    event.about,
                    event.detail,
                    event.actor,
                    event.id,
                ]
                for event in found
            )
            return rows_as_csv(list(self.labels.values()), rows)
        finally:
            lab.close()
