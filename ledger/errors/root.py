"""The root of all errors."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import ClassVar

JsonScalar = str | int | float | bool | None


class LedgerError(Exception):
    """The root: `detail` says what was wrong, `advice` what to do about it.

    `facts` are the values that a program would want (ids, limits, times); they
    are plain JSON and never hold a secret.
    """

    status: ClassVar[int] = 500
    advice: ClassVar[str] = "Report this: it should not happen."

    def __init__(self, detail: str, **facts: JsonScalar) -> None:
        super().__init__(detail)
        self.detail = detail
        self.facts: Mapping[str, JsonScalar] = facts

    @classmethod
    def slug(cls) -> str:
        """The error's name in URLs and exit reports: `DesignNotFound` -> `design-not-found`."""
        return re.sub(r"(?<!^)(?=[A-Z])", "-", cls.__name__).lower()


def all_errors(root: type[LedgerError] = LedgerError) -> Iterator[type[LedgerError]]:
    """Yield `root` and every class below it, parents first, in the order of definition."""
    yield root
    for child in root.__subclasses__():
        yield from all_errors(child)
