"""How the command line ends: an exit code for each kind of error, and one paragraph about it."""

from __future__ import annotations

import os
import sys
import traceback
from typing import Any

import typer
from rich.text import Text
from typer.core import TyperGroup

from ledger.cli.output import notes, plain
from ledger.errors import (
    BadRequest,
    Conflict,
    IntegrityFailure,
    InvalidDesign,
    InvalidTerms,
    LedgerError,
    NotFound,
    RightsDenied,
    SetupError,
    TokenRejected,
    TransactionMismatch,
    Unavailable,
)

OTHER = 1
USAGE = 2
CONFLICT = 5
INTEGRITY = 7
SETUP = 9

EXIT_CODES: tuple[tuple[int, str, tuple[type[LedgerError], ...]], ...] = (
    (0, "done", ()),
    (OTHER, "anything that is not named below", ()),
    (USAGE, "the command was not understood: see its `--help`", ()),
    (INTEGRITY, "bytes, or a transaction to be signed, are not what they should be",
     (IntegrityFailure, TransactionMismatch)),
    (3, "the input is not acceptable: a broken file, a malformed value, impossible terms",
     (BadRequest, InvalidDesign, InvalidTerms)),
    (4, "not found", (NotFound,)),
    (CONFLICT, "in conflict with what is already so", (Conflict,)),
    (6, "denied: no right to it, or the token is not valid", (RightsDenied, TokenRejected)),
    (8, "the service, chain, IPFS node or printer does not answer; safe to repeat",
     (Unavailable,)),
    (SETUP, "something must be set up first: see `platemark doctor`", (SetupError,)),
)  # fmt: skip
"""Code, meaning, and the errors it stands for; the first row that fits an error decides."""


def exit_code(error: LedgerError) -> int:
    """The exit code of an error."""
    for code, _, kinds in EXIT_CODES:
        if isinstance(error, kinds):
            return code
    return OTHER


def report(error: LedgerError) -> None:
    """Say on stderr, in one paragraph, what went wrong and what to do about it."""
    sentence = Text.assemble(
        (type(error).__name__, "bold red"), ": ", plain(f"{error.detail} "), (error.advice, "dim")
    )
    notes().print(sentence, soft_wrap=True)


class Commands(TyperGroup):
    """The commands, ending every error in a paragraph and an exit code, never a traceback."""

    def invoke(self, ctx: Any) -> Any:
        """Run the command that was asked for."""
        try:
            return super().invoke(ctx)
        except LedgerError as error:
            _debug()
            report(error)
            raise typer.Exit(exit_code(error)) from error
        except (typer.Exit, typer.Abort, typer.TyperException, BrokenPipeError):
            raise  # typer's own ways to end
        except Exception as error:
            _debug()
            said = " ".join(str(error).split()) or "no message"
            report(LedgerError(f"{type(error).__name__}: {said}."))
            raise typer.Exit(OTHER) from error


def _debug() -> None:
    """The traceback, for those who asked for it with PLATEMARK_DEBUG=1."""
    if os.environ.get("PLATEMARK_DEBUG") == "1":
        traceback.print_exc(file=sys.stderr)
