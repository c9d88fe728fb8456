"""A TLS handshake that only wants to see the server's certificates."""

import socket
from ssl import AlertDescription

from OpenSSL import SSL, crypto

from lab.errors import BadInputError
from lab.outside.addresses import Endpoint, is_literal
from lab.outside.deadline import Deadline
from lab.pki.names import visible

# Old and weak servers are to be looked at too, so everything that OpenSSL knows is
# offered; ciphers without a certificate come last.
_OLDEST = SSL.TLS1_VERSION
_CIPHERS = b"ALL:+aNULL:@SECLEVEL=0"
_MOST_BYTES = 256 * 1024  # OpenSSL itself takes 100 KiB of certificates
_CHUNK = 16 * 1024
_SAID = 40  # letters shown of what a server without TLS says
_RECORDS = (21, 22)  # a server begins with an alert or a handshake: RFC 8446 5.1


class Handshake:
    """Its bytes are carried by hand, so that they can be counted and timed."""

    def __init__(self, there: Endpoint) -> None:
        self._there = there
        self._beginning = b""
        self._received = 0
        self._alerts: list[int] = []
        context = SSL.Context(SSL.TLS_CLIENT_METHOD)
        context.set_min_proto_version(_OLDEST)
        context.set_cipher_list(_CIPHERS)
        context.set_options(SSL.OP_LEGACY_SERVER_CONNECT)
        context.set_info_callback(self._note)
        self._tls = SSL.Connection(context, None)
        if not is_literal(there.host):  # RFC 6066 section 3: a name, no address
            self._tls.set_tlsext_host_name(there.host.rstrip(".").encode())
        self._tls.set_connect_state()

    @property
    def chain(self) -> tuple[bytes, ...]:
        """DER as presented, the leaf first; empty as long as there is none."""
        presented = self._tls.get_peer_cert_chain() or []
        return tuple(
            crypto.dump_certificate(crypto.FILETYPE_ASN1, each) for each in presented
        )

    @property
    def protocol(self) -> str:
        return self._tls.get_protocol_version_name()

    @property
    def cipher(self) -> str:
        return self._tls.get_cipher_name() or ""

    def run(self, connection: socket.socket, deadline: Deadline) -> None:
        """Shake hands; BadInputError or TimeoutError when that does not work out."""
        try:
            while not self._step():
                connection.settimeout(deadline.left())
                connection.sendall(self._outgoing())
                connection.settimeout(deadline.left())
                self._take(connection.recv(_CHUNK))
        except TimeoutError:  # it is an OSError too
            raise
        except OSError:
            raise self._broken_off() from None
        except SSL.Error as error:
            raise self._failed(error) from None
        if not self.chain:
            raise BadInputError(
                "{endpoint} presents no certificate: it agreed on {cipher}",
                hint="It uses anonymous or pre-shared keys; there is nothing to see.",
                endpoint=self._there,
                cipher=self.cipher,
            )

    def _note(self, _: SSL.Connection, where: int, code: int) -> None:
        if where & SSL.SSL_CB_READ_ALERT == SSL.SSL_CB_READ_ALERT:
            self._alerts.append(code & 0xFF)

    def _step(self) -> bool:
        try:
            self._tls.do_handshake()
        except SSL.WantReadError:
            return False
        return True

    def _outgoing(self) -> bytes:
        parts = []
        try:
            while True:
                parts.append(self._tls.bio_read(_CHUNK))
        except SSL.WantReadError:
            return b"".join(parts)

    def _take(self, data: bytes) -> None:
        if not data:
            raise self._broken_off()
        self._received += len(data)
        if len(self._beginning) < _SAID:
            self._beginning += data[:_SAID]
            self._check_begins_with_tls()
        if self._received > _MOST_BYTES:
            raise BadInputError(
                "{endpoint} has sent {count} bytes, and its TLS handshake goes on",
                hint="A few thousand are usual; look at what is listening there.",
                endpoint=self._there,
                count=self._received,
            )
        self._tls.bio_write(data)

    def _check_begins_with_tls(self) -> None:
        record, version = self._beginning[0], self._beginning[1:2]
        if record not in _RECORDS or version not in (b"", b"\3"):
            said = self._beginning[:_SAID].split(b"\n")[0].strip()
            raise BadInputError(
                "{endpoint} answers, but not with TLS; it says: {said}",
                hint="Check the port. The lab does not speak STARTTLS.",
                endpoint=self._there,
                said=visible(said.decode("ascii", "backslashreplace")),
            )

    def _broken_off(self) -> BadInputError:
        if not self._received:
            return said_nothing(self._there)
        return BadInputError(
            "{endpoint} closes the connection within the TLS handshake",
            hint="The log of the server may say why.",
            endpoint=self._there,
        )

    def _failed(self, error: SSL.Error) -> BadInputError:
        if self._alerts:
            code = self._alerts[-1]
            return BadInputError(
                "{endpoint} ends the TLS handshake with the alert {name} ({code})",
                hint="It may want another host name, another version or other ciphers.",
                endpoint=self._there,
                name=_alert_name(code),
                code=code,
            )
        return BadInputError(
            "the TLS handshake with {endpoint} fails: {reason}",
            hint="The server does not follow the protocol, or its certificate "
            "cannot be read.",
            endpoint=self._there,
            reason=_reason(error),
        )


def said_nothing(there: Endpoint) -> BadInputError:
    return BadInputError(
        "{endpoint} closes the connection before it says anything",
        hint="Check the port; it may not speak TLS.",
        endpoint=there,
    )


def _alert_name(code: int) -> str:
    try:
        name = AlertDescription(code).name
    except ValueError:
        return "unknown"
    return name.removeprefix("ALERT_DESCRIPTION_").lower()


def _reason(error: SSL.Error) -> str:
    queue = error.args[0] if error.args else None
    if not isinstance(queue, list):
        return str(error)
    return ", ".join(reason for _, _, reason in queue if reason) or "unknown"
