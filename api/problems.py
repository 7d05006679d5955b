"""Every error as RFC 9457 problem details, and a page that explains each.

`type` is `/problems/<slug>`: a reference to this service's own page about the error,
which is its class's docstring and advice.
"""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, FastAPI, Request
from fastapi.encoders import jsonable_encoder
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from ledger.errors import LedgerError, NotFound, Unavailable, all_errors

MEDIA_TYPE = "application/problem+json"
PROBLEMS = {error.slug(): error for error in all_errors()}
router = APIRouter(prefix="/problems", tags=["problems"])


def problem(error: LedgerError) -> JSONResponse:
    """The answer for a LedgerError."""
    body: dict[str, Any] = {
        **error.facts,
        "type": f"/problems/{error.slug()}",
        "title": _title(type(error)),
        "status": error.status,
        "detail": error.detail,
        "advice": error.advice,
        "error": type(error).__name__,
    }
    headers = {}
    if isinstance(error, Unavailable):
        headers["Retry-After"] = str(error.retry_after_seconds)
    return JSONResponse(body, error.status, headers, MEDIA_TYPE)


def install(app: FastAPI) -> None:
    """Make `app` answer every error as a problem."""
    app.include_router(router)

    @app.exception_handler(LedgerError)
    async def _ledger_error(_request: Request, error: LedgerError) -> JSONResponse:
        return problem(error)

    @app.exception_handler(RequestValidationError)
    async def _invalid(_request: Request, error: RequestValidationError) -> JSONResponse:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        body = {
            "type": "/problems/malformed-request",
            "title": "The request does not have the form that this route takes.",
            "status": 422,
            "detail": f"{where}: {first['msg']}",
            "advice": "Correct the request as the detail says and send it again.",
            "error": "MalformedRequest",
            "errors": jsonable_encoder(error.errors(), exclude={"ctx", "input", "url"}),
        }
        return JSONResponse(body, 422, media_type=MEDIA_TYPE)

    @app.exception_handler(HTTPException)
    async def _http(_request: Request, error: HTTPException) -> JSONResponse:
        body = {
            "type": "about:blank",
            "title": str(error.detail),
            "status": error.status_code,
            "detail": str(error.detail),
        }
        return JSONResponse(body, error.status_code, error.headers, MEDIA_TYPE)


@router.get("/{slug}", summary="What an error means and what to do about it")
def explain(slug: str) -> dict[str, Any]:
    """The page that a problem's `type` refers to."""
    error = PROBLEMS.get(slug)
    if error is None:
        raise NotFound(f"There is no error {slug!r}.")
    return {
        "type": f"/problems/{slug}",
        "error": error.__name__,
        "title": _title(error),
        "status": error.status,
        "advice": error.advice,
    }


def _title(error: type[LedgerError]) -> str:
    return (error.__doc__ or error.__name__).strip().splitlines()[0]
