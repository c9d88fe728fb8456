"""A real server of a dashboard on a free port, and how long its pages take.

Its own protocol is spoken: the message a browser sends to have a page drawn, and the
answers up to the one that says the script has finished. So the figure holds all that
the server does (script, caches, messages packed and sent) and nothing of a browser.
"""

import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.sync.client import ClientConnection, connect

ROOT = Path(__file__).parents[1]
_START_SECONDS = 60


@contextmanager
def serving(
    script: Path = ROOT / "dashboard.py", environment: Mapping[str, str] | None = None
) -> Iterator[str]:
    """Serve the script on loopback; yields the address, "http://127.0.0.1:…".

    `environment` is added to this process's own. What the server prints is shown
    when it does not come up.
    """
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    address = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-m", "streamlit", "run", str(script)]
    options = ["--server.port", str(port), "--server.fileWatcherType", "none"]
    with tempfile.TemporaryFile() as log:
        server = subprocess.Popen(
            command + options,
            cwd=ROOT,
            env={**os.environ, **(environment or {})},
            stdout=log,
            stderr=subprocess.STDOUT,
        )
        try:
            if not _came_up(server, address):
                log.seek(0)
                raise RuntimeError(log.read().decode(errors="replace"))
            yield address
        finally:
            server.terminate()
            try:
                server.wait(10)
            except subprocess.TimeoutExpired:
                server.kill()
                server.wait()


@contextmanager
def visiting(address: str) -> Iterator[ClientConnection]:
    """One visit, as a browser's tab would hold it open."""
    stream = address.replace("http", "ws", 1) + "/_stcore/stream"
    # What was not read keeps nobody waiting at the end.
    with connect(
        stream,
        subprotocols=["streamlit"],  # type: ignore[list-item]  # a Subprotocol is a str
        max_size=None,
        close_timeout=0.1,
    ) as visit:
        yield visit


def draw(visit: ClientConnection, page: str = "") -> list[ForwardMsg]:
    """Have a page drawn, by the name in its address; return all that was sent.

    A page that fails is a `RuntimeError`: how fast it fails is of no interest.
    """
    wanted = BackMsg()
    wanted.rerun_script.page_name = page
    visit.send(wanted.SerializeToString())
    answers = []
    while True:
        answer = ForwardMsg()
        answer.ParseFromString(visit.recv(decode=False))
        answers.append(answer)
        if answer.delta.new_element.HasField("exception"):
            raise RuntimeError(answer.delta.new_element.exception.message)
        if answer.WhichOneof("type") == "script_finished":
            return answers


def pages_of(answers: list[ForwardMsg]) -> dict[str, str]:
    """The pages in the navigation: name, and the path each is served at."""
    for answer in answers:
        if answer.WhichOneof("type") == "navigation":
            pages = answer.navigation.app_pages
            # The one at "/" has no path to be named after.
            return {
                p.url_pathname or p.page_name.lower(): p.url_pathname for p in pages
            }
    raise RuntimeError("the dashboard sent no navigation")


def _came_up(server: subprocess.Popen[bytes], address: str) -> bool:
    give_up = time.monotonic() + _START_SECONDS
    while server.poll() is None and time.monotonic() < give_up:
        try:
            with urlopen(f"{address}/_stcore/health", timeout=5) as answer:
                return bool(answer.status == 200)
        except (URLError, ConnectionError, TimeoutError):
            time.sleep(0.1)
    return False
