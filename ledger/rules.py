"""Pure decisions: what may be done with a license, and which serials a token gets.

Nothing here reads a clock, a chain or a database; `now` is always an argument.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from ledger.errors import (
    JsonScalar,
    LeaseNotAllowed,
    LicenseExpired,
    LicenseRevoked,
    MalformedRequest,
    QuotaExhausted,
    SignatureExpired,
    VariantsNotAllowed,
)
from ledger.models import (
    WORD_BITS,
    ZERO_DIGEST,
    ContentHash,
    LeaseRequest,
    License,
    PrintRequest,
    PrintToken,
    Rights,
    word_mask,
)

MAX_TOKEN_SECONDS = 7 * 86_400
"""Longest life of a print token: a lost token blocks its serials no longer than that."""

MAX_PRINTS_PER_REQUEST = 2_560
"""Ten full words: more is asked for in several requests."""

MAX_REQUEST_SECONDS = 3_600
"""A signed request is answered within an hour or never: it bounds what must be remembered."""

MAX_LEASE_SECONDS = 30 * 86_400
"""Longest life of a lease, and longest time without news on one."""

MAX_LEASE_WORDS = 64
"""Print tokens in one lease, at the most: one for each word (`leasefiles.MAX_TICKETS`)."""

BASIS_POINTS = 10_000
"""Of the whole: shares are counted in hundredths of a percent."""

CLOCK_MARGIN_SECONDS = 120
"""How far the chain's clock may be behind ours before a reservation is given up."""


def require_printable(license: License, now: int) -> None:
    """Raise LicenseRevoked or LicenseExpired unless prints may still begin at `now`."""
    if now < license.expiry:
        return
    names: dict[str, JsonScalar] = {
        "license": license.number,
        "design": str(license.design),
        "expiry": license.expiry,
    }
    if license.revoked:
        raise LicenseRevoked(f"License {license.number} was revoked at {license.expiry}.", **names)
    raise LicenseExpired(f"License {license.number} ended at {license.expiry}.", **names)


def require_variants(license: License) -> None:
    """Raise VariantsNotAllowed unless the license may be printed from variants of its design."""
    if Rights.VARIANTS not in license.rights:
        raise VariantsNotAllowed(
            f"License {license.number} does not allow variants of {license.design}.",
            license=license.number,
            design=str(license.design),
        )


def files_of(token: PrintToken, license: License) -> tuple[ContentHash, ...]:
    """SHA-256 of the files that may lie in the sealed copy which a token's holder is given.

    The design; under a license that allows variants the file that the token binds comes
    first: that may be a variant, or else an approved slice of the design.
    """
    if token.job in (ZERO_DIGEST, token.design) or Rights.VARIANTS not in license.rights:
        return (token.design,)
    return ContentHash(token.job), token.design


def require_unexpired(deadline: int, now: int, what: str) -> None:
    """Raise SignatureExpired if a signed message is void from this second on, or was before."""
    if now >= deadline:
        raise SignatureExpired(f"The {what} was valid until {deadline}; it is {now}.")


def require_fresh(deadline: int, now: int, what: str) -> None:
    """Raise unless a signed message is of this hour: SignatureExpired, MalformedRequest."""
    require_unexpired(deadline, now, what)
    if deadline > now + MAX_REQUEST_SECONDS:
        raise MalformedRequest(f"The {what} may be valid for {MAX_REQUEST_SECONDS} s at most.")


def require_answerable(request: PrintRequest, now: int) -> None:
    """Raise unless a print request is of this hour and asks for something possible.

    SignatureExpired for one that is void; MalformedRequest for values out of range.
    """
    if now >= request.deadline:
        raise SignatureExpired(
            f"The print request was valid until {request.deadline}; it is {now}.",
            deadline=request.deadline,
        )
    if request.deadline > now + MAX_REQUEST_SECONDS:
        raise MalformedRequest(f"A print request may be valid for {MAX_REQUEST_SECONDS} s at most.")
    if not 0 < request.count <= MAX_PRINTS_PER_REQUEST:
        raise MalformedRequest(
            f"A request is for 1 to {MAX_PRINTS_PER_REQUEST} prints, not {request.count}."
        )
    if not 0 < request.lifetime <= MAX_TOKEN_SECONDS:
        raise MalformedRequest(f"A token lives 1 to {MAX_TOKEN_SECONDS} s, not {request.lifetime}.")


def token_deadline(license: License, lifetime: int, issuer_until: int, now: int) -> int:
    """Until when a token may be printed on: as asked, within the license and the authority."""
    return min(now + lifetime, license.expiry, issuer_until)


def reserved_until(license: License, deadline: int) -> int:
    """From when on a token's serials may be given to another: it cannot be redeemed any more."""
    return lapses_at(deadline, license.expiry, license.grace)


def lapses_at(deadline: int, expiry: int, grace: int) -> int:
    """When the chain takes a token no more, by whatever clock; `grace` is in hours."""
    return min(deadline, expiry) + grace * 3600 + CLOCK_MARGIN_SECONDS


def allocate(license: License, count: int, used: Callable[[int], int]) -> list[tuple[int, int]]:
    """The `count` lowest serials that are neither spent nor reserved, as `(word, mask)` pairs.

    `used(word)` is the mask of serials that cannot be given. Raises QuotaExhausted
    if fewer are free; then nothing is allocated.
    """
    chosen: list[tuple[int, int]] = []
    missing = count
    for word in range(-(-license.quota // WORD_BITS)):
        free = word_mask(license.quota, word) & ~used(word)
        mask = sum(_lowest(free, missing))
        if mask:
            chosen.append((word, mask))
            missing -= mask.bit_count()
        if missing == 0:
            return chosen
    raise _exhausted(license, count, count - missing)


def require_leasable(license: License, request: LeaseRequest, now: int) -> None:
    """Raise unless a lease request is of this hour and asks for something possible.

    SignatureExpired for one that is void; MalformedRequest for values out of range;
    LeaseNotAllowed for a license without grace, which is for prints online only.
    """
    require_fresh(request.deadline, now, "lease request")
    if not 0 < request.count <= MAX_PRINTS_PER_REQUEST:
        raise MalformedRequest(
            f"A lease is for 1 to {MAX_PRINTS_PER_REQUEST} prints, not {request.count}."
        )
    for what, seconds, least in (
        ("lifetime", request.lifetime, 1),
        ("silence", request.silence, 60),
    ):
        if not least <= seconds <= MAX_LEASE_SECONDS:
            raise MalformedRequest(
                f"A lease's {what} is {least} to {MAX_LEASE_SECONDS} s, not {seconds}."
            )
    if not license.grace:
        raise LeaseNotAllowed(
            f"License {license.number} has no grace: its prints are redeemed online, each "
            f"before it begins.",
            license=license.number,
        )


def allocate_words(
    license: License, count: int, spent: Mapping[int, int], reserved: Mapping[int, int]
) -> list[tuple[int, int]]:
    """`count` free serials in as few words as can be, as `(word, mask)` pairs by word.

    What is not known of as `spent` or `reserved` is free. Where words serve equally well, one
    that was spent from before is taken, since a redemption in it costs 17,100 gas less, and
    of those the one in which least is left over. Raises QuotaExhausted if fewer are free, and
    LeaseNotAllowed if they lie in more than `MAX_LEASE_WORDS` words.
    """
    words = -(-license.quota // WORD_BITS)
    known = {word for word in spent.keys() | reserved.keys() if word < words}
    missing_words = -(-count // WORD_BITS) + 1  # the last word of a license may be a short one
    fresh: list[int] = []
    for word in range(words):
        if len(fresh) >= missing_words:
            break
        if word not in known:
            fresh.append(word)
    free = {
        word: word_mask(license.quota, word) & ~spent.get(word, 0) & ~reserved.get(word, 0)
        for word in sorted({*known, *fresh})
    }
    left = {word: mask.bit_count() for word, mask in free.items() if mask}
    chosen: dict[int, int] = {}
    missing = count
    while missing and left:
        enough = [word for word, size in left.items() if size >= missing]
        # What holds the rest is chosen to fit; before that, what holds most.
        word = (
            min(enough, key=lambda one: (not spent.get(one), left[one], one))
            if enough
            else max(left, key=lambda one: (left[one], bool(spent.get(one)), -one))
        )
        mask = sum(_lowest(free[word], missing))
        chosen[word] = mask
        missing -= mask.bit_count()
        del left[word]
    if missing:
        raise _exhausted(license, count, count - missing)
    if len(chosen) > MAX_LEASE_WORDS:
        raise LeaseNotAllowed(
            f"The free serials of license {license.number} are too scattered for a lease of "
            f"{count} prints: ask for fewer.",
            license=license.number,
        )
    return sorted(chosen.items())


def _exhausted(license: License, count: int, free: int) -> QuotaExhausted:
    return QuotaExhausted(
        f"License {license.number} has {free} of {count} prints left that are "
        f"neither printed nor promised to a printer.",
        license=license.number,
        design=str(license.design),
        quota=license.quota,
        free=free,
    )


def voids_left(quota: int, voided: int, share: int) -> int:
    """How many more prints of a license a service voids without being told to.

    `share` is in basis points of the serials that the license was given: those that replace
    `voided` ones do not count, so that the bound does not grow with its use.
    """
    return max((quota - voided) * share // BASIS_POINTS - voided, 0)


def _lowest(mask: int, limit: int) -> Iterator[int]:
    """The lowest set bits of `mask`, at most `limit` of them, each as a mask of its own."""
    while mask and limit > 0:
        bit = mask & -mask
        yield bit
        mask ^= bit
        limit -= 1
