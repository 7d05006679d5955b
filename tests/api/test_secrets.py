"""No key and no passphrase is in any answer or log."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from ledger import vault
from ledger.models import ContentHash, Digest, Rights
from ledger.services.context import Ledger
from ledger.store import records
from tests.scene import Scene, new_mesh


def test_no_secret_is_in_any_answer_or_log(
    scene: Callable[..., Scene],
    ledger: Ledger,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    caplog.set_level(logging.DEBUG)
    answers: list[str] = []
    request = TestClient.request

    def overheard(self: TestClient, *arguments: Any, **options: Any) -> Any:
        answer = request(self, *arguments, **options)
        answers.append(answer.text + json.dumps(dict(answer.headers)))
        return answer

    monkeypatch.setattr(TestClient, "request", overheard)
    ours = scene()
    ticket = ours.ticket()
    ours.redeem(ticket)
    ours.center.ok("POST", "/keys", json=ours.key_request(ticket))
    ours.center.ok("POST", "/receipts", json=ours.receipt(ticket))
    special, data = ours.granted(Rights.VARIANTS), new_mesh(tmp_path).read_bytes()
    job = Digest.parse(special.upload_variant(data)["job"])
    bound = special.ticket(job=job)
    special.redeem(bound)
    ours.center.ok("POST", "/keys", json=special.key_request(bound))
    ours.center.ok("GET", f"/licenses/{special.license}/variants")
    special.dossier(job)
    for path in ("/designs", "/tokens", "/receipts", "/printers", "/readyz", "/deployment"):
        ours.center.ok("GET", path)
    for subject in (ours.design, ours.license, ours.printer.address, ours.center.address):
        ours.dossier(subject)
    with ledger.database.read() as session:
        sealed = records.sealed(session, str(ours.design))
        variant = records.variant(session, special.license, str(job))
    assert sealed is not None
    assert variant is not None
    design = ContentHash.parse(sealed.design)
    key = vault.unwrap_key(ledger.service_key, sealed.wrapped_key, design)
    own_key = vault.unwrap_key(ledger.service_key, variant.wrapped_key, ContentHash(job))
    printed = capfd.readouterr()
    said = "\n".join([*answers, caplog.text, printed.out, printed.err, repr(ledger)])
    assert len(answers) > 20
    secret_bytes = {
        "wrapped key": sealed.wrapped_key,
        "content key": key.expose(),
        "variant's wrapped key": variant.wrapped_key,
        "variant's content key": own_key.expose(),
        "service key": ledger.service_key.expose(),
        "issuer": bytes(ledger.issuer._account.key),
    }
    for name, secret in secret_bytes.items():
        assert secret.hex() not in said.lower(), name
        assert repr(secret)[2:-1] not in said, name
    assert "a passphrase for tests" not in said
