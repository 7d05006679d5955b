"""JSON read strictly: every member of its type and in its range, none there twice.

What is signed must look the same to every reader, so nothing is guessed here: no
number in an exponent's form, no leading zeros, no member of a name that is not known.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from ledger.errors import LedgerError, MalformedRequest
from ledger.signing import parse_signature

MAX_SIGNATURE_BYTES = 8 * 1024
_LARGEST_JSON_INTEGER = 2**53
_MAX_DIGITS = 78
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads files of one kind; `noun` names it in what `error` says."""

    noun: str
    error: type[LedgerError]
    max_bytes: int

    def read(self, data: bytes, form: Callable[[Mapping[str, Any]], _T]) -> _T:
        """What `form` makes of the file's JSON object, or the reader's error for whatever fails.

        That is: a file longer than `max_bytes`, no JSON in UTF-8, no object, a member that
        is missing or twice there, or a value that is refused (MalformedRequest).
        """
        if len(data) > self.max_bytes:
            raise self.error(f"A {self.noun} has at most {self.max_bytes} bytes; this has more.")
        try:
            row = json.loads(data.decode("utf-8"), object_pairs_hook=self._unique)
            return form(self.members(row, "content"))
        except self.error:
            raise
        except MalformedRequest as error:
            raise self.error(f"This is no {self.noun}: {error.detail}") from error
        except KeyError as error:
            raise self.error(f"The {self.noun} has no {error.args[0]}.") from error
        except RecursionError as error:
            raise self.error(f"The {self.noun} is nested too deeply.") from error
        except ValueError as error:  # UnicodeDecodeError and JSONDecodeError are ValueErrors
            raise self.error("The file is not JSON in UTF-8.") from error

    def require_format(self, row: Mapping[str, Any], number: int) -> None:
        """Refuse a file of another format."""
        found = row.get("format")
        if type(found) is not int or found != number:
            raise self.error(f"A {self.noun} of format {str(found)[:20]!r} is not known here.")

    def members(
        self, value: object, name: str, known: Collection[str] | None = None
    ) -> Mapping[str, Any]:
        """A JSON object, of no other members than these if they are named."""
        if not isinstance(value, dict):
            raise self.error(f"The {self.noun}'s {name} must be a JSON object.")
        if known is not None and (unknown := sorted(value.keys() - set(known))):
            raise self.error(f"The {self.noun}'s {name} has an unknown {unknown[0][:40]!r}.")
        return value

    def items(self, row: Mapping[str, Any], name: str, most: int) -> list[Any]:
        """A list of at most `most` items."""
        value = row[name]
        if not isinstance(value, list):
            raise self.error(f"The {self.noun}'s {name} must be a list.")
        if len(value) > most:
            raise self.error(f"The {self.noun}'s {name} has more than {most} items.")
        return value

    def text(self, row: Mapping[str, Any], name: str) -> str:
        """A string."""
        return self.string(row[name], name)

    def string(self, value: object, name: str) -> str:
        """The value itself, if it is a string."""
        if not isinstance(value, str):
            raise self.error(f"The {self.noun}'s {name} must be a string.")
        return value

    def integer(self, row: Mapping[str, Any], name: str, bits: int) -> int:
        """An unsigned integer, as a number or as decimal digits without a leading zero."""
        value = row[name]
        number = value if type(value) is int else self.digits(self.string(value, name), name)
        if not 0 <= number < 1 << bits:
            raise self.error(f"The {self.noun}'s {name} is out of range.")
        return number

    def digits(self, value: str, name: str) -> int:
        """The number that decimal digits without a leading zero say."""
        if not (value.isascii() and value.isdigit() and len(value) <= _MAX_DIGITS):
            raise self.error(f"The {self.noun}'s {name} must be a whole number.")
        number = int(value)
        if str(number) != value:
            raise self.error(f"The {self.noun}'s {name} has leading zeros.")
        return number

    def signature(self, row: Mapping[str, Any]) -> bytes:
        """The bytes of a signature, of whatever kind of wallet."""
        signature = parse_signature(self.text(row, "signature"))
        if len(signature) > MAX_SIGNATURE_BYTES:
            raise self.error(f"A signature has at most {MAX_SIGNATURE_BYTES} bytes.")
        return signature

    def _unique(self, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        """An object whose names are unique: two readers must never see two different values."""
        row = dict(pairs)
        if len(row) != len(pairs):
            raise self.error(f"A member of the {self.noun} is there twice.")
        return row


def portable(number: int) -> int | str:
    """A number in JSON: as text where a reader might round it."""
    return number if number <= _LARGEST_JSON_INTEGER else str(number)
