"""A gate that slices: the small world with a profile, and slicers that mean harm."""

from __future__ import annotations

import os
import shutil
import stat
import sys
import textwrap
from dataclasses import replace
from pathlib import Path

import pytest

from ledger.gate.slicing.limits import Limits
from ledger.gate.slicing.workshop import Settings
from tests.gate.world import World

REQUIRED = bool(os.environ.get("PLATEMARK_REQUIRE_HOSTS"))
PROGRAMS = {"bwrap": "/usr/bin/bwrap", "prusa-slicer": "/usr/bin/prusa-slicer"}


def needs(*programs: str) -> pytest.MarkDecorator:
    """Skip, and say why, where a program is not installed; never where hosts are required."""
    missing = [name for name in programs if shutil.which(PROGRAMS[name]) is None]
    reason = f"{', '.join(missing)} not installed: apt install prusa-slicer bubblewrap"
    return pytest.mark.skipif(bool(missing) and not REQUIRED, reason=reason)


PROFILE = """\
bed_shape = 0x0,250x0,250x210,0x210
filament_density = 1.24
filament_diameter = 1.75
filament_type = PLA
gcode_flavor = marlin2
layer_height = 0.2
nozzle_diameter = 0.4
"""


def slicing(world: World, **changed: object) -> Path:
    """Give the gate of a world a profile; its file."""
    profile = world.config.folder / "profile.ini"
    profile.write_text(PROFILE)
    limits = changed.pop("limits", Limits(seconds=60))
    settings = replace(Settings(profile=profile, limits=limits), **changed)  # type: ignore[arg-type]
    world.stop()
    world.config = replace(world.config, slicing=settings)
    return profile


def program(folder: Path, body: str) -> Path:
    """A Python program in the slicer's place; `OUT` is where its G-code is expected."""
    path = folder / "slicer"
    head = f"#!{Path(sys.executable).resolve()}\n"
    if not Path(sys.executable).resolve().is_relative_to("/usr"):
        head = "#!/usr/bin/python3\n"
    start = "import os, sys, time\nOUT = sys.argv[sys.argv.index('--output') + 1]\n"
    path.write_text(head + start + textwrap.dedent(body))
    path.chmod(path.stat().st_mode | stat.S_IXUSR | stat.S_IXGRP | stat.S_IXOTH)
    return path
