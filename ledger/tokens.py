"""The EIP-712 messages of Platemark: what each says and who signs it.

Two of them are checked by the contracts (`Register` by DesignRegistry,
`PrintToken` by PrintLicenses); the others are checked by the service and kept as
evidence. All but `Register` carry PrintLicenses as the verifying contract.
Reference with vectors: docs/token-format.md. Source: EIP-712.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ledger.models import (
    Address,
    ContentHash,
    Digest,
    Enrolment,
    KeyRequest,
    PrintRequest,
    PrintToken,
    Receipt,
    RedemptionRequest,
    Refusal,
)
from ledger.signing import TypedData

_LARGEST_JSON_INTEGER = 2**53

REGISTER = "bytes32 design,bytes32 metadata,address owner,uint256 deadline"
PRINT_TOKEN = (
    "bytes32 design,uint256 license,address printer,uint32 word,uint256 serials,"
    "uint40 notBefore,uint40 deadline,bytes32 job"
)
PRINT_REQUEST = (
    "bytes32 design,uint256 license,address printer,uint32 count,uint40 lifetime,"
    "bytes32 job,bytes32 nonce,uint40 deadline"
)
ENROLMENT = "address center,address printer,bytes32 kemKey,string name,uint40 deadline"
REDEMPTION_REQUEST = "bytes32 token,uint256 take,address printer,uint40 deadline"
KEY_REQUEST = "bytes32 design,uint256 license,bytes32 token,address printer,uint40 deadline"
RECEIPT = (
    "bytes32 token,bytes32 design,uint256 license,uint32 serial,address printer,bytes32 job,"
    "uint40 started,uint40 ended,string outcome,uint64 materialMg,uint64 energyJoule"
)
REFUSAL = "address printer,bytes32 file,string error,uint40 refusedAt"


@dataclass(frozen=True, slots=True)
class Domain:
    """One deployment on one chain: a message signed for it is worth nothing elsewhere."""

    chain_id: int
    registry: Address
    licenses: Address

    def register(
        self, design: ContentHash, metadata: Digest, owner: Address, deadline: int
    ) -> TypedData:
        """`Register`: the owner lets anyone register the design in their name."""
        values = (design, metadata, owner, deadline)
        return self._message("Register", REGISTER, values, contract=self.registry)

    def print_token(self, token: PrintToken) -> TypedData:
        """`PrintToken`, format 1: the owner or an issuer lets a printer print serials."""
        values = (
            token.design,
            token.license,
            token.printer,
            token.word,
            token.serials,
            token.not_before,
            token.deadline,
            token.job,
        )
        return self._message("PrintToken", PRINT_TOKEN, values)

    def print_request(self, request: PrintRequest) -> TypedData:
        """`PrintRequest`: the licensee asks for tokens."""
        values = (
            request.design,
            request.license,
            request.printer,
            request.count,
            request.lifetime,
            request.job,
            request.nonce,
            request.deadline,
        )
        return self._message("PrintRequest", PRINT_REQUEST, values)

    def enrolment(self, enrolment: Enrolment) -> TypedData:
        """`Enrolment`: center and printer both sign that they belong together."""
        values = (
            enrolment.center,
            enrolment.printer,
            enrolment.kem_key,
            enrolment.name,
            enrolment.deadline,
        )
        return self._message("Enrolment", ENROLMENT, values)

    def redemption_request(self, request: RedemptionRequest) -> TypedData:
        """`RedemptionRequest`: the printer asks for serials of its token to be spent."""
        values = (request.token, request.take, request.printer, request.deadline)
        return self._message("RedemptionRequest", REDEMPTION_REQUEST, values)

    def key_request(self, request: KeyRequest) -> TypedData:
        """`KeyRequest`: the printer asks for the content key of a redeemed print."""
        values = (
            request.design,
            request.license,
            request.token,
            request.printer,
            request.deadline,
        )
        return self._message("KeyRequest", KEY_REQUEST, values)

    def receipt(self, receipt: Receipt) -> TypedData:
        """`Receipt`: the printer says what became of a serial."""
        values = (
            receipt.token,
            receipt.design,
            receipt.license,
            receipt.serial,
            receipt.printer,
            receipt.job,
            receipt.started,
            receipt.ended,
            receipt.outcome.value,
            receipt.material_mg,
            receipt.energy_joule,
        )
        return self._message("Receipt", RECEIPT, values)

    def refusal(self, refusal: Refusal) -> TypedData:
        """`Refusal`: the gate says that it refused a file."""
        values = (refusal.printer, refusal.file, refusal.error, refusal.refused_at)
        return self._message("Refusal", REFUSAL, values)

    def _message(
        self, name: str, fields: str, values: tuple[Any, ...], contract: Address | None = None
    ) -> TypedData:
        members = [tuple(field.split(" ")) for field in fields.split(",")]
        return TypedData(
            domain={
                "name": "Platemark",
                "version": "1",
                "chainId": self.chain_id,
                "verifyingContract": contract or self.licenses,
            },
            primary_type=name,
            types={name: [{"type": kind, "name": member} for kind, member in members]},
            message={
                member: _as_json(value) for (_, member), value in zip(members, values, strict=True)
            },
        )


def _as_json(value: bytes | str | int) -> str | int:
    if isinstance(value, bytes):
        return "0x" + value.hex()
    if isinstance(value, int) and value > _LARGEST_JSON_INTEGER:
        return str(value)
    return value
