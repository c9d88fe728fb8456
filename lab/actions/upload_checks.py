"""What an upload is refused for, in the words of the cluster: facts §3.1, §3.5."""

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime

from lab.actions.deed import deed, record
from lab.clock import utc_text
from lab.errors import BadInputError, BusyError, LabError, RuleError
from lab.lab import Lab
from lab.models import Certificate
from lab.pki.bundles import check_size, from_base64, read_bundle, with_utf8
from lab.pki.kinds import kind_of
from lab.pki.links import is_issued_by, may_issue
from lab.pki.reading import read_certificate
from lab.rules.cluster_messages import ISSUER_MISSING
from lab.rules.request_form import MOST_CERTIFICATES, refuses

LOOK_AGAIN = "the lab has changed since {number} uploads were looked at"
_LONGEST = 1000  # characters of a refusal that the event keeps


@contextmanager
def noting_refusals(lab: Lab, node: str, name: str) -> Iterator[None]:
    """Write the event of a refused upload, once all that it did is undone.

    Only of an upload that stands by itself: what a deed or a trial asks for within is
    theirs to tell. A lab that is busy notes nothing.
    """
    by_itself = not lab.db.conn.in_transaction
    try:
        yield
    except BusyError:
        raise
    except LabError as refusal:
        if by_itself and refusal.template != LOOK_AGAIN:  # the cluster was not asked
            with suppress(BusyError), deed(lab) as now:
                text = str(refusal)[:_LONGEST]
                record(lab, now, "upload.refused", f"{name} on {node}", text)
        raise


def read_upload(data: bytes) -> list[Certificate]:
    """The certificates of a file that is uploaded, each once, as they stand in it.

    PEM, DER, PKCS#7 in either form, or the base64 of one of them. A PKCS#12 file is
    refused, and private keys are left where they are.
    """
    der = _decoded(data)
    if kind_of(der) == "PKCS#12":
        raise BadInputError(
            "the file is a PKCS#12 file; the cluster takes certificates alone",
            hint="Take them out of it: openssl pkcs12 -in FILE -nokeys -out FILE.pem. "
            "The key of a slot is made on its node, with the signing request.",
        )
    ders = dict.fromkeys(read_bundle(der).ders)
    if len(ders) > MOST_CERTIFICATES:
        raise BadInputError(
            "the file holds {count} certificates; at most {limit} are uploaded at once",
            hint="Split the file, or bring it in on the import page.",
            count=len(ders),
            limit=MOST_CERTIFICATES,
        )
    return [read_certificate(each) for each in ders]


def private_keys_in(data: bytes) -> int:
    """How many private keys a file holds that `read_upload` has read."""
    return read_bundle(_decoded(data)).private_keys


def _decoded(data: bytes) -> bytes:
    check_size(data)
    text = with_utf8(data)
    return from_base64(text) or text


def check_not_expired(found: Sequence[Certificate], now: datetime) -> None:
    """Refuse a file of which anything has expired: facts §3.1."""
    for certificate in found:
        if certificate.expired(now):
            raise RuleError(
                "{subject} expired on {end}; the lab's clock says {now}",
                hint="Upload one that is still valid.",
                subject=certificate.subject,
                end=utc_text(certificate.not_after),
                now=utc_text(now),
            )


def signed(child: Certificate, issuer: Certificate) -> bool:
    """Whether the second, by its name and key, issued the first and may do so."""
    return (
        child.issuer_hash == issuer.subject_hash
        and may_issue(issuer)
        and is_issued_by(child.der, issuer.der)
    )


def chain_within(
    leaf: Certificate, trusted: Collection[Certificate]
) -> list[Certificate]:
    """From the leaf as far up as these certificates reach, to a root where they do.

    The last of it is self-signed and one of them when the chain is whole.
    """
    by_name: dict[str, list[Certificate]] = {}
    for each in trusted:
        by_name.setdefault(each.subject_hash, []).append(each)
    longest = [leaf]
    paths, seen = [[leaf]], {leaf.sha256}
    while paths:
        path = paths.pop()
        for issuer in by_name.get(path[-1].issuer_hash, ()):
            if issuer.self_signed and signed(path[-1], issuer):
                return [*path, issuer] if issuer.sha256 != path[-1].sha256 else path
            if issuer.sha256 not in seen and signed(path[-1], issuer):
                seen.add(issuer.sha256)
                paths.append([*path, issuer])
                longest = max(longest, paths[-1], key=len)
    return longest


def check_chain(
    leaf: Certificate, trusted: Collection[Certificate], stores: str, node: str
) -> None:
    """Refuse a leaf whose issuers are not all in the stores, up to a root."""
    top = chain_within(leaf, trusted)[-1]
    if not top.self_signed or top.sha256 not in {each.sha256 for each in trusted}:
        raise RuleError(
            ISSUER_MISSING,
            hint="{subject} was issued by {issuer}, which is not in {stores} on "
            "{node}. Upload the root first, then the intermediates, then the "
            "certificate.",
            subject=top.subject,
            issuer=top.issuer,
            stores=stores,
            node=node,
        )


def issues_others(certificate: Certificate, beside: Sequence[Certificate]) -> bool:
    """Whether it is there as an authority: it says so, or it signed another one."""
    return (
        certificate.is_ca
        or "keyCertSign" in certificate.key_usage
        or any(
            each.sha256 != certificate.sha256
            and each.issuer_hash == certificate.subject_hash
            and is_issued_by(each.der, certificate.der)
            for each in beside
        )
    )


def is_sound_authority(certificate: Certificate) -> bool:
    """CA:TRUE and keyCertSign, as from 14 SU2 on: facts §1.5."""
    return certificate.is_ca and "keyCertSign" in certificate.key_usage


def check_authorities(
    found: Sequence[Certificate],
    there: Collection[Certificate],
    *,
    store: str,
    node: str,
    profile: str,
) -> None:
    """Refuse authorities that come without their issuer, or that may issue nothing."""
    for each in found:
        if refuses("Authorities", profile) and not (
            is_sound_authority(each) or not issues_others(each, found)
        ):
            raise RuleError(
                "{subject} is no authority: it has CA:{is_ca} and the key usages "
                "{usages}",
                hint="A CA that is uploaded has CA:TRUE and keyCertSign. Ask its "
                "owner for such a certificate.",
                subject=each.subject,
                is_ca=str(each.is_ca).upper(),
                usages=", ".join(each.key_usage) or "none",
            )
        if each.is_ca and not each.self_signed:
            if any(signed(each, above) for above in (*there, *found)):
                continue
            raise RuleError(
                ISSUER_MISSING,
                hint="{subject} was issued by {issuer}, which is neither in {stores} "
                "on {node} nor in the file. Upload the root first, then the "
                "intermediates.",
                subject=each.subject,
                issuer=each.issuer,
                stores=store,
                node=node,
            )
