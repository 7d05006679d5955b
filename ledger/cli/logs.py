"""Logs of what runs here go to stderr: stdout is for data alone."""

from __future__ import annotations

import sys
from typing import Any

import structlog


def to_stderr() -> None:
    """Send structlog's lines to whatever stderr is when they are written."""

    def logger(*_names: Any) -> structlog.PrintLogger:
        return structlog.PrintLogger(sys.stderr)

    structlog.configure(logger_factory=logger)
