"""`platemark gate print` and `return`: what a center asks of a lease that its gate has."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from ledger.cli.options import JsonFlag
from ledger.cli.output import print_record, when
from ledger.models import Digest

Folder = Annotated[Path, typer.Argument(help="The gate's folder.")]
Lease = Annotated[str, typer.Option(help="The lease's digest, as `gate status` shows it.")]


def add_to(app: typer.Typer) -> None:
    """Make `print` and `return` commands of `platemark gate`."""
    app.command("print")(order)
    app.command("return")(give_back)


def lines_of(leases: Mapping[str, Any]) -> dict[str, str]:
    """What `gate status` shows of leases, line by line; nothing if there are none."""
    if not leases:
        return {}
    behind = leases["clock_behind"]
    lines = {
        f"lease {row['lease']}": f"license {row['license']}: {row['spent']} of {row['count']} "
        f"spent, until {when(row['deadline'])}, {row['state']}"
        for row in leases["leases"]
    }
    lines |= {
        "ordered": f"{leases['ordered']} prints",
        "news": f"of {when(leases['news_at'])}, {leases['news_age']} s old",
        "clock": f"set back: {behind} s behind what was seen" if behind else "in order",
        "journal": f"{leases['entries']} entries, {leases['to_hand_in']} to be handed in",
    }
    return lines | ({"halted": leases["halted"]} if leases["halted"] else {})


def order(
    folder: Folder,
    lease: Lease,
    *,
    count: Annotated[int, typer.Option(min=1, help="How many prints.")] = 1,
    as_json: JsonFlag = False,
) -> None:
    """Print from a lease, one piece after the other as the machine is free; no network is needed.

    The order goes into the gate's inbox, whether the gate runs now or later.
    """
    _drop(folder, lease, count, as_json=as_json)


def give_back(folder: Folder, lease: Lease, *, as_json: JsonFlag = False) -> None:
    """Give a lease back early: what was not printed of it is free again at the next contact."""
    _drop(folder, lease, None, as_json=as_json)


def _drop(folder: Path, lease: str, count: int | None, *, as_json: bool) -> None:
    from ledger.gate import load
    from ledger.gate.leases.orders import Wanted, drop

    config, digest = load(folder), Digest.parse(lease)
    path = drop(Wanted(digest, count), config.inbox)
    document = {"lease": str(digest), "count": count, "order": str(path)}
    print_record(document, document, as_json=as_json)
