"""Certificates with a wrong serial, date, key, algorithm, signature or version."""

from tests.hostile_files.der import (
    BIT_STRING,
    EC_KEY,
    END,
    GENERALIZED_TIME,
    INTEGER,
    OID,
    UTC_TIME,
    bits,
    certificate,
    ec_key,
    integer,
    name,
    octets,
    oid,
    rsa_key,
    sequence,
    time_of,
    wrap,
)
from tests.hostile_files.making import accepted, refused

UNREADABLE = "not a readable X.509 certificate"
NO_DATES = "the dates of the certificate cannot be read"


# -- serials -------------------------------------------------------------------------


@accepted(".cer")
def serial_zero():
    """Zero: RFC 5280 wants a positive number."""
    return certificate(serial=integer(0))


@accepted(".cer")
def serial_below_zero():
    """A negative number."""
    return certificate(serial=integer(-1))


@accepted(".cer")
def serial_of_21_octets():
    """One octet more than RFC 5280 section 4.1.2.2 allows."""
    return certificate(serial=integer(1 << 167 | 7))


@accepted(".cer")
def serial_of_ten_thousand_octets():
    """A number of 24,000 digits."""
    return certificate(serial=integer(1 << 79_990 | 7))


@refused(".cer", UNREADABLE)
def serial_without_a_byte():
    """A number of no length."""
    return certificate(serial=wrap(INTEGER))


@refused(".cer", UNREADABLE)
def serial_with_leading_zeros():
    """A number that is not written as short as it could be: X.690 section 8.3.2."""
    return certificate(serial=wrap(INTEGER, bytes(9), b"\1"))


@refused(".cer", "there is no certificate in the file")
def serial_that_is_a_text():
    """Letters in the place of the serial."""
    return certificate(serial=wrap(12, b"one"))


# -- dates ---------------------------------------------------------------------------


def _until(tag, text):
    return certificate(end=time_of(tag, text))


@accepted(".cer")
def end_in_the_year_9999():
    """No end at all: RFC 5280 section 4.1.2.5."""
    return _until(GENERALIZED_TIME, "99991231235959Z")


@accepted(".cer")
def end_before_the_beginning():
    """Valid from 2025 until 1950."""
    return _until(UTC_TIME, "500101000000Z")


@accepted(".cer")
def beginning_in_the_year_1950():
    """The first year that two digits can say."""
    return certificate(begin=time_of(UTC_TIME, "500101000000Z"))


@accepted(".cer")
def beginning_in_the_year_1():
    """The first year that a calendar here knows."""
    return certificate(begin=time_of(GENERALIZED_TIME, "00010101000000Z"))


@refused(".cer", NO_DATES)
def beginning_in_the_year_0():
    """A year that no calendar here knows."""
    return certificate(begin=time_of(GENERALIZED_TIME, "00000101000000Z"))


@refused(".cer", UNREADABLE)
def end_with_fractions():
    """A part of a second: RFC 5280 section 4.1.2.5.2 forbids it."""
    return _until(GENERALIZED_TIME, "20450101000000.123Z")


@refused(".cer", UNREADABLE)
def end_in_another_time_zone():
    """An offset in the place of Z."""
    return _until(UTC_TIME, "450101000000+0900")


@refused(".cer", UNREADABLE)
def end_in_month_13():
    """A month that is none."""
    return _until(UTC_TIME, "451301000000Z")


@refused(".cer", UNREADABLE)
def end_on_the_30th_of_february():
    """A day that is none."""
    return _until(UTC_TIME, "450230000000Z")


@refused(".cer", UNREADABLE)
def end_at_second_60():
    """A leap second, which calendars here do not know."""
    return _until(UTC_TIME, "451231235960Z")


@refused(".cer", UNREADABLE)
def end_that_is_empty():
    """A date of no length."""
    return _until(UTC_TIME, "")


@refused(".cer", UNREADABLE)
def end_in_letters():
    """A date in words."""
    return _until(UTC_TIME, "tomorrow noon")


@refused(".cer", UNREADABLE)
def end_that_is_missing():
    """A validity with a beginning alone."""
    return certificate(end=b"")


@refused(".cer", UNREADABLE)
def end_twice():
    """A validity of three dates."""
    return certificate(end=END + END)


# -- keys ----------------------------------------------------------------------------


def _key(algorithm, content, parameters=b""):
    return certificate(
        key=sequence(sequence(oid(algorithm), parameters), bits(content))
    )


@accepted(".cer")
def key_of_an_unknown_kind():
    """An algorithm that nobody knows."""
    return _key("1.3.6.1.4.1.99999.1", b"?" * 50)


@accepted(".cer")
def key_without_a_byte():
    """A key of no length."""
    return _key("1.2.840.10045.2.1", b"", oid("1.2.840.10045.3.1.7"))


@accepted(".cer")
def key_that_is_not_on_its_curve():
    """A point that P-256 does not have."""
    return certificate(key=ec_key(b"\4" + b"\1" * 64))


@accepted(".cer")
def key_at_infinity():
    """The point that is zero on every curve."""
    return certificate(key=ec_key(b"\0"))


@accepted(".cer")
def key_on_an_unknown_curve():
    """A curve that nobody has named."""
    return certificate(key=ec_key(b"\4" + b"\1" * 64, oid("1.3.9999.1")))


@refused(".cer", UNREADABLE)
def key_on_a_curve_of_its_own():
    """A curve given by its numbers: RFC 5480 section 2.1.1 forbids it."""
    numbers = sequence(integer(1), sequence(oid("1.2.840.10045.1.1"), integer(23)))
    return certificate(key=ec_key(b"\4" + b"\1" * 64, numbers))


@accepted(".cer")
def key_of_exponent_1():
    """RSA that leaves everything as it is."""
    return certificate(key=rsa_key((1 << 2047) + 1, 1))


@accepted(".cer")
def key_of_modulus_0():
    """RSA that divides by zero."""
    return certificate(key=rsa_key(0))


@accepted(".cer")
def key_of_a_negative_modulus():
    """RSA below zero."""
    return certificate(key=rsa_key(-(1 << 2047)))


@accepted(".cer")
def key_of_an_even_modulus():
    """RSA whose first factor everybody knows."""
    return certificate(key=rsa_key(1 << 2047, 65537))


@accepted(".cer")
def key_of_seven_bits():
    """RSA that a child could break."""
    return certificate(key=rsa_key(77, 7))


@accepted(".cer")
def key_of_half_a_million_bits():
    """RSA that would take a computer hours to use."""
    return certificate(key=rsa_key((1 << 500_000) + 1, (1 << 400_000) + 1))


@accepted(".cer")
def key_whose_bits_are_no_bytes():
    """A key of which seven bits do not count."""
    algorithm = sequence(oid("1.2.840.113549.1.1.1"), b"\5\0")
    return certificate(key=sequence(algorithm, bits(b"\x80", unused=7)))


@refused(".cer", UNREADABLE)
def key_of_eight_unused_bits():
    """A bit string that leaves out more than a byte has."""
    algorithm = sequence(oid("1.2.840.113549.1.1.1"), b"\5\0")
    return certificate(key=sequence(algorithm, bits(b"\x80", unused=8)))


@refused(".cer", UNREADABLE)
def key_that_is_missing():
    """A certificate for no key."""
    return certificate(key=b"")


@accepted(".cer")
def key_of_dsa_with_a_modulus_of_zero():
    """DSA in a group that is none."""
    numbers = sequence(integer(0), integer(0), integer(0))
    return _key("1.2.840.10040.4.1", integer(2), numbers)


@accepted(".cer")
def key_of_ed25519_that_is_too_short():
    """31 bytes where there must be 32."""
    return _key("1.3.101.112", bytes(31))


# -- algorithms and signatures ---------------------------------------------------------


@accepted(".cer")
def signature_without_a_byte():
    """A signature of no length."""
    return certificate(signature=bits(b""))


@accepted(".cer")
def signature_of_a_hundred_kilobytes():
    """A signature longer than any."""
    return certificate(signature=bits(bytes(100_000)))


@refused(".cer", "there is no certificate in the file")
def signature_that_is_missing():
    """A certificate of two parts: nobody signed it."""
    return certificate(signature=b"")


@refused(".cer", "there is no certificate in the file")
def signature_that_is_no_bit_string():
    """Octets in the place of bits."""
    return certificate(signature=octets(bytes(70)))


@accepted(".cer")
def algorithm_that_says_two_things():
    """SHA-256 inside, SHA-1 outside: RFC 5280 section 4.1.1.2 forbids it."""
    return certificate(outer=sequence(oid("1.2.840.10045.4.1")))


@accepted(".cer")
def algorithm_that_nobody_knows():
    """A signature of an unknown kind."""
    return certificate(algorithm=sequence(oid("1.3.6.1.4.1.99999.2")))


@accepted(".cer")
def algorithm_md5():
    """MD5, which has been broken since 2004."""
    return certificate(algorithm=sequence(oid("1.2.840.113549.1.1.4"), b"\5\0"))


@accepted(".cer")
def algorithm_pss_without_its_parameters():
    """RSASSA-PSS that does not say which hash."""
    return certificate(algorithm=sequence(oid("1.2.840.113549.1.1.10")))


@refused(".cer", UNREADABLE)
def algorithm_with_junk_for_parameters():
    """Parameters that an algorithm does not have."""
    algorithm = sequence(oid("1.2.840.10045.4.3.2"), octets(bytes(5000)))
    return certificate(algorithm=algorithm)


@refused(".cer", UNREADABLE)
def algorithm_with_an_endless_number():
    """An identifier of ten thousand bytes, one number."""
    endless = wrap(OID, b"\x2a" + b"\xff" * 10_000 + b"\x7f")
    return certificate(algorithm=sequence(endless))


@refused(".cer", UNREADABLE)
def algorithm_of_ten_thousand_numbers():
    """An identifier of ten thousand numbers."""
    return certificate(algorithm=sequence(wrap(OID, b"\x2a" + b"\x03" * 10_000)))


@refused(".cer", UNREADABLE)
def algorithm_that_is_cut():
    """An identifier whose last byte says that another follows."""
    return certificate(algorithm=sequence(wrap(OID, b"\x2a\x86")))


# -- versions and order ----------------------------------------------------------------


@accepted(".cer")
def version_1():
    """A certificate of 1988."""
    return certificate(version=b"")


@refused(".cer", UNREADABLE)
def version_1_written_out():
    """What must be left out when it is the default: X.690 section 11.5."""
    return certificate(version=wrap(0xA0, integer(0)))


@refused(".cer", UNREADABLE)
def version_7():
    """A version of the future."""
    return certificate(version=wrap(0xA0, integer(6)))


@refused(".cer", UNREADABLE)
def version_of_a_megabit():
    """A version that does not fit a machine word."""
    return certificate(version=wrap(0xA0, integer(1 << 100_000)))


@accepted(".cer")
def unique_identifiers():
    """What RFC 5280 section 4.1.2.8 says nobody may write."""
    unique = wrap(0x81, b"\0issuer") + wrap(0x82, b"\0subject")
    return certificate(more=unique)


@refused(".cer", UNREADABLE)
def parts_in_the_wrong_order():
    """The key before the subject."""
    return certificate(EC_KEY, key=name("hostile.example"))


@refused(".cer", UNREADABLE)
def bytes_after_the_last_part():
    """A part that no certificate has."""
    return certificate(more=wrap(0xA9, octets(b"more")))


@refused(".cer", UNREADABLE)
def length_written_too_long():
    """A length in more bytes than it needs: BER, not DER."""
    serial = b"\x02\x81\x01\x05"
    return certificate(serial=serial)


@refused(".cer", UNREADABLE)
def bit_string_with_bits_that_do_not_count():
    """A signature whose last bits are left out, and are not zero."""
    return certificate(signature=wrap(BIT_STRING, b"\x03\x01\xff"))
