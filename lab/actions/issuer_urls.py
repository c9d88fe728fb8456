"""Where clients find what an authority publishes: as certificates and CRLs name it."""

from lab.lab import Lab
from lab.pki.certificates import IssuerUrls
from lab.pki.crls import AUTHORITIES, EVERYTHING, USERS
from lab.store import parties, settings


def issuer_urls(lab: Lab, authority: str, *, is_ca: bool = False) -> IssuerUrls:
    """What a certificate that it signs now is to name; `is_ca`: of an authority.

    A certificate names the list of its own scope (RFC 5280 section 4.2.1.13), its
    deltas when there are any (4.2.1.15), and the responder when answers are signed.
    """
    issuer = parties.authority(lab.db, authority)
    scope = EVERYTHING
    if issuer.crl_scope == "separate":
        scope = AUTHORITIES if is_ca else USERS
    base = settings.get(lab.db, "base_url")
    return IssuerUrls(
        crl=crl_url(lab, authority, scope),
        freshest=crl_url(lab, authority, scope, delta=True)
        if issuer.delta_hours
        else "",
        ca_issuers=f"{base}/pki/issuers/{authority}.cer",
        ocsp=f"{base}/pki/ocsp" if issuer.ocsp != "none" else "",
    )


def crl_url(lab: Lab, authority: str, scope: str, *, delta: bool = False) -> str:
    """The address of its list of that scope, or of the deltas to it."""
    base = settings.get(lab.db, "base_url")
    of_scope = "" if scope == EVERYTHING else f"-{scope}"
    return f"{base}/pki/crl/{authority}{of_scope}{'-delta' if delta else ''}.crl"
