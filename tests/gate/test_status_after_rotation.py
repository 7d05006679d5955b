"""What was put aside before a printer's keys were replaced is told of as long as it lies there."""

from __future__ import annotations

import pytest
from typer.testing import CliRunner

from ledger import gate
from ledger.cli import app
from ledger.gate.rotation import rotate
from ledger.vault import save_kem_key
from tests.gate import test_rotation
from tests.gate.fakes import DOMAIN, KEYS
from tests.gate.test_final_receipts import told_before
from tests.gate.world import World

quick_keys = test_rotation.quick_keys


def put_aside(world: World, serial: int) -> None:
    """A receipt for this serial is refused for good; then the gate ends."""
    ticket = world.ticket(1 << serial)
    told_before(world, ticket, serial)
    world.drop(ticket, f"{serial}.token.json")
    world.print_all()
    world.stop()


def replace_keys(world: World) -> str:
    """As the command does it; the name that the journal has from then on."""
    config = world.config
    if not config.signing_key.exists():
        KEYS.signer.save(config.signing_key, "pw")
        save_kem_key(config.kem_key, KEYS.kem, "pw")
    done = rotate(config, "pw", test_rotation.Registry(), DOMAIN, world.clock.now)
    return f"journal-{done.old}.jsonl"


def shown(world: World) -> str:
    config = world.config
    settings = ("name", "center", "service_url", "rpc_url", "deployment", "inbox", "hot")
    lines = [f'{name} = "{getattr(config, name)}"' for name in (*settings, "ipfs_folder")]
    (config.folder / "gate.toml").write_text("\n".join(lines))
    result = CliRunner().invoke(app, ["gate", "status", str(config.folder)])
    assert result.exit_code == 0
    return "".join(result.stdout.split())


def test_a_receipt_that_was_put_aside_is_told_of_after_the_keys_are_replaced(world: World) -> None:
    put_aside(world, 0)
    first = replace_keys(world)
    found = gate.status(world.config, world.clock.now())
    assert (found.by_state, found.jobs, found.unreadable) == ({}, (), ())
    (row,) = found.as_json()["receipts_refused"]
    assert (row["journal"], row["printer"], row["serial"]) == (first, str(KEYS.printer), 0)
    assert row["answer"]["error"] == "ReceiptContradicts"
    assert f"Thereisanotherreceipt.({first})" in shown(world)

    world.clock.time += 10
    put_aside(world, 1)
    rows = gate.status(world.config, world.clock.now()).as_json()["receipts_refused"]
    assert [(row["journal"], row["serial"]) for row in rows] == [(first, 0), ("journal.jsonl", 1)]
    words = shown(world)
    assert "thelastisforserial1oflicense1." in words
    assert f"({first},journal.jsonl)" in words

    second = replace_keys(world)
    rows = gate.status(world.config, world.clock.now()).as_json()["receipts_refused"]
    assert [(row["journal"], row["serial"]) for row in rows] == [(first, 0), (second, 1)]


def test_an_old_journal_that_is_damaged_is_named_and_hides_nothing_else(world: World) -> None:
    put_aside(world, 0)
    old = world.config.folder / replace_keys(world)
    put_aside(world, 1)
    old.write_bytes(old.read_bytes().replace(b"ReceiptContradicts", b"ReceiptContradictz"))
    found = gate.status(world.config, world.clock.now()).as_json()
    assert [row["serial"] for row in found["receipts_refused"]] == [1]
    assert found["unreadable"] == [old.name]
    assert f"unreadable{old.name}" in shown(world)


@pytest.mark.parametrize("name", ["journal-0x.jsonl.part", "journal-notes.jsonl"])
def test_other_files_of_the_folder_are_no_journals(world: World, name: str) -> None:
    (world.config.folder / name).write_text("notes\n")
    KEYS.signer.save(world.config.signing_key, "pw")
    assert gate.status(world.config, world.clock.now()).unreadable == ()
