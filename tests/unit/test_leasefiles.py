"""Leases and news as files: one canonical form, and a strict reader that wants a whole."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, strategies as st

from ledger import leasefiles, newsfiles
from ledger.errors import MalformedLease, MalformedNews
from ledger.leasefiles import LeaseFile, digest_of, tokens_digest
from ledger.models import (
    ZERO_DIGEST,
    Address,
    Cid,
    ContentHash,
    Digest,
    Lease,
    News,
    PrintToken,
    Ticket,
)
from ledger.newsfiles import NewsFile, Stopped
from ledger.signing import Signer
from ledger.tickets import digest_of as ticket_digest
from ledger.tokens import Domain

START, END = 1_800_000_000, 1_800_600_000
DOMAIN = Domain(31337, Address("0x" + "11" * 20), Address("0x" + "22" * 20))
ISSUER = Signer.from_secret(b"\x07" * 32)
DESIGN = ContentHash(b"\x0d" * 32)
PRINTER = Address("0x" + "44" * 20)
STOPPED = Stopped(
    frozenset((9, 10, 2**60)),
    frozenset((DESIGN,)),
    frozenset((PRINTER,)),
    frozenset((Digest(b"\x05" * 32), Digest(b"\x04" * 32))),
)


def news(stopped: Stopped = STOPPED, number: int = 3) -> NewsFile:
    said = News(number, START, START - 5, stopped.digest())
    signature = ISSUER.sign(DOMAIN.typed(said))
    return NewsFile(said, signature, ISSUER.address, DOMAIN.chain_id, DOMAIN.licenses, stopped)


def ticket(word: int, serials: int) -> Ticket:
    token = PrintToken(DESIGN, 7, PRINTER, word, serials, START, END, ZERO_DIGEST)
    signature = ISSUER.sign(DOMAIN.print_token(token))
    cid = Cid.of_raw_block(b"\x01" * 32)
    return Ticket(token, signature, ISSUER.address, DOMAIN.chain_id, DOMAIN.licenses, cid, 17)


def lease(*held: Ticket) -> LeaseFile:
    said = Lease(
        request=Digest(b"\x01" * 32),
        design=DESIGN,
        license=7,
        printer=PRINTER,
        tokens=tokens_digest([ticket_digest(one) for one in held]),
        count=sum(one.token.serials.bit_count() for one in held),
        content=DESIGN,
        job=ZERO_DIGEST,
        not_before=START,
        deadline=END,
        silence=3_600,
    )
    return LeaseFile(
        said,
        ISSUER.sign(DOMAIN.typed(said)),
        ISSUER.address,
        DOMAIN.chain_id,
        DOMAIN.licenses,
        held,
        b"\x01" * leasefiles.KEY_BYTES,
        news(),
    )


LEASE = lease(ticket(0, 0b110), ticket(2, 1))
NEWS = news()


@given(
    st.frozensets(st.integers(0, 2**256 - 1)),
    st.frozensets(st.binary(min_size=32, max_size=32).map(Digest)),
    st.integers(0, 2**53 - 1),
)
def test_news_dump_and_parse_are_inverse(
    licenses: frozenset[int], stopped: frozenset[Digest], number: int
) -> None:
    file = news(Stopped(licenses, leases=stopped), number)
    assert newsfiles.parse(newsfiles.dump(file)) == file


def test_lease_dump_and_parse_are_inverse() -> None:
    assert leasefiles.parse(leasefiles.dump(LEASE)) == LEASE
    assert json.loads(leasefiles.dump(LEASE))["digest"] == str(digest_of(LEASE))


def test_the_list_has_one_form_whatever_the_order_it_was_gathered_in() -> None:
    document = STOPPED.document()
    assert document["licenses"] == ["9", "10", str(2**60)]
    assert document["leases"] == ["0x" + "04" * 32, "0x" + "05" * 32]


ROW: dict[str, Any] = json.loads(leasefiles.dump(LEASE))
PATHS = [
    *[(name,) for name in ROW],
    *[("lease", name) for name in ROW["lease"]],
    *[("news", name) for name in ROW["news"]],
    *[("news", "news", name) for name in ROW["news"]["news"]],
    *[("news", "list", name) for name in ROW["news"]["list"]],
]


def changed(path: tuple[str, ...], value: Any) -> bytes:
    row = target = json.loads(leasefiles.dump(LEASE))
    for name in path[:-1]:
        target = target[name]
    if value is ...:
        del target[path[-1]]
    else:
        target[path[-1]] = value
    return json.dumps(row).encode()


@pytest.mark.parametrize("path", PATHS, ids=".".join)
@pytest.mark.parametrize("value", [..., None, [], {}, 1.5, True, -1, "0x0", [1], ["0x"], "é" * 40])
def test_no_member_may_be_missing_or_odd(path: tuple[str, ...], value: Any) -> None:
    with pytest.raises(MalformedLease):
        leasefiles.parse(changed(path, value))


def _other_count(file: LeaseFile) -> LeaseFile:
    return replace(file, lease=replace(file.lease, count=4))


def _other_ticket(file: LeaseFile) -> LeaseFile:
    return replace(file, tickets=(file.tickets[0], ticket(2, 2)))


def _swapped(file: LeaseFile) -> LeaseFile:
    return lease(file.tickets[1], file.tickets[0])


def _twice(file: LeaseFile) -> LeaseFile:
    return lease(file.tickets[0], file.tickets[0])


def _other_window(file: LeaseFile) -> LeaseFile:
    return replace(file, lease=replace(file.lease, deadline=END + 1))


def _other_chain(file: LeaseFile) -> LeaseFile:
    return replace(file, news=replace(file.news, chain_id=1))


def _ticket_of_another_chain(file: LeaseFile) -> LeaseFile:
    return replace(file, tickets=(replace(file.tickets[0], chain_id=1), file.tickets[1]))


def _no_key(file: LeaseFile) -> LeaseFile:
    return replace(file, key=b"")


@pytest.mark.parametrize(
    "change",
    [
        _other_count,
        _other_ticket,
        _swapped,
        _twice,
        _other_window,
        _other_chain,
        _no_key,
        _ticket_of_another_chain,
    ],
    ids=lambda change: change.__name__.strip("_"),
)
def test_parts_that_do_not_belong_together_are_refused(
    change: Callable[[LeaseFile], LeaseFile],
) -> None:
    with pytest.raises(MalformedLease):
        leasefiles.parse(leasefiles.dump(change(LEASE)))


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("lease", "extra"), 1),
        (("news", "news", "extra"), 1),
        (("news", "list", "extra"), []),
        (("news", "list", "licenses"), ["10", "9", str(2**60)]),
        (("news", "list", "licenses"), ["9", "9", "10", str(2**60)]),
        (("news", "list", "printers"), [PRINTER.upper().replace("0X", "0x")] * 2),
        (("digest",), "0x" + "00" * 32),
        (("tickets",), ROW["tickets"] * 40),
    ],
)
def test_what_is_signed_has_one_form_and_its_limits(path: tuple[str, ...], value: Any) -> None:
    with pytest.raises(MalformedLease):
        leasefiles.parse(changed(path, value))


def test_what_the_service_adds_beside_the_lease_is_ignored() -> None:
    assert leasefiles.parse(changed(("stored_at",), 5)) == LEASE


def test_another_list_than_the_signed_one_is_refused() -> None:
    row = json.loads(newsfiles.dump(NEWS))
    row["list"]["printers"] = []
    with pytest.raises(MalformedNews, match="not the one that was signed"):
        newsfiles.parse(json.dumps(row).encode())


@pytest.mark.parametrize(
    "data",
    [
        newsfiles.dump(NEWS).replace(b'"number": 3', b'"number": 3, "number": 3'),
        newsfiles.dump(NEWS) + b" " * newsfiles.MAX_BYTES,
        b"[" * 60_000,
        b"[]",
        b"",
        "{}".encode("utf-16"),
    ],
    ids=["twice", "long", "deep", "list", "empty", "utf-16"],
)
def test_no_news_at_all(data: bytes) -> None:
    with pytest.raises(MalformedNews):
        newsfiles.parse(data)
