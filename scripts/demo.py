"""Play the whole way in a temporary folder; exit 1 if any step goes otherwise than told."""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

from rich.console import Console

from ledger.demo.scenes import Story
from ledger.demo.stage import Stage, StoryBroken
from ledger.demo.world import World

ROOT = Path(__file__).resolve().parents[1]
MODEL = ROOT / "tests" / "data" / "models" / "heartgears.3mf"


def main() -> int:
    """Play it once."""
    console = Console(width=110 if not sys.stdout.isatty() else None)
    stage, begun = Stage(console), time.monotonic()
    with tempfile.TemporaryDirectory(prefix="platemark-demo-") as folder:
        console.print("Platemark: from a design file to a gated print and its audit.")
        with World(ROOT, Path(folder)) as world:
            stage.say(f"chain: Anvil at {world.anvil.url}; contracts deployed")
            stage.say(f"IPFS:  {world.ipfs_name}")
            stage.say(f"API:   {world.url}; and a stand-in for each machine behind a gate")
            try:
                Story(stage, world, MODEL).play()
            except StoryBroken as broken:
                console.print(f"The story cannot go on after: {broken}", style="bold red")
                stage.close()
                return 1
            good = stage.close()
    console.print(f"{time.monotonic() - begun:.0f} seconds.", highlight=False)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
