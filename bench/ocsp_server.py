"""The lab's routes on one process, with bytes that never change beside them.

`python -m bench.ocsp_server PORT`; `LAB_DB` names the lab, and `BENCH_FIXED` the file
with the bytes.
"""

import os
import sys
from pathlib import Path

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route
from starlette.types import Receive, Scope, Send

from lab.web.routes import machine_app

FIXED = "/fixed"  # as anybody would write a route with Starlette
BAREST = "/barest"  # as little as ASGI asks for
_TYPE = "application/ocsp-response"


class _Barest:
    """Starlette calls a function with a request, and anything else as ASGI."""

    def __init__(self, body: bytes) -> None:
        length = str(len(body)).encode()
        self.start = {
            "type": "http.response.start",
            "status": 200,
            "headers": [
                (b"content-type", _TYPE.encode()),
                (b"content-length", length),
            ],
        }
        self.body = {"type": "http.response.body", "body": body}

    async def __call__(self, _scope: Scope, receive: Receive, send: Send) -> None:
        while (await receive()).get("more_body"):
            pass
        await send(self.start)
        await send(self.body)


def fixed_routes() -> list[BaseRoute]:
    """Two routes, by GET and POST, whose answer is the bytes of the file."""
    body = Path(os.environ["BENCH_FIXED"]).read_bytes()

    async def answer(request: Request) -> Response:
        await request.body()
        return Response(body, media_type=_TYPE)

    methods = ["GET", "POST"]
    return [
        Route(FIXED, answer, methods=methods),
        Route(BAREST, _Barest(body), methods=methods),
    ]


def app() -> Starlette:
    found = machine_app()
    # First, so that no other route is tried before them.
    found.router.routes[:0] = fixed_routes()
    return found


if __name__ == "__main__":
    # As lab.web.serving has it.
    uvicorn.run(
        app(),
        port=int(sys.argv[1]),
        log_level="warning",
        access_log=False,
        server_header=False,
    )
