"""What OctoPrint loads: the wiring, and the plugin's own HTTP paths under /plugin/platemark."""

from __future__ import annotations

import secrets
import time
from pathlib import Path
from typing import Any

import flask
import octoprint.plugin
from octoprint.access.permissions import Permissions
from platemark_release import Refused
from werkzeug.exceptions import Forbidden

from octoprint_platemark.desk import Desk
from octoprint_platemark.folder import NAME, Folder
from octoprint_platemark.printer import GuardedPrinter
from octoprint_platemark.records import Records, installation
from octoprint_platemark.requests import CLOSED, hidden, refusal
from octoprint_platemark.warden import Warden

MAX_FILE = 2 << 30
"""Bytes of the largest file for the machine."""

RECORDS = "releases.jsonl"
_LAST = 1 << 30
_PAIRING = ("gate_key", "host")


def problem(detail: str, status: int = 403) -> Any:
    """An RFC 9457 problem document."""
    told = {"title": "Refused by Platemark", "status": status, "detail": detail, "error": detail}
    response = flask.jsonify(told)
    response.status_code = status
    response.headers["Content-Type"] = "application/problem+json"
    return response


class PlatemarkPlugin(
    octoprint.plugin.StartupPlugin,
    octoprint.plugin.SettingsPlugin,
    octoprint.plugin.BlueprintPlugin,
    octoprint.plugin.TemplatePlugin,
    octoprint.plugin.AssetPlugin,
):
    """Holds every print until the gate releases it."""

    def __init__(self) -> None:
        super().__init__()
        self.warden = Warden()
        self._guarded: GuardedPrinter | None = None
        self._desk: Desk | None = None

    # ------------------------------------------------------------ start

    def make_printer(self, components: dict[str, Any]) -> GuardedPrinter:
        """The hook octoprint.printer.factory."""
        names = ("file_manager", "analysis_queue", "printer_profile_manager")
        self._guarded = GuardedPrinter(self.warden, *(components[name] for name in names))
        return self._guarded

    def on_startup(self, *_: Any) -> None:
        """Remove what an earlier life left, and read the records."""
        # OctoPrint's safe mode switches plugins off, and it enters it by itself after a
        # start that broke off.
        ignore = ["server", "ignoreIncompleteStartup"]
        if not self._settings.global_get_boolean(ignore):
            self._settings.global_set_boolean(ignore, True)
            self._settings.save()
        guarded = self._guarded
        # Plugins see the printer through a proxy.
        is_ours = getattr(self._printer, "__wrapped__", self._printer) is guarded
        if guarded is None or not is_ours:
            self._logger.error("Another plugin made the printer. Nothing will be printed.")
            return
        data = Path(self.get_plugin_data_folder())
        folder = Folder(Path(self._settings.global_get_basefolder("uploads")))
        folder.sweep()
        name = installation(data, secrets.token_hex(16), data / RECORDS)
        records = Records(data / RECORDS)
        for job in records.interrupt(int(time.time())):
            self._logger.warning("Job %s was interrupted.", job.job)
        self._desk = guarded.desk = Desk(self.warden, records, folder, guarded, name)
        self._pair()
        self.warden.guarded = True

    # ------------------------------------------------------------ settings

    def get_settings_defaults(self) -> dict[str, Any]:
        """The gate's public key and this printer's name; empty until they are paired."""
        return dict.fromkeys(_PAIRING, "")

    def get_settings_restricted_paths(self) -> dict[str, Any]:
        """Only an administrator is shown the pairing."""
        return {"admin": [[name] for name in _PAIRING]}

    def on_settings_save(self, data: dict[str, Any]) -> dict[str, Any]:
        """A pairing is made once. To undo it, edit OctoPrint's config.yaml on the machine."""
        if self.warden.paired:
            for name in _PAIRING:
                data.pop(name, None)
        saved: dict[str, Any] = super().on_settings_save(data)
        self._pair()
        return saved

    def _pair(self) -> None:
        if self._desk is not None:
            self._desk.pair(*(str(self._settings.get([name]) or "") for name in _PAIRING))

    # ------------------------------------------------------------ hooks: no I/O, no errors

    def queuing(
        self, connection: Any, _phase: Any, command: Any, *_: Any, tags: Any = None, **__: Any
    ) -> Any:
        """The hooks octoprint.comm.protocol.gcode.queuing and …sending: the last line of defence.

        `(None,)` drops a line. OctoPrint would send a line whose hook raised.
        """
        try:
            file = connection._currentFile
            path = None if file is None else str(file.getFilename())
            of_file = not tags or "source:file" in tags
            allowed = self.warden.may_send(str(command), of_file=of_file, path=path)
        except Exception:
            # OctoPrint would catch it too, and send the line: whatever went wrong, it is dropped.
            allowed = False
        return None if allowed else (None,)

    def hooks(self) -> dict[str, Any]:
        """Where this plugin stands in OctoPrint; 1 is before others."""
        return {
            "octoprint.printer.factory": (self.make_printer, 1),
            "octoprint.comm.protocol.gcode.queuing": (self.queuing, 1),
            # After all others, which may have put another line in the place of a good one.
            "octoprint.comm.protocol.gcode.sending": (self.queuing, _LAST),
            "octoprint.plugin.backup.additional_excludes": self.no_backup,
            "octoprint.server.api.before_request": self.before_request,
            "octoprint.server.http.access_validator": self.may_download,
            "octoprint.server.http.bodysize": self.body_sizes,
        }

    def before_request(self, *_: Any, **__: Any) -> list[Any]:
        """The hook octoprint.server.api.before_request."""
        return [self._look]

    def _look(self) -> Any:
        request = flask.request
        if request.method in ("GET", "HEAD", "OPTIONS"):
            return None
        try:
            body = request.get_json(silent=True)
            why = refusal(
                request.path,
                request.values,
                body if isinstance(body, dict) else {},
                own_files=self.warden.own_files,
            )
        except Exception:
            # Raised further, it would be a 500 that tells nobody why nothing prints.
            why = "The request cannot be understood, so it is refused."
        return None if why is None else problem(why)

    def may_download(self, request: Any, *_: Any, **__: Any) -> None:
        """The hook octoprint.server.http.access_validator. Raises Forbidden."""
        if hidden(request.path, request.args.getlist("files")):
            raise Forbidden(CLOSED)

    def no_backup(self, *_: Any, **__: Any) -> list[str]:
        """The hook octoprint.plugin.backup.additional_excludes.

        Neither files of jobs, nor the records: brought back, they would know of no later job.
        """
        uploads = Path(self._settings.global_get_basefolder("uploads"))
        return [str(uploads / NAME), RECORDS, "installation"]

    def body_sizes(self, *_: Any, **__: Any) -> list[tuple[str, str, int]]:
        """The hook octoprint.server.http.bodysize."""
        return [("POST", r"/files/([^/]*)", MAX_FILE)]

    # ------------------------------------------------------------ /plugin/platemark

    def is_blueprint_csrf_protected(self) -> bool:
        """As all that a browser can reach."""
        return True

    @octoprint.plugin.BlueprintPlugin.route("/statement", methods=["POST"])  # type: ignore[untyped-decorator]
    def statement(self) -> Any:
        """Hear the gate."""
        with Permissions.PRINT.require(403):
            return self._answer(lambda desk: desk.hear(flask.request.get_json(silent=True)))

    @octoprint.plugin.BlueprintPlugin.route("/files/<job>", methods=["POST"])  # type: ignore[untyped-decorator]
    def files(self, job: str) -> Any:
        """Keep the file of a job until its release."""
        given = flask.request.values
        name, path = given.get("file.name", ""), given.get("file.path", "")
        with Permissions.FILES_UPLOAD.require(403):
            return self._answer(lambda desk: desk.accept(job, name, Path(path)))

    @octoprint.plugin.BlueprintPlugin.route("/jobs/<job>", methods=["GET"])  # type: ignore[untyped-decorator]
    def jobs(self, job: str) -> Any:
        """What became of a job."""
        with Permissions.STATUS.require(403):
            return self._answer(lambda desk: desk.job(job))

    @octoprint.plugin.BlueprintPlugin.route("/state", methods=["GET"])  # type: ignore[untyped-decorator]
    def state(self) -> Any:
        """How it stands, and why nothing prints."""
        with Permissions.STATUS.require(403):
            return self._answer(lambda desk: desk.told())

    def _answer(self, act: Any) -> Any:
        if self._desk is None:
            return problem(self.warden.why, 503)
        try:
            return flask.jsonify(act(self._desk) or {})
        except Refused as error:
            return problem(str(error))

    # ------------------------------------------------------------ page

    def get_template_configs(self) -> list[dict[str, Any]]:
        """One line above everything, and the settings."""
        return [
            {"type": "sidebar", "name": "Platemark", "icon": "stamp", "custom_bindings": True},
            {"type": "settings", "name": "Platemark", "custom_bindings": False},
        ]

    def is_template_autoescaped(self) -> bool:
        """As it should be."""
        return True

    def get_assets(self) -> dict[str, list[str]]:
        """The script of the page."""
        return {"js": ["platemark.js"]}
