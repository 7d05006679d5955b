"""Where the contracts are: one JSON file with the chain's id and the addresses."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

from ledger.artifacts import Artifact
from ledger.chain.reverts import RevertDecoder
from ledger.chain.rpc import Rpc
from ledger.chain.sender import Sender
from ledger.errors import DeploymentMismatch, SetupError
from ledger.models import Address
from ledger.signing import Signer
from ledger.tokens import Domain


@dataclass(frozen=True, slots=True)
class Deployment:
    """The contracts of one chain; `block` is where the first of them was created."""

    chain_id: int
    registry: Address
    licenses: Address
    block: int
    checkpoints: Address

    @property
    def domain(self) -> Domain:
        """The EIP-712 domain that messages for this deployment are signed in."""
        return Domain(self.chain_id, self.registry, self.licenses)

    def save(self, path: Path) -> None:
        """Write the file in one step: readers see the old one or the new one."""
        path.parent.mkdir(parents=True, exist_ok=True)
        partial = path.with_suffix(".part")
        with partial.open("w", encoding="utf-8") as file:
            json.dump(asdict(self), file, indent=2)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)

    @classmethod
    def load(cls, path: Path) -> Deployment:
        """Read the file. Raises SetupError if it is missing or not a deployment."""
        try:
            row = json.loads(path.read_text(encoding="utf-8"))
            return cls(
                int(row["chain_id"]),
                Address(row["registry"]),
                Address(row["licenses"]),
                int(row["block"]),
                Address(row["checkpoints"]),
            )
        except FileNotFoundError as error:
            raise SetupError(
                f"No deployment file at {path}: are the contracts deployed?"
            ) from error
        except (ValueError, KeyError, TypeError) as error:
            raise SetupError(f"{path} is not a deployment file.") from error


def deploy(
    url: str, deployer: Signer, artifacts: dict[str, Artifact], minimum_age: int = 0
) -> Deployment:
    """Create the contracts and return where they are. Raises ChainUnavailable.

    `minimum_age` is how old the commitment to a registration must be, in seconds, for ever;
    with 0, on a chain where nobody can overtake, none is needed.
    """
    rpc = Rpc(url, RevertDecoder(artifact.abi for artifact in artifacts.values()))
    sender = Sender(rpc, deployer)
    registry, block = _create(rpc, sender, artifacts["DesignRegistry"], minimum_age)
    licenses, _ = _create(rpc, sender, artifacts["PrintLicenses"], registry)
    checkpoints, _ = _create(rpc, sender, artifacts["Checkpoints"])
    return Deployment(rpc.chain_id(), registry, licenses, block, checkpoints)


def verify(rpc: Rpc, deployment: Deployment) -> None:
    """Raise DeploymentMismatch unless this chain has code at the deployment's addresses."""
    found = rpc.chain_id()
    if found != deployment.chain_id:
        raise DeploymentMismatch(
            f"The deployment is on chain {deployment.chain_id}, but chain {found} answers."
        )
    for address in (
        deployment.registry,
        deployment.licenses,
        deployment.checkpoints,
        deployment.domain.pledges,
    ):
        with rpc.translated():
            code = rpc.w3.eth.get_code(rpc.w3.to_checksum_address(address))
        if not code:
            raise DeploymentMismatch(f"There is no contract at {address} on chain {found}.")


def _create(
    rpc: Rpc, sender: Sender, artifact: Artifact, *arguments: Address | int
) -> tuple[Address, int]:
    factory = rpc.w3.eth.contract(abi=artifact.abi, bytecode=artifact.bytecode)
    data = factory.constructor(*arguments).data_in_transaction
    receipt = sender.send({"data": data})
    return Address(str(receipt["contractAddress"])), int(receipt["blockNumber"])
