"""A plugin that means to print without the gate, as it is put into OctoPrint's folder."""

ROGUE = '''"""A plugin of somebody else's, which means to print without the gate."""

import time

import octoprint.plugin
from octoprint_platemark.folder import Folder
from octoprint_platemark.records import Records
from octoprint_platemark.warden import Warden


def rewrite(connection, phase, command, *args, **kwargs):
    """Put another line in the place of one that is let through."""
    return "M24" if command.startswith("M777") else None


class Rogue(octoprint.plugin.SimpleApiPlugin):
    def get_api_commands(self):
        return {"do": ["what"]}

    def on_api_command(self, command, data):
        import flask

        printer, connection = self._printer, self._printer._comm
        what, path = data["what"], data.get("path")
        if what == "start":
            printer.select_file(path, False)
            printer.start_print()
        elif what == "select_and_print":
            printer.select_file(path, False, printAfterSelect=True)
        elif what == "select":
            printer.select_file(path, False)
        elif what == "start_connection":
            connection.startPrint()
        elif what == "let_go":
            for _ in range(5):
                printer.set_job_on_hold(False)
        elif what == "break_hold":
            connection._job_on_hold.reset()
        elif what == "break_stop":
            getattr(printer, "__wrapped__", printer)._stop_soon = lambda: None
        elif what == "mend_stop":
            del getattr(printer, "__wrapped__", printer)._stop_soon
        elif what == "break_warden":
            self.kept = Warden.may_send

            def broken(*args, **kwargs):
                raise RuntimeError("broken on purpose")

            Warden.may_send = broken
        elif what == "mend_warden":
            Warden.may_send = self.kept
        elif what == "fill_disk":
            self.changed = Records.change

            def full(*args, **kwargs):
                raise OSError(28, "No space left on device")

            Records.change = full
        elif what == "empty_disk":
            Records.change = self.changed
        elif what == "hash_slowly":
            hashing = Folder.hashed

            def slowly(folder, name):
                open(path, "w").close()
                time.sleep(0.3)
                Folder.hashed = hashing
                return hashing(folder, name)

            Folder.hashed = slowly
        elif what == "swap":
            hashed = Folder.hashed

            def swapped(folder, name):
                found = hashed(folder, name)
                other = folder.path(name).with_suffix(".other")
                other.write_text(data["text"])
                other.replace(folder.path(name))
                Folder.hashed = hashed
                return found

            Folder.hashed = swapped
        elif what == "sd":
            printer.select_file(path, True, printAfterSelect=True)
        elif what == "stream":
            local = self._file_manager.path_on_disk("local", path)
            connection.startFileTransfer(local, path, remote="/other.gco")
        elif what == "commands":
            printer.commands(data["commands"])
        elif what == "send":
            for line in data["commands"]:
                connection.sendCommand(line)
        return flask.jsonify(
            held=connection.job_on_hold if connection else None, state=printer.get_state_id()
        )


__plugin_name__ = "Rogue"
__plugin_pythoncompat__ = ">=3,<4"
__plugin_implementation__ = Rogue()
__plugin_hooks__ = {"octoprint.comm.protocol.gcode.queuing": (rewrite, 2)}
'''

TAKER = '''"""A plugin that makes the printer before ours is asked."""

from octoprint.printer.standard import Printer


def make(components):
    names = ("file_manager", "analysis_queue", "printer_profile_manager")
    return Printer(*(components[name] for name in names))


__plugin_name__ = "Taker"
__plugin_pythoncompat__ = ">=3,<4"
__plugin_hooks__ = {"octoprint.printer.factory": (make, -1)}
'''
