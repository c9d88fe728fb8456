"""The commands that ask the same with openssl, and the files that they name."""

import shlex

from lab.actions.ask_by_hand import Enquiry, certificates_of
from lab.actions.export import certificate_file
from lab.lab import Lab

# The request as a part of an address: RFC 6960 appendix A.1.
_ENCODED = '"$(base64 -w0 request.der | sed "s/+/%2B/g; s|/|%2F|g; s/=/%3D/g")"'


def commands(lab: Lab, enquiry: Enquiry) -> list[str]:
    """The shell commands that ask the same with openssl, for files as downloaded.

    `openssl ocsp` asks by POST; for GET it writes the request, and curl sends it.
    """
    asked = certificates_of(lab, enquiry)
    certificate, issuer = asked[0]
    chain = certificate_file(lab, issuer.sha256, "chain").name
    if enquiry.method == "CRL":
        return [
            _line("curl", "-sS", "-o", "list.crl", enquiry.url),
            _line(
                *("openssl", "crl", "-inform", "DER", "-in", "list.crl"),
                *("-noout", "-text", "-CAfile", chain),
            ),
        ]
    words = ["openssl", "ocsp", f"-{enquiry.hash_name}"]
    for certificate, issuer in asked:
        words += ["-issuer", certificate_file(lab, issuer.sha256, "pem").name]
        words += ["-cert", certificate_file(lab, certificate.sha256, "pem").name]
    nonce = "-no_nonce" if enquiry.nonce_octets is None else "-nonce"
    seen = ["-resp_text", "-CAfile", chain]
    if enquiry.how == "POST":
        return [_line(*words, nonce, "-url", enquiry.url, *seen)]
    base = enquiry.url.rstrip("/")
    return [
        _line(*words, nonce, "-reqout", "request.der"),
        f"{_line('curl', '-sS', '-o', 'answer.der', f'{base}/')}{_ENCODED}",
        # Of another run than the request: it would expect a nonce of its own.
        _line(*words, "-no_nonce", "-respin", "answer.der", *seen),
    ]


def files_for(lab: Lab, enquiry: Enquiry) -> list[tuple[str, bytes]]:
    """The files that the commands name."""
    found: dict[str, bytes] = {}
    asked = certificates_of(lab, enquiry)
    for certificate, issuer in asked:
        for each in (certificate, issuer):
            file = certificate_file(lab, each.sha256, "pem")
            found[file.name] = file.data
    file = certificate_file(lab, asked[0][1].sha256, "chain")
    return list({**found, file.name: file.data}.items())


def _line(*words: str) -> str:
    return shlex.join(words)
