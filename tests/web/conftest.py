import shutil
import socket
from contextlib import contextmanager
from http.client import HTTPConnection
from threading import Thread
from time import sleep

import pytest
import uvicorn

from lab.lab import open_lab
from lab.web.routes import machine_app
from tests.web.responding import Asking, add_answering_authorities, issue_all


class Client:
    """One kept connection to a server; every answer is read to its end."""

    def __init__(self, port):
        self.port = port
        self.connection = HTTPConnection("127.0.0.1", port, timeout=30)

    def ask(self, path, method="GET", body=None, **headers):
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        self.connection.request(method, path, body=body, headers=names)
        answer = self.connection.getresponse()
        answer.body = answer.read()
        return answer

    def send_raw(self, data):
        """Send bytes as they are; return what comes back until the server hangs up."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=30) as line:
            line.sendall(data)
            received = b""
            while part := line.recv(65536):
                received += part
        return received


@contextmanager
def running(app):
    listener = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(app, log_level="warning", access_log=False)
    server = uvicorn.Server(config)
    thread = Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    try:
        while not server.started:
            assert thread.is_alive()
            sleep(0.01)
        yield Client(listener.getsockname()[1])
    finally:
        server.should_exit = True
        thread.join(timeout=30)
        listener.close()
        assert not thread.is_alive()


@pytest.fixture
def client(example_path):
    """A client of a real server over a copy of the example lab."""
    with running(machine_app()) as client:
        yield client
        client.connection.close()


@pytest.fixture
def client_without_lab(tmp_path, monkeypatch):
    """A client of a server whose lab was never made."""
    monkeypatch.setenv("LAB_DB", str(tmp_path / "nowhere" / "lab.sqlite3"))
    with running(machine_app()) as client:
        yield client
        client.connection.close()


@pytest.fixture
def client_of_sealed_lab(example_path, monkeypatch):
    """A client of a server that was not given the passphrase of its lab."""
    monkeypatch.setenv("LAB_KEY_PASSPHRASE", "open sesame")
    open_lab(example_path).close()
    monkeypatch.delenv("LAB_KEY_PASSPHRASE")
    with running(machine_app()) as client:
        yield client
        client.connection.close()


@pytest.fixture(scope="session")
def answering_file(tmp_path_factory):
    """A lab with certificates in every state, and the certificates."""
    path = tmp_path_factory.mktemp("answering") / "lab.sqlite3"
    lab = open_lab(path, actor="test")
    add_answering_authorities(lab)
    leaves = issue_all(lab)
    lab.db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    lab.close()
    return path, leaves


@pytest.fixture
def asking(answering_file, tmp_path, monkeypatch):
    """A copy of that lab in a file that this test may change; `LAB_DB` names it."""
    file, leaves = answering_file
    path = tmp_path / "lab.sqlite3"
    shutil.copy(file, path)
    monkeypatch.setenv("LAB_DB", str(path))
    monkeypatch.delenv("LAB_FAULTS", raising=False)
    lab = open_lab(path, actor="test")
    yield Asking(lab, leaves)
    lab.close()


@pytest.fixture
def server(asking):
    """A client of a real server over that lab."""
    with running(machine_app()) as client:
        yield client
        client.connection.close()
