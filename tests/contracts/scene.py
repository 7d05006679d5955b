"""The cast and the props of a contract test: accounts, designs, offers, licenses, tokens.

Transactions are signed here with a fixed gas limit and sent without an estimate
first, so that each lands in exactly the block (and second) that a test asked for;
a revert then comes back from the mined transaction as a typed error.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import replace
from itertools import count
from operator import itemgetter
from typing import Any

import pytest
import requests
from eth_utils.crypto import keccak

from ledger import artifacts
from ledger.artifacts import Artifact
from ledger.chain import Call, Chain, ChainEvent, Mined
from ledger.devchain import DevChain
from ledger.errors import LedgerError
from ledger.models import (
    NATIVE_CURRENCY,
    ZERO_DIGEST,
    Address,
    ContentHash,
    Digest,
    Offer,
    PrintToken,
)
from ledger.signing import Signer, TypedData
from tests.contracts.solidity import load_test_contracts

HOUR = 3600
DAY = 24 * HOUR
ETHER = 10**18
PRICE = 10**15
GRACE = 24
_GAS_LIMIT = 5_000_000
_NUMBERS: Iterator[int] = count()
"""Counts through the session, so that no two tests share a key or a design."""


def fresh_digest() -> Digest:
    """32 bytes that no other test uses, and the same ones in every run of a test."""
    return Digest(hashlib.sha256(f"scene {next(_NUMBERS)}".encode()).digest())


class Scene:
    """One deployment, and short words for what tests do with it."""

    def __init__(self, node: DevChain, chain: Chain) -> None:
        self.node = node
        self.chain = chain
        self.domain = chain.deployment.domain
        eth, code = chain.rpc.w3.eth, artifacts.load()
        self.registry: Any = eth.contract(
            str(chain.deployment.registry),  # type: ignore[call-overload]
            abi=code["DesignRegistry"].abi,
        )
        self.licenses: Any = eth.contract(
            str(chain.deployment.licenses),  # type: ignore[call-overload]
            abi=code["PrintLicenses"].abi,
        )

    # --------------------------------------------------------------- sending

    def now(self) -> int:
        """Time of the newest block."""
        return self.chain.now()

    def submit(self, call: Call, signer: Signer, /) -> Digest:
        """Sign and broadcast, without waiting for a block; the transaction's hash."""
        return self.chain.rpc.send_raw(self._signed(call, signer, _GAS_LIMIT))

    def send(
        self, call: Call, signer: Signer, /, *, at: int | None = None, gas: int = _GAS_LIMIT
    ) -> Mined:
        """Send and mine; `at` is the exact second of the block that it lands in."""
        if at is not None:
            self.node.next_block_at(at)
        try:
            return self.chain.broadcast(self._signed(call, signer, gas))
        finally:
            assert at in (None, self.now())

    def _signed(self, call: Call, signer: Signer, gas: int) -> bytes:
        nonce = self.node.rpc("eth_getTransactionCount", signer.address, "latest")
        return signer.sign_transaction(
            {
                "type": 2,
                "chainId": self.chain.deployment.chain_id,
                "nonce": int(str(nonce), 16),
                "to": str(call.to),
                "data": call.data,
                "value": call.value,
                "gas": gas,
                "maxFeePerGas": 10**11,
                "maxPriorityFeePerGas": 0,
            }
        )

    def refused(
        self,
        kind: type[LedgerError],
        call: Call,
        signer: Signer,
        /,
        *,
        at: int | None = None,
        gas: int = _GAS_LIMIT,
        **facts: object,
    ) -> None:
        """The call must fail with exactly this error and exactly these arguments."""
        with pytest.raises(LedgerError) as caught:
            self.send(call, signer, at=at, gas=gas)
        error = caught.value
        assert type(error) is kind, f"{error!r} {dict(error.facts)}"
        assert same_values(error.facts) == same_values(facts)

    def view(self, contract: Any, function: str, *arguments: object) -> Any:
        """Read by a function's name or signature, for what `Chain` has no word for."""
        with self.chain.rpc.translated():
            return self._function(contract, function)(*arguments).call()

    def peek(self, reads: list[tuple[str, tuple[int, ...]]]) -> list[tuple[int, ...]]:
        """Many reads of PrintLicenses in one request, answered as bare words."""
        to = str(self.domain.licenses)
        body = [
            {
                "jsonrpc": "2.0",
                "id": index,
                "method": "eth_call",
                "params": [{"to": to, "data": _call_data(name, words)}, "latest"],
            }
            for index, (name, words) in enumerate(reads)
        ]
        answers = requests.post(self.node.url, json=body, timeout=20).json()
        data = [bytes.fromhex(row["result"][2:]) for row in sorted(answers, key=itemgetter("id"))]
        return [
            tuple(int.from_bytes(row[at : at + 32], "big") for at in range(0, len(row), 32))
            for row in data
        ]

    def write(self, contract: Any, function: str, *arguments: object) -> Call:
        """A transaction by a function's name or signature."""
        data = self._function(contract, function)(*arguments)._encode_transaction_data()
        return Call(Address(contract.address), data)

    @staticmethod
    def _function(contract: Any, name: str) -> Any:
        if "(" in name:
            return contract.get_function_by_signature(name)
        return contract.functions[name]

    def pass_to(self, time: int) -> None:
        """Mine an empty block at exactly this second."""
        self.node.next_block_at(time)
        self.node.mine()

    # --------------------------------------------------------------- accounts

    def account(self) -> Signer:
        """A new key with 1,000 ether."""
        signer = Signer.from_secret(bytes(fresh_digest()))
        self.node.set_balance(signer.address, 1000 * ETHER)
        return signer

    def actor(self, name: str, owner: Signer, *arguments: object) -> Actor:
        """Deploy a contract of contracts/test that belongs to `owner`."""
        return Actor(self, load_test_contracts()[name], owner, *arguments)

    # ----------------------------------------------------------------- things

    def design(self, owner: Signer) -> ContentHash:
        """A design that was just registered by `owner`."""
        design = ContentHash(fresh_digest())
        self.send(self.chain.register(design, fresh_digest()), owner)
        return design

    def terms(self, design: ContentHash, **changes: Any) -> Offer:
        """Terms that can be opened now; any of them can be changed."""
        now = self.now()
        usual = Offer(
            design=design,
            terms=fresh_digest(),
            currency=NATIVE_CURRENCY,
            price=PRICE,
            min_quota=1,
            max_quota=2000,
            opens=now,
            closes=now + 30 * DAY,
            duration=90 * DAY,
            grace=GRACE,
        )
        return replace(usual, **changes)

    def open(self, owner: Signer, design: ContentHash, **changes: Any) -> Offer:
        """An offer that was just opened."""
        terms = self.terms(design, **changes)
        self.send(self.chain.open_offer(terms), owner)
        return terms

    def bought(
        self, owner: Signer, design: ContentHash, buyer: Signer, quota: int, **changes: Any
    ) -> int:
        """The number of a license that was just bought."""
        offer = self.open(owner, design, **changes)
        return license_in(self.send(self.chain.buy(offer, quota), buyer))

    def granted(
        self, owner: Signer, design: ContentHash, licensee: Address, quota: int, **changes: Any
    ) -> int:
        """The number of a license that was just granted (90 days, grace of a day)."""
        expiry = changes.get("expiry", self.now() + 90 * DAY)
        grace = changes.get("grace", GRACE)
        return license_in(
            self.send(self.chain.grant(design, licensee, quota, expiry, grace), owner)
        )

    def token(
        self, design: ContentHash, number: int, printer: Address, **changes: Any
    ) -> PrintToken:
        """A token for serial 0 that is valid from now on, for 60 days."""
        now = self.now()
        usual = PrintToken(design, number, printer, 0, 1, now, now + 60 * DAY, ZERO_DIGEST)
        return replace(usual, **changes)

    def redeem(self, token: PrintToken, signer: Signer, take: int | None = None) -> Call:
        """Redeem a token, signed by `signer`: all its serials, or `take`."""
        signature = signer.sign(self.domain.print_token(token))
        return self.chain.redeem(token, signature, token.serials if take is None else take)


class Job:
    """A design and a license for it, of 600 serials unless told: 88 in its last word."""

    def __init__(self, scene: Scene, owner: Signer, buyer: Signer, quota: int = 600) -> None:
        self.design = scene.design(owner)
        self.number = scene.granted(owner, self.design, buyer.address, quota)


class Actor:
    """A contract account: everything it does is sent by its owner through `execute`."""

    def __init__(self, scene: Scene, code: Artifact, owner: Signer, *arguments: object) -> None:
        self._scene = scene
        eth = scene.chain.rpc.w3.eth
        constructor = eth.contract(abi=code.abi, bytecode=code.bytecode).constructor(
            str(owner.address), *arguments
        )
        receipt = scene.chain.sender(owner).send({"data": constructor.data_in_transaction})
        self.address = Address(str(receipt["contractAddress"]))
        self.owner = owner
        self.contract: Any = eth.contract(str(self.address), abi=code.abi)  # type: ignore[call-overload]

    def does(self, call: Call) -> Call:
        """The owner's order to make `call`, handing over the value that it needs."""
        data = bytes.fromhex(call.data.removeprefix("0x"))
        order = self._scene.write(self.contract, "execute", str(call.to), call.value, data)
        return replace(order, value=call.value)

    def signature(self, typed: TypedData) -> bytes:
        """Its signature of a print token: its address, then what `isValidSignature` is given."""
        return bytes.fromhex(self.address[2:]) + self.owner.sign(typed)


def _call_data(name: str, words: tuple[int, ...]) -> str:
    selector = keccak(text=name)[:4]
    return "0x" + (selector + b"".join(word.to_bytes(32, "big") for word in words)).hex()


def license_in(mined: Mined) -> int:
    """The license that a purchase or grant made."""
    return int(event_in(mined, "LicenseBought", "LicenseGranted").arguments["license"])


def event_in(mined: Mined, *names: str) -> ChainEvent:
    """The one event of these names."""
    (event,) = [event for event in mined.events if event.name in names]
    return event


def same_values(values: Any) -> dict[str, object]:
    """Facts and arguments in one form: what can be read as a number is one."""
    return {name: _plain(value) for name, value in dict(values).items()}


def _plain(value: object) -> object:
    if isinstance(value, bytes):
        return int.from_bytes(value, "big")
    if isinstance(value, str) and value.isdecimal():
        return int(value)
    if isinstance(value, str) and value.startswith("0x") and len(value) > 2:
        return int(value, 16)
    return value
