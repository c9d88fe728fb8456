"""Which addresses the lab may speak to is the person's decision, and is recorded."""

from ipaddress import ip_address

import pytest

from lab.actions.allow_addresses import (
    allow_addresses,
    forbid_addresses,
    networks_allowed,
)
from lab.errors import BadInputError, RuleError
from lab.rules.addresses import NETWORKS
from lab.store import events, settings


def may_speak_to(lab, address):
    return any(ip_address(address) in network for network in networks_allowed(lab))


@pytest.mark.parametrize(
    ("address", "may"),
    [
        ("127.0.0.1", True),
        ("127.255.255.255", True),
        ("::1", True),
        ("10.0.0.0", True),
        ("10.255.255.255", True),
        ("11.0.0.0", False),
        ("172.15.255.255", False),
        ("172.16.0.0", True),
        ("172.31.255.255", True),
        ("172.32.0.0", False),
        ("192.168.0.1", True),
        ("192.169.0.0", False),
        ("fc00::1", True),
        ("fdff::1", True),
        ("fe00::1", False),
        ("fd00:ec2::254", False),
        ("fd00:ec1:ffff::1", True),
        ("fd00:ec3::1", True),
        ("fd20:ce::254", False),
        ("fd20:ce::253", True),
        ("169.254.169.254", False),
        ("fe80::1", False),
        ("0.0.0.0", False),
        ("::", False),
        ("8.8.8.8", False),
        ("100.64.0.1", False),
        ("224.0.0.1", False),
        ("255.255.255.255", False),
        ("2001:db8::1", False),
        ("ff02::1", False),
    ],
)
def test_at_first_this_machine_and_private_networks_are_allowed(lab, address, may):
    assert may_speak_to(lab, address) is may


@pytest.mark.parametrize("row", NETWORKS, ids=lambda row: row.network)
def test_the_table_says_what_is_so(lab, row):
    first = row.network.split("/")[0]

    assert may_speak_to(lab, first) is row.allowed


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("192.0.2.0/24", "192.0.2.0/24"),
        (" 192.0.2.77/24 ", "192.0.2.0/24"),
        ("192.0.2.7", "192.0.2.7/32"),
        ("192.0.2.0/255.255.255.0", "192.0.2.0/24"),
        ("0.0.0.0/0", "0.0.0.0/0"),
        ("2001:DB8::/32", "2001:db8::/32"),
        ("::ffff:192.0.2.0/120", "192.0.2.0/24"),
        ("169.254.169.254", "169.254.169.254/32"),
        ("fd00:ec2::254", "fd00:ec2::254/128"),
    ],
    ids=lambda text: text.strip(),
)
def test_a_network_that_is_allowed_is_kept_and_recorded(lab, text, kept):
    allow_addresses(lab, text)

    assert [str(each) for each in settings.allowed_networks(lab.db)] == [kept]
    assert may_speak_to(lab, kept.split("/")[0])
    (event,) = events.latest(lab.db)
    assert (event.kind, event.about) == ("addresses.allowed", kept)


def test_what_was_allowed_can_be_forbidden_again(lab):
    allow_addresses(lab, "192.0.2.0/24")
    allow_addresses(lab, "198.51.100.0/24")

    forbid_addresses(lab, "192.0.2.1/24")

    assert not may_speak_to(lab, "192.0.2.1")
    assert may_speak_to(lab, "198.51.100.1")
    latest, *_ = events.latest(lab.db)
    assert (latest.kind, latest.about) == ("addresses.forbidden", "192.0.2.0/24")


@pytest.mark.parametrize(
    ("text", "inside"),
    [
        ("127.0.0.1", "127.0.0.0/8"),
        ("10.20.0.0/16", "10.0.0.0/8"),
        ("::1", "::1/128"),
        ("192.0.2.128/25", "192.0.2.0/24"),
        ("192.0.2.0/24", "192.0.2.0/24"),
    ],
)
def test_what_is_allowed_already_is_refused(lab, refusal_of, text, inside):
    allow_addresses(lab, "192.0.2.0/24")

    with refusal_of(lab, RuleError, f"is allowed already, within {inside}"):
        allow_addresses(lab, text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "example.test",
        "192.0.2.0/33",
        "192.0.2.256",
        "192.0.2/24",
        "010.0.0.1",
        "2001:db8::/129",
        "192.0.2.0/24,10.0.0.0/8",
        "192.0.2.0/24 192.0.3.0/24",
        "192.0.2.0/٢٤",
        "1" * 100_000,
        "\x1b[2J",
        "0x7f000001",
    ],
    ids=lambda text: ascii(text)[:30],
)
@pytest.mark.parametrize("deed", [allow_addresses, forbid_addresses])
def test_what_is_no_network_is_refused(lab, refusal_of, deed, text):
    with refusal_of(lab, BadInputError, "is no network") as caught:
        deed(lab, text)

    assert len(str(caught.value)) < 400
    assert str(caught.value).isprintable()


def test_what_was_never_allowed_cannot_be_forbidden(lab, refusal_of):
    with refusal_of(lab, RuleError, "that were allowed: there are none"):
        forbid_addresses(lab, "127.0.0.0/8")

    allow_addresses(lab, "192.0.2.0/24")
    with refusal_of(lab, RuleError, "that were allowed: 192.0.2.0/24"):
        forbid_addresses(lab, "192.0.2.0/25")


def test_fifty_networks_are_the_most(lab, refusal_of):
    for number in range(50):
        allow_addresses(lab, f"192.0.2.{number}")

    with refusal_of(lab, RuleError, "50 networks are allowed already"):
        allow_addresses(lab, "192.0.2.50")
