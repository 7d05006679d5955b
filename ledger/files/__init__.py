"""Design files: bytes → format, measures and preview.

A design file comes from a stranger, so nothing here believes a name, a size or
a count that the file states about itself. The public functions are:

`sniff`                  which format the bytes are (never by the file's name)
`inspect`                its `Measures`, taken in a confined child process
`preview`                a shaded PNG of its mesh, drawn in the same way
`inspect_with_preview`   both with one start of the child: what callers mostly want

Whatever is wrong with a file is an `InvalidDesign` whose sentence says what.
Why it is built this way: docs/decisions/0003-parsing-untrusted-files.md.
"""

from ledger.files.child import inspect, inspect_with_preview, preview
from ledger.files.limits import Limits
from ledger.files.sniffing import sniff

__all__ = ["Limits", "inspect", "inspect_with_preview", "preview", "sniff"]
