"""Queue, webhooks, slices and the share of voids by the command line, on a real stack."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import MODELS
from tests.e2e.test_cli_flow import Desk, _running

NONE = "0x" + "11" * 32


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("ledger.stack.find_kubo", lambda *_: None)
        patch.delenv("PLATEMARK_IPFS_API", raising=False)
        yield from _running(tmp_path_factory.mktemp("queue"))


@dataclass
class Shop:
    """One design, a license of four prints, and a gate that asks the queue."""

    desk: Desk
    design: str
    license: int
    gate: Path
    printer: str

    def order(self, *more: object) -> str:
        """An order of the center's; its digest."""
        asked = ("--license", self.license, *more, "--key", "center")
        return str(self.desk.json("queue", "add", *asked)["digest"])

    def change(self, what: str, order: str, *more: object) -> dict[str, Any]:
        """A decision about an order."""
        done: dict[str, Any] = self.desk.json("queue", what, order, *more, "--key", "center")
        return done

    def refused(self, *arguments: object, code: int) -> str:
        """A command of the center's that must end with `code`; what it says."""
        return self.desk.run(*arguments, "--key", "center", code=code)

    def prints(self, outcome: str) -> None:
        """The gate gets a piece, and the machine behind it prints."""
        self.desk.run("gate", "run", self.gate, "--once")
        (job,) = [path for path in (self.gate / "hot").iterdir() if path.is_file()]
        job.rename(self.gate / "hot" / outcome / job.name)
        self.desk.run("gate", "run", self.gate, "--once")


@pytest.fixture(scope="module")
def shop(desk: Desk) -> Shop:
    for name in ("designer", "center"):
        desk.json("key", "new", name, "--fund")
    args = ("--key", "designer", "--title", "A ring")
    design = desk.json("design", "register", MODELS / "torus.3mf", *args)["design"]
    desk.run("issuer", "authorize", "--key", "designer")
    terms = desk.folder / "terms.txt"
    terms.write_text("A print that fails is replaced.")
    usual = ("--price", "0.002", "--terms", terms, "--min", 1, "--max", 10, "--grace", 0)
    offer = desk.json("offer", "open", design, *usual, "--key", "designer")["offer"]
    bought = desk.json("license", "buy", offer, "--quota", 4, "--key", "center")["license"]
    gate = desk.folder / "gate"
    made = desk.json("gate", "init", gate, "--name", "Press", "--key", "center")
    config = gate / "gate.toml"
    config.write_text("queue = true\n" + config.read_text())
    return Shop(desk, design, int(bought), gate, str(made["printer"]))


def test_an_order_is_made_moved_changed_and_ended(shop: Shop) -> None:
    desk = shop.desk
    first, second = shop.order("--quantity", 2), shop.order("--printer", shop.printer)
    assert [row["digest"] for row in desk.json("queue", "list", "--center", "center")] == [
        first,
        second,
    ]
    shop.change("move", second)
    shop.change("move", second, "--down")
    assert shop.change("pause", first)["state"] == "paused"
    assert [row["digest"] for row in desk.json("queue", "list", "--state", "paused")] == [first]
    assert shop.change("resume", first)["state"] == "open"
    assert shop.change("quantity", first, 3)["quantity"] == 3
    said = desk.run("queue", "show", first)
    assert re.search(r"quantity +3", said)
    assert "No piece" not in said  # notices go to stderr
    listed = desk.run("queue", "list")
    assert re.search(r"0/3", listed)
    assert desk.json("queue", "list", "--printer", shop.printer) == []
    for order in (first, second):
        assert shop.change("cancel", order)["state"] == "cancelled"
    said = shop.refused("queue", "resume", first, code=5)
    assert said.startswith("Conflict: The order is cancelled.")


def test_what_cannot_be_done_with_an_order_is_said_in_one_paragraph(shop: Shop) -> None:
    desk = shop.desk
    asked = ("--license", shop.license)
    said = desk.run("queue", "add", *asked, "--key", "designer", code=6)
    assert said.startswith("BadSignature:")
    said = shop.refused("queue", "add", "--license", 999, code=4)
    assert said.startswith("LicenseNotFound:")
    said = shop.refused("queue", "add", *asked, "--printer", "0x" + "22" * 20, code=6)
    assert said.startswith("PrinterNotEnrolled:")
    assert shop.refused("queue", "pause", NONE, code=4).startswith("OrderNotFound:")
    assert desk.run("queue", "show", NONE, code=4).startswith("OrderNotFound:")
    assert desk.run("queue", "show", "0x12", code=3).startswith("MalformedRequest:")
    assert "state" in desk.run("queue", "list", "--state", "lost", code=3)
    order = shop.order()
    said = desk.run("queue", "cancel", order, "--key", "designer", code=6)
    assert said.startswith("BadSignature:")
    said = shop.refused("queue", "sign-off", order, NONE, code=4)
    assert said.startswith("TokenNotFound:")
    shop.change("cancel", order)


def test_a_piece_is_printed_called_bad_and_voided_by_the_share(shop: Shop) -> None:
    desk = shop.desk
    for wrong in ((), ("--license", 1, "--design", shop.design)):
        assert "Name either" in desk.run("void", "share", 2_500, *wrong, code=3)
    shared = desk.json("void", "share", 0, "--license", shop.license)
    assert shared == {"subject": str(shop.license), "share": 0}
    order = shop.order("--sign-off")
    shop.prints("done")
    (piece,) = desk.json("queue", "show", order)["pieces"]
    assert (piece["state"], piece["printer"]) == ("held", shop.printer)
    assert "held" in desk.run("queue", "show", order)
    looked = shop.change("sign-off", order, piece["token"], "--bad", "--note", "warped corner")
    assert (looked["state"], looked["accepted"]) == ("failed", False)
    assert shop.refused("queue", "sign-off", order, piece["token"], code=5).startswith("Conflict:")
    assert desk.json("queue", "show", order)["state"] == "waiting"
    (row,) = desk.json("void", "waiting", shop.license)
    assert row["evidence"] == row["sign_off"]["digest"]
    assert "called bad" in desk.run("void", "waiting", shop.license)
    desk.json("void", "prints", shop.license, piece["serial"], "--key", "designer")
    assert desk.json("void", "waiting", shop.license) == []

    assert shop.change("retry", order, "--times", 2)["state"] == "open"
    desk.json("void", "share", 5_000, "--design", shop.design)
    shop.prints("failed")
    (_, piece) = desk.json("queue", "show", order)["pieces"]
    shop.change("sign-off", order, piece["token"])
    shop.prints("done")
    (*_, piece) = desk.json("queue", "show", order)["pieces"]
    assert shop.change("sign-off", order, piece["token"])["state"] == "done"
    assert desk.json("queue", "show", order)["state"] == "done"


def test_a_webhook_is_added_tried_and_ended(shop: Shop) -> None:
    desk, mine = shop.desk, ("--key", "center")
    assert desk.json("webhook", "list", *mine) == []
    for url in ("http://example.org/x", "https://user:word@example.org/", "ftp://x/"):
        said = shop.refused("webhook", "add", url, code=3)
        assert said.startswith("MalformedRequest:")
        assert "word" not in said
    said = shop.refused("webhook", "add", "https://x.invalid/", "--event", "a.b", code=3)
    assert "There is no event 'a.b'" in said
    url = "https://127.0.0.1:9/hook"
    hook = desk.json("webhook", "add", url, "--event", "order.state", *mine)
    assert hook["secret"].startswith("whsec_")
    assert "secret" not in desk.run("webhook", "list", *mine)
    event = desk.json("webhook", "test", hook["id"], *mine)["event"]
    (row,) = desk.json("webhook", "deliveries", hook["id"], *mine)
    assert (row["event"], row["kind"]) == (event, "webhook.test")
    assert "webhook.test" in desk.run("webhook", "deliveries", hook["id"], *mine)
    (row,) = desk.json("webhook", "list", *mine)
    assert (row["waiting"], row["given_up"]) == (1, 0)
    for command in ("test", "deliveries", "remove"):
        said = desk.run("webhook", command, hook["id"], "--key", "designer", code=4)
        assert said.startswith("WebhookNotFound:")
    assert desk.json("webhook", "remove", hook["id"], *mine)["state"] == "removed"
    assert shop.refused("webhook", "test", hook["id"], code=4).startswith("WebhookNotFound:")


def test_a_slice_is_approved_by_its_designer_and_listed(shop: Shop, tmp_path: Path) -> None:
    desk, job, profile = shop.desk, "0x" + "aa" * 32, "0x" + "bb" * 32
    assert desk.json("slice", "list", shop.design) == []
    said = ("--profile", profile, "--job", job, "--slicer", "PrusaSlicer-2.5.0")
    refused = desk.run("slice", "approve", shop.design, *said, "--key", "center", code=6)
    assert refused.startswith("NotIssuer:")
    row = desk.json("slice", "approve", shop.design, *said, "--key", "designer")
    assert (row["job"], row["profile"]) == (job, profile)
    assert [row["job"] for row in desk.json("slice", "list", shop.design)] == [job]
    assert "PrusaSlicer-2.5.0" in desk.run("slice", "list", shop.design)
    assert desk.run("slice", "list", NONE, code=4).startswith("DesignNotFound:")
    missing = tmp_path / "none.stl"
    said_of = desk.run("slice", "make", missing, "--profile", missing, code=3)
    assert f"There is no file {missing}" in said_of
