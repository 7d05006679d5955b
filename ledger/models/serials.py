"""Serials as bits, 256 to a word, as the chain keeps them."""

from __future__ import annotations

from collections.abc import Iterator

WORD_BITS = 256
"""Serials per word: one storage slot of the chain's bitmap."""

MAX_QUOTA = 2**32 - 1
"""Prints that one license can hold (its quota is a uint32)."""


def serials_of(word: int, mask: int) -> Iterator[int]:
    """Yield the serials that `mask` names in `word`, ascending."""
    while mask:
        lowest = mask & -mask
        yield word * WORD_BITS + lowest.bit_length() - 1
        mask ^= lowest


def bit_of(serial: int) -> tuple[int, int]:
    """`(word, mask)` of one serial; the inverse of `serials_of` for one bit."""
    return serial // WORD_BITS, 1 << (serial % WORD_BITS)


def word_mask(quota: int, word: int) -> int:
    """The serials of `word` that a license of `quota` prints has, as a mask."""
    held = min(max(quota - word * WORD_BITS, 0), WORD_BITS)
    return (1 << held) - 1
