"""Calls about the later life of licenses: voids, passing on, redemption of several tokens.

Built and not sent, like all calls.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ledger.chain.call import Call, as_argument, build
from ledger.models import Address, ContentHash, Digest, PrintToken, Void

Signed = tuple[PrintToken, bytes, int]
"""A print token, its signature of 65 bytes, and which of its serials to spend."""


class LifeCalls:
    """This part of `Calls`."""

    _licenses: Any

    def void_prints(
        self, design: ContentHash, number: int, word: int, serials: int, evidence: Digest
    ) -> Call:
        """Void spent serials, as the design's owner or an issuer of theirs."""
        return build(
            self._licenses, "voidPrints", bytes(design), number, word, serials, bytes(evidence)
        )

    def void_prints_by_sig(self, void: Void, signature: bytes) -> Call:
        """Void spent serials for an issuer, who signed `Void`; the sender pays."""
        members = (
            bytes(void.design),
            void.license,
            void.word,
            void.serials,
            bytes(void.evidence),
            as_argument(void.issuer),
            void.deadline,
        )
        return build(self._licenses, "voidPrintsBySig", members, signature)

    def transfer_license(self, design: ContentHash, number: int, to: Address) -> Call:
        """Pass a whole license of the sender's on."""
        return build(self._licenses, "transferLicense", bytes(design), number, as_argument(to))

    def sublicense(self, design: ContentHash, number: int, to: Address, quota: int) -> Call:
        """Pass the last `quota` serials of a license of the sender's on."""
        return build(self._licenses, "sublicense", bytes(design), number, as_argument(to), quota)

    def redeem_words(self, tokens: Sequence[Signed]) -> Call:
        """Spend serials of several tokens that differ in nothing but word and serials.

        The contract takes the head from the first; another's signature fails with it.
        """
        first = tokens[0][0]
        head = (
            bytes(first.design),
            first.license,
            as_argument(first.printer),
            first.not_before,
            first.deadline,
            bytes(first.job),
        )
        words = [
            (token.word, token.serials, take, *compact(signature))
            for token, signature, take in tokens
        ]
        return build(self._licenses, "redeemWords", head, words)


def compact(signature: bytes) -> tuple[bytes, bytes]:
    """A signature of 65 bytes as the two words of EIP-2098: r, and s with v's parity on top."""
    r, s, v = signature[:32], signature[32:64], signature[64]
    return r, bytes([s[0] | (v - 27) << 7]) + s[1:]
