"""Whatever is sent to a route, the answer is documented: never a fault of the service."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from ledger.models import Digest
from tests.scene import Scene, redemption

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.sampled_from(["0x", "0x" + "5a" * 32, "0x" + "77" * 20, 2**256, -1, "1", ""]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
QUICK = settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


def bodies(ours: Scene) -> dict[str, dict[str, Any]]:
    """A valid body for each route that takes one."""
    ticket = ours.ticket()
    me = ours.designer.address
    offer = {
        "owner": me,
        "price": "1",
        "min_quota": 1,
        "max_quota": 2,
        "opens": ours.now,
        "closes": ours.now + 100,
        "duration": 5,
        "grace": 1,
        "terms": "none",
    }
    grant = {"sender": me, "design": str(ours.design), "licensee": me, "quota": 1}
    return {
        f"/designs/{ours.design}/registration": {
            "owner": me,
            "deadline": ours.now + 50,
            "signature": "0x" + "1b" * 65,
        },
        f"/designs/{ours.design}/offers": offer,
        f"/designs/{ours.design}/withdrawal": {"owner": me, "to": me},
        f"/offers/{ours.offer}/closure": {"owner": me},
        "/issuers": {"designer": me, "expiry": ours.now + 100},
        "/issuers/removal": {"designer": me},
        "/licenses/purchase": {"licensee": me, "offer": ours.offer, "quota": 1},
        "/licenses/grant": grant | {"expiry": ours.now + 100, "grace": 1},
        f"/licenses/{ours.license}/revocation": {"sender": me, "reason": "why"},
        f"/licenses/{ours.license}/settlement": {"sender": me},
        f"/licenses/{ours.license}/refund": {"licensee": me},
        "/transactions": {"raw": "0x02" + "ab" * 40},
        "/printers": ours.printer.enrolment(ours.center, ours.now),
        "/refusals": ours.refusal(Digest(bytes(32))),
        "/tokens": ours.token_request(),
        "/redemptions": redemption(ours, ticket),
        "/keys": ours.key_request(ticket),
        "/receipts": ours.receipt(ticket),
        **crisis_bodies(ours),
        **life_bodies(ours),
        **printer_bodies(ours),
    }


def printer_bodies(ours: Scene) -> dict[str, dict[str, Any]]:
    """The same for the end of a printer's key."""
    path, signature = f"/printers/{ours.printer.address}", "0x" + "1b" * 65
    until = ours.now + 100
    return {
        f"{path}/revocation": {
            "center": ours.center.address,
            "reason": "stolen",
            "since": ours.now,
            "deadline": until,
            "signature": signature,
        },
        f"{path}/rotation": {
            "successor": ours.designer.address,
            "kem_key": "0x" + "ab" * 32,
            "rotated_at": ours.now,
            "deadline": until,
            "signature": signature,
            "successor_signature": signature,
        },
    }


def crisis_bodies(ours: Scene) -> dict[str, dict[str, Any]]:
    """The same for the routes about pledges and crises."""
    me, signature = ours.designer.address, "0x" + "1b" * 65
    crisis = {"council": me, "region": "TR-31", "until": ours.now + 100, "evidence": "why"}
    digests = {"evidence": "0x" + "ab" * 32, "salt": "0x" + "cd" * 32}
    signed = {**crisis, **digests, "signer": me, "deadline": ours.now + 100}
    return {
        f"/designs/{ours.design}/pledges": {
            "owner": me,
            "council": me,
            "until": ours.now + 100,
            "max_duration": 10,
            "quota_per_license": 1,
            "quota_in_all": 2,
            "document": "what for",
        },
        "/crises": crisis,
        "/crises/messages": crisis,
        "/crises/declarations": {"declaration": signed, "signature": signature},
        "/crises/centers": {"council": me, "centers": [me], "allow": True},
        "/crises/1/end": {"council": me},
        "/crises/1/end/signed": {"deadline": ours.now + 100, "signature": signature},
        "/crises/1/licenses": {"center": me, "design": str(ours.design), "quota": 1},
    }


def life_bodies(ours: Scene) -> dict[str, dict[str, Any]]:
    """The same for the routes about voids and passing on."""
    me, license, receipt = ours.designer.address, f"/licenses/{ours.license}", "0x" + "ab" * 32
    void = {
        "design": str(ours.design),
        "license": ours.license,
        "word": 0,
        "serials": "1",
        "evidence": receipt,
        "issuer": me,
        "deadline": ours.now + 100,
    }
    signed = {"void": void, "signature": "0x" + "1b" * 65}
    return {
        f"{license}/transfer": {"licensee": me, "to": me},
        f"{license}/sublicense": {"licensee": me, "to": me, "quota": 1},
        f"{license}/voids": {"sender": me, "receipts": [receipt]},
        f"{license}/voids/message": {"issuer": me, "receipt": receipt},
        "/voids": signed,
        "/voids/relay": {**signed, "sender": me},
        "/redemptions?several": {"items": [redemption(ours, ours.ticket())]},
    }


@pytest.fixture(scope="module")
def valid(ours: Scene) -> dict[str, dict[str, Any]]:
    return bodies(ours)


def check(ours: Scene, path: str, body: Any) -> None:
    answer = ours.center.http.post(path, json=body) if _sendable(body) else None
    if answer is None:
        return
    assert answer.status_code < 500, (path, body, answer.text)
    assert "Traceback" not in answer.text
    if answer.status_code >= 400:
        assert answer.headers["content-type"] == "application/problem+json"
        assert {"type", "title", "status", "detail", "error"} <= set(answer.json())


def _sendable(body: Any) -> bool:
    """What a client's JSON writer refuses itself is tested by bytes in test_bad_inputs."""
    try:
        json.dumps(body, allow_nan=False, ensure_ascii=False).encode()
    except ValueError:
        return False
    return True


@QUICK
@given(data=st.data())
def test_no_body_at_all_makes_a_fault(
    data: st.DataObject, ours: Scene, valid: dict[str, dict[str, Any]]
) -> None:
    body = data.draw(JSON)
    for path in valid:
        check(ours, path, body)


@settings(QUICK, max_examples=600)
@given(data=st.data())
def test_no_change_to_a_valid_body_makes_a_fault(
    data: st.DataObject, ours: Scene, valid: dict[str, dict[str, Any]]
) -> None:
    path = data.draw(st.sampled_from(sorted(valid)))
    body = dict(valid[path])
    name = data.draw(st.sampled_from(sorted(body)))
    if isinstance(body[name], dict) and data.draw(st.booleans()):
        inner = dict(body[name])
        inner[data.draw(st.sampled_from(sorted(inner)))] = data.draw(_values())
        body[name] = inner
    else:
        body[name] = data.draw(_values())
    check(ours, path, body)


def _values() -> st.SearchStrategy[Any]:
    edges = [2**n + d for n in (31, 32, 39, 40, 53, 63, 64, 96, 255, 256) for d in (-1, 0, 1)]
    return (
        JSON
        | st.sampled_from([*edges, *(str(edge) for edge in edges), -1, 0, True, 1.5])
        | st.binary(max_size=70).map(lambda raw: "0x" + raw.hex())
        | st.binary(min_size=65, max_size=65).map(lambda raw: "0x" + raw.hex())
    )


@QUICK
@given(text=st.text(min_size=1, max_size=80))
def test_no_path_makes_a_fault(text: str, ours: Scene) -> None:
    name = quote(text, safe="")
    for path in (
        "designs",
        "offers",
        "licenses",
        "crises",
        "printers",
        "tokens",
        "provenance",
        "problems",
    ):
        answer = ours.center.http.get(f"/{path}/{name}")
        assert answer.status_code < 500, (path, text, answer.text)


@QUICK
@given(cursor=st.text(max_size=60), limit=st.integers() | st.text(max_size=5))
def test_no_cursor_makes_a_fault(cursor: str, limit: int | str, ours: Scene) -> None:
    for path in ("designs", "offers", "licenses", "printers", "tokens", "receipts"):
        query: dict[str, Any] = {"cursor": cursor, "limit": limit}
        answer = ours.center.http.get(f"/{path}", params=query)
        assert answer.status_code < 500, (path, query, answer.text)
