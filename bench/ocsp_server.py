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

from lab.web.routes import machine_app

FIXED = "/fixed"  # as anybody would write a route with Starlette
_TYPE = "application/ocsp-response"


def fixed_routes() -> list[BaseRoute]:
    """A route, by GET and POST, whose answer is the bytes of the file."""
    body = Path(os.environ["BENCH_FIXED"]).read_bytes()

    async def answer(request: Request) -> Response:
        await request.body()
        return Response(body, media_type=_TYPE)

    return [Route(FIXED, answer, methods=["GET", "POST"])]


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
