"""The API as a whole: health, problem pages, its own description, secrets."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient
from structlog.testing import capture_logs

from api.app import create_app
from api.problems import MEDIA_TYPE, PROBLEMS
from ledger import artifacts
from ledger.anvil import Anvil
from ledger.chain import Chain
from ledger.devchain import free_port
from ledger.errors import LedgerError, all_errors
from ledger.indexer import Indexer
from ledger.ipfs import EmbeddedIpfs
from ledger.services.context import Ledger
from tests.api.hooking import until
from tests.scene import Scene
from tests.service import chain_of


def test_it_is_alive_and_ready_and_says_which_deployment_it_serves(
    http: TestClient, ledger: Ledger
) -> None:
    assert http.get("/healthz").json() == {"status": "ok"}
    ready = http.get("/readyz")
    assert (ready.status_code, ready.json()["status"]) == (200, "ready")
    checks = ready.json()["checks"]
    assert set(checks) == {"chain", "ipfs", "store", "issuer"}
    assert all(check["ok"] and "warning" not in check for check in checks.values())
    found = http.get("/deployment").json()
    assert found["chain_id"] == ledger.domain.chain_id
    assert found["licenses"] == ledger.domain.licenses
    assert found["issuer"] == ledger.issuer.address


def test_an_issuer_without_ether_is_a_warning(
    http: TestClient, ledger: Ledger, anvil: Anvil
) -> None:
    address, before = ledger.issuer.address, chain_of(ledger).balance(ledger.issuer.address)
    anvil.rpc("anvil_setBalance", address, "0x0")
    ready = http.get("/readyz")
    anvil.rpc("anvil_setBalance", address, hex(before))
    assert ready.status_code == 200
    check = ready.json()["checks"]["issuer"]
    assert check["ok"]
    assert "fund it" in check["warning"]


@pytest.fixture
def broken(ledger: Ledger, tmp_path: Path) -> Callable[..., TestClient]:
    """The same service with a part exchanged, not started."""
    return lambda **parts: TestClient(create_app(ledger=replace(ledger, **parts)))


@pytest.fixture
def chainless(ledger: Ledger, broken: Callable[..., TestClient]) -> TestClient:
    """A service whose chain has gone away."""
    there = chain_of(ledger)
    away = Chain(f"http://127.0.0.1:{free_port()}", there.deployment, artifacts.load())
    indexer = Indexer(ledger.database, away.events, away.rpc, there.deployment.block)
    return broken(chain=away, indexer=indexer)


def test_without_its_chain_it_is_alive_but_not_ready(chainless: TestClient) -> None:
    assert chainless.get("/healthz").status_code == 200
    ready = chainless.get("/readyz")
    assert (ready.status_code, ready.json()["status"]) == (503, "unavailable")
    checks = ready.json()["checks"]
    assert [name for name, check in checks.items() if not check["ok"]] == ["chain", "issuer"]
    assert "does not answer" in checks["chain"]["detail"]


def test_a_running_service_notes_that_its_chain_is_away_and_goes_on(
    chainless: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.app.FOLLOW_SECONDS", 0.01)

    def noted() -> set[str]:
        return {line["error"] for line in told if line["event"] == "indexer.round_failed"}

    with capture_logs() as told, chainless:
        until(lambda: bool(noted()))
        assert chainless.get("/healthz").status_code == 200
    assert noted() == {"ChainUnavailable"}


def test_what_needs_the_chain_is_unavailable_and_may_be_asked_again(
    chainless: TestClient, scene: Callable[..., Scene]
) -> None:
    ours = scene()
    for method, path, body in (
        ("GET", f"/provenance/{ours.design}", None),
        ("GET", f"/issuers/{ours.designer.address}", None),
        ("POST", "/tokens", ours.token_request()),
        (
            "POST",
            "/licenses/purchase",
            {"licensee": ours.center.address, "offer": ours.offer, "quota": 1},
        ),
    ):
        answer = chainless.request(method, path, json=body)
        assert (answer.status_code, answer.json()["error"]) == (503, "ChainUnavailable"), path
        assert int(answer.headers["retry-after"]) > 0
        assert answer.headers["content-type"] == MEDIA_TYPE
    assert chainless.get(f"/designs/{ours.design}").status_code == 200
    assert chainless.get("/designs").status_code == 200


def test_a_chain_that_answers_nonsense_is_unavailable(
    broken: Callable[..., TestClient], ledger: Ledger
) -> None:
    class Nonsense(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["content-length"]))
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"<html>not JSON</html>")

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class names it
            pass

    server = HTTPServer(("127.0.0.1", 0), Nonsense)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{server.server_port}"
    away = Chain(url, chain_of(ledger).deployment, artifacts.load())
    ready = broken(chain=away).get("/readyz")
    server.shutdown()
    server.server_close()
    assert ready.status_code == 503
    assert ready.json()["checks"]["chain"]["ok"] is False


def test_without_its_block_store_it_is_not_ready(
    broken: Callable[..., TestClient], tmp_path: Path
) -> None:
    ipfs = EmbeddedIpfs(tmp_path / "blocks")
    (tmp_path / "blocks").rmdir()
    client = broken(ipfs=ipfs)
    assert client.get("/readyz").json()["checks"]["ipfs"]["ok"] is False
    assert client.get("/deployment").json()["error"] == "IpfsUnavailable"


def test_a_fault_of_the_service_is_a_problem_without_its_text(
    broken: Callable[..., TestClient], ledger: Ledger
) -> None:
    class Faulty:
        def catch_up(self) -> int:
            raise ZeroDivisionError("the key is 12345")

    app = create_app(ledger=replace(ledger, indexer=Faulty()))  # type: ignore[arg-type]
    answer = TestClient(app, raise_server_exceptions=False).get("/provenance/" + "5a" * 32)
    assert (answer.status_code, answer.json()["error"]) == (500, "LedgerError")
    assert answer.headers["content-type"] == MEDIA_TYPE
    assert "12345" not in answer.text


# --- problems ----------------------------------------------------------------


@pytest.mark.parametrize("error", list(all_errors()), ids=lambda error: error.__name__)
def test_every_error_has_a_page(http: TestClient, error: type[LedgerError]) -> None:
    page = http.get(f"/problems/{error.slug()}")
    assert page.status_code == 200
    body = page.json()
    assert (body["error"], body["status"]) == (error.__name__, error.status)
    assert body["type"] == f"/problems/{error.slug()}"
    assert len(body["title"]) > 10
    assert len(body["advice"]) > 10


def test_no_two_errors_share_a_page(http: TestClient) -> None:
    assert len(PROBLEMS) == len(list(all_errors()))
    assert http.get("/problems/no-such-error").json()["error"] == "NotFound"


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/nowhere", 404), ("PUT", "/designs", 405), ("DELETE", "/tokens", 405)],
)
def test_what_is_no_route_is_a_problem_too(
    http: TestClient, method: str, path: str, status: int
) -> None:
    answer = http.request(method, path)
    assert answer.status_code == answer.json()["status"] == status
    assert answer.headers["content-type"] == MEDIA_TYPE


# --- OpenAPI -----------------------------------------------------------------


def test_the_description_of_the_api_is_whole(http: TestClient) -> None:
    document = http.get("/openapi.json").json()
    assert document["openapi"].startswith("3.1")
    operations = [
        (path, method, operation)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    ]
    assert len(operations) >= 30
    ids = [operation["operationId"] for _, _, operation in operations]
    assert len(set(ids)) == len(ids)
    for path, method, operation in operations:
        where = f"{method} {path}"
        assert operation["summary"], where
        for status in ("4XX", "5XX"):
            content = operation["responses"][status]["content"]
            assert content[MEDIA_TYPE]["schema"] == {"$ref": "#/components/schemas/Problem"}, where
        assert any(status.startswith("2") for status in operation["responses"]), where
        named = {part["name"] for part in operation.get("parameters", ()) if part["in"] == "path"}
        assert named == {part[1:-1] for part in path.split("/") if part.startswith("{")}, where
    for reference in _references(document):
        target: Any = document
        for part in reference.removeprefix("#/").split("/"):
            target = target[part]


def test_each_body_of_a_request_has_examples(http: TestClient) -> None:
    document = http.get("/openapi.json").json()
    schemas = document["components"]["schemas"]
    for path, methods in document["paths"].items():
        body = methods.get("post", {}).get("requestBody", {}).get("content", {})
        if "application/json" not in body:
            continue
        names = [ref.rsplit("/", 1)[1] for ref in _references(body["application/json"]["schema"])]
        assert names, path
        for name in names:
            for member, schema in schemas[name]["properties"].items():
                assert _has_example(schema, schemas), (path, member)


def _has_example(schema: dict[str, Any], schemas: dict[str, Any]) -> bool:
    if "$ref" in schema:
        inner = schemas[schema["$ref"].rsplit("/", 1)[1]]
        return "enum" in inner or all(
            _has_example(member, schemas) for member in inner["properties"].values()
        )
    if "$ref" in schema.get("items", {}):
        return _has_example(schema["items"], schemas)
    return "examples" in schema or "default" in schema


def _references(part: object) -> Iterator[str]:
    if isinstance(part, dict):
        if isinstance(part.get("$ref"), str):
            yield part["$ref"]
        for value in part.values():
            yield from _references(value)
    elif isinstance(part, list):
        for value in part:
            yield from _references(value)
