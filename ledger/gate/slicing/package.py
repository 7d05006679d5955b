"""A 3MF for the slicer: the design in it, without the settings and the G-code.

Slicers take what a profile does not say from the 3MF that they wrote once: start G-code,
temperatures, programs to be run (CVE-2023-47268), G-code at a height. A model comes from a
stranger, and how a machine is run is for its owner's profile to say. What belongs to the shape
stays: its parts, modifiers, and heights of layers.

Source: PrusaSlicer's names of files in a 3MF; OPC (ECMA-376 Part 2) for the rest.
"""

from __future__ import annotations

import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from ledger.errors import InvalidDesign, SlicingFailed
from ledger.files import opc
from ledger.files.archive import opened
from ledger.files.limits import DEFAULT
from ledger.gate.disk import translated

_OF_THE_SHAPE = frozenset(
    (
        "[content_types].xml",
        "metadata/slic3r_pe_model.config",
        "metadata/prusa_slicer_layer_heights_profile.txt",
        "metadata/prusa_slicer_layer_config_ranges.xml",
    )
)


@contextmanager
def bare(model: Path, folder: Path) -> Iterator[Path]:
    """A copy of a 3MF in `folder`, which is private, for as long as it is needed.

    The same bytes for the same design, packed without a compression that versions differ in.
    Raises SlicingFailed if the package is damaged, StoreUnavailable.
    """
    with translated("The folder of opened models"):
        file = tempfile.NamedTemporaryFile(dir=folder, prefix="bare-")  # noqa: SIM115 - below
    with file:
        try:
            with translated("The folder of opened models"):
                _copy(model, file)
                file.flush()
        except InvalidDesign as error:
            raise SlicingFailed(f"The 3MF cannot be read: {error.detail}") from error
        yield Path(file.name)


def _copy(model: Path, target: IO[bytes]) -> None:
    with opened(model, DEFAULT) as archive, zipfile.ZipFile(target, "w") as package:
        parts, _ = opc.model_parts(archive)
        for name in archive.entries:
            plain = name.lower()
            if name in parts or plain in _OF_THE_SHAPE or plain.endswith(".rels"):
                with package.open(zipfile.ZipInfo(name), "w", force_zip64=True) as entry:
                    for chunk in archive.chunks(name):
                        entry.write(chunk)
