"""The story: a gear puzzle goes from its designer to a printer far away, and to the audit.

Each scene is one method; the order is the order of `play`. What a scene needs of an
earlier one is a field, set there.
"""

from __future__ import annotations

import json
import time
from functools import partial
from pathlib import Path

from ledger.client import Terms, answers
from ledger.demo import crisis
from ledger.demo.stage import Stage
from ledger.demo.words import amount, box, clock, short
from ledger.demo.world import GateProcess, World
from ledger.errors import LedgerError, all_errors
from ledger.models import ContentHash, Ticket
from ledger.tickets import dump

PRICE = 2 * 10**15
"""Wei for one print: 0.002 ether."""
DAY = 86_400
_PATIENCE = 1_200
"""Tenths of a second until what a gate reports has arrived."""
_ERRORS = {error.__name__: error for error in all_errors()}


class Story:
    """One performance."""

    def __init__(self, stage: Stage, world: World, model: Path) -> None:
        self._stage = stage
        self._world = world
        self._model = model
        self.designer, self.center, self.stranger = world.user(), world.user(), world.user()

    def play(self) -> None:
        """All scenes. Raises StoryBroken where one cannot go on."""
        self._register()
        self._sell()
        self._refuse_without_token()
        self._print()
        self._refuse_again()
        self._refuse_tampered_token()
        self._refuse_tampered_file()
        self._exhaust()
        self._revoke_and_refund()
        self._withdraw()
        self._audit()
        crisis.play(self._stage, self._world, self.designer, self.design)

    def _register(self) -> None:
        stage, designer = self._stage, self.designer
        stage.scene(
            "1  The designer registers a design",
            "The file is measured, hashed, sealed and pinned; the designer signs, once.",
        )
        prepared, _ = stage.works(
            "register the design",
            lambda: designer.register(self._model, "Heart gears", "A gear puzzle."),
            lambda both: f"{both[0].design}, in block {both[1].block}",
        )
        self.design: ContentHash = prepared.design
        self.cid = prepared.cid
        measures = prepared.measures
        stage.say(f"sealed as {self.cid}")
        stage.say(f"{measures['triangles']:,} triangles, {box(measures)} mm")
        stage.refused(
            "somebody else registers the same file",
            "DesignAlreadyRegistered",
            lambda: self.stranger.register(self._model, "My own idea"),
        )

    def _sell(self) -> None:
        stage, now = self._stage, int(time.time())
        stage.scene(
            "2  An offer, and a license for three prints",
            "The price waits in escrow and is earned print by print.",
        )
        terms = Terms(
            price=PRICE,
            min_quota=1,
            max_quota=100,
            opens=now - 60,
            closes=now + 30 * DAY,
            duration=30 * DAY,
            grace=0,
            document="Each serial is one print. Resale of prints allowed, of the file not.",
        )
        stage.works(
            "let the service sign print tokens",
            lambda: self.designer.authorize_issuer(now + 90 * DAY),
            lambda sent: f"transaction {sent.transaction}",
        )
        self.offer, _ = stage.works(
            "open an offer",
            lambda: self.designer.open_offer(self.design, terms),
            lambda both: f"{both[0]} at 0.002 ether a print",
        )
        self.license = self._buy(3)
        self.press = self._world.gate("Press 1", self.center)
        stage.say(f"The gate of Press 1 runs beside its printer {self.press.printer}.")

    def _refuse_without_token(self) -> None:
        self._stage.scene(
            "3  A job without a token",
            "Somebody puts the bare model into the gate's inbox.",
        )
        data = self._model.read_bytes()
        self._refused_at(self.press, "print without a token", "JobWithoutToken", "gears.3mf", data)

    def _print(self) -> None:
        self._stage.scene(
            "4  With a token it prints",
            "The gate checks, redeems the serial on chain, opens the file, and hands it over.",
        )
        self.first = self._token(self.press)
        self._prints(self.press, "print serial 0", self.first, "serial-0", 1)

    def _refuse_again(self) -> None:
        self._stage.scene("5  The same token again", "A serial is spent once, for ever.")
        self._refused_at(
            self.press,
            "print serial 0 again",
            "SerialAlreadySpent",
            "again.token.json",
            dump(self.first),
        )

    def _refuse_tampered_token(self) -> None:
        self._stage.scene(
            "6  A tampered token", "The print center adds a serial that it was not given."
        )
        document = json.loads(dump(self.first))
        document["token"]["serials"] = str(int(document["token"]["serials"]) | 2)
        self._refused_at(
            self.press,
            "print with a changed token",
            "BadSignature",
            "changed.token.json",
            json.dumps(document).encode(),
        )

    def _refuse_tampered_file(self) -> None:
        stage, world = self._stage, self._world
        stage.scene(
            "7  A tampered sealed file",
            "Press 2 fetches from a mirror that changed one byte. Nothing is spent for it.",
        )
        mirror = world.folder / "mirror"
        sealed = world.mirror(self.cid, mirror)
        honest = sealed.read_bytes()
        sealed.write_bytes(honest[:-1] + bytes([honest[-1] ^ 1]))
        press = world.gate("Press 2", self.center, blocks=mirror)
        ticket = self._token(press)
        document = dump(ticket)
        self._refused_at(
            press, "print a changed file", "DigestMismatch", "mirror.token.json", document
        )
        sealed.write_bytes(honest)
        stage.say("The mirror is mended; the same token is dropped again.")
        self._prints(press, "print serial 1 from the mended mirror", ticket, "mended", 1)

    def _exhaust(self) -> None:
        self._stage.scene("8  The quota runs out", "Three prints were bought.")
        ticket = self._token(self.press)
        self._prints(self.press, "print serial 2", ticket, "serial-2", 2)
        self._stage.refused(
            "a fourth print",
            "QuotaExhausted",
            lambda: self.center.request_tokens(self.license, self.press.printer),
        )

    def _revoke_and_refund(self) -> None:
        stage = self._stage
        stage.scene(
            "9  A license is revoked, the unprinted part refunded",
            "Of five more prints, one is made before the designer revokes.",
        )
        self.second = self._buy(5)
        ticket = self._token(self.press, self.second)
        self._prints(self.press, "print the first of five", ticket, "one-of-five", 3)
        late = self._token(self.press, self.second)
        stage.works(
            "the designer revokes the license",
            lambda: self.designer.revoke(self.second, "The design has a weak tooth."),
            lambda sent: f"transaction {sent.transaction}",
        )
        self._refused_at(
            self.press,
            "print on the revoked license",
            "LicenseRevoked",
            "late.token.json",
            dump(late),
        )
        sent = stage.works(
            "the center takes its refund",
            lambda: self.center.refund(self.second),
            lambda done: f"transaction {done.transaction}",
        )
        stage.equal("refunded, in wei: 4 prints", 4 * PRICE, amount(sent, "LicenseRefunded"))

    def _withdraw(self) -> None:
        stage = self._stage
        stage.scene("10  The designer withdraws", "Four prints were made in all.")
        for license in (self.license, self.second):
            stage.works(
                f"settle license {license}",
                partial(self.designer.settle, license),
                lambda done: f"transaction {done.transaction}",
            )
        sent = stage.works(
            "withdraw the earnings",
            lambda: self.designer.withdraw(self.design),
            lambda done: f"transaction {done.transaction}",
        )
        stage.equal("earned, in wei: 4 prints", 4 * PRICE, amount(sent, "EarningsWithdrawn"))
        escrow = self._world.balance(self._world.deployment.licenses)
        stage.equal("left in the contract, in wei", 0, escrow)

    def _audit(self) -> None:
        stage = self._stage
        stage.scene(
            "11  The audit",
            "Somebody holds serial 1 of the part, and asks where it came from.",
        )
        dossier = stage.works(
            "audit serial 1",
            lambda: self._told(f"{self.license}:1"),
            lambda told: f"{len(told.facts)} facts, {len(told.findings)} findings",
        )
        for fact in dossier.facts:
            stage.say(f"{clock(fact['when'])}  {fact['what']:<17} {short(fact['where'])}")
        happened = [fact["what"] for fact in dossier.facts if fact["what"] != "Transfer"]
        wanted = ["DesignRegistered", "LicenseBought", "LicenseSettled"]
        wanted += ["TokenIssued", "SerialsRedeemed", "PrintReported"]
        stage.equal("its history is whole", sorted(wanted), sorted(happened))
        stage.equal("findings about it", 0, len(dossier.findings))
        wanted = ["BadSignature.", "JobWithoutToken.", "LicenseRevoked.", "SerialAlreadySpent."]
        stage.equal("what Press 1 refused is on record", wanted, self._refused(len(wanted)))

    # ------------------------------------------------------------------ helpers

    def _buy(self, quota: int) -> int:
        number, _ = self._stage.works(
            f"buy {quota} prints",
            lambda: self.center.buy(self.offer, quota),
            lambda both: f"license {both[0]} for {quota * PRICE} wei, held in escrow",
        )
        return number

    def _token(self, press: GateProcess, license: int | None = None) -> Ticket:
        tickets = self._stage.works(
            "ask for a print token",
            lambda: self.center.request_tokens(license or self.license, press.printer),
            lambda found: f"serials {found[0].token.serials:#x}, signed by {found[0].signer}",
        )
        return tickets[0]

    def _prints(self, press: GateProcess, step: str, ticket: Ticket, name: str, total: int) -> None:
        press.drop(f"{name}.token.json", dump(ticket))
        files = self._stage.works(step, lambda: press.printed(total), lambda found: found[-1].name)
        same = all(file.content == self.design for file in files)
        self._stage.equal("the machine got the designer's very file", True, same)

    def _refused_at(
        self, press: GateProcess, step: str, error: str, name: str, data: bytes
    ) -> None:
        before, waiting = press.refusals(), list(press.config.hot.glob("done/*"))
        press.drop(name, data)

        def refusal() -> None:
            reason = press.refusal(before)
            raise _ERRORS.get(reason["error"], LedgerError)(reason["detail"])

        self._stage.refused(step, error, refusal)
        after = list(press.config.hot.glob("done/*"))
        self._stage.equal("nothing was printed", len(waiting), len(after))

    def _told(self, subject: str) -> answers.Provenance:
        """The dossier, once the gate's receipt has arrived."""
        for _ in range(_PATIENCE):
            told = self._world.service.provenance(subject)
            if any(fact["what"] == "PrintReported" for fact in told.facts):
                break
            time.sleep(0.1)
        return told

    def _refused(self, count: int) -> list[str]:
        """What the first press refused, once so many reports of its gate have arrived."""
        for _ in range(_PATIENCE):
            found = self._world.service.provenance(self.press.printer).findings
            refusals = [row["detail"] for row in found if row["kind"] == "refused"]
            if len(refusals) >= count:
                break
            time.sleep(0.1)
        return sorted(detail.rsplit(": ", 1)[1] for detail in refusals)
