"""Print the cases: `python -m tests.explain_cases`, or only some topics by name."""

import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.explain_cases import ROWS, asking

_LINE = "{:<78} {:<9} {:<19} {:<9} {}"


def _print_all(topics):
    print(_LINE.format("case", "lab", "reason", "openssl", "cryptography"))
    with TemporaryDirectory() as folder:
        for row in ROWS.values():
            if not topics or row.topic in topics:
                _print_one(row, Path(folder))


def _print_one(row, folder):
    ours = asking.by_lab(row)
    openssl = asking.by_openssl(row, folder)[0] if asking.OPENSSL else "-"
    said = ("accepted" if ours.accepted else "refused", ours.fault or "", openssl)
    print(_LINE.format(row.name, *said, asking.by_cryptography(row)[0]))
    for engine in ("openssl", "cryptography"):
        if differs := getattr(row, engine):
            print(f"    {engine} {differs.says}: {differs.why}")


_print_all(sys.argv[1:])
