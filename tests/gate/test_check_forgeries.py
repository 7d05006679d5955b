"""The check of tickets that somebody changed: whatever it was, they are refused."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from hypothesis import given, strategies as st

from ledger import errors
from ledger.gate.check import admit
from ledger.models import Address, ContentHash, Digest
from ledger.tickets import digest_of, dump, parse
from tests.gate.checking import (
    SERIAL,
    TICKET,
    TOKEN,
    assert_refused,
    at_admission,
    at_release,
    facts,
)
from tests.gate.fakes import DOMAIN, START

digests = st.binary(min_size=32, max_size=32)
addresses = st.binary(min_size=20, max_size=20).map(lambda b: Address("0x" + b.hex()))
times = st.integers(0, 2**40 - 1)
mutations = st.one_of(
    st.tuples(st.just("design"), digests.map(ContentHash)),
    st.tuples(st.just("license"), st.integers(0, 2**256 - 1)),
    st.tuples(st.just("printer"), addresses),
    st.tuples(st.just("word"), st.integers(0, 2**24 - 1)),
    st.tuples(st.just("serials"), st.integers(1, 2**256 - 1)),
    st.tuples(st.just("not_before"), times),
    st.tuples(st.just("deadline"), times),
    st.tuples(st.just("job"), digests.map(Digest)),
)
envelope_mutations = st.one_of(
    st.tuples(st.just("signature"), st.binary(max_size=100)),
    st.tuples(st.just("signer"), addresses),
    st.tuples(st.just("chain_id"), st.integers(0, 2**256 - 1)),
    st.tuples(st.just("contract"), addresses),
)


@given(mutations)
def test_any_change_of_the_token_is_refused(change: tuple[str, Any]) -> None:
    name, value = change
    if getattr(TOKEN, name) == value:
        return
    ticket = replace(TICKET, token=replace(TOKEN, **{name: value}))
    assert_refused(at_admission(ticket), "signature", errors.BadSignature)
    assert_refused(at_release(ticket), "signature", errors.BadSignature)


@given(envelope_mutations)
def test_any_change_around_the_token_is_refused(change: tuple[str, Any]) -> None:
    name, value = change
    if getattr(TICKET, name) == value:
        return
    verdict = at_admission(replace(TICKET, **{name: value}))
    assert isinstance(verdict.error, errors.TokenRejected)


@given(st.integers(0, 64), st.integers(1, 255))
def test_any_change_of_the_signature_is_refused(index: int, flip: int) -> None:
    signature = bytearray(TICKET.signature)
    signature[index] ^= flip
    verdict = at_admission(replace(TICKET, signature=bytes(signature)))
    assert_refused(verdict, "signature", errors.BadSignature)


def test_the_other_signature_of_the_same_key_is_refused() -> None:
    """From r, s, v anybody can make r, n - s, v'; the chain refuses it, and so do we."""
    order = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
    r, s, v = TICKET.signature[:32], TICKET.signature[32:64], TICKET.signature[64]
    high = (order - int.from_bytes(s, "big")).to_bytes(32, "big")
    verdict = at_admission(replace(TICKET, signature=r + high + bytes([55 - v])))
    assert_refused(verdict, "signature", errors.BadSignature)


@given(st.binary(max_size=300))
def test_noise_is_no_ticket(data: bytes) -> None:
    assert_refused(admit(data, facts(), START, SERIAL), "form", errors.MalformedTicket)


def test_a_ticket_survives_its_file() -> None:
    assert parse(dump(TICKET)) == TICKET
    assert digest_of(TICKET) == DOMAIN.print_token(TOKEN).digest()
