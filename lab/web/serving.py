"""A server of the machine routes alone, without the dashboard."""

import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Thread
from time import sleep

import uvicorn
from uvicorn.supervisors import Multiprocess

from lab.errors import RuleError
from lab.web.routes import machine_app

_LOOK_SECONDS = 0.01


def serve(host: str, port: int, workers: int, ready: Callable[[str], None]) -> None:
    """Answer until stopped, with so many processes; `ready` is told the address.

    Port 0 takes a free one. Each process opens the lab that `LAB_DB` names. Raises
    `RuleError` when the address is not to be had.
    """
    config = uvicorn.Config(
        "lab.web.routes:machine_app",
        factory=True,
        workers=workers,
        log_level="warning",
        access_log=False,
        server_header=False,
    )
    with _listen(host, port) as listener:
        ready(f"{_address(host, listener)}/pki/")
        with suppress(KeyboardInterrupt):  # it has stopped in good order by then
            if workers > 1:
                Multiprocess(config, sockets=[listener]).run()
            else:
                uvicorn.Server(config).run(sockets=[listener])


@contextmanager
def serving_in_background(
    path: Path, host: str = "127.0.0.1", port: int = 0
) -> Iterator[str]:
    """Serve the lab of this file from a thread; hands out the base URL.

    Raises `RuleError` when the address is not to be had.
    """
    config = uvicorn.Config(
        machine_app(path), log_level="warning", access_log=False, server_header=False
    )
    server = uvicorn.Server(config)
    with _listen(host, port) as listener:
        thread = Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        try:
            while thread.is_alive() and not server.started:
                sleep(_LOOK_SECONDS)
            yield _address(host, listener)
        finally:
            server.should_exit = True
            thread.join()


def _address(host: str, listener: socket.socket) -> str:
    shown = f"[{host}]" if ":" in host else host
    return f"http://{shown}:{listener.getsockname()[1]}"


def _listen(host: str, port: int) -> socket.socket:
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        # Bound here and once, so that a taken port is told before anything starts.
        listener = socket.create_server((host, port), family=family, backlog=2048)
    except (OSError, UnicodeError, OverflowError) as error:
        raise RuleError(
            "nobody can listen on {host} port {port}: {reason}",
            hint="Choose another with --host or --port, or stop who has it.",
            host=host,
            port=port,
            reason=getattr(error, "strerror", None) or error,
        ) from None
    listener.set_inheritable(True)
    return listener
