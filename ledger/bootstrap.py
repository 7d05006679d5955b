"""The one place that names concrete adapters and puts a service together."""

from __future__ import annotations

import os
import secrets
import time
from contextlib import suppress
from pathlib import Path

from ledger import artifacts
from ledger.chain import Call, Chain, Deployment
from ledger.config import Settings
from ledger.errors import DeploymentMismatch, KeystoreExists, SetupError
from ledger.indexer import Indexer
from ledger.ipfs import CidHasher, EmbeddedIpfs, Ipfs, KuboIpfs
from ledger.services.context import Ledger
from ledger.services.workfolder import sweep
from ledger.signing import Signer
from ledger.store import Database, records
from ledger.store.tables import DeploymentRow
from ledger.vault import create_private, load_or_create_service_key


def build_ledger(settings: Settings) -> Ledger:
    """A service that is ready to work: migrated, on the right chain, with its keys.

    Raises SetupError, KeystoreLocked, DeploymentMismatch, ChainUnavailable or
    StoreUnavailable. The issuer and service keys are made at the first start.
    """
    folder = settings.service_folder
    work = folder / "work"
    for private in (settings.home, folder, work):
        private.mkdir(parents=True, exist_ok=True, mode=0o700)
    chain = connect_chain(settings)
    chain.verify()
    issuer = load_or_create_issuer(folder, passphrase(settings, folder))
    database = Database(settings.database)
    database.migrate()
    _claim(database, chain.deployment)
    sweep(work)
    sender = chain.sender(issuer)
    return Ledger(
        database=database,
        chain=chain,
        ipfs=connect_ipfs(settings),
        indexer=Indexer(database, chain.events, chain.rpc, chain.deployment.block),
        domain=chain.deployment.domain,
        issuer=issuer,
        send=lambda call: chain.send(Call(call.to, call.data, call.value, call.gas), sender),
        service_key=load_or_create_service_key(folder / "service.key"),
        cid_hasher=CidHasher,
        work_folder=work,
        max_design_bytes=settings.max_design_bytes,
        clock=lambda: int(time.time()),
        random=os.urandom,
        void_share=settings.void_share,
        webhook_networks=tuple(
            one.strip() for one in settings.webhook_networks.split(",") if one.strip()
        ),
        webhook_days=settings.webhook_days,
        enrolments_a_day=settings.enrolments_a_day,
    )


def _claim(database: Database, deployment: Deployment) -> None:
    """Write down whose ledger this is; raise DeploymentMismatch if it is another's.

    Licenses are numbered anew in each deployment, so tokens and receipts of one would be
    taken for those of another.
    """
    ours = DeploymentRow(
        chain_id=deployment.chain_id,
        registry_address=deployment.registry,
        licenses_address=deployment.licenses,
    )
    with database.write() as session:
        kept = records.deployment(session)
        if kept is None:
            records.put(session, ours)
        elif kept.model_dump() != ours.model_dump():
            raise DeploymentMismatch(
                f"This database belongs to the contracts {kept.registry_address} and "
                f"{kept.licenses_address} on chain {kept.chain_id}, not to {deployment.registry} "
                f"and {deployment.licenses} on chain {deployment.chain_id}."
            )


def connect_chain(settings: Settings) -> Chain:
    """The contracts of the deployment file on the chain of `rpc_url` (not yet verified)."""
    deployment = Deployment.load(settings.deployment_file)
    return Chain(settings.rpc_url, deployment, artifacts.load())


def connect_ipfs(settings: Settings) -> Ipfs:
    """Kubo if its API is named, the embedded store in the service's folder otherwise."""
    if settings.ipfs_api:
        return KuboIpfs(settings.ipfs_api)
    return EmbeddedIpfs(settings.service_folder / "blocks")


def load_or_create_issuer(folder: Path, secret: str) -> Signer:
    """The key that signs print tokens; made and encrypted at the first start."""
    path = folder / "issuer.json"
    if not path.exists():
        with suppress(KeystoreExists):  # another process was quicker: its key is the issuer's
            Signer.generate().save(path, secret)
    return Signer.load(path, secret)


def passphrase(settings: Settings, folder: Path) -> str:
    """The passphrase of the service's keystore.

    From PLATEMARK_PASSPHRASE, from the file that PLATEMARK_PASSPHRASE_FILE names, or
    from `<folder>/passphrase`, which is made (random, mode 0600) where neither is
    given. Raises SetupError for a file that others can read.
    """
    if settings.passphrase is not None:
        return settings.passphrase.get_secret_value()
    path = settings.passphrase_file or folder / "passphrase"
    if not path.exists() and settings.passphrase_file is None:
        # Durable at once: it must not be lost before the key that it opens. Where another process
        # was quicker, that one's holds.
        create_private(path, secrets.token_urlsafe(32).encode())
    try:
        if path.stat().st_mode & 0o077:
            raise SetupError(f"{path} can be read by others: chmod 600 it.")
        text = path.read_text(encoding="utf-8").splitlines()[0]
    except (OSError, ValueError, IndexError) as error:
        raise SetupError(f"The passphrase file {path} cannot be read.") from error
    if not text:
        raise SetupError(f"The first line of {path} is empty.")
    return text
