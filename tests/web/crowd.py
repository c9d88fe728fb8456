"""Clients that ask a responder without a pause, and a judge of what they heard.

Truth is what the lab says at some moment between question and answer: "good" is wrong
when the revocation had been done before the question was asked, "revoked" when it was
not yet begun when the answer came, and an answer that had ended then is wrong too.
"""

from base64 import b64encode
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection, HTTPException
from itertools import count
from os import urandom
from threading import Event, Thread
from time import sleep, time
from urllib.parse import quote

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp

CLIENTS = 6
FOREVER = float("inf")
Status = ocsp.OCSPResponseStatus


class Truth:
    """A value that deeds change: what it may have been, from when to when."""

    def __init__(self, value):
        self.steps = [(value, 0.0, 0.0)]

    @contextmanager
    def becomes(self, value):
        """It changes at some moment within the body."""
        begun = time()
        yield
        self.steps.append((value, begun, time()))

    def between(self, asked, answered):
        """Each value that it may have had at a moment between the two."""
        ends = [done for _, _, done in self.steps[1:]] + [FOREVER]
        return [
            value
            for (value, begun, _), end in zip(self.steps, ends, strict=True)
            if begun <= answered and asked <= end
        ]


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What came back, and what had been asked."""

    leaf: int
    nonce: bytes | None
    asked: float
    answered: float
    http_status: int
    body: bytes

    @property
    def is_late(self):
        """The responder asks for patience: nothing that anybody could believe."""
        if self.http_status != 200:
            return self.http_status == 503
        status = ocsp.load_der_ocsp_response(self.body).response_status
        return status in (Status.TRY_LATER, Status.INTERNAL_ERROR)


@dataclass(kw_only=True)
class Crowd:
    """Threads that ask by POST, by GET and with a nonce, each on its own connection."""

    port: int
    issuer: x509.Certificate
    leaves: list
    statuses: list = field(init=False)
    shift: Truth = field(default_factory=lambda: Truth(timedelta()))
    answers: list = field(default_factory=list)
    hung_up: int = 0

    def __post_init__(self):
        self.statuses = [Truth("GOOD") for _ in self.leaves]

    @contextmanager
    def asking(self):
        """They ask for as long as the body runs."""
        over = Event()
        clients = [
            Thread(target=self._ask_on, args=(number, over))
            for number in range(CLIENTS)
        ]
        for client in clients:
            client.start()
        try:
            yield
        finally:
            over.set()
            for client in clients:
                client.join(timeout=60)
        assert not any(client.is_alive() for client in clients)

    def since(self, moment, until=FOREVER):
        """The answers to what was asked from then on, and had come by that time."""
        return [
            each
            for each in list(self.answers)
            if moment <= each.asked and each.answered <= until
        ]

    def wait_for(self, number=50):
        """Until so many more have come that are answers."""
        begun = time()
        while sum(not each.is_late for each in self.since(begun)) < number:
            assert time() < begun + 60, f"{number} answers do not come"
            sleep(0.05)

    def wrong(self):
        """Each answer that was not true at any moment between question and answer."""
        judged = [(each, self._fault(each)) for each in self.answers]
        return [(fault, each) for each, fault in judged if fault]

    def _ask_on(self, client, over):
        line = None
        for number in count(client):
            if over.is_set():
                break
            leaf, way = number % len(self.leaves), number // len(self.leaves) % 3
            nonce = urandom(32) if way == 2 else None
            question = request_for(self.leaves[leaf], self.issuer, nonce)
            asked = time()
            try:
                line = line or HTTPConnection("127.0.0.1", self.port, timeout=30)
                found, body = exchange(line, question, by_get=way == 1)
            except (OSError, HTTPException):
                self.hung_up += 1
                line.close()
                line = None
                sleep(0.02)
                continue
            self.answers.append(
                Answer(
                    leaf=leaf,
                    nonce=nonce,
                    asked=asked,
                    answered=time(),
                    http_status=found,
                    body=body,
                )
            )
        if line:
            line.close()

    def _fault(self, answer):
        """What is wrong with it, or nothing."""
        if answer.is_late:
            return ""
        if answer.http_status != 200:
            return f"HTTP status {answer.http_status}"
        found = ocsp.load_der_ocsp_response(answer.body)
        if found.response_status is not Status.SUCCESSFUL:
            return found.response_status.name
        if found.serial_number != self.leaves[answer.leaf].certificate.serial_number:
            return "another certificate"
        if answer.nonce and nonce_of(found) != answer.nonce:
            return "another nonce"
        moments = answer.asked, answer.answered
        status = found.certificate_status.name
        if status not in (allowed := self.statuses[answer.leaf].between(*moments)):
            return f"{status}, and the truth was {allowed}"
        if not any(
            self._is_fresh(found, *moments, shift)
            for shift in self.shift.between(*moments)
        ):
            return f"from {found.this_update_utc} to {found.next_update_utc}"
        return ""

    def _is_fresh(self, found, asked, answered, shift):
        """Whether it holds, and its signer may sign, at a moment between the two."""
        first = datetime.fromtimestamp(int(asked), UTC) + shift
        last = datetime.fromtimestamp(int(answered) + 1, UTC) + shift
        [signer] = found.certificates
        signer.verify_directly_issued_by(self.issuer)
        signer.public_key().verify(
            found.signature,
            found.tbs_response_bytes,
            ec.ECDSA(found.signature_hash_algorithm),
        )
        return (
            found.this_update_utc <= last
            and found.produced_at_utc <= last
            and found.next_update_utc > first
            and signer.not_valid_before_utc <= last
            and first <= signer.not_valid_after_utc
        )


def request_for(leaf, issuer, nonce=None):
    builder = ocsp.OCSPRequestBuilder().add_certificate(
        leaf.certificate, issuer, SHA1()
    )
    if nonce:
        builder = builder.add_extension(x509.OCSPNonce(nonce), critical=False)
    return builder.build().public_bytes(Encoding.DER)


def nonce_of(found):
    return found.extensions.get_extension_for_class(x509.OCSPNonce).value.nonce


def exchange(line, question, *, by_get=False):
    """Ask on a kept connection; return the HTTP status and the body."""
    if by_get:
        line.request("GET", f"/pki/ocsp/{quote(b64encode(question).decode(), safe='')}")
    else:
        kind = {"Content-Type": "application/ocsp-request"}
        line.request("POST", "/pki/ocsp", body=question, headers=kind)
    answer = line.getresponse()
    return answer.status, answer.read()
