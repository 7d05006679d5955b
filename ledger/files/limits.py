"""How much of a machine one design file may use."""

from __future__ import annotations

from dataclasses import dataclass

MIB = 2**20
GIB = 2**30


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds on one file: what is above them is refused, or registered unmeasured.

    `max_bytes`           size of the file; above it `DesignTooLarge`
    `max_unpacked_bytes`  all entries of a package (3MF) together, unpacked
    `max_ratio`           unpacked / packed size of an entry, and of all together
    `max_entries`         files in a package
    `max_triangles`       triangles in the build, every placed copy counted
    `max_mesh_bytes`      a mesh (unpacked, for 3MF) above this is registered
                          unmeasured, with a note that says so: an OBJ of this
                          size may take 13 of the 20 seconds
    `parse_seconds`       processor time of the child process; it is killed when
                          twice as long has passed on the clock
    `parse_memory_bytes`  its address space
    """

    max_bytes: int = 2 * GIB
    max_unpacked_bytes: int = GIB
    max_ratio: int = 200
    max_entries: int = 2_000
    max_triangles: int = 20_000_000
    max_mesh_bytes: int = 48 * MIB
    parse_seconds: int = 20
    parse_memory_bytes: int = 4 * GIB


DEFAULT = Limits()
