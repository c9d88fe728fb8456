"""Take a signing request out of the cluster, to give it to an authority."""

import re

from lab.actions.deed import deed, record
from lab.actions.export import File
from lab.actions.identities import slot_of
from lab.actions.sign_request import waiting_request
from lab.lab import Lab
from lab.models import SigningRequest
from lab.pki.requests import read_request, request_pem

TAKEN = "request.downloaded"  # an event
_UNSAFE = re.compile(r"[^A-Za-z0-9.-]+")


def download_request(lab: Lab, node: str, purpose: str, *, cluster: str = "") -> File:
    """The waiting request as PEM (PKCS#10), and note that it was taken.

    `NotFoundError` when none waits. Source: spec S14, S22.
    """
    with deed(lab) as now:
        slot_of(lab, node, purpose, cluster)
        file, request = _read(lab, node, purpose, cluster)
        detail = f"{request.subject}, key {key_mark(request.key_id)}"
        record(lab, now, TAKEN, f"{purpose} on {node}", detail)
    return file


def request_file(
    lab: Lab, node: str, purpose: str, *, cluster: str = ""
) -> tuple[File, SigningRequest]:
    """The same file, and what is in it; nothing is noted."""
    return _read(lab, node, purpose, cluster)


def key_mark(key_id: str) -> str:
    """The beginning of a key's fingerprint, as events and pages name the key."""
    return key_id[:16]


def _read(
    lab: Lab, node: str, purpose: str, cluster: str
) -> tuple[File, SigningRequest]:
    request = read_request(waiting_request(lab, node, purpose, cluster))
    name = _UNSAFE.sub("-", f"{node}-{purpose}").strip("-.")[:60] or "request"
    data = request_pem(request.der)
    return File(f"{name}.csr", "application/pkcs10", data), request
