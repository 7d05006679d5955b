"""Files on their way in: streamed to disk, never held in memory."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from fastapi import Request
from starlette.concurrency import run_in_threadpool

from ledger.errors import DesignTooLarge

FILE_BODY: dict[str, Any] = {
    "requestBody": {
        "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
        "required": True,
    }
}
"""How OpenAPI describes a route that takes a file as its body."""


async def receive(request: Request, file: Path, limit: int) -> None:
    """Write the body to a file, never holding it in memory. Raises DesignTooLarge."""
    announced = request.headers.get("content-length", "0")
    size = int(announced) if announced.isascii() and announced.isdigit() else 0
    if size > limit:
        raise DesignTooLarge(
            f"The file has {size} bytes; at most {limit} are accepted.", size=size, limit=limit
        )
    size = 0
    with file.open("wb") as sink:
        async for piece in request.stream():
            size += len(piece)
            if size > limit:
                raise DesignTooLarge(f"At most {limit} bytes are accepted.", limit=limit)
            await run_in_threadpool(sink.write, piece)
