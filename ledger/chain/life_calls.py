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

    def redeem_tokens(self, tokens: Sequence[Signed]) -> Call:
        """Spend serials of several tokens of one design, license and job, whatever their printers.

        The contract takes these three from the first; another's signature fails with them.
        """
        first = tokens[0][0]
        head = (bytes(first.design), first.license, bytes(first.job))
        words: dict[tuple[str, int, int], list[tuple[int, int, int, bytes, bytes]]] = {}
        for token, signature, take in tokens:
            group = (as_argument(token.printer), token.not_before, token.deadline)
            word = (token.word, token.serials, token.serials ^ take, *compact(signature))
            words.setdefault(group, []).append(word)
        printers = [(*group, len(some)) for group, some in words.items()]
        flat = [word for some in words.values() for word in some]
        return build(self._licenses, "redeemTokens", head, flat, printers)


def compact(signature: bytes) -> tuple[bytes, bytes]:
    """A signature of 65 bytes as the two words of EIP-2098: r, and s with v's parity on top."""
    r, s, v = signature[:32], signature[32:64], signature[64]
    return r, bytes([s[0] | (v - 27) << 7]) + s[1:]
