"""One JSON-RPC connection: timeouts, and every failure in Platemark's own words."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from json import JSONDecodeError
from typing import Any, cast
from urllib.parse import urlsplit

from requests.exceptions import HTTPError, RequestException
from web3 import HTTPProvider, Web3
from web3.exceptions import (
    BlockNotFound,
    ContractCustomError,
    ContractLogicError,
    TimeExhausted,
    TransactionIndexingInProgress,
    TransactionNotFound,
    Web3Exception,
    Web3RPCError,
)
from web3.types import TxReceipt

from ledger.chain.refusals import refusal, reverted_with
from ledger.chain.reverts import RevertDecoder
from ledger.errors import BadRequest, ChainUnavailable, LedgerError, UnknownRevert
from ledger.models import Digest

CALL_TIMEOUT_SECONDS = 20
RECEIPT_TIMEOUT_SECONDS = 60
Request = tuple[str, list[Any]]
"""A method of JSON-RPC and its parameters."""
_FIRST_LOOK_SECONDS = 0.005
_LONGEST_LOOK_SECONDS = 0.5
_UNUSED_MIDDLEWARE = ("validation", "ens_name_to_address")
"""web3 asks for the chain's id twice around each call, only to compare it with one that no
call of ours names; and no call of ours has a name to look up where an address belongs."""


class Rpc:
    """A connection that raises nothing but LedgerErrors.

    `w3` is for this package alone; every use of it stands inside `translated()`.
    """

    def __init__(self, url: str, decoder: RevertDecoder) -> None:
        self.url = url
        self._decoder = decoder
        self.w3 = Web3(HTTPProvider(url, request_kwargs={"timeout": CALL_TIMEOUT_SECONDS}))
        for name in _UNUSED_MIDDLEWARE:
            self.w3.middleware_onion.remove(name)

    @contextmanager
    def translated(self) -> Iterator[None]:
        """The one edge where web3's exceptions become ours."""
        try:
            yield
        except (ContractCustomError, ContractLogicError) as error:
            raise self._decoder.decode(reverted_with(error.data)) from error
        except Web3RPCError as error:
            raise self._rejected(error) from error
        except (RequestException, TimeExhausted, ConnectionError, TimeoutError) as error:
            raise ChainUnavailable(f"The chain at {self._where} does not answer.") from error
        except (Web3Exception, JSONDecodeError, UnicodeDecodeError) as error:
            raise ChainUnavailable(
                f"The chain at {self._where} gave no usable answer: {error}"
            ) from error

    @staticmethod
    def as_json(transaction: dict[str, Any]) -> dict[str, Any]:
        """A transaction as JSON-RPC wants it: quantities in hexadecimal."""
        return {
            name: hex(value) if isinstance(value, int) else value
            for name, value in transaction.items()
        }

    def ask(self, method: str, parameters: list[Any]) -> Any:
        """A node's answer as JSON, with nothing of web3 around it; None for an error or null."""
        with self.translated():
            answer: Any = self.w3.provider.make_request(cast(Any, method), parameters)
        return answer.get("result") if isinstance(answer, dict) else None

    def ask_together(self, requests: Sequence[Request]) -> list[Any]:
        """The same for several, in one request. A node that takes no batches answers none."""
        nothing = [None] * len(requests)
        with self.translated():
            try:
                answers: Any = cast(Any, self.w3.provider).make_batch_request(list(requests))
            except HTTPError:
                return nothing
        if not isinstance(answers, list) or len(answers) != len(requests):
            return nothing
        return [one.get("result") if isinstance(one, dict) else None for one in answers]

    def chain_id(self) -> int:
        """The id of the chain that answers. Raises ChainUnavailable."""
        with self.translated():
            return int(self.w3.eth.chain_id)

    def head(self) -> tuple[int, Digest, int]:
        """`(number, hash, timestamp)` of the newest block."""
        block = self.block("latest")
        return int(block["number"]), Digest(bytes(block["hash"])), int(block["timestamp"])

    def hash_of(self, number: int) -> Digest | None:
        """The hash of a block; None where the chain is not that long."""
        with self.translated():
            try:
                return Digest(bytes(self.w3.eth.get_block(cast(Any, number))["hash"]))
            except BlockNotFound:
                return None

    def block(self, which: int | str) -> Any:
        """One block's header by number or tag. Raises ChainUnavailable if there is none."""
        with self.translated():
            return self.w3.eth.get_block(cast(Any, which))

    def send_raw(self, raw: bytes) -> Digest:
        """Broadcast a signed transaction; its hash. A repeat of a known one is no error."""
        transaction = Digest(bytes(Web3.keccak(raw)))
        try:
            with self.translated():
                self.w3.eth.send_raw_transaction(raw)
        except ChainUnavailable:
            if not self.knows(transaction):
                raise
        except LedgerError as error:
            if "already known" not in str(error.__cause__) and not self.knows(transaction):
                raise
        return transaction

    def relay(self, raw: bytes) -> Digest:
        """`send_raw` for somebody else's transaction.

        Raises BadRequest where the node does not take it (its nonce was used, it offers
        too little gas): that is for its sender to correct, and no repeat will help.
        A transaction that the chain has is not sent again: Ganache takes the nonce 0 for
        none at all, and would run it once more.
        """
        transaction = Digest(bytes(Web3.keccak(raw)))
        if self.knows(transaction):
            return transaction
        try:
            return self.send_raw(raw)
        except ChainUnavailable as error:
            if isinstance(error.__cause__, Web3RPCError):
                raise BadRequest(error.detail) from error
            raise

    def knows(self, transaction: Digest) -> bool:
        """Whether the chain has, or has queued, this transaction."""
        with self.translated():
            try:
                self.w3.eth.get_transaction(cast(Any, bytes(transaction)))
            except TransactionNotFound:
                return False
            return True

    def wait(self, transaction: Digest) -> TxReceipt:
        """The receipt of a mined transaction; a revert is raised as the error it stands for."""
        receipt = self._mined(transaction)
        if receipt["status"] != 1:
            raise self._replayed(transaction, int(receipt["blockNumber"]))
        return receipt

    def _mined(self, transaction: Digest) -> TxReceipt:
        """The receipt, looked for at once and then ever less often: some chains take seconds."""
        deadline, pause = time.monotonic() + RECEIPT_TIMEOUT_SECONDS, _FIRST_LOOK_SECONDS
        while True:
            with self.translated(), suppress(TransactionNotFound, TransactionIndexingInProgress):
                return self.w3.eth.get_transaction_receipt(cast(Any, bytes(transaction)))
            if time.monotonic() > deadline:
                raise ChainUnavailable(
                    f"The chain at {self._where} has not mined {transaction} in time."
                )
            time.sleep(pause)
            pause = min(2 * pause, _LONGEST_LOOK_SECONDS)

    @property
    def _where(self) -> str:
        parts = urlsplit(self.url)
        return f"{parts.scheme}://{parts.hostname}:{parts.port}" if parts.port else self.url

    def _replayed(self, transaction: Digest, block: int) -> LedgerError:
        """Ask the chain once more what a failed transaction ran into."""
        with self.translated():
            sent = self.w3.eth.get_transaction(cast(Any, bytes(transaction)))
        # With the gas that it had: what burned all of it would else go on with the node's.
        call: dict[str, Any] = {name: cast(Any, sent)[name] for name in ("from", "value", "gas")}
        call["data"] = sent["input"]
        if sent.get("to"):
            call["to"] = sent["to"]
        try:
            with self.translated():
                self.w3.eth.call(cast(Any, call), block)
        except LedgerError as error:
            return error
        return UnknownRevert(f"The transaction {transaction} failed; a repeat of it would not.")

    def _rejected(self, error: Web3RPCError) -> LedgerError:
        details: Any = (error.rpc_response or {}).get("error")
        if not isinstance(details, dict):
            details = {"message": str(error)}
        return refusal(details, self._decoder, self._where)
