"""OctoPrint's printer, held: it starts a file only by a release of the gate.

Whatever starts a print goes through one of the doors below, or past them straight to the
connection. In either case OctoPrint's own hold on jobs is on, and no line leaves; only
`start_released` takes it away. A start that came past the doors is stopped again.
"""

# The signatures are OctoPrint's.
# ruff: noqa: FBT001, N803, ARG002

from __future__ import annotations

import logging
import threading
import time
from pathlib import Path
from typing import Any

from octoprint.filemanager.destinations import FileDestinations
from octoprint.printer.standard import Printer
from octoprint.util.comm import MachineCom

from octoprint_platemark.desk import Desk
from octoprint_platemark.folder import NAME, identity
from octoprint_platemark.lines import extrudes, starts_card
from octoprint_platemark.warden import NO_RELEASE, NO_RESTART, NO_SD, NO_STREAM, Held, Warden

_log = logging.getLogger("octoprint.plugins.platemark")
_AT_REST = {
    MachineCom.STATE_OPERATIONAL: "interrupted",
    MachineCom.STATE_CLOSED: "interrupted",
    MachineCom.STATE_ERROR: "failed",
    MachineCom.STATE_CLOSED_WITH_ERROR: "failed",
}
"""States in which nothing prints, and what became of a print that did not end before."""


class GuardedPrinter(Printer):
    """A `Printer` that is held. `desk` is there once the plugin has started."""

    def __init__(self, warden: Warden, *components: Any) -> None:
        self._warden = warden
        self._held_connection: Any = None
        self._other_holds = 0
        self._failing = False
        self.desk: Desk | None = None
        super().__init__(*components)

    # ------------------------------------------------------------ asked by the desk

    def is_free(self) -> bool:
        """See `Machine`."""
        return bool(self.is_ready()) and self._held_connection is self._comm

    def state(self) -> str:
        """See `Machine`."""
        if not self.is_operational():
            return "offline"
        return "ready" if self.is_free() and self._warden.current is None else "busy"

    def on_disk(self, name: str) -> str:
        """See `Machine`."""
        return str(self._fileManager.path_on_disk(FileDestinations.LOCAL, f"{NAME}/{name}"))

    def start_released(self, held: Held, hashed: tuple[int, ...]) -> bool:
        """See `Machine`. The hold goes last, when the right file stands ready to be sent."""
        self._failing = False
        self.select_file(f"{NAME}/{Path(held.path).name}", sd=False)
        if self._path() != held.path:
            return False
        self.start_print()
        if not self._warden.may_go_on(held.path) or self._path() != held.path:
            return False
        if identity(self._comm._currentFile._handle.fileno()) != hashed:
            self._stop_soon()
            return False
        self._let_go()
        return True

    # ------------------------------------------------------------ the doors

    def connect(self, *args: Any, **kwargs: Any) -> None:
        """As OctoPrint does it, but held from the first moment on."""
        before = self._comm
        super().connect(*args, **kwargs)
        if self._comm is not before:  # or else it was of no effect, maybe in the midst of a print
            self._hold()

    def select_file(
        self, path: str, sd: bool, printAfterSelect: bool = False, *args: Any, **kwargs: Any
    ) -> None:
        """None of the card. A print after it goes through `start_print`."""
        if sd:
            return self._refuse(NO_SD)
        super().select_file(path, sd, printAfterSelect, *args, **kwargs)
        return None

    def start_print(self, *args: Any, **kwargs: Any) -> None:
        """Start the selected file if it is the one that was released just now."""
        path = self._path()
        if self.is_printing() or self.is_paused():
            return self._refuse(NO_RESTART)
        if self._warden.take(path) is not None:
            kwargs.pop("pos", None)
            super().start_print(**kwargs)
            return None
        if path is not None and self.desk is not None and not self._is_ours(path):
            self.desk.want(Path(path), Path(path).name)
            return None
        return self._refuse(NO_RELEASE)

    def resume_print(self, *args: Any, **kwargs: Any) -> None:
        """Go on with a print that was released."""
        if not self._warden.may_go_on(self._path()):
            return self._refuse(NO_RELEASE)
        super().resume_print(*args, **kwargs)
        return None

    def commands(self, commands: Any, tags: Any = None, *args: Any, **kwargs: Any) -> None:
        """Single commands, but none that starts a file on the card, nor a print of a user's."""
        by_user = "source:api" in (tags or ())
        passed = []
        for each in commands if isinstance(commands, (list, tuple)) else [commands]:
            if starts_card(str(each)):
                self._warden.refuse(NO_SD)
            elif by_user and extrudes(str(each)):
                self._warden.refuse(NO_STREAM)
            else:
                passed.append(each)
        super().commands(passed, tags, *args, **kwargs)

    def add_sd_file(self, *args: Any, **kwargs: Any) -> None:
        """Nothing is written to the card: it would be streamed under the hold."""
        return self._refuse(NO_SD)

    def set_job_on_hold(self, value: bool, blocking: bool = True, *args: Any, **kwargs: Any) -> Any:
        """Others may hold the job as well, and let go of their own hold only."""
        if not value and self._other_holds == 0:
            return False
        done = super().set_job_on_hold(value, blocking, *args, **kwargs)
        if done:
            self._other_holds += 1 if value else -1
        return done

    # ------------------------------------------------------------ told by the connection

    def on_comm_print_job_started(self, suppress_script: bool = False, user: Any = None) -> None:
        """A print that came past the doors is stopped; it stays held until it is."""
        held = self._warden.running
        right = held is not None and held.path == self._path() and self._is_held()
        if not right:
            # Also a released file that is begun anew: its first start took the hold away.
            self._hold()
            self._end("interrupted")
            self._refuse(NO_RELEASE)
            self._stop_soon()
        elif held is not None:
            self._note(held, started=int(time.time()))
        super().on_comm_print_job_started(suppress_script or not right, user=user)

    def on_comm_print_job_done(self, *args: Any, **kwargs: Any) -> None:
        """The last line was sent."""
        self._note_end("done")
        super().on_comm_print_job_done(*args, **kwargs)

    def on_comm_print_job_cancelling(self, firmware_error: Any = None, user: Any = None) -> None:
        """Somebody, or the firmware, stops the print."""
        self._failing = firmware_error is not None
        super().on_comm_print_job_cancelling(firmware_error=firmware_error, user=user)

    def on_comm_print_job_cancelled(self, *args: Any, **kwargs: Any) -> None:
        """The print was stopped."""
        self._note_end("failed" if self._failing else "cancelled")
        super().on_comm_print_job_cancelled(*args, **kwargs)

    def on_comm_file_transfer_started(
        self, local_filename: str, remote_filename: str, *args: Any, **kwargs: Any
    ) -> None:
        """One that came past `add_sd_file` is over: its first line is dropped on its way.

        OctoPrint would wait for the machine's answer to that line for ever.
        """
        super().on_comm_file_transfer_started(local_filename, remote_filename, *args, **kwargs)
        self._refuse(NO_SD)
        # Not OctoPrint's own cancelling: it deletes the card's file of that name.
        self._comm.unselectFile()
        self.on_comm_file_transfer_failed(local_filename, remote_filename, 0)

    def on_comm_state_change(self, state: Any) -> None:
        """Whenever the machine comes to rest it is held again."""
        if state in _AT_REST:
            self._hold()
            if self._warden.running is not None:
                self._end(_AT_REST[state])
        super().on_comm_state_change(state)

    # ------------------------------------------------------------ inside

    def _path(self) -> str | None:
        """What the connection would print: not what somebody believes to have selected."""
        connection = self._comm
        file = None if connection is None else connection._currentFile
        return None if file is None else str(file.getFilename())

    def _is_ours(self, path: str) -> bool:
        return Path(path).parent.name == NAME

    def _is_held(self) -> bool:
        return self._held_connection is not None and self._held_connection is self._comm

    def _hold(self) -> None:
        connection = self._comm
        if connection is None or self._held_connection is connection:
            return
        connection.set_job_on_hold(True)
        self._held_connection, self._other_holds = connection, 0

    def _let_go(self) -> None:
        connection = self._comm
        if connection is not None and self._held_connection is connection:
            self._held_connection = None
            connection.set_job_on_hold(False)

    def _stop_soon(self) -> None:
        threading.Thread(target=self._stop, name="platemark-stop", daemon=True).start()

    def _stop(self) -> None:
        """Cancel what is held. Lines of the file are dropped all the same, while it ends."""
        try:
            self.cancel_print()
            if self.is_cancelling():
                self._let_go()
        except Exception:
            _log.exception("A print that was not released is held, but cannot be cancelled.")

    def _refuse(self, why: str) -> None:
        self._warden.refuse(why)
        _log.warning(why)

    def _note_end(self, outcome: str) -> None:
        held = self._warden.running
        if held is not None and held.path == self._path():
            seconds = self._comm.getPrintTime() if self._comm is not None else None
            self._note(held, outcome=outcome, ended=int(time.time()), duration=round(seconds or 0))

    def _end(self, outcome: str) -> None:
        """Nothing is released any more. An outcome that was noted before stays."""
        self._note_end(outcome)
        held = self._warden.end()
        if held is not None:
            self._note(held, outcome=outcome, ended=int(time.time()))

    def _note(self, held: Held, **members: Any) -> None:
        if self.desk is not None:
            self.desk.note(held.job, **members)
