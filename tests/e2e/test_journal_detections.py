"""A restored disk image, two machines with one key, a copied journal: found, and told.

The service answers over HTTP, on a real chain; the gates have real folders. What docs/leases.md
calls not detectable is tested to be just that.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ledger.models import Digest
from tests.e2e.center import Center, Press
from tests.leasing import Book, lease, serials
from tests.service import chain_of

pytestmark = pytest.mark.chain

SAME = Digest(b"\x0a" * 32)
"""What two machines look like of which one was made as an image of the other."""


@pytest.fixture
def make(center: Center, tmp_path: Path) -> Iterator[Callable[[str], Press]]:
    """Makes presses that are at rest when the test is over."""
    made: list[Press] = []

    def press(name: str) -> Press:
        (tmp_path / name).mkdir()
        made.append(center.press(tmp_path / name))
        return made[-1]

    center.mend()
    yield press
    for each in made:
        each.stop()


@pytest.fixture
def press(make: Callable[[str], Press]) -> Press:
    return make("press")


def is_redeemed(center: Center, serial: int) -> bool:
    word, bit = serial // 256, 1 << serial % 256
    return bool(chain_of(center.ours.ledger).spent(center.ours.license, word) & bit)


# ---------------------------------------------------------------- restored image


def test_a_restored_disk_image_is_found_at_contact_before_anything_is_printed(
    center: Center, press: Press, tmp_path: Path
) -> None:
    file = press.take(lease(center.ours, press.printer, count=5))
    press.want(file, 2)
    assert len(press.print_all()) == 2
    image = press.image(tmp_path / "image")
    press.want(file, 2)
    assert len(press.print_all()) == 2
    press.later()
    assert press.known()["sequence"] == 4

    press.put_back(image)
    press.want(file, 2)
    assert press.print_all() == []
    assert press.halted
    assert "JournalRolledBack" in press.refusals
    assert press.keys == []
    press.later()
    # The printer itself signed that its journal was set back: this is the evidence.
    told = center.ours.dossier(press.printer.address)["findings"]
    assert [f["where"][:10] for f in told if "JournalRolledBack" in f["detail"]] == ["refusal 0x"]
    center.redeem()
    assert press.known()["redeemed"] == 4
    assert [is_redeemed(center, serial) for serial in serials(file)] == [True] * 4 + [False]
    assert len(set(press.printed)) == len(press.printed) == 4
    press.stop()
    assert press.print_all() == [], "and not after a restart"


def test_a_restored_disk_image_with_no_network_is_stopped_by_a_machine_that_remembers(
    center: Center, press: Press, tmp_path: Path
) -> None:
    file = press.take(lease(center.ours, press.printer, count=3))
    center.cut()
    image = press.image(tmp_path / "image")
    press.want(file, 2)
    first = press.print_all()
    assert len(first) == 2
    press.put_back(image)
    center.clock.time += 10
    press.want(file, 2)
    assert press.print_all() == [], "there is a print of that name already"
    assert sorted(path.name for path in (press.config.hot / "done").iterdir()) == sorted(first)
    assert press.spent == serials(file)[:1], "spent again, and never handed over"
    center.mend()


def test_a_restored_disk_image_and_a_machine_that_forgot_print_twice_and_are_found_at_contact(
    center: Center, press: Press, tmp_path: Path
) -> None:
    file = press.take(lease(center.ours, press.printer, count=4))
    image = press.image(tmp_path / "image")
    press.want(file, 2)
    press.print_all()
    press.later()
    before = {link.digest for link in press.links}
    assert press.known()["sequence"] == 2

    center.cut()
    press.put_back(image)
    for path in (press.config.hot / "done").iterdir():
        path.unlink()
    press.want(file, 2)
    assert len(press.print_all()) == 2
    assert press.spent == serials(file)[:2], "offline nobody can tell; docs/leases.md says so"

    center.mend()
    press.later()
    assert press.halted
    assert press.keys == []
    press.want(file, 1)
    assert press.print_all() == []
    found = center.findings(press.printer.address)
    # Of each number there are two entries with the printer's signature.
    forked = {center.entry(where)["digest"] for where in found["journal-forked"]}
    assert len(forked) == 2
    assert not forked & {str(digest) for digest in before}
    assert len(found["printed-twice"]) >= 2
    center.redeem()
    known = press.known()
    assert (known["sequence"], known["redeemed"]) == (2, 2), "the first ones go on counting"


def test_what_was_printed_between_image_and_restoration_and_never_handed_in_is_not_detectable(
    center: Center, press: Press, tmp_path: Path
) -> None:
    """The limit that docs/leases.md names: nobody but the disk knew of the first prints."""
    file = press.take(lease(center.ours, press.printer, count=3))
    center.cut()
    image = press.image(tmp_path / "image")
    press.want(file, 2)
    assert len(press.print_all()) == 2
    press.put_back(image)
    for path in (press.config.hot / "done").iterdir():
        path.unlink()
    center.clock.time += 10
    press.want(file, 2)
    assert len(press.print_all()) == 2
    center.mend()
    press.later()
    assert not press.halted
    found = center.findings(press.printer.address)
    assert not {"journal-forked", "printed-twice", "refused"} & set(found)
    center.redeem()
    assert press.known()["redeemed"] == 2, "paid for once"
    assert len(press.printed) == 4
    assert len(set(press.printed)) == 2


# ------------------------------------------------------------------ two machines


def test_a_folder_that_is_copied_and_lives_on_beside_the_first_prints_nothing(
    center: Center, press: Press, tmp_path: Path
) -> None:
    file = press.take(lease(center.ours, press.printer, count=4))
    press.want(file, 1)
    press.print_all()
    press.later()
    other = press.copied(tmp_path / "second")
    center.cut()
    try:
        other.want(file, 2)
        assert other.print_all() == [], "its folder is another one, and it says so"
        assert [link.entry.kind for link in other.links][-1] == "machine"
        press.want(file, 2)
        assert len(press.print_all()) == 2
        center.mend()
        press.later()
        other.later()
        assert other.halted
        assert not press.halted
        assert other.print_all() == []
        press.want(file, 1)
        assert len(press.print_all()) == 1
        press.later()
    finally:
        other.stop()
    found = center.findings(press.printer.address)
    (forked,) = found["journal-forked"]
    assert center.entry(forked)["kind"] == "machine"
    assert forked in found["machine-changed"]
    center.redeem()
    assert press.known()["redeemed"] == 4
    press.require_agreement(center.ours.license)


def test_two_machines_with_one_key_that_look_the_same_are_found_at_the_second_ones_contact(
    center: Center, make: Callable[[str], Press], tmp_path: Path
) -> None:
    press = make("press")
    press.machine_id = SAME
    file = press.take(lease(center.ours, press.printer, count=4))
    other = press.copied(tmp_path / "second")
    center.cut()
    try:
        press.want(file, 1)
        assert len(press.print_all()) == 1
        center.clock.time += 5
        other.want(file, 1)
        assert len(other.print_all()) == 1, "with no network nobody can tell"
        center.mend()
        press.later()
        other.later()
        assert other.halted
        assert other.keys == []
        other.want(file, 1)
        assert other.print_all() == []
        assert not press.halted
        other.stop()
        other.later()
        other.require_put_aside()
    finally:
        other.stop()
    found = center.findings(press.printer.address)
    (forked,) = found["journal-forked"]
    entry = center.entry(forked)
    assert (entry["sequence"], entry["kind"]) == (1, "spend")
    assert entry["digest"] != str(press.links[0].digest)
    assert forked in found["printed-twice"]
    press.want(file, 2)
    assert len(press.print_all()) == 2, "the first goes on"
    press.later()
    center.redeem()
    assert press.known()["redeemed"] == 3
    press.require_agreement(center.ours.license)


# ---------------------------------------------------------------- copied journal


def test_a_journal_that_is_copied_into_another_printers_gate_prints_nothing_and_is_told_of(
    center: Center, make: Callable[[str], Press]
) -> None:
    first, second = make("first"), make("second")
    file = first.take(lease(center.ours, first.printer, count=3))
    first.want(file, 1)
    first.print_all()
    first.later()
    first.stop()
    for name in ("journal.jsonl", "keys", "news.json"):
        source, target = first.config.folder / name, second.config.folder / name
        if source.is_dir():
            shutil.copytree(source, target)
        else:
            shutil.copy(source, target)
    second.want(file, 2)
    assert second.print_all() == []
    second.later()
    assert second.print_all() == []
    assert second.known()["sequence"] == 0, "nothing of it is taken for this printer's"
    assert second.halted
    assert second.keys == []
    told = center.ours.dossier(second.printer.address)["findings"]
    assert [f["where"][:10] for f in told if "JournalRolledBack" in f["detail"]] == ["refusal 0x"]
    assert first.known()["sequence"] == 1
    assert center.findings(first.printer.address).get("journal-forked") is None


def test_a_copied_journal_is_refused_from_another_printer_and_a_resigned_one_is_evidence(
    center: Center, make: Callable[[str], Press]
) -> None:
    first, second = make("first"), make("second")
    ours = center.ours
    file = lease(ours, first.printer, count=3)
    own = Book(ours, first.printer)
    own.spend(file, *serials(file)[:2])
    own.hand_in()
    # As it is, under the other printer's name: the signatures are not that printer's.
    copied = Book(ours, second.printer, entries=list(own.entries))
    copied.refused("BadSignature")
    assert second.known()["sequence"] == 0
    # Handing in what is known already, whoever does it, changes nothing.
    assert own.hand_in()["sequence"] == 2
    # Signed anew by the other printer: kept, redeemed for nobody, and told of.
    forged = Book(ours, second.printer)
    forged.spend(file, *serials(file)[:2])
    forged.hand_in()
    found = center.findings(second.printer.address)
    (one, two) = found["spend-outside-lease"]
    assert {center.entry(one)["serial"], center.entry(two)["serial"]} == set(serials(file)[:2])
    center.redeem()
    assert own.hand_in()["redeemed"] == 2
    assert forged.hand_in()["redeemed"] == 0
