"""What an answer on revocation is worth, and how that was found out, in words."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from lab.errors import LabError
from lab.models import Step


@dataclass(frozen=True, kw_only=True)
class Judged:
    """What an OCSP answer or a CRL says of a certificate, when it can be believed.

    Every step is there, those that went wrong with `is_fine` false. The dates are what
    the answer says, even when it is unusable.
    """

    status: str  # "good", "revoked", "on_hold", "unknown" or "unusable"
    model: str = ""  # by which the signer is believed: "DTM" or "TRP"
    signer: bytes | None = None  # the certificate, DER; None when it is not known
    this_update: datetime | None = None
    next_update: datetime | None = None
    revoked_at: datetime | None = None
    reason: str = ""  # RFC 5280 spelling; empty when none is given
    steps: tuple[Step, ...] = ()

    @property
    def is_usable(self) -> bool:
        return self.status != "unusable"


def fine(template: str, /, **values: object) -> Step:
    """Something that is as it should be, or that is only to be noticed."""
    return Step(template=template, values=_texts(values))


def wrong(template: str, /, **values: object) -> Step:
    """Something because of which what was tried has failed."""
    return Step(template=template, values=_texts(values), is_fine=False)


def refused(refusal: LabError) -> Step:
    """A refusal as a step."""
    return Step(template=refusal.template, values=_texts(refusal.values), is_fine=False)


def all_fine(steps: Iterable[Step]) -> bool:
    return all(step.is_fine for step in steps)


def words(step: Step) -> str:
    """The step as a person reads it in English."""
    return step.template.format(**step.values)


def _texts(values: dict[str, object]) -> dict[str, str]:
    return {
        name: moment_text(value) if isinstance(value, datetime) else str(value)
        for name, value in values.items()
    }


def moment_text(moment: datetime) -> str:
    """To the second, which is what decides."""
    return f"{moment:%Y-%m-%d %H:%M:%S} UTC"
