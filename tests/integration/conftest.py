"""Fixtures that the tests of this folder share."""

from tests.api.conftest import http, ledger, only_tests_index, party, scene
from tests.integration.kubo_fixture import kubo_api, kubo_binary

__all__ = ["http", "kubo_api", "kubo_binary", "ledger", "only_tests_index", "party", "scene"]
