"""A registration that is killed at any step is finished by running it again."""

from __future__ import annotations

import hashlib
import io
import json
import multiprocessing
import secrets
import signal
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlmodel import select

from ledger import vault
from ledger.anvil import Anvil
from ledger.bootstrap import build_ledger
from ledger.models import Cid, ContentHash
from ledger.services.context import Ledger
from ledger.signing import Signer
from ledger.store import records
from ledger.store.tables import MetadataRow, SealedRow
from tests.integration import registering
from tests.processes import ended, start
from tests.scene import new_file
from tests.service import chain_of, new_deployment

pytestmark = pytest.mark.slow
_FORKS = multiprocessing.get_context("forkserver")
_FORKS.set_forkserver_preload(["tests.integration.registering"])

EXPECTED = [
    "after the upload",
    "vault.seal",
    "database.write",  # the sealed copy is recorded,
    "Path.replace",  # and staged within the same transaction
    "ipfs.add",
    "ipfs.add_raw_block",
    "database.write",  # the metadata
    "send",
    "waiting for a block",
    "indexer.catch_up",
    "Path.unlink",
]


class Attempt:
    """One designer who registers one file at one service."""

    def __init__(self, folder: Path, anvil: Anvil, deployment: Path) -> None:
        self.home = folder / "home"
        self.file = new_file(folder)
        self.secret = secrets.token_bytes(32)
        self.design = ContentHash(hashlib.sha256(self.file.read_bytes()).digest())
        self._place = (self.home, anvil.url, deployment)

    def run(self, kill_at: int | None = None) -> int:
        """Run the registration in a process of its own; its exit code."""
        process = _FORKS.Process(
            target=registering.register, args=(*self._place, self.file, self.secret, kill_at)
        )
        start(process)
        code = ended(process, 60)
        assert code is not None
        return code

    def steps(self) -> list[str]:
        """The steps of the last run that came to its end."""
        found: list[str] = json.loads((self.home / "steps.json").read_text())
        return found

    def service(self) -> Ledger:
        """The service, started once more."""
        return build_ledger(registering.settings(*self._place))

    def recorded_cid(self) -> str | None:
        """The CID that was recorded, if one was."""
        ledger = self.service()
        with ledger.database.read() as session:
            row = records.sealed(session, str(self.design))
        return row.cid if row else None


@pytest.fixture(scope="module")
def deployment(anvil: Anvil, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("deployment")
    new_deployment(anvil, folder)
    return folder / "deployment.json"


@pytest.fixture(scope="module")
def undisturbed(
    anvil: Anvil, deployment: Path, tmp_path_factory: pytest.TempPathFactory
) -> list[str]:
    attempt = Attempt(tmp_path_factory.mktemp("undisturbed"), anvil, deployment)
    assert attempt.run() == 0
    check(attempt)
    return attempt.steps()


def check(attempt: Attempt) -> None:
    """The registration is complete, once, and left nothing behind."""
    ledger = attempt.service()
    assert list(ledger.work_folder.iterdir()) == []
    chain, owner = chain_of(ledger), Signer.from_secret(attempt.secret)
    head = chain.rpc.head()[0]
    ours = [
        event
        for event in chain.events.read(chain.deployment.block, head)
        if event.name == "DesignRegistered" and event.arguments["design"] == str(attempt.design)
    ]
    assert [event.arguments["designer"] for event in ours] == [owner.address]
    with ledger.database.read() as session:
        (sealed,) = session.exec(select(SealedRow)).all()
        (metadata,) = session.exec(select(MetadataRow)).all()
    assert metadata.digest == ours[0].arguments["metadata"]
    assert json.loads(metadata.document)["properties"]["sealed"]["cid"] == sealed.cid

    key = vault.unwrap_key(ledger.service_key, sealed.wrapped_key, attempt.design)
    content, plain = io.BytesIO(), io.BytesIO()
    ledger.ipfs.fetch(Cid(sealed.cid), content, max_bytes=sealed.sealed_size)
    content.seek(0)
    vault.unseal(content, plain, key, attempt.design)
    assert plain.getvalue() == attempt.file.read_bytes()

    blocks = {path.name for path in (attempt.home / "service" / "blocks").iterdir()}
    assert blocks >= {sealed.cid, Cid.of_raw_block(bytes.fromhex(metadata.digest[2:]))}
    assert len([name for name in blocks if not name.startswith(".")]) == 2
    assert not any(
        attempt.file.read_bytes() in path.read_bytes()
        for path in attempt.home.rglob("*")
        if path.is_file()
    )


def test_no_port_of_a_registration_is_left_out(undisturbed: list[str]) -> None:
    names = [step.removeprefix("before ") for step in undisturbed if step.startswith("before ")]
    for name in EXPECTED[1:]:
        assert name in names, undisturbed
    assert undisturbed[0] == EXPECTED[0]
    assert len(undisturbed) >= 2 * (len(EXPECTED) - 1)


def test_a_registration_killed_at_any_step_is_finished_by_running_it_again(
    anvil: Anvil, deployment: Path, undisturbed: list[str], tmp_path: Path
) -> None:
    # "Before" a step that follows "after" another at once is the same moment twice.
    moments = [
        number
        for number, step in enumerate(undisturbed)
        if number == 0
        or not (step.startswith("before ") and undisturbed[number - 1][:5] == "after")
    ]
    assert len(moments) >= len(EXPECTED)

    def kill_and_repeat(number: int) -> list[str]:
        folder = tmp_path / str(number)
        folder.mkdir()
        attempt = Attempt(folder, anvil, deployment)
        assert attempt.run(kill_at=number) == -signal.SIGKILL, undisturbed[number]
        before = attempt.recorded_cid()
        assert attempt.run() == 0, undisturbed[number]
        check(attempt)
        if before is not None:
            assert attempt.recorded_cid() == before, undisturbed[number]
        return attempt.steps()

    with ThreadPoolExecutor(3) as pool:
        repeats = list(pool.map(kill_and_repeat, moments))
    assert repeats[-1][-1] == "it was complete"


def test_what_a_killed_upload_left_is_removed_at_the_next_start(
    anvil: Anvil, deployment: Path, tmp_path: Path
) -> None:
    attempt = Attempt(tmp_path, anvil, deployment)
    assert attempt.run(kill_at=0) == -signal.SIGKILL
    work = attempt.home / "service" / "work"
    (left,) = [path for path in work.rglob("*") if path.is_file()]
    assert left.read_bytes() == attempt.file.read_bytes()
    attempt.service()
    assert list(work.iterdir()) == []
