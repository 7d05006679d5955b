"""Every error as RFC 9457 problem details, and a page that explains each.

`type` is `/problems/<slug>`: a reference to this service's own page about the error,
which is its class's docstring and advice.
"""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from ledger.errors import LedgerError, MalformedRequest, NotFound, Unavailable, all_errors

MEDIA_TYPE = "application/problem+json"
MOST_MISTAKES = 20
"""Mistakes in one request that an answer lists."""
_HTTP_ERRORS: dict[int, type[LedgerError]] = {400: MalformedRequest, 404: NotFound}
PROBLEMS = {error.slug(): error for error in all_errors()}
router = APIRouter(prefix="/problems", tags=["problems"])


class Problem(BaseModel):
    """RFC 9457 problem details; the values that an error is about are further members."""

    model_config = ConfigDict(
        extra="allow",
        json_schema_extra={
            "examples": [
                {
                    "type": "/problems/design-not-found",
                    "title": "No design is registered under this content hash.",
                    "status": 404,
                    "detail": "No design 0xab… is registered.",
                    "advice": "Check the id; a fresh transaction may need a moment.",
                    "error": "DesignNotFound",
                }
            ]
        },
    )
    type: str
    title: str
    status: int
    detail: str
    advice: str | None = None
    error: str | None = None


RESPONSES: dict[int | str, dict[str, Any]] = {
    kind: {
        "description": description,
        "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
    for kind, description in (
        ("4XX", "Refused; `error` names why, and nothing was changed; 429 may pass later"),
        ("5XX", "Not possible now; where there is `Retry-After`, the same request may work later"),
    )
}
"""What every route may answer besides success."""


def problem_json(error: LedgerError, **more: Any) -> dict[str, Any]:
    """The problem details of a LedgerError; `more` are further members of them."""
    return {
        **error.facts,
        **more,
        "type": f"/problems/{error.slug()}",
        "title": _title(type(error)),
        "status": error.status,
        "detail": error.detail,
        "advice": error.advice,
        "error": type(error).__name__,
    }


def problem(error: LedgerError, **more: Any) -> JSONResponse:
    """The answer for a LedgerError; `more` are further members of it."""
    body = problem_json(error, **more)
    headers, later = {}, error.facts.get("retry_after")
    if isinstance(error, Unavailable):
        later = error.retry_after_seconds
    if later is not None:
        headers["Retry-After"] = str(later)
    return JSONResponse(body, error.status, headers, MEDIA_TYPE)


def install(app: FastAPI) -> None:
    """Make `app` answer every error as a problem."""
    app.include_router(router)

    @app.exception_handler(LedgerError)
    async def _ledger_error(_request: Request, error: LedgerError) -> JSONResponse:
        return problem(error)

    @app.exception_handler(RequestValidationError)
    async def _invalid(_request: Request, error: RequestValidationError) -> JSONResponse:
        found = [
            {
                "where": ".".join(_printable(str(part)) for part in one["loc"]),
                "what": _printable(one["msg"]),
            }
            for one in error.errors()[:MOST_MISTAKES]
        ]
        return problem(MalformedRequest("{where}: {what}".format(**found[0])), errors=found)

    @app.exception_handler(HTTPException)
    async def _http(_request: Request, error: HTTPException) -> JSONResponse:
        kind = _HTTP_ERRORS.get(error.status_code)
        if kind is not None:
            return problem(kind(f"{error.detail}."))
        body = {
            "type": "about:blank",
            "title": str(error.detail),
            "status": error.status_code,
            "detail": str(error.detail),
        }
        return JSONResponse(body, error.status_code, error.headers, MEDIA_TYPE)

    @app.exception_handler(ClientDisconnect)
    async def _gone(_request: Request, _error: ClientDisconnect) -> JSONResponse:
        return problem(MalformedRequest("The request broke off."))  # nobody reads it

    @app.exception_handler(Exception)
    async def _bug(_request: Request, _error: Exception) -> JSONResponse:
        # The error itself goes to the log; its text might hold anything.
        return problem(LedgerError("The service failed in a way that it should not."))


def _printable(text: str) -> str:
    """A piece of a request as it may stand in an answer: short, and valid UTF-8."""
    return text[:200].encode(errors="replace").decode()


@router.get(
    "/{slug}",
    summary="What an error means and what to do about it",
    response_model=Problem,
    response_model_exclude_none=True,
)
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
        "detail": " ".join((error.__doc__ or "").split()),
        "advice": error.advice,
    }


def _title(error: type[LedgerError]) -> str:
    return (error.__doc__ or error.__name__).strip().splitlines()[0]
