"""Certificates whose extensions contradict each other, or cannot be read."""

from tests.hostile_files.certificates_with_bad_parts import UNREADABLE
from tests.hostile_files.der import (
    BOOLEAN,
    bits,
    certificate,
    extension,
    integer,
    name,
    octets,
    oid,
    sequence,
    wrap,
)
from tests.hostile_files.making import accepted, refused

_KEY_USAGE, _CONSTRAINTS = "2.5.29.15", "2.5.29.19"
_TRUE = wrap(BOOLEAN, b"\xff")


@accepted(".cer")
def extension_twice():
    """A CA in one place, none in the other: RFC 5280 section 4.2 forbids it."""
    ca = extension(_CONSTRAINTS, sequence(_TRUE))
    return certificate(extensions=[ca, extension(_CONSTRAINTS, sequence())])


@accepted(".cer")
def extension_a_thousand_times():
    """A thousand extensions that nobody knows."""
    kinds = (f"1.3.6.1.4.1.99999.{n}" for n in range(1000))
    return certificate(extensions=[extension(kind, b"\5\0") for kind in kinds])


@accepted(".cer")
def extension_that_is_critical_and_unknown():
    """What a verifier must refuse, and a list must show."""
    return certificate(extensions=[extension("1.3.9.9", b"\5\0", critical=True)])


@accepted(".cer")
def extension_without_a_byte():
    """A key usage of no length."""
    return certificate(extensions=[extension(_KEY_USAGE, b"")])


@accepted(".cer")
def extension_of_two_hundred_kilobytes():
    """A certificate that is nearly all extension."""
    return certificate(extensions=[extension("1.2.3.4", bytes(200_000))])


@accepted(".cer")
def extension_that_nests_ten_thousand_deep():
    """Names within names, to end the stack of a parser."""
    deep = b""
    for _ in range(10_000):
        deep = wrap(0xA4, deep)
    return certificate(extensions=[extension("2.5.29.17", sequence(deep))])


@refused(".cer", UNREADABLE)
def extension_with_an_endless_identifier():
    """An identifier of ten thousand bytes."""
    endless = wrap(6, b"\x2a" + b"\xff" * 10_000 + b"\x7f")
    return certificate(extensions=[sequence(endless, octets(b"\5\0"))])


@accepted(".cer")
def extensions_in_a_certificate_of_version_1():
    """Version 1 has none: RFC 5280 section 4.1.2.9."""
    ca = extension(_CONSTRAINTS, sequence(_TRUE))
    return certificate(version=b"", extensions=[ca])


@accepted(".cer")
def extensions_that_are_none():
    """An empty list: RFC 5280 wants one at least."""
    return certificate(extensions=[])


@accepted(".cer")
def constraints_below_zero():
    """A CA that may have -1 others below it."""
    return certificate(
        extensions=[extension(_CONSTRAINTS, sequence(_TRUE, integer(-1)))]
    )


@accepted(".cer")
def constraints_without_an_end():
    """A path length that does not fit a machine word."""
    huge = sequence(_TRUE, integer(1 << 200))
    return certificate(extensions=[extension(_CONSTRAINTS, huge)])


@accepted(".cer")
def constraints_that_are_nearly_true():
    """A boolean of 1: DER knows 0 and 255 only."""
    return certificate(
        extensions=[extension(_CONSTRAINTS, sequence(wrap(BOOLEAN, b"\1")))]
    )


@accepted(".cer")
def usage_of_no_bit():
    """A key usage that allows nothing."""
    return certificate(extensions=[extension(_KEY_USAGE, bits(b""))])


@accepted(".cer")
def usage_of_a_thousand_bits():
    """A key usage with bits that nobody has named."""
    return certificate(extensions=[extension(_KEY_USAGE, bits(b"\xff" * 125))])


@accepted(".cer")
def usages_without_end():
    """A thousand extended key usages."""
    usages = sequence(*(oid(f"1.3.6.1.4.1.99999.{n}") for n in range(1000)))
    return certificate(extensions=[extension("2.5.29.37", usages)])


@accepted(".cer")
def addresses_that_lead_inside():
    """Addresses that the lab must never fetch: a cloud's secrets, a file, itself."""
    places = (
        b"http://169.254.169.254/latest/meta-data/",
        b"file:///etc/passwd",
        b"http://127.0.0.1:8501/pki/ocsp",
        b"gopher://[::1]:25/_MAIL",
        b"ldap:///",
    )
    access = sequence(
        *(sequence(oid("1.3.6.1.5.5.7.48.2"), wrap(0x86, place)) for place in places)
    )
    points = sequence(
        *(sequence(wrap(0xA0, wrap(0xA0, wrap(0x86, place)))) for place in places)
    )
    return certificate(
        extensions=[
            extension("1.3.6.1.5.5.7.1.1", access),
            extension("2.5.29.31", points),
        ]
    )


@accepted(".cer")
def key_identifier_of_ten_thousand_octets():
    """A key identifier longer than any hash."""
    return certificate(extensions=[extension("2.5.29.14", octets(bytes(10_000)))])


@accepted(".cer")
def key_identifier_of_another_issuer():
    """An issuer named in three ways that contradict each other."""
    value = sequence(
        wrap(0x80, b"\1" * 20), wrap(0xA1, wrap(0xA4, name("x"))), wrap(0x82, b"\xff")
    )
    return certificate(extensions=[extension("2.5.29.35", value)])


@accepted(".cer")
def constraints_on_names_that_are_none():
    """Name constraints with an address of three octets and an empty tree."""
    tree = sequence(wrap(0x87, b"\1\2\3"))
    return certificate(
        extensions=[extension("2.5.29.30", sequence(wrap(0xA0, tree)), critical=True)]
    )


@accepted(".cer")
def policies_that_speak():
    """A notice with escapes and a link that runs."""
    notice = sequence(
        oid("1.3.6.1.5.5.7.2.2"), sequence(wrap(12, b"\x1b[2J**read me**\0"))
    )
    place = sequence(oid("1.3.6.1.5.5.7.2.1"), wrap(22, b"javascript:alert(1)"))
    policy = sequence(oid("1.2.3.4"), sequence(notice, place))
    return certificate(extensions=[extension("2.5.29.32", sequence(policy))])


@accepted(".cer")
def promises_of_a_log_that_are_junk():
    """Timestamps of a log that end too early."""
    value = octets(b"\x00\x40\x00\x3e" + bytes(9))
    return certificate(extensions=[extension("1.3.6.1.4.1.11129.2.4.2", value)])


@refused(".cer", UNREADABLE)
def extensions_that_are_a_text():
    """Letters in the place of the extensions."""
    return certificate(more=wrap(0xA3, wrap(12, b"none")))


@refused(".cer", UNREADABLE)
def extensions_twice():
    """Two lists of extensions."""
    return certificate(extensions=[], more=wrap(0xA3, sequence()))
