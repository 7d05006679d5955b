"""News as a file: what stops prints, signed by the issuer, for gates with no network.

JSON with `format` 1, the `news` and its `signature`, who is said to have signed it, the
deployment that it is meant for, and the `list` itself, whose SHA-256 in canonical JSON
(RFC 8785) is in the news. Members beside those are ignored, except in `news` and `list`,
which are signed and must be known to the last one. Reference: docs/leases.md.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from ledger.entries import canonical
from ledger.errors import MalformedNews
from ledger.forms import Reader
from ledger.models import Address, ContentHash, Digest, News

FORMAT = 1
SUFFIX = ".news.json"
"""How the name of a news file ends."""

MAX_BYTES = 4 * 1024 * 1024
"""Larger files are no news: some 10,000 stopped licenses and printers have 1 MiB."""

MAX_ITEMS = 20_000
"""Of each kind: more than that are not stopped while they could still be printed."""

_NEWS_MEMBERS = frozenset(("number", "issued_at", "chain_time", "list"))
_LIST_MEMBERS = frozenset(("licenses", "designs", "printers", "leases"))
_TIME_BITS = 40
_T = TypeVar("_T")
_READ = Reader("news file", MalformedNews, MAX_BYTES)


@dataclass(frozen=True, slots=True)
class Stopped:
    """All that may be printed no longer, whatever tokens and leases say.

    Licenses that ended early, recalled designs with all that derives from them, printers
    that were revoked or have another key, and leases whose signer has no authority any more.
    """

    licenses: frozenset[int] = frozenset()
    designs: frozenset[ContentHash] = frozenset()
    printers: frozenset[Address] = frozenset()
    leases: frozenset[Digest] = frozenset()

    def document(self) -> dict[str, list[str]]:
        """The list as JSON: each kind sorted, numbers as decimal text."""
        return {
            "licenses": [str(number) for number in sorted(self.licenses)],
            "designs": sorted(str(design) for design in self.designs),
            "printers": sorted(self.printers),
            "leases": sorted(str(lease) for lease in self.leases),
        }

    def digest(self) -> Digest:
        """SHA-256 of the list in canonical JSON: what the news say of it."""
        return Digest(hashlib.sha256(canonical(self.document())).digest())


@dataclass(frozen=True, slots=True)
class NewsFile:
    """One edition of the news; nothing of it is believed before its signature is checked."""

    news: News
    signature: bytes
    signer: Address
    chain_id: int
    contract: Address
    stopped: Stopped


def parse(data: bytes) -> NewsFile:
    """The news in a file. Raises MalformedNews; also if the list is not the one that is signed."""
    return _READ.read(data, file_of)


def dump(file: NewsFile) -> bytes:
    """The file of news; `parse` undoes it."""
    return json.dumps(as_json(file), indent=1).encode() + b"\n"


def as_json(file: NewsFile) -> dict[str, Any]:
    """News as a JSON object: the file's content, and the API's answer."""
    return {
        "format": FORMAT,
        "news": {
            "number": file.news.number,
            "issued_at": file.news.issued_at,
            "chain_time": file.news.chain_time,
            "list": str(file.news.list),
        },
        "signature": "0x" + file.signature.hex(),
        "signer": file.signer,
        "chain_id": file.chain_id,
        "contract": file.contract,
        "list": file.stopped.document(),
    }


def file_of(row: Mapping[str, Any]) -> NewsFile:
    """The news in a JSON object that was read already, as in a lease. Raises MalformedNews."""
    _READ.require_format(row, FORMAT)
    file = NewsFile(
        news=_news(row["news"]),
        signature=_READ.signature(row),
        signer=Address(_READ.text(row, "signer")),
        chain_id=_READ.integer(row, "chain_id", 256),
        contract=Address(_READ.text(row, "contract")),
        stopped=_stopped(row["list"]),
    )
    if file.stopped.digest() != file.news.list:
        raise MalformedNews("The list is not the one that was signed.")
    return file


def _news(value: object) -> News:
    row = _READ.members(value, "news", _NEWS_MEMBERS)
    return News(
        number=_READ.integer(row, "number", 53),
        issued_at=_READ.integer(row, "issued_at", _TIME_BITS),
        chain_time=_READ.integer(row, "chain_time", _TIME_BITS),
        list=Digest.parse(_READ.text(row, "list")),
    )


def _stopped(value: object) -> Stopped:
    row = _READ.members(value, "list", _LIST_MEMBERS)
    stopped = Stopped(
        licenses=_items(row, "licenses", lambda text: _READ.digits(text, "licenses")),
        designs=_items(row, "designs", ContentHash.parse),
        printers=_items(row, "printers", Address),
        leases=_items(row, "leases", Digest.parse),
    )
    if stopped.document() != dict(row):
        raise MalformedNews("The list is not in its one form: sorted, and nothing twice.")
    return stopped


def _items(row: Mapping[str, Any], name: str, parse_one: Callable[[str], _T]) -> frozenset[_T]:
    items = _READ.items(row, name, MAX_ITEMS)
    return frozenset(parse_one(_READ.string(item, name)) for item in items)
