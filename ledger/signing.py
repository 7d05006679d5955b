"""Keys and signatures: the one module that knows eth_account.

A key lives on disk as an encrypted JSON keystore (Web3 Secret Storage, version 3)
of mode 0600 and is in memory only inside a `Signer`, whose repr shows the address.
Typed data follows EIP-712; signatures are 65 bytes, r ‖ s ‖ v, with low s.
"""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from eth_account import Account
from eth_account.messages import SignableMessage, encode_typed_data
from eth_account.signers.local import LocalAccount
from eth_account.typed_transactions.typed_transaction import TypedTransaction
from eth_keys.datatypes import Signature as KeySignature
from eth_keys.exceptions import BadSignature as InvalidSignatureValues
from eth_utils.crypto import keccak
from eth_utils.exceptions import ValidationError as InvalidSignatureForm
from hexbytes import HexBytes

from ledger import eip712
from ledger.errors import BadSignature, KeystoreExists, KeystoreLocked, MalformedRequest, SetupError
from ledger.models import Address, Digest

SIGNATURE_BYTES = 65
_EIP712_VERSION = b"\x01"
_HALF_ORDER = 0x7FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF5D576E7357A4501DDFE92F46681B20A0
_FIRST_LEGACY_BYTE = 0xC0
"""A transaction without a type begins like any list in RLP (EIP-2718)."""
_SCRYPT_N = 2**15
"""Work factor of new keystores: about 0.1 s and 32 MiB to open one."""


@dataclass(frozen=True)
class TypedData:
    """One EIP-712 message in the form that `eth_signTypedData_v4` takes.

    `types` has the primary type only; integers above 2^53 are decimal strings so
    that no JSON reader rounds them. It is hashed once: nothing in it may change after that.
    """

    domain: Mapping[str, Any]
    primary_type: str
    types: Mapping[str, list[dict[str, str]]]
    message: Mapping[str, Any]

    def as_json(self) -> dict[str, Any]:
        """The object that a wallet is given."""
        fields = [{"name": name, "type": _DOMAIN_TYPES[name]} for name in self.domain]
        return {
            "types": {"EIP712Domain": fields, **self.types},
            "primaryType": self.primary_type,
            "domain": dict(self.domain),
            "message": dict(self.message),
        }

    def digest(self) -> Digest:
        """keccak256(0x19 01 ‖ domain separator ‖ struct hash), EIP-712."""
        message = self._signable
        return Digest(keccak(b"\x19" + message.version + message.header + message.body))

    @cached_property
    def _signable(self) -> SignableMessage:
        if len(self.types) == 1 and self.primary_type in self.types:
            members = self.types[self.primary_type]
            plain = eip712.hashes(self.domain, self.primary_type, members, self.message)
            if plain is not None:
                return SignableMessage(_EIP712_VERSION, *plain)
        return encode_typed_data(full_message=self.as_json())


_DOMAIN_TYPES = {
    "name": "string",
    "version": "string",
    "chainId": "uint256",
    "verifyingContract": "address",
}


class Signer:
    """A secp256k1 key that signs; never shows its secret."""

    __slots__ = ("_account", "address")

    def __init__(self, account: LocalAccount) -> None:
        self._account = account
        self.address = Address(account.address)

    @classmethod
    def generate(cls) -> Signer:
        """A new key from the operating system's randomness."""
        return cls.from_secret(secrets.token_bytes(32))

    @classmethod
    def from_secret(cls, secret: bytes) -> Signer:
        """The key with this 32-byte secret (development accounts and test vectors)."""
        return cls(Account.from_key(secret))

    def sign(self, typed: TypedData) -> bytes:
        """Sign an EIP-712 message: 65 bytes."""
        return bytes(self._account.sign_message(typed._signable).signature)

    def sign_transaction(self, transaction: Mapping[str, Any]) -> bytes:
        """Sign a complete transaction and return its raw bytes."""
        return bytes(self._account.sign_transaction(dict(transaction)).raw_transaction)

    def save(self, path: Path, passphrase: str) -> None:
        """Write the encrypted keystore, mode 0600. Raises KeystoreExists, never overwrites."""
        keystore = Account.encrypt(
            self._account.key, passphrase, kdf="scrypt", iterations=_SCRYPT_N
        )
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        # Whole before it has its name: a crash leaves no keystore that nothing opens.
        partial = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
        descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                json.dump(keystore, file)
                file.flush()
                os.fsync(file.fileno())
            path.hardlink_to(partial)
        except FileExistsError as error:
            raise KeystoreExists(f"There is a key at {path} already.") from error
        finally:
            partial.unlink()

    @classmethod
    def load(cls, path: Path, passphrase: str) -> Signer:
        """Open a keystore. Raises SetupError if there is none, KeystoreLocked if it stays shut."""
        try:
            keystore = json.loads(path.read_text(encoding="utf-8"))
            return cls(Account.from_key(Account.decrypt(keystore, passphrase)))
        except FileNotFoundError as error:
            raise SetupError(f"There is no key at {path}.") from error
        except (ValueError, KeyError, TypeError) as error:
            raise KeystoreLocked(
                f"The key at {path} does not open with this passphrase."
            ) from error

    def __repr__(self) -> str:
        return f"Signer({self.address})"


def keystore_address(path: Path) -> Address:
    """The address of a keystore, without opening it. Raises SetupError if it has none."""
    try:
        return Address("0x" + json.loads(path.read_text(encoding="utf-8"))["address"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise SetupError(f"{path} is not a keystore.") from error


def recover(typed: TypedData, signature: bytes) -> Address:
    """Who signed `typed`. Raises BadSignature where the bytes are no signature at all.

    A high s is refused as the contracts refuse it (EIP-2), so that no second
    signature can be made from a first.
    """
    if len(signature) != SIGNATURE_BYTES:
        raise BadSignature(f"A signature has {SIGNATURE_BYTES} bytes; this has {len(signature)}.")
    if int.from_bytes(signature[32:64], "big") > _HALF_ORDER:
        raise BadSignature("The signature's s value is in the upper half of the curve order.")
    if signature[64] not in (27, 28):
        raise BadSignature("The signature's last byte must be 27 or 28.")
    try:
        given = KeySignature(signature[:64] + bytes([signature[64] - 27]))
        public = given.recover_public_key_from_msg_hash(typed.digest())
        return Address(public.to_address())
    except (InvalidSignatureValues, InvalidSignatureForm, ValueError) as error:
        raise BadSignature("The bytes are not a signature of any key.") from error


def require_signer(typed: TypedData, signature: bytes, expected: Address) -> None:
    """Raise BadSignature unless `expected` signed `typed`."""
    signer = recover(typed, signature)
    if signer != expected:
        raise BadSignature(
            f"The {typed.primary_type} was to be signed by {expected}; "
            f"this signature is by another key or over other content.",
            expected=expected,
            recovered=signer,
        )


def transaction_chain_id(raw: bytes) -> int | None:
    """The chain that a signed transaction is for; None for one without a type (EIP-2718).

    Raises MalformedRequest for bytes that are no signed transaction.
    """
    try:
        Account.recover_transaction(raw)
        if raw[0] >= _FIRST_LEGACY_BYTE:
            return None
        return int(TypedTransaction.from_bytes(HexBytes(raw)).as_dict()["chainId"])
    except Exception as error:  # the decoders below raise whatever comes to hand
        raise MalformedRequest("These bytes are not a signed transaction.") from error


def parse_signature(text: str) -> bytes:
    """Read a signature from hexadecimal. Raises MalformedRequest."""
    try:
        return bytes.fromhex(text.removeprefix("0x"))
    except ValueError as error:
        raise MalformedRequest("A signature is written in hexadecimal after 0x.") from error
