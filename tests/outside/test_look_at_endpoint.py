"""What an endpoint presents can be taken in like a file; looking changes nothing."""

import socket

from lab.actions.allow_addresses import allow_addresses
from lab.actions.import_certificates import import_certificates
from lab.actions.look_at_endpoint import look_at, look_at_endpoint
from lab.errors import BadInputError, RuleError
from lab.pki.bundles import write_pem


def rows(lab):
    return list(lab.db.conn.iterdump())


def test_an_endpoint_is_a_file_to_import(lab, tls_server, leaf, intermediate):
    server = tls_server(leaf, intermediate)
    before = rows(lab)

    file = look_at_endpoint(lab, server)

    assert file == (server, write_pem([leaf.der, intermediate.der]))
    assert rows(lab) == before
    assert import_certificates(lab, [file]).new == 2


def test_what_the_connection_was_can_be_told(lab, tls_server, leaf):
    server = tls_server(leaf, options=["-tls1_2"])

    found = look_at(lab, f"https://{server}/admin")

    assert (found.name, found.address) == (server, "127.0.0.1")
    assert (found.chain, found.protocol) == ((leaf.der,), "TLSv1.2")


def test_an_endpoint_that_cannot_be_seen_is_a_file_with_its_refusal(lab):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        endpoint = f"127.0.0.1:{listener.getsockname()[1]}"

    name, refusal = look_at_endpoint(lab, endpoint)

    assert name == endpoint
    assert isinstance(refusal, BadInputError)
    assert "refuses the connection" in str(refusal)


def test_an_address_is_spoken_to_once_it_is_allowed(lab, tls_server, leaf):
    # 0.0.0.0 is this machine too, for those who want to get around a list.
    endpoint = tls_server(leaf).replace("127.0.0.1", "0.0.0.0")
    before = rows(lab)

    name, refusal = look_at_endpoint(lab, endpoint)

    assert name == endpoint
    assert isinstance(refusal, RuleError)
    assert rows(lab) == before
    allow_addresses(lab, "0.0.0.0")
    assert look_at_endpoint(lab, endpoint) == (endpoint, write_pem([leaf.der]))
