"""Fixtures that the tests of this folder share."""

from tests.integration.kubo_fixture import kubo_api, kubo_binary

__all__ = ["kubo_api", "kubo_binary"]
