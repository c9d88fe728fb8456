"""Trust lists as `show itl` and `show ctl` print them: facts §8.3."""

from collections.abc import Iterator
from hashlib import md5, sha1

from lab.pki.trust_lists import ListField, ListRecord, TrustListFile, is_signed_by
from lab.rules.trust_lists import LIST_ROLES, RECORD_TAGS

_TAGS = {row.number: row.name for row in RECORD_TAGS}
_LABELS = {row.name: row.label for row in LIST_ROLES}
_TEXTS = ("DNSNAME", "SUBJECTNAME", "ISSUERNAME")
_SILENT = ("PUBLICKEY", "SIGNATURE")  # printed without their value


def list_text(
    data: bytes, file: TrustListFile, kind: str, signer_der: bytes = b""
) -> str:
    """The text of a list; the signer's certificate is needed if it is not in it."""
    # Printed, and compared by people: nothing is trusted by them.
    short = md5(data, usedforsecurity=False).hexdigest()
    longer = sha1(data, usedforsecurity=False).hexdigest()
    lines = [
        f"The checksum value of the {kind} file:",
        f"{short}(MD5)",
        f"{longer}(SHA1)",
        f"Length of {kind} file: {len(data)}",
        f"The {kind} File was last modified on {file.made_at:%a %b %d %H:%M:%S UTC %Y}",
    ]
    signers = [signer_der] if signer_der else []
    for number, record in enumerate(file.records, 1):
        lines += ["", *_record_lines(number, record, kind)]
        if signed_with(file, record):
            lines.append(f"This etoken was used to sign the {kind} file.")
            signers.append(record.certificate.der)
    good = any(is_signed_by(file, each) for each in signers)
    verdict = "was verified successfully." if good else "could not be verified."
    return "\n".join([*lines, "", f"The {kind} file {verdict}"])


def absent_text(kind: str) -> str:
    """What is printed where there is no such list."""
    lines = (
        f"Length of {kind} file: 0",
        f"{kind} File not found",
        f"Error parsing the {kind} File.",
    )
    return "\n".join(lines)


def signed_with(file: TrustListFile, record: ListRecord) -> bool:
    """Whether the header names this certificate, and its key made the signature."""
    return (
        record.role == "SAST"
        and record.certificate.serial == file.signer_serial
        and is_signed_by(file, record.certificate.der)
    )


def _record_lines(number: int, record: ListRecord, kind: str) -> Iterator[str]:
    yield f"{kind} Record #:{number}"
    yield f"{'':8}----"
    yield _line("BYTEPOS", "TAG", "LENGTH", "VALUE")
    yield _line("-------", "---", "------", "-----")
    for field in record.fields:
        name = _TAGS[field.tag]
        value = _value(name, field, record)
        yield _line(str(field.tag), name, str(field.length), value)


def _value(name: str, field: ListField, record: ListRecord) -> str:
    if name in _SILENT:
        return ""
    if name in _TEXTS:
        return field.value.removesuffix(b"\0").decode("utf-8", "replace")
    if name == "RECORDLENGTH":
        return str(record.length)
    if name == "FUNCTION":
        return _LABELS.get(record.role, record.role)
    if name == "CERTIFICATE":
        return f"{record.certificate.sha1.upper()} (SHA1 Hash HEX)"
    return field.value.hex(":").upper()


def _line(at: str, tag: str, length: str, value: str) -> str:
    return f"{at:<8}{tag:<16}{length:<8}{value}".rstrip()
