"""Fixtures of the browser tests: real servers, and Chromium."""

import shutil
from functools import partial

import pytest

from bench.serving import serving
from lab.lab import open_lab
from tests.browser.looking import CHROMIUM, browsing, open_tab, page_paths


@pytest.fixture(scope="module")
def browser():
    """Chromium; it is closed with the module, for its loop stands in others' way."""
    if CHROMIUM is None:
        pytest.skip("chromium is not installed")
    with browsing() as browser:
        yield browser


@pytest.fixture(scope="module")
def example_address(example_file, tmp_path_factory):
    """The address of a dashboard on a copy of the example lab."""
    path = tmp_path_factory.mktemp("served") / "lab.sqlite3"
    shutil.copy(example_file, path)
    with serving(environment={"LAB_DB": str(path)}) as address:
        yield address


@pytest.fixture
def empty_address(tmp_path):
    """The address of a dashboard that nobody visited, on a lab that holds nothing."""
    path = tmp_path / "empty.sqlite3"
    open_lab(path).close()
    with serving(environment={"LAB_DB": str(path)}) as address:
        yield address


@pytest.fixture
def fresh_address(tmp_path):
    """The address of a dashboard that nobody visited, with no lab yet."""
    environment = {"LAB_DB": str(tmp_path / "fresh.sqlite3")}
    with serving(environment=environment) as address:
        yield address


@pytest.fixture
def tab(browser, example_address):
    """Opens a tab on the example lab; `tab(size=…, theme=…, locale=…)`."""
    return partial(open_tab, browser, example_address)


@pytest.fixture(scope="module")
def paths(example_address):
    """The pages there are: name and path."""
    return page_paths(example_address)
