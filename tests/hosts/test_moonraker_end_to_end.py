"""A real 3MF on its whole way: chain, service, gate, slicer, Moonraker; and its receipt."""

from __future__ import annotations

import httpx
import pytest

from tests.e2e.test_cli_flow import Desk
from tests.gate.slicing_world import PROFILE
from tests.hosts.moonraker_bed import Printer, require_moonraker
from tests.hosts.whole_way import NEEDED, a_gate, audited, desk, license, print_one

pytestmark = NEEDED
__all__ = ["desk", "license"]


@pytest.fixture(scope="module", autouse=True)
def installed() -> None:
    require_moonraker()


def paired(desk: Desk, printer: Printer) -> str:
    """The five steps of docs/hosts.md; the printer's address."""
    key = printer.get("/access/api_key")
    made = printer.post("/access/user", json={"username": "ada", "password": "correct horse"})
    assert made.is_success
    gate = a_gate(desk, "moonraker", printer.url, key, PROFILE)
    printer.pair(gate["gate_key"], gate["printer"], "force_logins: True")
    printer.headers["X-Api-Key"] = key
    printer.kill("moonraker")
    printer.start_moonraker()
    assert httpx.get(printer.url + "/server/platemark/status", timeout=10).status_code == 401
    return str(gate["printer"])


def test_a_3mf_is_sliced_and_printed_once_and_its_receipt_is_audited(
    desk: Desk, license: int
) -> None:
    with Printer(desk.folder / "printer") as printer:
        address = paired(desk, printer)
        print_one(desk, license, address)
        begun = [entry["begins"] for entry in printer.printed() if "begins" in entry]
        assert len(begun) == 1
        assert begun[0].endswith(".gcode")
        extruding = [e["moved"] for e in printer.printed() if " E" in e.get("moved", "")]
        assert len(extruding) > 100
        for folder in (printer.gcodes, printer.data / "platemark" / "card"):
            assert not [path for path in folder.rglob("*") if path.is_file()]
    audited(desk, license, address, PROFILE)
