"""A server of the machine routes alone, without the dashboard."""

import socket
from collections.abc import Callable
from contextlib import suppress

import uvicorn
from uvicorn.supervisors import Multiprocess

from lab.errors import RuleError


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
        shown = f"[{host}]" if ":" in host else host
        ready(f"http://{shown}:{listener.getsockname()[1]}/pki/")
        with suppress(KeyboardInterrupt):  # it has stopped in good order by then
            if workers > 1:
                Multiprocess(config, sockets=[listener]).run()
            else:
                uvicorn.Server(config).run(sockets=[listener])


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
