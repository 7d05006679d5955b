"""A variant's upload that is killed at any step is finished by running it again."""

from __future__ import annotations

import hashlib
import io
import json
import multiprocessing
import signal
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlmodel import select

from ledger import artifacts, vault
from ledger.anvil import Anvil
from ledger.bootstrap import build_ledger
from ledger.chain import Chain
from ledger.devchain import give_balance
from ledger.models import Address, Cid, ContentHash, Digest, Rights, Variant
from ledger.services import variants
from ledger.signing import Signer
from ledger.store.tables import SealedRow, VariantRow
from tests.integration import registering
from tests.processes import ended, start
from tests.scene import new_mesh
from tests.service import ETHER, new_deployment

pytestmark = pytest.mark.slow
_FORKS = multiprocessing.get_context("forkserver")
_FORKS.set_forkserver_preload(["tests.integration.registering"])

EXPECTED = [
    "after the upload",
    "vault.seal",
    "database.write",  # the sealed copy is recorded,
    "Path.replace",  # and staged within the same transaction
    "ipfs.add",
    "database.write",  # it is accepted
    "Path.unlink",
]


class Shop:
    """A center with a license that allows variants, and where its contracts are."""

    def __init__(self, anvil: Anvil, folder: Path) -> None:
        self.url, self.deployment = anvil.url, folder / "deployment.json"
        self.center, self.design = Signer.generate(), ContentHash(b"\x0d" * 32)
        chain = Chain(anvil.url, new_deployment(anvil, folder), artifacts.load())
        self.domain, designer = chain.deployment.domain, Signer.generate()
        give_balance(anvil.url, Address(designer.address), ETHER)
        until, metadata = chain.now() + 86_400, Digest(b"\x0e" * 32)
        sender = chain.sender(designer)
        chain.send(chain.register(self.design, metadata), sender)
        given = chain.grant(self.design, self.center.address, 5, until, 0, Rights.VARIANTS)
        mined = chain.send(given, sender)
        self.license = int(mined.events[-1].arguments["license"])
        self.deadline = chain.now() + 3_000


class Attempt:
    """One variant that is uploaded to one service."""

    def __init__(self, folder: Path, shop: Shop) -> None:
        self.home, self.file = folder / "home", new_mesh(folder)
        self.data = self.file.read_bytes()
        self.job = ContentHash(hashlib.sha256(self.data).digest())
        variant = Variant(shop.design, shop.license, self.job, Digest(b"\x17" * 32), shop.deadline)
        signature = shop.center.sign(shop.domain.variant(variant))
        self._place = (self.home, shop.url, shop.deployment)
        self._said = (self.file, variant, signature)

    def run(self, kill_at: int | None = None) -> int:
        """Upload in a process of its own; its exit code."""
        process = _FORKS.Process(
            target=registering.upload_variant, args=(*self._place, *self._said, kill_at)
        )
        start(process)
        code = ended(process, 60)
        assert code is not None
        return code

    def steps(self) -> list[str]:
        """The steps of the last run that came to its end."""
        found: list[str] = json.loads((self.home / "steps.json").read_text())
        return found

    def row(self) -> VariantRow | None:
        """What was recorded, if anything was."""
        ledger = build_ledger(registering.settings(*self._place))
        with ledger.database.read() as session:
            return session.exec(select(VariantRow)).one_or_none()

    def check(self) -> None:
        """The variant is accepted, once, and nothing else was left behind."""
        ledger = build_ledger(registering.settings(*self._place))
        assert list(ledger.work_folder.iterdir()) == []
        with ledger.database.read() as session:
            (row,) = session.exec(select(VariantRow)).all()
            assert session.exec(select(SealedRow)).all() == []
        assert variants.find(ledger, row.license, self.job).accepted_at is not None

        key = vault.unwrap_key(ledger.service_key, row.wrapped_key, self.job)
        content, plain = io.BytesIO(), io.BytesIO()
        ledger.ipfs.fetch(Cid(row.cid), content, max_bytes=row.sealed_size)
        content.seek(0)
        vault.unseal(content, plain, key, self.job)
        assert plain.getvalue() == self.data

        blocks = {path.name for path in (self.home / "service" / "blocks").iterdir()}
        assert {name for name in blocks if not name.startswith(".")} == {row.cid}, "and no picture"
        files = [path for path in self.home.rglob("*") if path.is_file()]
        assert not any(self.data in path.read_bytes() for path in files)


@pytest.fixture(scope="module")
def shop(anvil: Anvil, tmp_path_factory: pytest.TempPathFactory) -> Shop:
    return Shop(anvil, tmp_path_factory.mktemp("shop"))


@pytest.fixture(scope="module")
def undisturbed(shop: Shop, tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    attempt = Attempt(tmp_path_factory.mktemp("undisturbed"), shop)
    assert attempt.run() == 0
    attempt.check()
    return attempt.steps()


def test_no_port_of_an_upload_is_left_out(undisturbed: list[str]) -> None:
    names = [step.removeprefix("before ") for step in undisturbed if step.startswith("before ")]
    for name in EXPECTED[1:]:
        assert name in names, undisturbed
    assert names.count("database.write") == EXPECTED.count("database.write")


def test_an_upload_killed_at_any_step_is_finished_by_running_it_again(
    shop: Shop, undisturbed: list[str], tmp_path: Path
) -> None:
    # "Before" a step that follows "after" another at once is the same moment twice.
    moments = [
        number
        for number, step in enumerate(undisturbed)
        if number == 0
        or not (step.startswith("before ") and undisturbed[number - 1][:5] == "after")
    ]
    assert len(moments) >= len(EXPECTED)

    def kill_and_repeat(number: int) -> None:
        folder = tmp_path / str(number)
        folder.mkdir()
        attempt = Attempt(folder, shop)
        assert attempt.run(kill_at=number) == -signal.SIGKILL, undisturbed[number]
        before = attempt.row()
        assert attempt.run() == 0, undisturbed[number]
        attempt.check()
        after = attempt.row()
        assert after is not None
        if before is not None:
            assert (after.cid, after.wrapped_key) == (before.cid, before.wrapped_key)

    with ThreadPoolExecutor(3) as pool:
        list(pool.map(kill_and_repeat, moments))
