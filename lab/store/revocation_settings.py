"""How a cluster asks for revocation: rows of the `settings` table."""

from dataclasses import dataclass, fields
from typing import Any

from sqlite_utils import Database

from lab.store import settings

_HOURS = {"hours": 1, "days": 24}


@dataclass(frozen=True, kw_only=True)
class RevocationSettings:
    """Every field of the settings page; the defaults are those of a new cluster."""

    enable_ocsp: bool = False
    use_certificate_uri: bool = True
    use_configured_uri: bool = False  # wins where both are on
    configured_uri: str = ""
    enable_check: bool = False
    every: int = 24
    unit: str = "hours"  # or "days"
    enable_crl: bool = False
    crl_uris: tuple[str, ...] = ()
    full_chain: bool = False

    @property
    def hours(self) -> int:
        """The interval."""
        return self.every * _HOURS[self.unit]

    @property
    def methods(self) -> tuple[str, ...]:
        """How it is asked: OCSP first; none while both are off."""
        by = (("OCSP", self.enable_ocsp), ("CRL", self.enable_crl))
        return tuple(name for name, is_on in by if is_on)


def read_settings(db: Database, cluster: str) -> RevocationSettings:
    values: dict[str, Any] = {}
    for field in fields(RevocationSettings):
        text = settings.get(db, _key(cluster, field.name))
        if text:
            values[field.name] = _read(field.default, text[1:])
    return RevocationSettings(**values)


def write_setting(db: Database, cluster: str, name: str, value: object) -> None:
    if isinstance(value, bool):
        text = "on" if value else ""
    elif isinstance(value, tuple):
        text = " ".join(value)  # no address has a blank in it
    else:
        text = str(value)
    # A value that was set to nothing is not one that nobody has set.
    settings.put(db, _key(cluster, name), f"={text}")


def common_criteria(db: Database, cluster: str) -> bool:
    """Whether the cluster is in Common Criteria mode."""
    return settings.get(db, _mode(cluster)) == "enabled"


def set_common_criteria(db: Database, cluster: str, enabled: bool) -> None:
    settings.put(db, _mode(cluster), "enabled" if enabled else "disabled")


def _read(default: object, text: str) -> object:
    match default:
        case bool():
            return text == "on"
        case int():
            return int(text)
        case tuple():
            return tuple(text.split())
        case _:
            return text


def _key(cluster: str, name: str) -> str:
    return f"revocation {cluster} {name}"


def _mode(cluster: str) -> str:
    return f"common_criteria {cluster}"
