"""How often the objects of a 3MF are placed, counted before lib3mf sees the file.

Components may hold components (Core Specification 4.2), and thirty levels of
two make a billion copies of one triangle. lib3mf visits every copy while it
loads, without end for such a file; here each object is visited once.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from ledger.errors import InvalidDesign
from ledger.files import opc

MAX_PLACEMENTS = 100_000
MAX_DEPTH = 64

Key = tuple[str, str]
"""An object: the part it is in (lower case) and its id there."""

_DECLARATION = re.compile(r"\A<\?xml[^>]*>")
_BUILD: Key = ("", "build")
_UTF16 = re.compile(rb"\xfe\xff|\xff\xfe|\0<|<\0")


class Components:
    """The objects of all model parts and what each is made of."""

    def __init__(self) -> None:
        self._children: dict[Key, list[Key]] = {}
        self._sizes: dict[Key, tuple[int, int]] = {}

    def read(self, name: str, chunks: Iterable[bytes]) -> bytes:
        """Check one model part as XML and note its components. Raises InvalidDesign.

        Returns the part in UTF-8: OPC allows UTF-16 too, lib3mf does not.
        """
        part = name.lower()
        current: list[Key] = []

        def element(tag: str, attributes: dict[str, str]) -> None:
            local = tag.rpartition(":")[2]
            if local == "object":
                current[:] = [(part, attributes.get("id", ""))]
            elif local == "build":
                current[:] = [_BUILD]
            elif local in ("component", "item") and current:
                paths = [v for k, v in attributes.items() if k.rpartition(":")[2] == "path"]
                where = paths[0].lstrip("/").lower() if paths else part
                child = where, attributes.get("objectid", "")
                self._children.setdefault(current[0], []).append(child)

        content = b"".join(chunks)
        # Calling Python for every vertex would take seconds; most files have no components.
        wide = _UTF16.match(content)
        opc.check_xml(name, [content], element if wide or b"component" in content else None)
        if not wide:
            return content
        order = {b"\0<": "utf-16-be", b"<\0": "utf-16-le"}.get(wide[0], "utf-16")
        return _DECLARATION.sub("", content.decode(order)).encode()

    def check(self) -> None:
        """Raises InvalidDesign if objects hold themselves, too deeply, or too many copies."""
        total = sum(self._size(key, 0)[0] for key in self._children)
        if total > MAX_PLACEMENTS:
            raise InvalidDesign(f"The 3MF places more than {MAX_PLACEMENTS:,} objects.")

    def _size(self, key: Key, depth: int) -> tuple[int, int]:
        """(placements below and including an object, levels below it)."""
        if key not in self._sizes:
            below = [(0, -1)]
            if depth <= MAX_DEPTH:  # deeper levels are refused below, on the way back
                below += [self._size(child, depth + 1) for child in self._children.get(key, [])]
            levels = 1 + max(levels for _, levels in below)
            if max(levels, depth) > MAX_DEPTH:
                raise InvalidDesign(
                    f"Components of the 3MF are nested deeper than {MAX_DEPTH}, "
                    "or within themselves."
                )
            self._sizes[key] = 1 + sum(placements for placements, _ in below), levels
        return self._sizes[key]
