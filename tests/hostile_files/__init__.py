"""Files that mean harm, made by functions: `python -m tests.hostile_files FOLDER`."""

from tests.hostile_files import (
    bare_files,
    certificates_with_bad_extensions,
    certificates_with_bad_names,
    certificates_with_bad_parts,
    containers,
    text_files,
    zip_files,
)
from tests.hostile_files.making import HOSTILE_FILES, HostileFile, write_files

__all__ = [
    "HOSTILE_FILES",
    "HostileFile",
    "bare_files",
    "certificates_with_bad_extensions",
    "certificates_with_bad_names",
    "certificates_with_bad_parts",
    "containers",
    "text_files",
    "write_files",
    "zip_files",
]
