"""A customer's own variant, the whole way: upload, token, gate, machine, receipt, audit."""

from __future__ import annotations

import hashlib
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from ledger.config import Settings
from ledger.stack import Stack
from tests.conftest import MODELS
from tests.e2e.test_cli_flow import Desk

pytestmark = pytest.mark.chain
BOX = MODELS / "box.3mf"


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """A stack with the embedded store, a designer and a print center."""
    folder = tmp_path_factory.mktemp("variants")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("ledger.stack.find_kubo", lambda *_: None)
        patch.delenv("PLATEMARK_IPFS_API", raising=False)
        with Stack(Settings(home=folder / "home"), port=0, chain_port=0) as stack:
            found = Desk(folder, stack)
            for name in ("designer", "center"):
                found.json("key", "new", name, "--fund")
            yield found


@dataclass
class Shop:
    """A design, a gate, and licenses with and without the right to variants."""

    desk: Desk
    design: str
    gate: Path
    printer: str
    allowed: int
    plain: int

    def upload(self, license: int, file: Path, *more: object, code: int = 0) -> str:
        args = ("variant", "upload", license, file, *more, "--key", "center")
        return self.desk.run(*args, code=code)

    def request(self, license: int, *more: object, code: int = 0) -> str:
        args = ("--license", license, "--printer", self.printer, "--out", self.gate / "inbox")
        return self.desk.run("token", "request", *args, *more, "--key", "center", code=code)

    def print_all(self) -> list[bytes]:
        """Let the gate work, then the machine; what was printed."""
        self.desk.run("gate", "run", self.gate, "--once")
        hot = self.gate / "hot"
        printed = [path for path in hot.iterdir() if path.is_file()]
        contents = [path.read_bytes() for path in printed]
        for path in printed:
            path.rename(hot / "done" / path.name)
        self.desk.run("gate", "run", self.gate, "--once")
        return contents


@pytest.fixture(scope="module")
def shop(desk: Desk) -> Shop:
    design = desk.json("design", "register", BOX, "--key", "designer", "--title", "Insole")
    desk.run("issuer", "authorize", "--key", "designer")
    gate = desk.folder / "gate"
    made = desk.json("gate", "init", gate, "--name", "Press 4", "--key", "center")
    known = str(design["design"])
    allowed, plain = granted(desk, known, "--right", "variants"), granted(desk, known)
    return Shop(desk, known, gate, made["printer"], allowed, plain)


def granted(desk: Desk, design: str, *rights: str) -> int:
    """A license of five prints for the center."""
    args = ("--to", "center", "--quota", 5, "--grace", 0, "--key", "designer")
    given = desk.json("license", "grant", design, *args, *rights)
    return int(given["license"])


def personalised(folder: Path, name: str, length: float) -> Path:
    """The box as it is made for one customer: its length in mm."""
    path = folder / f"{name}.3mf"
    with zipfile.ZipFile(BOX) as source, zipfile.ZipFile(path, "w") as sink:
        for entry in source.namelist():
            data = source.read(entry)
            if entry.endswith(".model"):
                data = re.sub(rb'z="30"', b'z="%g"' % length, data)
            sink.writestr(entry, data)
    return path


def test_a_customers_variant_is_printed_and_found_by_its_file(shop: Shop) -> None:
    desk, file = shop.desk, personalised(shop.desk.folder, "insole-42", 33.5)
    job = "0x" + hashlib.sha256(file.read_bytes()).hexdigest()
    order = hashlib.sha256(b"a salt of the shop's: order 17").hexdigest()
    taken = desk.json(
        "variant", "upload", shop.allowed, file, "--reference", order, "--key", "center"
    )
    assert (taken["job"], taken["design"]) == (job, shop.design)
    assert taken["measures"]["bounding_box_mm"] == [10, 20, 33.5]
    assert job in desk.run("variant", "list", shop.allowed)

    shop.request(shop.allowed, "--job", job)
    (printed,) = shop.print_all()
    assert printed == file.read_bytes()

    dossier = desk.json("audit", file)
    assert (dossier["subject"], dossier["kind"]) == (job, "variant")
    assert [f for f in dossier["findings"] if f["severity"] != "note"] == []
    facts = {fact["what"]: fact["details"] for fact in dossier["facts"]}
    assert facts["VariantAccepted"]["design"] == shop.design
    assert facts["VariantAccepted"]["license"] == shop.allowed
    assert facts["VariantAccepted"]["reference"] == "0x" + order
    assert facts["TokenIssued"]["job"] == facts["SerialsRedeemed"]["job"] == job
    assert facts["SerialsRedeemed"]["printer"] == shop.printer
    receipt = facts["PrintReported"]
    assert (receipt["job"], receipt["serial"], receipt["outcome"]) == (job, 0, "done")
    desk.run("audit", f"{shop.allowed}:0", "--strict")


def test_the_design_itself_is_printed_under_the_same_license(shop: Shop) -> None:
    shop.request(shop.allowed)
    (printed,) = shop.print_all()
    assert printed == BOX.read_bytes()


def test_an_upload_repeated_gives_the_same_sealed_file(shop: Shop) -> None:
    file = personalised(shop.desk.folder, "insole-43", 34)
    args = ("variant", "upload", shop.allowed, file, "--key", "center")
    assert shop.desk.json(*args) == shop.desk.json(*args)


def test_what_is_not_allowed_is_refused_by_name(shop: Shop) -> None:
    file = personalised(shop.desk.folder, "insole-45", 36)
    job = "0x" + hashlib.sha256(file.read_bytes()).hexdigest()
    said = shop.upload(shop.plain, file, code=6)
    assert said.startswith("VariantsNotAllowed:")
    assert shop.upload(shop.allowed, BOX, code=5).startswith("DesignAlreadyRegistered:")
    assert shop.request(shop.plain, "--job", job, code=6).startswith("VariantsNotAllowed:")
    assert shop.request(shop.allowed, "--job", job, code=4).startswith("VariantNotFound:")
    assert "BadSignature:" in shop.desk.run(
        "variant", "upload", shop.allowed, file, "--key", "designer", code=6
    )


def test_a_file_that_is_not_the_bound_one_is_not_printed(shop: Shop) -> None:
    """Somebody exchanges the sealed files of two tickets on their way to the gate."""
    desk, tickets = shop.desk, shop.desk.folder / "exchanged"
    tickets.mkdir()
    jobs = []
    for name, length in (("insole-46", 37), ("insole-47", 38)):
        file = personalised(desk.folder, name, length)
        args = ("variant", "upload", shop.allowed, file, "--key", "center")
        jobs.append(desk.json(*args))
    want, other = jobs
    asked = ("--license", shop.allowed, "--printer", shop.printer, "--job", want["job"])
    desk.run("token", "request", *asked, "--out", tickets, "--key", "center")
    (ticket,) = tickets.iterdir()
    text = ticket.read_text()
    assert want["cid"] in text
    text = text.replace(want["cid"], other["cid"])
    text = text.replace(str(want["sealed_size"]), str(other["sealed_size"]))
    (shop.gate / "inbox" / ticket.name).write_text(text)
    assert shop.print_all() == []
    assert desk.json("gate", "status", shop.gate)["last_refusal"]["error"] == "UnsealFailed"

    (shop.gate / "inbox" / f"again-{ticket.name}").write_text(ticket.read_text())
    (printed,) = shop.print_all()
    assert want["job"].removeprefix("0x") == hashlib.sha256(printed).hexdigest()
