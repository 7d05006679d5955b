"""An order of what happened by two clocks: what depends on another comes after it.

The chain's time is that of its blocks, the service's that of its machine; they differ by
seconds. Sorted by time alone, a print could be told before the token that allowed it.
"""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Iterable, Sequence


def in_causal_order(
    times: Sequence[tuple[int, int]], before: Iterable[tuple[int, int]]
) -> list[int]:
    """The places 0 .. n-1 of `times` in the order in which to tell them.

    A time is a second and a rank within it. For each `(a, b)` of `before`, a is told before
    b. Otherwise the earlier time comes first, and of one time the smaller place. Where
    `before` goes in a circle, which only records that were changed can do, the earliest of
    what is left is told first. Source: Kahn's topological sort (Communications of the ACM 5,
    1962), with a heap for what is free.
    """
    after: dict[int, list[int]] = defaultdict(list)
    waits_for = [0] * len(times)
    for first, then in set(before):
        if first != then:
            after[first].append(then)
            waits_for[then] += 1
    free = [(time, place) for place, time in enumerate(times) if not waits_for[place]]
    stuck = sorted((time, place) for place, time in enumerate(times))
    heapq.heapify(free)
    told: list[int] = []
    done = [False] * len(times)
    next_stuck = 0
    while len(told) < len(times):
        if free:
            _, place = heapq.heappop(free)
        else:
            place = stuck[next_stuck][1]
            next_stuck += 1
        if done[place]:
            continue
        done[place] = True
        told.append(place)
        for then in after[place]:
            waits_for[then] -= 1
            if not waits_for[then] and not done[then]:
                heapq.heappush(free, (times[then], then))
    return told
