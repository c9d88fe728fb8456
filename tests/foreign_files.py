"""Files of each form that other tools than the lab made, and a server of OpenSSL's."""

import json
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from shutil import which
from subprocess import PIPE, STDOUT, Popen, run

PASSWORD = "changeit"
_SUBJECT = ("-subj", "/O=Foreign/CN=pub.foreign.example", "-days", "400")
_NEW = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")
_LOCK = ("-passout", f"pass:{PASSWORD}")


def make_files(folder: Path) -> list[Path]:
    """Write them with openssl, keytool, Java and Python; without a tool, without its.

    Each holds one certificate, which openssl made; that of keytool is its own.
    """
    _run(folder, "openssl", "req", "-x509", *_NEW, *_SUBJECT, "-keyout", "key.txt")
    text = _run(folder, "openssl", "req", "-x509", "-key", "key.txt", *_SUBJECT)
    pem = text.decode()
    (folder / "openssl.pem").write_text(pem)
    for name, command in {
        "openssl.der": ("x509", "-in", "openssl.pem", "-outform", "DER"),
        "openssl.p7b": ("crl2pkcs7", "-nocrl", "-certfile", "openssl.pem"),
        "openssl-der.p7b": (
            *("crl2pkcs7", "-nocrl", "-certfile", "openssl.pem"),
            *("-outform", "DER"),
        ),
        "openssl.p12": (
            *("pkcs12", "-export", "-in", "openssl.pem", "-inkey", "key.txt"),
            *_LOCK,
        ),
    }.items():
        _run(folder, "openssl", *command, "-out", name)
    dump = _run(folder, "openssl", "x509", "-in", "openssl.pem", "-text").decode()
    (folder / "session.txt").write_text(f"admin:show cert own tomcat\r\n{dump}admin:")
    _write_snapshot(folder / "snapshot.json", pem)
    with zipfile.ZipFile(folder / "python.zip", "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("hq/pub/tomcat/tomcat.pem", pem)
    if which("keytool"):
        keystore = ("-keystore", "keytool.p12", "-storetype", "PKCS12")
        _run(
            *(folder, "keytool", "-genkeypair", "-keyalg", "EC", "-alias", "tomcat"),
            *("-groupname", "secp256r1", "-dname", "CN=keytool", *keystore),
            *("-storepass", PASSWORD),
        )
    if which("java"):
        _run_java(folder)
    (folder / "key.txt").unlink()
    return sorted(each for each in folder.iterdir() if each.suffix != ".java")


@contextmanager
def serving_tls(folder: Path) -> Iterator[str]:
    """A TLS server of openssl's, for as long as the body runs; yields "host:port"."""
    _run(
        *(folder, "openssl", "req", "-x509", *_NEW, "-subj", "/CN=served.example"),
        *("-keyout", "served.key", "-out", "served.pem"),
    )
    server = Popen(
        [
            *("openssl", "s_server", "-accept", "127.0.0.1:0"),
            *("-key", "served.key", "-cert", "served.pem"),
        ],
        cwd=folder,
        stdin=PIPE,
        stdout=PIPE,
        stderr=STDOUT,
        text=True,
    )
    assert server.stdout
    try:
        accept = next(line for line in server.stdout if line.startswith("ACCEPT"))
        yield accept.split()[1]
    finally:
        server.kill()
        server.communicate()


def _write_snapshot(path: Path, pem: str) -> None:
    snapshot = {
        "server": "pub.foreign.example",
        "identities": [{"service": "tomcat", "certificate": pem}],
        "trusts": [],
    }
    path.write_text(json.dumps(snapshot))


def _run_java(folder: Path) -> None:
    source = folder / "Path.java"
    source.write_text(
        """
import java.io.*; import java.nio.file.*; import java.security.cert.*;
import java.util.List;
class Path { public static void main(String[] a) throws Exception {
    var factory = CertificateFactory.getInstance("X.509");
    try (var in = new FileInputStream("openssl.pem")) {
        var path = factory.generateCertPath(
            List.of((X509Certificate) factory.generateCertificate(in)));
        Files.write(Paths.get("java.p7b"), path.getEncoded("PKCS7"));
        Files.write(Paths.get("java.pkipath"), path.getEncoded("PkiPath"));
    } } }
"""
    )
    _run(folder, "java", source.name)


def _run(folder: Path, *command: str) -> bytes:
    done = run(command, cwd=folder, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout
