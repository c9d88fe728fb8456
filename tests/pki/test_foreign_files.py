"""Files that other tools made: OpenSSL, Java, keytool, Firefox, zip, Python."""

import gzip
import io
import ssl
import tarfile
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from shutil import which
from subprocess import run

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)

from lab.errors import BadInputError, LabError, PasswordNeededError
from lab.pki.archives import unpack
from lab.pki.bundles import write_pem, write_pkcs7
from lab.pki.der import INTEGER, OCTET_STRING, SEQUENCE, element, wrap
from lab.pki.files import Contents, read_file

# One process runs them: a tool takes a second to start, and is started once.
pytestmark = pytest.mark.xdist_group("foreign files")

PASSWORD = "changeit"
JAPANESE = "パスワード"
LOCK = ("-passout", f"pass:{PASSWORD}")
EXPORT = ("pkcs12", "-export", "-in", "chain.pem", "-inkey", "key.pem")
WITHOUT_KEY = ("pkcs12", "-export", "-in", "chain.pem", "-nokeys")
OPENSSL = {
    "openssl.der": ("x509", "-in", "leaf.der", "-inform", "DER", "-outform", "DER"),
    "openssl.pem": ("x509", "-in", "leaf.der", "-inform", "DER"),
    "openssl-text.pem": ("x509", "-in", "leaf.der", "-inform", "DER", "-text"),
    "openssl-trusted.pem": ("x509", "-in", "leaf.der", "-trustout", "-setalias", "x"),
    "openssl-pem.p7b": ("crl2pkcs7", "-nocrl", "-certfile", "chain.pem"),
    "openssl-der.p7b": (
        *("crl2pkcs7", "-nocrl", "-certfile", "chain.pem"),
        *("-outform", "DER"),
    ),
    "openssl-ber.p7b": (
        *("cms", "-sign", "-stream", "-indef", "-nodetach", "-outform", "DER"),
        *("-in", "leaf.der", "-binary", "-signer", "leaf.der", "-inkey", "key.pem"),
        *("-certfile", "authorities.pem"),
    ),
    "openssl.p12": (*EXPORT, *LOCK, "-name", "tomcat"),
    "openssl-no-key.p12": (*WITHOUT_KEY, *LOCK, "-caname", "first"),
    "openssl-3des.p12": (
        *(*EXPORT, *LOCK, "-macalg", "SHA1"),
        *("-keypbe", "PBE-SHA1-3DES", "-certpbe", "PBE-SHA1-3DES"),
    ),
    "openssl-rc2.p12": (*EXPORT, *LOCK, "-legacy"),
    "openssl-sha512.p12": (*EXPORT, *LOCK, "-macalg", "SHA512", "-iter", "9000"),
    "openssl-no-seal.p12": (*EXPORT, *LOCK, "-nomac", "-certpbe", "AES-256-CBC"),
    "openssl-open.p12": (*EXPORT, *LOCK, "-certpbe", "NONE"),
    "openssl-empty.p12": (*EXPORT, "-passout", "pass:"),
    "openssl-empty-rc2.p12": (*EXPORT, "-passout", "pass:", "-legacy"),
    "openssl-empty-rc2-no-seal.p12": (
        *(*EXPORT, "-passout", "pass:", "-legacy", "-nomac"),
        *("-certpbe", "PBE-SHA1-RC2-40"),
    ),
    "openssl-japanese.p12": (*EXPORT, "-passout", f"pass:{JAPANESE}"),
    "openssl-japanese-rc2.p12": (*EXPORT, "-passout", f"pass:{JAPANESE}", "-legacy"),
    "openssl.csr": ("req", "-new", "-key", "key.pem", "-subj", "/CN=x"),
    "openssl.key": ("ec", "-in", "key.pem", "-aes256", *LOCK),
    "openssl-der.key": ("pkcs8", "-topk8", "-nocrypt", "-in", "key.pem"),
    "openssl.pub": ("ec", "-in", "key.pem", "-pubout"),
    "openssl.params": ("ecparam", "-name", "prime256v1"),
}
PLAIN = [name for name in OPENSSL if name.endswith((".der", ".pem", ".p7b"))]
LOCKABLE = [name for name in OPENSSL if name.endswith(".p12")]


@pytest.fixture(scope="session")
def chain(leaf, issuing, root):
    return [leaf, issuing, root]


@pytest.fixture(scope="session")
def folder(tmp_path_factory, chain, ec_keys):
    """Where the tools find what the lab wrote, and put what they make."""
    folder = tmp_path_factory.mktemp("foreign")
    (folder / "leaf.der").write_bytes(chain[0])
    (folder / "chain.pem").write_bytes(write_pem(chain))
    (folder / "authorities.pem").write_bytes(write_pem(chain[1:]))
    (folder / "chain.p7b").write_bytes(write_pkcs7(chain))
    (folder / "key.pem").write_bytes(
        ec_keys[2].private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    )
    return folder


def tool(name):
    program = which(name)
    if program is None:
        pytest.skip(f"{name} is not on the PATH")
    return program


def call(program, *arguments, cwd, **more):
    done = run(
        [program, *map(str, arguments)],
        cwd=cwd,
        capture_output=True,
        check=False,
        **more,
    )
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout


@pytest.fixture(scope="session")
def of_openssl(folder):
    """What OpenSSL writes, by the name of the file."""
    program = tool("openssl")
    found = {}
    for name, arguments in OPENSSL.items():
        call(program, *arguments, "-out", name, cwd=folder)
        found[name] = (folder / name).read_bytes()
    return found


@pytest.fixture(scope="session")
def of_java(folder):
    """What a Java program reads and writes, by the name of the file."""
    source = Path(__file__).with_name("ForeignFiles.java")
    call(tool("java"), source, folder, cwd=folder)
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.fixture(scope="session")
def of_keytool(folder):
    """A keystore with a key, one with trusted certificates, and one of the old kind."""
    program = tool("keytool")
    key = ("-genkeypair", "-keyalg", "EC", "-groupname", "secp256r1", "-dname", "CN=kt")
    for name, kind, command in (
        ("keytool.p12", "PKCS12", (*key, "-alias", "tomcat")),
        ("keytool.jks", "JKS", (*key, "-alias", "x", "-keypass", PASSWORD)),
        (
            "keytool-trust.p12",
            "PKCS12",
            ("-importcert", "-noprompt", "-alias", "ours", "-file", "leaf.der"),
        ),
    ):
        store = ("-keystore", name, "-storetype", kind, "-storepass", PASSWORD)
        call(program, *command, *store, cwd=folder)
    return {path.name: path.read_bytes() for path in folder.glob("keytool*")}


def read(data, *passwords):
    """The certificates, in the order of their bytes; and what else was told."""
    contents = Contents()
    found = list(read_file(data, passwords=passwords, contents=contents))
    assert not [part for part in found if isinstance(part, BadInputError)]
    return sorted(part.der for part in found), contents


def refusal_of(data, *passwords):
    with pytest.raises(BadInputError) as refused:
        list(read_file(data, passwords=passwords))
    return str(refused.value)


# -- OpenSSL --------------------------------------------------------------------------


@pytest.mark.parametrize("name", PLAIN)
def test_what_openssl_writes_of_certificates_is_read(of_openssl, chain, name):
    found, contents = read(of_openssl[name])

    assert found == (sorted(chain) if name.endswith("p7b") else [chain[0]])
    assert contents.private_keys == 0


@pytest.mark.parametrize("name", LOCKABLE)
def test_every_pkcs12_of_openssl_is_read(of_openssl, chain, name):
    contents = Contents()
    password = JAPANESE if "japanese" in name else PASSWORD

    found = list(
        read_file(of_openssl[name], passwords=["x", password], contents=contents)
    )

    assert [piece.der for piece in found] == chain
    assert contents.private_keys == ("no-key" not in name)
    assert contents.format == "PKCS#12"


@pytest.mark.parametrize("name", LOCKABLE)
def test_a_pkcs12_of_openssl_stays_closed_without_its_password(of_openssl, chain, name):
    if "empty" in name or "open." in name:
        assert read(of_openssl[name])[0] == sorted(chain)
    else:
        for passwords in ((), ("wrong", JAPANESE[:-1])):
            with pytest.raises(PasswordNeededError):
                read(of_openssl[name], *passwords)


def test_the_names_in_a_pkcs12_of_openssl_are_kept(of_openssl):
    def labels(name):
        found = read_file(of_openssl[name], passwords=[PASSWORD])
        return [(piece.place, piece.label) for piece in found]

    assert labels("openssl.p12") == [("tomcat", "tomcat"), ("", ""), ("", "")]
    assert ("", "first") in labels("openssl-no-key.p12")


def raised(data, count):
    """The same file, asking for another number of iterations than 2048."""
    out, at = b"", 0
    while at < len(data):
        tag, start, end = element(data, at)
        inner = data[start:end]
        if tag == INTEGER and inner == b"\x08\x00":
            inner = count.to_bytes(4)
        elif tag & 0x20 or (tag == OCTET_STRING and inner[:1] == bytes([SEQUENCE])):
            with suppress(ValueError):  # a secret may begin like a sequence
                inner = raised(inner, count)
        out += wrap(tag, inner)
        at = end
    return out


@pytest.mark.parametrize("name", ["openssl.p12", "openssl-rc2.p12", "openssl-3des.p12"])
def test_a_file_that_asks_for_ten_million_iterations_is_refused(of_openssl, name):
    assert refusal_of(raised(of_openssl[name], 10_000_000), PASSWORD) == (
        "the PKCS#12 file asks for 10000000 iterations; at most 700000 are done"
    )


@pytest.mark.parametrize(
    ("name", "message"),
    [
        (
            "openssl.csr",
            "the file holds a certificate signing request, not a certificate",
        ),
        ("openssl.key", "the file holds a private key and no certificate"),
        ("openssl-der.key", "the file holds a private key and no certificate"),
        ("openssl.pub", "the file holds a public key and no certificate"),
        ("openssl.params", "there is no certificate in the file"),
    ],
)
def test_what_openssl_writes_besides_is_refused_by_what_it_is(
    of_openssl, name, message
):
    assert refusal_of(of_openssl[name]) == message


def test_openssl_reads_what_the_lab_writes(folder, chain):
    for name, command in (
        ("chain.p7b", ("pkcs7", "-inform", "DER", "-print_certs")),
        ("chain.pem", ("crl2pkcs7", "-nocrl", "-certfile")),
    ):
        last = ("-in", name) if "-inform" in command else (name,)
        printed = call(tool("openssl"), *command, *last, cwd=folder)

        assert read(printed)[0] == sorted(chain)


# -- Java -----------------------------------------------------------------------------


def test_java_sees_in_our_files_what_is_in_them(of_java, chain):
    expected = {sha256(der).hexdigest() for der in chain}

    for name in ("chain.pem", "chain.p7b"):
        assert set(of_java[f"{name}.seen"].decode().split()) == expected
    assert of_java["leaf.der.seen"].decode().strip() == sha256(chain[0]).hexdigest()


@pytest.mark.parametrize(
    ("name", "form"), [("java.p7b", "PKCS#7 DER"), ("java.pkipath", "PkiPath")]
)
def test_a_path_of_java_is_read(of_java, chain, name, form):
    found, contents = read(of_java[name])

    assert (found, contents.format) == (sorted(chain), form)


@pytest.mark.parametrize(
    ("name", "keys"),
    [
        ("java.p12", 0),
        ("java-no-password.p12", 0),
        ("java-open.p12", 0),
        ("java-old.p12", 1),
        ("java-keys.p12", 2),  # each under a password of its own
    ],
)
def test_a_keystore_of_java_gives_all_its_certificates(of_java, chain, name, keys):
    found, contents = read(of_java[name], PASSWORD)

    assert found == sorted(chain + chain[:1] * keys)
    assert contents.private_keys == keys


def test_the_aliases_of_java_are_the_labels(of_java):
    found = read_file(of_java["java.p12"], passwords=[PASSWORD])

    assert sorted(piece.label for piece in found) == [
        f"authority {number}" for number in range(3)
    ]


def test_a_keystore_of_java_needs_its_password_only_where_it_is_locked(of_java, chain):
    for name in ("java-no-password.p12", "java-open.p12"):
        assert read(of_java[name])[0] == sorted(chain)
    for name in ("java.p12", "java-old.p12", "java-keys.p12"):
        with pytest.raises(PasswordNeededError):
            read(of_java[name])


@pytest.mark.parametrize(
    ("name", "kind"), [("java.jks", "JKS"), ("java.jceks", "JCEKS")]
)
def test_the_old_keystores_of_java_are_refused(of_java, name, kind):
    assert refusal_of(of_java[name], PASSWORD) == (
        f"the file is a Java keystore of the kind {kind}"
    )


# -- keytool --------------------------------------------------------------------------


def test_what_keytool_makes_is_read(of_keytool, chain):
    contents = Contents()

    [own] = read_file(
        of_keytool["keytool.p12"], passwords=[PASSWORD], contents=contents
    )
    [trusted] = read_file(of_keytool["keytool-trust.p12"], passwords=[PASSWORD])

    assert x509.load_der_x509_certificate(own.der).subject.rfc4514_string() == "CN=kt"
    assert (own.place, own.label, contents.private_keys) == ("tomcat", "tomcat", 1)
    assert (trusted.der, trusted.label) == (chain[0], "ours")


def test_what_keytool_makes_of_the_old_kind_is_refused(of_keytool):
    assert "keystore of the kind JKS" in refusal_of(of_keytool["keytool.jks"])


# -- Firefox --------------------------------------------------------------------------


def test_what_the_library_of_firefox_writes_is_read():
    # BER all through, and 600,000 iterations for each safe, key and seal.
    data = Path(__file__).with_name("nss.p12").read_bytes()
    contents = Contents()

    [own] = read_file(data, passwords=[PASSWORD], contents=contents)

    assert x509.load_der_x509_certificate(own.der).subject.rfc4514_string() == "CN=nss"
    assert (own.place, own.label, contents.private_keys) == ("tomcat", "tomcat", 1)


# -- zip, jar, tar, gzip, ssh-keygen, Python ------------------------------------------


@pytest.mark.parametrize(
    "options",
    [("-q",), ("-q", "-0"), ("-q", "-Z", "bzip2"), ("-q", "-fz"), ("-q", "-fd")],
    ids=["deflate", "stored", "bzip2", "zip64", "descriptors"],
)
def test_an_archive_of_zip_is_unpacked(folder, tmp_path, options):
    call(tool("zip"), *options, tmp_path / "a.zip", "chain.pem", "leaf.der", cwd=folder)

    with (tmp_path / "a.zip").open("rb") as source:
        found = dict(unpack("a.zip", source))

    assert found == {
        f"a.zip/{name}": (folder / name).read_bytes()
        for name in ("chain.pem", "leaf.der")
    }


def test_an_archive_that_zip_writes_into_a_pipe_is_unpacked(folder):
    data = call(tool("zip"), "-q", "-", "chain.pem", cwd=folder)

    [(name, found)] = unpack("-", io.BytesIO(data))

    assert (name, found) == ("-/chain.pem", (folder / "chain.pem").read_bytes())


def test_an_archive_that_zip_encrypted_is_refused(folder, tmp_path):
    call(tool("zip"), "-q", "-P", "x", tmp_path / "a.zip", "leaf.der", cwd=folder)

    with (tmp_path / "a.zip").open("rb") as source:
        [(_, refusal)] = unpack("a.zip", source)

    assert str(refusal) == "the entry is encrypted"


def test_an_archive_of_jar_is_unpacked(folder, tmp_path):
    call(tool("jar"), "cf", tmp_path / "a.jar", "leaf.der", cwd=folder)

    with (tmp_path / "a.jar").open("rb") as source:
        found = dict(unpack("a.jar", source))

    assert found["a.jar/leaf.der"] == (folder / "leaf.der").read_bytes()


def test_other_archives_are_refused_by_name(folder):
    into = io.BytesIO()
    with tarfile.open(fileobj=into, mode="w") as archive:
        archive.add(folder / "leaf.der", "leaf.der")
    tar = into.getvalue()

    assert refusal_of(tar) == "the file is a tar archive, which is not unpacked"
    assert refusal_of(gzip.compress(tar)).startswith("the file is a gzip archive")


def test_keys_of_ssh_are_refused(folder, tmp_path):
    call(
        tool("ssh-keygen"),
        *("-q", "-t", "ed25519", "-N", "", "-f", tmp_path / "key"),
        cwd=folder,
    )

    private = refusal_of((tmp_path / "key").read_bytes())
    public = refusal_of((tmp_path / "key.pub").read_bytes())

    assert private == "the file holds a private key and no certificate"
    assert public == "there is no certificate in the file: it is of the kind SSH"


def test_python_reads_what_the_lab_writes_and_the_other_way_round(chain):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(cadata=write_pem(chain).decode())

    assert sorted(context.get_ca_certs(binary_form=True)) == sorted(chain[1:])
    for der in chain:
        assert read(ssl.DER_cert_to_PEM_cert(der).encode())[0] == [der]


def test_no_refusal_of_an_archive_is_an_exception(folder):
    for path in folder.iterdir():
        with path.open("rb") as source:
            for _, found in unpack(path.name, source):
                assert isinstance(found, LabError)
