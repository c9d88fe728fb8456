"""Placements for tests of charts and steps: one tomcat certificate, changed at will."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from lab.models import Chain, PartyKind, Placement, State, Usage

NOW = datetime(2030, 1, 20, 12, tzinfo=UTC)


def placement(number=1, *, days=40, **changes):
    """A certificate whose best chain ends so many days from `NOW`."""
    end = NOW + timedelta(days=days)
    base = Placement(
        place=number,
        certificate=f"{number:064x}",
        cluster="one",
        party="sub",
        party_kind=PartyKind.UCM,
        party_role="subscriber",
        node="",
        usage=Usage.IDENTITY,
        name="tomcat",
        common_name="sub.one.example",
        serial="1",
        subject="CN=sub.one.example",
        issuer="CN=Issuing CA",
        issued_by="Issuing CA",
        self_signed=False,
        is_ca=False,
        key_type="RSA",
        key_size=2048,
        not_before=NOW - timedelta(days=100),
        not_after=end,
        effective_end=end,
        limited_by=f"{number:064x}",
        limited_by_name="sub.one.example",
        chain=Chain.COMPLETE,
        revoked_at=None,
        how="uploaded",
        copy_of="",
        description="",
        state=State.FINE,
        places=1,
    )
    return replace(base, **changes)
