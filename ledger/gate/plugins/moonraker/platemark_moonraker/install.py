"""`platemark-moonraker [PRINTER_DATA]`: link the component, and put the macros beside printer.cfg.

Run it with Moonraker's own Python. It may be run again after every update of Moonraker.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import shutil
from pathlib import Path

_HERE = Path(__file__).parent


def package(checkout: Path) -> Path:
    """Moonraker's package: in this Python, or else in `checkout`. Raises SystemExit without."""
    found = importlib.util.find_spec("moonraker")
    places = [Path(place) for place in (found.submodule_search_locations or ())] if found else []
    for place in [*places, checkout.expanduser() / "moonraker"]:
        if (place / "components").is_dir():
            return place
    raise SystemExit(f"There is no Moonraker in this Python, nor in {checkout}. Say --moonraker.")


def link(moonraker: Path) -> Path:
    """Link the component among those of Moonraker's package; the link."""
    target = moonraker / "components" / "platemark.py"
    fresh = target.with_name(f".platemark.{os.getpid()}")
    fresh.unlink(missing_ok=True)
    fresh.symlink_to(_HERE / "platemark.py")
    fresh.replace(target)
    return target


def main(arguments: list[str] | None = None) -> None:
    """Link, copy, and say what is left to do by hand."""
    parser = argparse.ArgumentParser(description="Put Platemark's component into Moonraker.")
    parser.add_argument("data", nargs="?", default="~/printer_data", type=Path)
    parser.add_argument(
        "--moonraker",
        default="~/moonraker",
        type=Path,
        help="its checkout, where it is not installed in this Python",
    )
    given = parser.parse_args(arguments)
    data: Path = given.data.expanduser().absolute()
    linked = link(package(given.moonraker))
    for name in ("platemark.cfg", "platemark-resume.cfg"):
        shutil.copyfile(_HERE / name, data / "config" / name)
    card = data / "platemark" / "card"
    for made in (card.parent, card):
        made.mkdir(mode=0o700, exist_ok=True)
    # A command of its own in a foreign environment: what it says is its output.
    print(f"Linked {linked}.")  # noqa: T201
    print(f"In printer.cfg: [virtual_sdcard] path: {card}, and last: [include platemark.cfg]")  # noqa: T201
    print("In moonraker.conf: [platemark] with the two lines that `platemark gate` prints.")  # noqa: T201


if __name__ == "__main__":
    main()
