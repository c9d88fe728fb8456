"""The one door through which certificate bytes reach the library."""

import warnings
from collections.abc import Callable
from threading import Lock
from typing import TypeVar

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm

from lab.errors import BadInputError
from lab.pki.der import Sections, sections

MAX_CERTIFICATE_BYTES = 256 * 1024
# What the library raises for bytes that it cannot read.
UNREADABLE = (
    ValueError,
    TypeError,
    OverflowError,
    UnsupportedAlgorithm,
    x509.InvalidVersion,
    x509.DuplicateExtension,
    x509.UnsupportedGeneralNameType,
)
_T = TypeVar("_T")
_quiet_lock = Lock()  # the filters of `warnings` belong to the whole process


def quietly(read: Callable[[], _T]) -> _T:
    """Read what the library warns of: a warning is no business of the reader."""
    with _quiet_lock, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return read()


def load(der: bytes) -> x509.Certificate:
    """Load a certificate; BadInputError when the bytes are not one."""
    return load_parts(der)[0]


def load_parts(der: bytes) -> tuple[x509.Certificate, Sections]:
    """Load a certificate and find its parts; BadInputError when it is not one."""
    if len(der) > MAX_CERTIFICATE_BYTES:
        raise BadInputError(
            "the certificate has {size} bytes; at most {limit} are read",
            hint="Check that the file is a certificate.",
            size=len(der),
            limit=MAX_CERTIFICATE_BYTES,
        )
    try:
        parts = sections(der)
        if parts.serial > 0:
            return x509.load_der_x509_certificate(der), parts
        # The library warns of such a serial; it is shown, and refused by no reader.
        return quietly(lambda: x509.load_der_x509_certificate(der)), parts
    except UNREADABLE:
        raise BadInputError(
            "the data are not a readable X.509 certificate",
            hint="Check that the file is complete and is a certificate.",
        ) from None
