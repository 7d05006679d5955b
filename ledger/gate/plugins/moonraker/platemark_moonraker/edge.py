"""Moonraker's edge to Klippy: what users and other components ask for passes here first.

Moonraker has no veto before a script; so the one method that all requests take is wrapped,
and the raw bridge to Klippy's socket is shut. This tells people early and clearly; what
holds if it fails are the folder (files.py), the macros and the watch (press.py).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from moonraker.common import WebRequest
from moonraker.utils import ServerError

from .scripts import NO_JOB, asked_file, refusal

Asked = Callable[[str], Awaitable[None]]


class Edge:
    """Guards `klippy_connection`, and is the unguarded `Line` of the component itself."""

    def __init__(self, server: Any, goes_on: Callable[[], bool], asked: Asked) -> None:
        """`goes_on`: a released job is under way and the gate runs. `asked`: a user's print."""
        self._apis = server.lookup_component("klippy_apis")
        connection = server.lookup_component("klippy_connection")
        self._request = connection.request
        self._open = connection.open_klippy_connection
        self._goes_on = goes_on
        self._asked = asked
        connection.request = self._guarded
        connection.open_klippy_connection = self._primary_only

    async def script(self, script: str) -> None:
        """See `Line.script`."""
        await self._request(WebRequest("gcode/script", {"script": script}, transport=self._apis))

    async def call(self, method: str) -> None:
        """See `Line.call`."""
        await self._request(WebRequest(method, {}, transport=self._apis))

    async def selected(self) -> str:
        """See `Line.selected`."""
        asked = {"objects": {"print_stats": ["filename"]}}
        told = await self._request(WebRequest("objects/query", asked, transport=self._apis))
        return str(told["status"]["print_stats"]["filename"])

    async def _guarded(self, request: WebRequest) -> Any:
        endpoint = request.get_endpoint()
        if endpoint == "gcode/script":
            script = request.get_str("script", "")
            if (name := asked_file(script)) is not None:
                await self._asked(name)
                return "ok"
            if (why := refusal(script, goes_on=self._goes_on())) is not None:
                raise ServerError(why, 403)
        elif endpoint == "pause_resume/resume" and not self._goes_on():
            raise ServerError(NO_JOB, 403)
        return await self._request(request)

    # Moonraker calls it with the flag in this place.
    async def _primary_only(self, primary: bool = False) -> Any:  # noqa: FBT001
        if not primary:
            raise ServerError("Platemark: the bridge to Klippy's socket is shut.", 403)
        return await self._open(primary)
