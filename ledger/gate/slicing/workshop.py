"""What becomes of an opened file before it can be printed: sliced, read, and held to the bed."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, field
from pathlib import Path

import structlog

from ledger.errors import InvalidDesign, JobNotNamed, SlicingFailed
from ledger.files import sniff
from ledger.gate.disk import sha256_of, sync_file, sync_folder, translated
from ledger.gate.slicing.gcode import Bed, Reading, read, require_fits, require_passing
from ledger.gate.slicing.limits import Limits
from ledger.gate.slicing.prusa import PrusaSlicer, Slicer
from ledger.gate.slicing.sandbox import sandbox
from ledger.models import ZERO_DIGEST, DesignFormat, Digest

_log = structlog.get_logger("ledger.gate")

TRIES = 4
"""How often a model is sliced for a token that binds one slice: slicers may differ by a hair."""


@dataclass(frozen=True, slots=True)
class Settings:
    """How one printer's models are sliced: from gate.toml. Without a `profile` nothing is."""

    profile: Path | None = None
    slicer: Path = Path("/usr/bin/prusa-slicer")
    bed: Bed | None = None
    sandbox: str = "bwrap"
    limits: Limits = field(default_factory=Limits)


@dataclass(frozen=True, slots=True)
class Sliced:
    """G-code that was made: its SHA-256, that of the profile, and what it says."""

    job: Digest
    profile: Digest
    reading: Reading


class Workshop:
    """Slices models and reads G-code for one printer."""

    def __init__(self, settings: Settings, folder: Path) -> None:
        """`folder`: where opened models lie while they are sliced."""
        self._settings = settings
        self._folder = folder

    @property
    def open(self) -> bool:
        """Whether anything is sliced here at all."""
        return self._settings.profile is not None

    def place(self, name: str) -> Path:
        """Where to open a model that may have to be sliced: private. Raises StoreUnavailable."""
        with translated("The folder of opened models"):
            self._folder.mkdir(mode=0o700, exist_ok=True)
            self._folder.chmod(0o700)
        return self._folder / name

    def wipe(self) -> None:
        """Remove every model. Raises StoreUnavailable."""
        if self._folder.is_dir():
            with translated("The folder of opened models"):
                for path in self._folder.iterdir():
                    if path.is_dir() and not path.is_symlink():
                        shutil.rmtree(path)
                    else:
                        path.unlink()

    def kind(self, file: Path) -> DesignFormat | None:
        """The format of a file that has to be sliced; None for one that is printed as it is."""
        try:
            kind = sniff(file)
        except InvalidDesign:
            return None
        return kind if self.open and self._slicer().takes(kind) else None

    def read(self, file: Path) -> Reading | None:
        """What a file that is printed as it is says; None if it is no G-code.

        Raises DoesNotFit if there is a bed that it does not lie on, SlicingFailed if it
        cannot be read, or would change the machine for longer than the job.
        """
        try:
            if sniff(file) is not DesignFormat.GCODE:
                return None
        except InvalidDesign:
            return None
        reading = read(file)
        require_passing(reading)
        require_fits(reading, self._settings.bed)
        return reading

    def slice(self, model: Path, target: Path, bound: Digest) -> Sliced:
        """Slice a model into `target`, durably; tried again if it is not the slice that is bound.

        Whatever is raised, nothing is left in `target`: SlicingFailed, DoesNotFit,
        JobNotNamed, SlicerNotConfined, SetupError, StoreUnavailable.
        """
        kind = self.kind(model)
        if kind is None:
            raise SlicingFailed("The file is of a kind that is not sliced here.")
        mine = sha256_of(model)
        try:
            for _ in range(TRIES):
                with translated("The G-code"), target.open("wb") as sink:
                    profile = self._slicer().slice(model, kind, sink)
                job = sha256_of(target)
                if bound in (ZERO_DIGEST, mine, job):
                    break
                _log.warning("gate.slice_differs", bound=str(bound), job=str(job))
            else:
                raise JobNotNamed(
                    f"The token binds the file {bound}; the slice is {job}, the last of {TRIES}. "
                    "It takes the same model, profile, slicer and kind of machine as where it was "
                    "approved; if they are, register the G-code as a design and print that.",
                    expected=str(bound),
                    actual=str(job),
                )
            reading = read(target)
            require_passing(reading)
            require_fits(reading, self._settings.bed)
            with translated("The G-code"):
                sync_file(target)
                sync_folder(target.parent)
        except BaseException:
            target.unlink(missing_ok=True)
            raise
        return Sliced(job, profile, reading)

    def keep(self, file: Path, target: Path) -> None:
        """Copy a file that is printed as it is. Raises StoreUnavailable."""
        with translated("The opened file"):
            shutil.copyfile(file, target)
            sync_file(target)
            sync_folder(target.parent)

    def _slicer(self) -> Slicer:
        settings = self._settings
        if settings.profile is None:
            raise SlicingFailed("This gate has no slicing profile.")
        box = sandbox(settings.sandbox, settings.limits, self._folder)
        return PrusaSlicer(settings.slicer, settings.profile, box, self._folder)


def settings_of(folder: Path, table: dict[str, object]) -> Settings:
    """The settings for slicing in a gate's table. Raises ValueError with a sentence."""
    kind = str(table.get("sandbox", "bwrap"))
    if kind not in ("bwrap", "none"):
        raise ValueError('sandbox is "bwrap", or "none" if you trust every model.')
    profile = table.get("profile")
    limits = Limits(
        seconds=_whole(table, "slice_seconds", 600),
        memory=_whole(table, "slice_memory_mb", 4_096) * 2**20,
        output=_whole(table, "slice_output_mb", 512) * 2**20,
    )
    return Settings(
        profile=None if profile is None else folder / str(profile),
        slicer=folder / str(table.get("slicer", Settings().slicer)),
        bed=None if "bed" not in table else _bed(table["bed"]),
        sandbox=kind,
        limits=limits,
    )


def _whole(table: dict[str, object], name: str, default: int) -> int:
    value = table.get(name, default)
    if not isinstance(value, int) or value <= 0:
        raise ValueError(f"{name} must be more than 0.")
    return value


def _bed(value: object) -> Bed:
    """`[x, y, z]`, or the lowest corner before the highest where it does not begin at 0."""
    numbers = [float(v) for v in value if type(v) in (int, float)] if type(value) is list else []
    if len(numbers) == 3:
        numbers = [0.0, 0.0, 0.0, *numbers]
    if len(numbers) != 6 or not all(numbers[i] < numbers[i + 3] for i in range(3)):
        raise ValueError("bed is [x, y, z] in mm, or [x, y, z, x, y, z] from corner to corner.")
    return Bed((numbers[0], numbers[1], numbers[2]), (numbers[3], numbers[4], numbers[5]))
