import fcntl
import io
import os
import subprocess
import sys
import tempfile
import zipfile
from contextlib import ExitStack
from itertools import count
from pathlib import Path

import pytest

from lab.actions.import_sources import MAX_ZIP_BYTES, files_of, files_under
from lab.errors import BadInputError
from lab.pki.bundles import MAX_FILE_BYTES

ZIP_HEAD = b"PK\x03\x04"
SIDE_FILES = ("", "-wal", "-shm", "-journal")


def lay(folder, *names):
    """Make files, each of which holds its own name."""
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(name.encode())


def pack(*names, **more):
    """A zip of files that hold their own names, and of others."""
    into = io.BytesIO()
    with zipfile.ZipFile(into, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in names:
            archive.writestr(zipfile.ZipInfo(name), name.encode())
        for name, data in more.items():
            archive.writestr(zipfile.ZipInfo(f"{name}.zip"), data)
    return into.getvalue()


def found_in(folder, *paths, **how):
    """Names below the folder, and what comes with them."""
    found = files_under(paths or [folder], **how)
    return [(os.path.relpath(name, folder), data) for name, data in found]


def names_in(folder, *paths, **how):
    return [name for name, _ in found_in(folder, *paths, **how)]


@pytest.fixture
def here(tmp_path):
    """A folder with some files, beside which others are."""
    here = tmp_path / "here"
    lay(here, "b.pem", "a/z.pem", "a/b/y.pem", "a.pem", "c/x.pem")
    lay(tmp_path, "outside/o.pem", "outside/p.pem")
    return here


ALL = ["a/b/y.pem", "a/z.pem", "a.pem", "b.pem", "c/x.pem"]

# -- Folders --------------------------------------------------------------------------


def test_a_folder_is_walked_in_order_of_names_and_each_file_is_read(here):
    found = found_in(here)

    assert found == [(name, name.encode()) for name in ALL]


@pytest.mark.parametrize(
    "paths",
    [("", ""), ("", "a"), ("", "a/b", "c"), ("", "b.pem", "a/z.pem"), ("", "a/..")],
    ids=str,
)
def test_what_lies_in_a_folder_that_was_walked_does_not_come_again(here, paths):
    found = names_in(here, *(here / path for path in paths))

    assert found == ALL


@pytest.mark.parametrize(
    ("paths", "expected"),
    [
        (("a", ""), ["a/b/y.pem", "a/z.pem", "a.pem", "b.pem", "c/x.pem"]),
        (("c", "a"), ["c/x.pem", "a/b/y.pem", "a/z.pem"]),
        (("c", ""), ["c/x.pem", "a/b/y.pem", "a/z.pem", "a.pem", "b.pem"]),
        (("b.pem", ""), ["b.pem", "a/b/y.pem", "a/z.pem", "a.pem", "c/x.pem"]),
        (("b.pem", "b.pem"), ["b.pem"]),
        (("a.pem", "a"), ["a.pem", "a/b/y.pem", "a/z.pem"]),
    ],
    ids=str,
)
def test_each_file_comes_where_it_is_first_named(here, paths, expected):
    found = names_in(here, *(here / path for path in paths))

    assert found == expected


def test_a_folder_whose_name_begins_like_another_is_walked_too(tmp_path):
    lay(tmp_path, "a/1.pem", "ab/2.pem", "a.d/3.pem")

    found = names_in(tmp_path, *(tmp_path / name for name in ("a", "ab", "a.d")))

    assert found == ["a/1.pem", "ab/2.pem", "a.d/3.pem"]


def test_the_folder_one_stands_in_gives_short_names(here, monkeypatch):
    monkeypatch.chdir(here)

    found = [name for name, _ in files_under([Path()])]

    assert found == ALL


def test_a_file_that_goes_away_meanwhile_comes_with_its_refusal(here):
    files = files_under([here])
    next(files)

    (here / "a.pem").unlink()
    rest = dict(files)

    assert "No such file" in str(rest[str(here / "a.pem")])
    assert rest[str(here / "b.pem")] == b"b.pem"


def test_a_folder_that_goes_away_meanwhile_comes_with_its_refusal(here):
    files = files_under([here])
    next(files)

    (here / "c/x.pem").unlink()
    (here / "c").rmdir()
    rest = dict(files)

    assert "No such file" in str(rest.pop(str(here / "c")))
    assert list(rest) == [str(here / name) for name in ("a/z.pem", "a.pem", "b.pem")]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read every file")
def test_what_may_not_be_read_comes_with_its_refusal_and_the_rest_follows(here):
    (here / "a").chmod(0)
    (here / "a.pem").chmod(0)

    found = dict(found_in(here))

    (here / "a").chmod(0o700)
    assert "Permission denied" in str(found["a"])
    assert "Permission denied" in str(found["a.pem"])
    assert found["b.pem"] == b"b.pem"


def test_a_pipe_in_a_folder_is_refused_and_not_waited_for(here):
    os.mkfifo(here / "a.pipe")

    found = dict(found_in(here))

    assert str(found.pop("a.pipe")) == "it is no regular file"
    assert list(found) == ALL


# -- Links ----------------------------------------------------------------------------


def test_a_link_to_a_file_outside_comes_under_its_own_name(here):
    (here / "d.pem").symlink_to(here.parent / "outside/o.pem")

    found = found_in(here)

    assert found[-1] == ("d.pem", b"outside/o.pem")


def test_of_two_links_to_a_file_the_first_comes(here):
    for name in ("e.pem", "d.pem"):
        (here / name).symlink_to(here.parent / "outside/o.pem")

    found = names_in(here)

    assert found == [*ALL, "d.pem"]


@pytest.mark.parametrize("target", ["b.pem", "c/x.pem", "a/../b.pem"])
def test_a_link_to_a_file_of_the_same_folder_does_not_come(here, target):
    (here / "0.pem").symlink_to(target)

    found = names_in(here)

    assert found == ALL


def test_a_file_that_a_link_has_brought_does_not_come_again(here):
    outside = here.parent / "outside"
    (here / "d.pem").symlink_to(outside / "o.pem")

    found = names_in(here, here, outside, outside / "o.pem")

    assert found == [*ALL, "d.pem", "../outside/p.pem"]


@pytest.mark.parametrize("target", ["a", ".", "..", "../outside"])
def test_links_to_folders_are_not_followed(here, target):
    (here / "d").symlink_to(target)

    found = names_in(here)

    assert found == ALL


def test_a_link_to_a_folder_is_followed_when_it_is_named_itself(here):
    link = here.parent / "link"
    link.symlink_to(here)

    found = names_in(link, link, here)

    assert found == ALL


def test_a_dead_link_comes_with_its_refusal(here):
    (here / "d.pem").symlink_to("nowhere")

    found = dict(found_in(here))

    assert isinstance(found["d.pem"], BadInputError)
    assert "No such file" in str(found["d.pem"])


# -- The lab's own file ---------------------------------------------------------------


def test_the_labs_own_file_and_its_side_files_do_not_come(here):
    own = here / "lab.sqlite3"
    lay(here, *(f"lab.sqlite3{end}" for end in SIDE_FILES), "lab.sqlite3.pem")

    found = names_in(here, here, own=own)

    assert found == [*ALL, "lab.sqlite3.pem"]


@pytest.mark.parametrize("end", SIDE_FILES)
def test_the_labs_own_file_does_not_come_by_whatever_name(here, end):
    own = here.parent / "lab.sqlite3"
    lay(here.parent, f"lab.sqlite3{end}")
    file = Path(f"{own}{end}")
    (here / "soft").symlink_to(file)
    os.link(file, here / "hard")

    found = names_in(here, here, file, here / "soft", here / "hard", own=own)

    assert found == ALL


def test_the_labs_own_file_is_named_from_where_one_stands(here, monkeypatch):
    lay(here, "lab.sqlite3")
    monkeypatch.chdir(here)

    found = names_in(here, here, own=Path("lab.sqlite3"))

    assert found == ALL


def test_locks_on_the_labs_own_file_outlast_a_walk_past_it(here):
    own = here / "lab.sqlite3"
    lay(here, "lab.sqlite3")
    os.link(own, here / "hard")
    (here / "soft").symlink_to(own)
    try_lock = (
        "import fcntl, sys; fcntl.lockf(open(sys.argv[1], 'r+b'), "
        "fcntl.LOCK_EX | fcntl.LOCK_NB)"
    )

    with own.open("r+b") as held:
        fcntl.lockf(held, fcntl.LOCK_EX)
        names_in(here, here, own, here / "soft", here / "hard", own=own)
        other = subprocess.run(
            [sys.executable, "-c", try_lock, own], capture_output=True, check=False
        )

    assert b"BlockingIOError" in other.stderr


# -- Zips -----------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["bundle.zip", "bundle.ZIP", "bundle", "bundle.pem"])
def test_a_zip_in_a_folder_is_unpacked_whatever_it_is_called(here, name):
    (here / "a" / name).write_bytes(pack("inner/x.pem", "y.pem"))

    found = dict(found_in(here))

    assert found[f"a/{name}/inner/x.pem"] == b"inner/x.pem"
    assert found[f"a/{name}/y.pem"] == b"y.pem"
    assert f"a/{name}" not in found
    assert len(found) == len(ALL) + 2


def test_the_files_of_a_zip_come_where_the_zip_lies(here):
    (here / "a.zip").write_bytes(pack("z.pem", "m.pem"))

    found = names_in(here)

    assert found == [*ALL[:3], "a.zip/z.pem", "a.zip/m.pem", *ALL[3:]]


def test_a_zip_in_a_zip_is_a_folder_too():
    data = pack("x.pem", inner=pack("y.pem"))

    found = dict(files_of([("bundle.zip", data)]))

    assert found == {
        "bundle.zip/x.pem": b"x.pem",
        "bundle.zip/inner.zip/y.pem": b"y.pem",
    }


def test_a_file_that_is_called_a_zip_and_is_none_comes_as_it_is(here):
    lay(here, "x.zip")

    found = dict(found_in(here))

    assert found["x.zip"] == b"x.zip"


def test_a_broken_zip_comes_with_its_refusal_and_the_rest_follows(here):
    (here / "0.zip").write_bytes(pack("x.pem")[:40])

    found = dict(found_in(here))

    assert isinstance(found.pop("0.zip"), BadInputError)
    assert list(found) == ALL


# -- Too large ------------------------------------------------------------------------


def sparse(path, size, head=b""):
    path.write_bytes(head)
    os.truncate(path, size)
    return path


@pytest.mark.parametrize(
    ("head", "limit"),
    [(b"", MAX_FILE_BYTES), (ZIP_HEAD, MAX_ZIP_BYTES)],
    ids=["file", "zip"],
)
def test_what_is_too_large_is_refused_and_the_rest_follows(here, head, limit):
    sparse(here / "0", limit + 1, head)

    found = dict(found_in(here))

    refusal = found.pop("0")
    assert isinstance(refusal, BadInputError)
    assert str(refusal) == f"the file has {limit + 1} bytes; the most is {limit}"
    assert list(found) == ALL


@pytest.mark.parametrize(
    ("head", "limit"),
    [(b"", MAX_FILE_BYTES), (ZIP_HEAD, MAX_ZIP_BYTES)],
    ids=["file", "zip"],
)
def test_an_upload_that_is_too_large_is_refused_without_being_read(
    tmp_path, head, limit
):
    with sparse(tmp_path / "big", limit + 1, head).open("rb") as upload:
        found = dict(files_of([("big", upload), ("small", b"small")]))
        read_to = upload.tell()

    assert str(found["big"]).startswith(f"the file has {limit + 1} bytes")
    assert found["small"] == b"small"
    assert read_to <= len(ZIP_HEAD)


def test_a_zip_may_be_larger_than_a_file_may_be(tmp_path):
    path = tmp_path / "big.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("x.pem", b"x.pem")
        with archive.open("large", "w") as large:
            for _ in range(MAX_FILE_BYTES // 2**20 + 1):
                large.write(bytes(2**20))

    found = dict(files_under([path]))

    assert path.stat().st_size > MAX_FILE_BYTES
    assert found[f"{path}/x.pem"] == b"x.pem"
    assert isinstance(found[f"{path}/large"], BadInputError)


def test_the_largest_file_that_may_be_is_read(tmp_path):
    path = sparse(tmp_path / "large", MAX_FILE_BYTES)

    ((_, data),) = files_under([path])

    assert len(data) == MAX_FILE_BYTES


# -- Uploads --------------------------------------------------------------------------


@pytest.fixture(params=["bytes", "buffer", "file", "spooled"])
def as_upload(request, tmp_path):
    """The same content in each form that an upload may have."""
    opened = ExitStack()
    numbers = count()

    def make(data):
        if request.param == "bytes":
            return data
        if request.param == "buffer":
            return io.BytesIO(data)
        if request.param == "file":
            file = (tmp_path / str(next(numbers))).open("w+b")
        else:
            file = tempfile.SpooledTemporaryFile(max_size=8)  # noqa: SIM115 - closed by the stack
        upload = opened.enter_context(file)
        upload.write(data)  # and there it stands, at the end
        return upload

    with opened:
        yield make


def test_uploads_come_under_their_names_in_their_order(as_upload):
    uploads = [("b.pem", as_upload(b"the second")), ("a/x.pem", as_upload(b"first"))]

    found = list(files_of(uploads))

    assert found == [("b.pem", b"the second"), ("a/x.pem", b"first")]


def test_an_uploaded_zip_is_unpacked(as_upload):
    upload = as_upload(pack("inner/x.pem", "y.pem"))

    found = list(files_of([("bundle.zip", upload), ("z.pem", b"z")]))

    assert found == [
        ("bundle.zip/inner/x.pem", b"inner/x.pem"),
        ("bundle.zip/y.pem", b"y.pem"),
        ("z.pem", b"z"),
    ]


@pytest.mark.parametrize("at", [1, 7, 10_000])
@pytest.mark.parametrize(
    ("data", "expected"),
    [(b"plain content", ("x", b"plain content")), (pack("a"), ("x/a", b"a"))],
    ids=["file", "zip"],
)
def test_a_file_object_is_read_from_its_start_wherever_it_stands(data, expected, at):
    upload = io.BytesIO(data)
    upload.seek(at)

    found = list(files_of([("x", upload)]))

    assert found == [expected]


def test_a_file_object_can_be_read_twice():
    uploads = [("x.zip", io.BytesIO(pack("a.pem"))), ("y", io.BytesIO(b"y"))]

    first, second = list(files_of(uploads)), list(files_of(uploads))

    assert first == second == [("x.zip/a.pem", b"a.pem"), ("y", b"y")]


def test_two_uploads_of_one_name_both_come():
    found = list(files_of([("x", b"one"), ("x", b"two")]))

    assert found == [("x", b"one"), ("x", b"two")]


@pytest.mark.parametrize("data", [b"", b"P", b"PK\x03"], ids=str)
def test_an_upload_too_short_to_be_a_zip_comes_as_it_is(data, as_upload):
    found = list(files_of([("x", as_upload(data))]))

    assert found == [("x", data)]


def test_uploads_are_read_one_at_a_time():
    asked = []

    def uploads():
        for name in ("a", "b"):
            asked.append(name)
            yield name, name.encode()

    next(files_of(uploads()))

    assert asked == ["a"]
