"""How an LSC is ordered, and which orders CAPF does not take."""

from dataclasses import dataclass

from lab.errors import RuleError
from lab.models import KeySpec
from lab.rules.keys_and_names import LSC_DAYS
from lab.rules.phone_certificates import (
    BY_NULL_STRING,
    BY_STRING,
    DELETE,
    INSTALL,
    LEAST_RSA_BITS,
    RSA_ONLY,
    STRING_DIGITS,
    lsc_choices,
)


@dataclass(frozen=True, kw_only=True)
class LscOrder:
    """How an LSC is ordered: the fields of `lab.rules.phone_certificates`."""

    operation: str = INSTALL
    authentication: str = BY_NULL_STRING
    string: str = ""  # the digits, by authentication string
    key_order: str = RSA_ONLY
    rsa_size: int = 2048
    ec_size: int = 256

    @property
    def key(self) -> KeySpec:
        if self.key_order == RSA_ONLY:
            return KeySpec(type="RSA", size=self.rsa_size)
        return KeySpec(type="EC", size=self.ec_size)


def check_order(order: LscOrder, days: int) -> None:
    """Refuse, with a `RuleError`, what the fields or the lab do not offer."""
    least, most = LSC_DAYS
    if not least <= days <= most:
        raise RuleError(
            "an LSC cannot be valid for {days} days",
            hint="CAPF takes 1 to {limit} days.",
            days=days,
            limit=most,
        )
    if order.operation not in (INSTALL, DELETE):
        raise RuleError(
            "the operation {operation} changes no LSC",
            hint="Choose {install} or {delete}.",
            operation=repr(order.operation),
            install=INSTALL,
            delete=DELETE,
        )
    _check_choices(order)
    if order.authentication == BY_STRING:
        _check_string(order.string)
    if order.key.type == "RSA" and order.rsa_size < LEAST_RSA_BITS:
        raise RuleError(
            "the lab makes no RSA key of {size} bits for a phone",
            hint="Choose {least} bits or more.",
            size=order.rsa_size,
            least=LEAST_RSA_BITS,
        )


def _check_choices(order: LscOrder) -> None:
    for field, value in (
        ("Authentication Mode", order.authentication),
        ("Key Order", order.key_order),
        ("RSA Key Size", str(order.rsa_size)),
        ("EC Key Size", str(order.ec_size)),
    ):
        if value not in lsc_choices(field):
            raise RuleError(
                "{field} cannot be {value}",
                hint="Its choices are: {known}.",
                field=field,
                value=repr(value),
                known=", ".join(lsc_choices(field)),
            )


def _check_string(string: str) -> None:
    least, most = STRING_DIGITS
    digits = string.isascii() and string.isdigit()
    if not (digits and least <= len(string) <= most):
        raise RuleError(
            "{string} is no authentication string",
            hint="It has {least} to {most} digits.",
            string=repr(string),
            least=least,
            most=most,
        )
