"""OctoPrint's side of a Platemark gate.

==========  ==============================================================================
`warden`    what may move now: memory only, asked by every hook
`lines`     what a line of G-code would set off by itself
`records`   which releases were used, and what became of them: durable
`folder`    the files that were handed over, and their wiping
`desk`      what a signed statement leads to
`printer`   OctoPrint's printer, which starts nothing by itself any more
`requests`  what is refused at OctoPrint's HTTP door already
`plugin`    what OctoPrint loads
==========  ==============================================================================

OctoPrint catches the exceptions of hooks and goes on. So everything is held at first, by
OctoPrint's own hold on jobs, and only a release that was checked takes the hold away.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from octoprint_platemark.plugin import PlatemarkPlugin

__plugin_name__ = "Platemark"
__plugin_pythoncompat__ = ">=3.9,<4"
__plugin_implementation__: PlatemarkPlugin
__plugin_hooks__: dict[str, Any]


def __plugin_load__() -> None:  # noqa: N807 (OctoPrint calls it so)
    """Called by OctoPrint. Its own modules are imported only now."""
    global __plugin_implementation__, __plugin_hooks__
    from octoprint_platemark.plugin import PlatemarkPlugin

    __plugin_implementation__ = PlatemarkPlugin()
    __plugin_hooks__ = __plugin_implementation__.hooks()
