"""The crisis scene: a designer who cannot be asked any more has pledged the design before."""

from __future__ import annotations

import time

from ledger.client import answers, crises
from ledger.client.desk import Desk
from ledger.demo.stage import Stage
from ledger.demo.world import GateProcess, World
from ledger.models import ContentHash, Region
from ledger.tickets import dump

DAY = 86_400
_PATIENCE = 1_200
"""Tenths of a second until a gate's receipt has arrived."""


def play(stage: Stage, world: World, designer: Desk, design: ContentHash) -> None:
    """Pledge, declare, take, print, end, a late take; then the audit of it all.

    Raises StoryBroken where it cannot go on.
    """
    stage.scene(
        "12  A crisis",
        "An earthquake. The designer pledged the gears beforehand, and cannot be reached now.",
    )
    council, center = world.user(), world.user()
    now = int(time.time())
    promise = crises.Promise(now + 365 * DAY, 30 * DAY, 3, 5, "For repairs after a disaster.")
    stage.works(
        "the designer pledges the design to a council",
        lambda: crises.pledge(designer, design, council.address, promise),
        lambda sent: f"5 prints in all, for a year; transaction {sent.transaction}",
    )
    stage.works(
        "the service may not sign for the designer any more",
        designer.remove_issuer,
        lambda sent: f"transaction {sent.transaction}",
    )
    declared = stage.works(
        "the council declares a crisis, by a signature alone",
        lambda: crises.declare_without_gas(
            council, Region("TR-31"), now + 30 * DAY, "Magnitude 7.8; decided at noon."
        ),
        lambda done: f"crisis {done.crisis} in TR-31, transaction {done.transaction}",
    )
    license, _ = stage.works(
        "a center there takes a license",
        lambda: crises.take(center, declared.crisis, design, 3),
        lambda both: f"license {both[0]} for 3 prints, without payment",
    )
    press = world.gate("Press 3", center)
    _print(stage, press, center, license, design)
    stage.works(
        "the council ends the crisis",
        lambda: crises.end(council, declared.crisis),
        lambda sent: f"transaction {sent.transaction}",
    )
    stage.refused(
        "a late center takes a license",
        "CrisisOver",
        lambda: crises.take(center, declared.crisis, design, 1),
    )
    _audit(stage, world, declared.crisis)


def _print(
    stage: Stage, press: GateProcess, center: Desk, license: int, design: ContentHash
) -> None:
    tickets = stage.works(
        "ask for a print token",
        lambda: center.request_tokens(license, press.printer),
        lambda found: f"signed by {found[0].signer}, whom the council named",
    )
    press.drop("crisis.token.json", dump(tickets[0]))
    files = stage.works("print in the crisis", lambda: press.printed(1), lambda done: done[0].name)
    stage.equal("the machine got the designer's very file", design, files[0].content)


def _audit(stage: Stage, world: World, crisis: int) -> None:
    told = stage.works(
        "audit the crisis",
        lambda: _told(world, crisis),
        lambda found: f"{len(found.facts)} facts, {len(found.findings)} findings",
    )
    wanted = ["CrisisDeclared", "CrisisLicenseTaken", "TokenIssued"]
    wanted += ["SerialsRedeemed", "PrintReported", "CrisisEnded"]
    found = [fact["what"] for fact in told.facts]
    stage.equal("the audit of the crisis is whole", sorted(wanted), sorted(found))
    stage.equal("findings about the crisis", 0, len(told.findings))


def _told(world: World, crisis: int) -> answers.Provenance:
    """The dossier, once the gate's receipt has arrived."""
    for _ in range(_PATIENCE):
        told = world.service.provenance(f"crisis:{crisis}")
        if any(fact["what"] == "PrintReported" for fact in told.facts):
            break
        time.sleep(0.1)
    return told
