"""The EIP-712 messages of Platemark: what each says and who signs it.

Some of them are checked by the contracts (`Register`, `RegisterDerived`, `Derivation` and
`IssuerAuthorization` by DesignRegistry, `PrintToken` and `Void` by PrintLicenses,
`CrisisDeclaration` and `CrisisEnd` by CrisisPledges) and name theirs as the verifying
contract; the others are checked by the service, kept as evidence, and name PrintLicenses.
Reference with vectors: docs/token-format.md. Source: EIP-712.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, ClassVar, Protocol

from eth_utils.crypto import keccak

from ledger.errors import MalformedRequest
from ledger.models import (
    Address,
    ContentHash,
    CrisisDeclaration,
    Derivation,
    DerivedRegistration,
    Digest,
    Enrolment,
    Grant,
    IssuerAuthorization,
    JournalEntry,
    KeyRequest,
    KeyRotation,
    Lease,
    OrderChange,
    OwnFiles,
    PrinterRevocation,
    PrintOrder,
    PrintRequest,
    PrintToken,
    Purchase,
    Receipt,
    RedemptionRequest,
    Refusal,
    Revocation,
    SignOff,
    Variant,
    Void,
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
VARIANT = "bytes32 design,uint256 license,bytes32 job,bytes32 reference,uint40 deadline"
ENROLMENT = "address center,address printer,bytes32 kemKey,string name,uint40 deadline"
REDEMPTION_REQUEST = "bytes32 token,uint256 take,address printer,uint40 deadline"
KEY_REQUEST = "bytes32 design,uint256 license,bytes32 token,address printer,uint40 deadline"
RECEIPT = (
    "bytes32 token,bytes32 design,uint256 license,uint32 serial,address printer,bytes32 job,"
    "bytes32 profile,uint40 started,uint40 ended,uint40 duration,string outcome,string material,"
    "uint64 materialMg,uint16 recycled,uint64 energyJoule,bytes32 photo"
)
FIRST_RECEIPT = (
    "bytes32 token,bytes32 design,uint256 license,uint32 serial,address printer,bytes32 job,"
    "uint40 started,uint40 ended,string outcome,uint64 materialMg,uint64 energyJoule"
)
"""What a receipt said before it told of profile, material and duration: logs have such."""
PURCHASE = "bytes32 offer,address buyer,uint32 quota,bytes32 salt,uint256 deadline"
GRANT = (
    "bytes32 design,address licensee,uint32 quota,uint40 expiry,uint16 grace,uint8 rights,"
    "address issuer,bytes32 salt,uint256 deadline"
)
REVOCATION = "bytes32 design,uint256 license,bytes32 reason,uint256 deadline"
VOID = (
    "bytes32 design,uint256 license,uint32 word,uint256 serials,bytes32 evidence,"
    "address issuer,uint256 deadline"
)
CRISIS_DECLARATION = (
    "address council,bytes32 region,uint40 until,bytes32 evidence,address signer,bytes32 salt,"
    "uint256 deadline"
)
CRISIS_END = "uint256 crisis,uint256 deadline"
REGISTER_DERIVED = (
    "bytes32 design,bytes32 metadata,address owner,bytes32[] parents,uint16[] shares,"
    "uint256 deadline"
)
DERIVATION = "bytes32 design,bytes32 parent,uint16 share,address owner,uint256 deadline"
ISSUER_AUTHORIZATION = "address designer,address issuer,uint40 expiry,bytes32 salt,uint256 deadline"
REFUSAL = "address printer,bytes32 file,string error,uint40 refusedAt"
LOGGED: Mapping[str, tuple[str, ...]] = {
    "PrintToken": (PRINT_TOKEN,),
    "Receipt": (RECEIPT, FIRST_RECEIPT),
    "Refusal": (REFUSAL,),
    "Enrolment": (ENROLMENT,),
    **{kind.__name__: (kind.MEMBERS,) for kind in (Lease, JournalEntry, OwnFiles)},
    **{kind.__name__: (kind.MEMBERS,) for kind in (KeyRotation, PrinterRevocation)},
    **{kind.__name__: (kind.MEMBERS,) for kind in (PrintOrder, OrderChange, SignOff)},
}
"""The messages that the log holds, by primary type: the members of each form, the newest first."""


class Message(Protocol):
    """A value object that is signed as EIP-712 data under the name of its class."""

    MEMBERS: ClassVar[str]


def logged_form(name: str, message: Mapping[str, object]) -> str:
    """The form of a logged message that has just these members. Raises MalformedRequest."""
    for form in LOGGED.get(name, ()):
        if {member.split(" ")[1] for member in form.split(",")} == set(message):
            return form
    raise MalformedRequest(f"No message {name[:40]!r} with these members is kept in a log.")


_Value = bytes | str | int | Sequence[bytes | str | int]
"""What a member of a message can be: an atomic value or an array of them."""


@dataclass(frozen=True, slots=True)
class Domain:
    """One deployment on one chain: a message signed for it is worth nothing elsewhere."""

    chain_id: int
    registry: Address
    licenses: Address

    @property
    def pledges(self) -> Address:
        """CrisisPledges: PrintLicenses creates it first of all, so its address follows.

        Source: an address is of keccak(rlp([creator, nonce])), and a contract's first
        nonce is 1 (EIP-161).
        """
        encoded = b"\xd6\x94" + bytes.fromhex(self.licenses[2:]) + b"\x01"
        return Address("0x" + keccak(encoded)[-20:].hex())

    def register(
        self, design: ContentHash, metadata: Digest, owner: Address, deadline: int
    ) -> TypedData:
        """`Register`: the owner lets anyone register the design in their name."""
        values: dict[str, bytes | str | int] = {
            "design": design,
            "metadata": metadata,
            "owner": owner,
            "deadline": deadline,
        }
        return self._message("Register", REGISTER, values.__getitem__, contract=self.registry)

    def register_derived(self, registration: DerivedRegistration) -> TypedData:
        """`RegisterDerived`: the same for a design that is made from others."""
        return self._of("RegisterDerived", REGISTER_DERIVED, registration, self.registry)

    def derivation(self, derivation: Derivation) -> TypedData:
        """`Derivation`: a parent's owner agrees to one derived design."""
        return self._of("Derivation", DERIVATION, derivation, self.registry)

    def issuer_authorization(self, authorization: IssuerAuthorization) -> TypedData:
        """`IssuerAuthorization`: a designer lets an issuer sign for them, or not any more."""
        return self._of("IssuerAuthorization", ISSUER_AUTHORIZATION, authorization, self.registry)

    def print_token(self, token: PrintToken) -> TypedData:
        """`PrintToken`, format 1: the owner or an issuer lets a printer print serials."""
        return self._of("PrintToken", PRINT_TOKEN, token)

    def print_request(self, request: PrintRequest) -> TypedData:
        """`PrintRequest`: the licensee asks for tokens."""
        return self._of("PrintRequest", PRINT_REQUEST, request)

    def variant(self, variant: Variant) -> TypedData:
        """`Variant`: the licensee says that a file is a variant made under their license."""
        return self._of("Variant", VARIANT, variant)

    def enrolment(self, enrolment: Enrolment) -> TypedData:
        """`Enrolment`: center and printer both sign that they belong together."""
        return self._of("Enrolment", ENROLMENT, enrolment)

    def redemption_request(self, request: RedemptionRequest) -> TypedData:
        """`RedemptionRequest`: the printer asks for serials of its token to be spent."""
        return self._of("RedemptionRequest", REDEMPTION_REQUEST, request)

    def key_request(self, request: KeyRequest) -> TypedData:
        """`KeyRequest`: the printer asks for the content key of a redeemed print."""
        return self._of("KeyRequest", KEY_REQUEST, request)

    def receipt(self, receipt: Receipt, form: str = RECEIPT) -> TypedData:
        """`Receipt`: the printer says what became of a serial; `FIRST_RECEIPT` as it once did."""
        return self._of("Receipt", form, receipt)

    def void(self, void: Void) -> TypedData:
        """`Void`: the owner or an issuer lets anyone void serials of failed prints."""
        return self._of("Void", VOID, void)

    def purchase(self, purchase: Purchase) -> TypedData:
        """`Purchase`: the buyer lets anyone buy for them under one offer."""
        return self._of("Purchase", PURCHASE, purchase)

    def grant(self, grant: Grant) -> TypedData:
        """`Grant`: an owner or issuer lets anyone give a license in their name."""
        return self._of("Grant", GRANT, grant)

    def revocation(self, revocation: Revocation) -> TypedData:
        """`Revocation`: the owner lets anyone end a license in their name."""
        return self._of("Revocation", REVOCATION, revocation)

    def refusal(self, refusal: Refusal) -> TypedData:
        """`Refusal`: the gate says that it refused a file."""
        return self._of("Refusal", REFUSAL, refusal)

    def logged(self, name: str, message: Mapping[str, str | int]) -> TypedData:
        """A message of the log (`LOGGED`) from its values as JSON.

        Raises MalformedRequest if no form of that name has these members.
        """
        return self._message(name, logged_form(name, message), message.__getitem__)

    def typed(self, value: Message) -> TypedData:
        """A message whose class tells its members; its primary type is the class's name."""
        return self._of(type(value).__name__, value.MEMBERS, value)

    def crisis_declaration(self, declaration: CrisisDeclaration) -> TypedData:
        """`CrisisDeclaration`: a council lets anyone declare the crisis in its name."""
        return self._of("CrisisDeclaration", CRISIS_DECLARATION, declaration, self.pledges)

    def crisis_end(self, crisis: int, deadline: int) -> TypedData:
        """`CrisisEnd`: the council that declared the crisis lets anyone end it."""
        values: dict[str, bytes | str | int] = {"crisis": crisis, "deadline": deadline}
        return self._message("CrisisEnd", CRISIS_END, values.__getitem__, contract=self.pledges)

    def _of(
        self, name: str, fields: str, value: object, contract: Address | None = None
    ) -> TypedData:
        """A value object as a message: each member is the attribute of the same name."""
        return self._message(name, fields, lambda member: getattr(value, _snake(member)), contract)

    def _message(
        self,
        name: str,
        fields: str,
        value_of: Callable[[str], _Value],
        contract: Address | None = None,
    ) -> TypedData:
        members = _members(fields)
        return TypedData(
            domain={
                "name": "Platemark",
                "version": "1",
                "chainId": self.chain_id,
                "verifyingContract": contract or self.licenses,
            },
            primary_type=name,
            types={name: [{"type": kind, "name": member} for kind, member in members]},
            message={member: _as_json(value_of(member)) for _, member in members},
        )


@cache
def _members(fields: str) -> tuple[tuple[str, str], ...]:
    """Type and name of each member."""
    pairs = (field.split(" ") for field in fields.split(","))
    return tuple((kind, member) for kind, member in pairs)


@cache
def _snake(member: str) -> str:
    return re.sub(r"(?=[A-Z])", "_", member).lower()


def _as_json(value: _Value) -> str | int | list[str | int]:
    if isinstance(value, list | tuple):
        return [_atom_as_json(member) for member in value]
    return _atom_as_json(value)


def _atom_as_json(value: Any) -> str | int:
    if isinstance(value, bytes):
        return "0x" + value.hex()
    if isinstance(value, int) and value > _LARGEST_JSON_INTEGER:
        return str(value)
    return str(value) if isinstance(value, str) else value
