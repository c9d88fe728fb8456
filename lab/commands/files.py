"""Files that commands write."""

from pathlib import Path

from lab.errors import BadInputError, RuleError


def write_file(name: str, data: bytes, *, force: bool = False) -> None:
    """Write a new file; one that is there already only with `force`."""
    try:
        with Path(name).open("wb" if force else "xb") as file:
            file.write(data)
    except FileExistsError:
        raise RuleError(
            "{path} is there already",
            hint="Name another file, or overwrite it with --force.",
            path=name,
        ) from None
    except OSError as error:
        raise BadInputError(
            "{path} cannot be written: {reason}",
            hint="Name another file.",
            path=name,
            reason=error.strerror,
        ) from None
