"""What the tests of this folder share: the same examples, whoever ran before."""

from __future__ import annotations

import importlib
import pkgutil

import pytest

import api
import ledger

_PROGRAMS = ("ledger.cli.__main__", "ledger.store.migrations")
"""What does its work as it is imported."""


@pytest.fixture(scope="session", autouse=True)
def all_modules() -> None:
    """All of ours, imported before the first test.

    Hypothesis deals constants that it finds in our modules, as far as they are imported by then.
    So what a test imports late would change the examples of those that happen to come after it.
    """
    for package in (ledger, api):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if not module.name.startswith(_PROGRAMS):
                importlib.import_module(module.name)
