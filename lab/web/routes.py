"""What machines ask of the lab over HTTP, and the work the server does by itself."""

import asyncio
import logging
import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from functools import partial
from pathlib import Path

from anyio import to_thread
from starlette.applications import Starlette
from starlette.convertors import Convertor, register_url_convertor
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Mount, Route, Router

from lab.actions.check_revocation import run_checks
from lab.actions.run_due import run_due
from lab.errors import BadInputError, BusyError, LabError, NotFoundError, RuleError
from lab.lab import lab_path
from lab.web.authorities import answer_certificate, answer_crl
from lab.web.handles import borrowed_lab, close_idle
from lab.web.responder import OcspEndpoint, close_endpoints

_PREFIX = "/pki"
_DUE_EVERY_SECONDS = 30
_RETRY_AFTER_SECONDS = 5
_STATUSES: dict[type[LabError], int] = {
    BadInputError: 400,
    NotFoundError: 404,
    RuleError: 503,  # the request is right; the lab is in no state to answer it
    BusyError: 503,
    LabError: 503,  # last: the kinds above are kinds of it
}

_log = logging.getLogger(__name__)


class _AuthorityConvertor(Convertor[str]):
    """The name of an authority as it may stand in a path, and nothing else."""

    # With what may follow a name of 63 letters: "-authorities-delta".
    regex = "[a-z0-9][a-z0-9-]{0,79}"

    def convert(self, value: str) -> str:
        return value

    def to_string(self, value: str) -> str:
        return value


register_url_convertor("authority", _AuthorityConvertor())


def routes(path: Path | None = None) -> list[BaseRoute]:
    """The routes of the lab, to stand beside the dashboard or alone.

    They serve the lab of this file, or without one that of `LAB_DB`. All are under one
    prefix, so that a wrong path or method is refused here and does not fall through
    to the dashboard's own page.
    """
    found = [
        Route("/issuers/{name:authority}.cer", _route(path, answer_certificate, "DER")),
        Route("/issuers/{name:authority}.pem", _route(path, answer_certificate, "PEM")),
        Route("/crl/{name:authority}.crl", _route(path, answer_crl)),
    ]
    return [
        # Asked for most, and so looked for first, and once.
        Route(f"{_PREFIX}/ocsp{{rest:path}}", OcspEndpoint(path)),
        Mount(_PREFIX, app=Router(found, redirect_slashes=False)),
        Route(_PREFIX, _nothing_here, methods=None),
    ]


@asynccontextmanager
async def lifespan(_app: object, *, path: Path | None = None) -> AsyncIterator[None]:
    """While the server lives, run what comes due, and check what is to be checked."""
    task = asyncio.create_task(_keep_running_due(path))
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        close_endpoints()
        close_idle()


def machine_app(path: Path | None = None) -> Starlette:
    """The machine routes as an application of their own."""
    return Starlette(routes=routes(path), lifespan=partial(lifespan, path=path))


def _route(
    path: Path | None, answer: Callable[..., Response], *rest: object
) -> Callable[[Request], object]:
    """Answer on a worker thread; the body of the request, if any, is never read."""

    async def endpoint(request: Request) -> Response:
        name, headers = request.path_params["name"], request.headers
        try:
            return await to_thread.run_sync(answer, path, name, headers, *rest)
        except LabError as refusal:
            return _refused(refusal)

    return endpoint


def _refused(refusal: LabError) -> Response:
    status = next(
        status for kind, status in _STATUSES.items() if isinstance(refusal, kind)
    )
    line = f"{refusal}. {refusal.hint}".strip()
    headers = {"Retry-After": str(_RETRY_AFTER_SECONDS)} if status == 503 else {}
    return PlainTextResponse(f"{line}\n", status, headers)


async def _nothing_here(_request: Request) -> Response:
    return PlainTextResponse("Not Found", 404)


async def _keep_running_due(path: Path | None) -> None:
    while True:
        await to_thread.run_sync(_run_due_once, path)
        await asyncio.sleep(_DUE_EVERY_SECONDS)


def _run_due_once(path: Path | None) -> None:
    try:
        if os.path.exists(path or lab_path()):
            with borrowed_lab(path) as lab:
                try:
                    run_due(lab)
                finally:  # a job that is refused each time keeps no check waiting
                    run_checks(lab)
    except LabError as refusal:
        _log.warning("due jobs wait: %s", refusal)
    except Exception:  # noqa: BLE001  # the server lives on; the next round may pass
        _log.exception("due jobs failed")
