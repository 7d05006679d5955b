"""Each bad input gives its error by name and changes nothing."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from ledger.services.context import Ledger
from tests.api.unchanged import nothing_changes
from tests.scene import NOBODY, Scene, redemption
from tests.unit import files_samples as samples

STL = samples.binary_stl(samples.box(1, 2, 3))


def zip_bomb() -> bytes:
    """20 MB of spaces in 20 kB."""
    return samples.package(extra={"3D/filler.bin": b" " * 20_000_000})


def billion_laughs() -> bytes:
    """Ten entities, each ten of the one before."""
    lines = ['<!ENTITY a0 "ha">']
    lines += [f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10)]
    xml = samples.CUBE.replace("<model ", f"<!DOCTYPE model [{''.join(lines)}]><model ", 1)
    return samples.package(xml.replace("<resources>", "<resources>&a9;", 1))


def many_entries() -> bytes:
    return samples.package(extra={f"3D/{number}.bin": b"" for number in range(3_000)})


def escaping_entry() -> bytes:
    return samples.package(extra={"../../outside.txt": b"out"})


def cut_archive() -> bytes:
    whole = samples.package()
    return whole[: len(whole) // 2]


def bad_checksum() -> bytes:
    whole = bytearray(samples.package(packing=zipfile.ZIP_STORED))
    place = whole.index(b"<vertices>")
    whole[place + 1] ^= 0x20
    return bytes(whole)


FILES: dict[str, tuple[Callable[[], bytes], str]] = {
    "an empty file": (lambda: b"", "InvalidDesign"),
    "a truncated binary STL": (lambda: STL[:-7], "InvalidDesign"),
    "an STL that states too much": (
        lambda: bytes(80) + b"\xff\xff\xff\x7f" + bytes(50),
        "InvalidDesign",
    ),
    "a truncated STEP file": (lambda: samples.STEP[:-30], "InvalidDesign"),
    "a truncated archive": (cut_archive, "InvalidDesign"),
    "an archive with a wrong checksum": (bad_checksum, "InvalidDesign"),
    "a zip bomb": (zip_bomb, "InvalidDesign"),
    "an archive of 3,000 entries": (many_entries, "InvalidDesign"),
    "an archive that writes outside": (escaping_entry, "InvalidDesign"),
    "a billion laughs": (billion_laughs, "InvalidDesign"),
    "an archive that is no 3MF": (lambda: b"PK\x05\x06" + bytes(18), "InvalidDesign"),
    "an unknown format": (lambda: bytes(range(256)) * 4, "InvalidDesign"),
    "a picture": (lambda: b"\x89PNG\r\n\x1a\n" + bytes(200), "InvalidDesign"),
    "a program": (lambda: b"\x7fELF" + bytes(500), "InvalidDesign"),
    "a web page": (lambda: b"<!doctype html><html></html>", "InvalidDesign"),
}


@pytest.mark.parametrize("name", FILES)
def test_a_bad_file_is_refused_and_changes_nothing(ours: Scene, name: str) -> None:
    make, error = FILES[name]
    query = {"owner": ours.designer.address, "title": name}
    with nothing_changes(ours.ledger):
        answer = ours.designer.refused(error, "POST", "/designs", params=query, content=make())
    assert answer["status"] == 422
    assert str(ours.ledger.work_folder) not in json.dumps(answer)


Body = Callable[[Scene], Any]
WRONG_JSON: dict[str, tuple[bytes, int]] = {
    "no JSON": (b"{", 400),
    "nothing": (b"", 400),
    "a list": (b"[]", 400),
    "a number": (b"5", 400),
    "null": (b"null", 400),
    "bytes that are no text": (b'{"raw": "\xff\xfe"}', 400),
    "a lone surrogate": (b'{"raw": "\\ud800"}', 400),
    "a lone surrogate as a name": (b'{"\\ud800": 1}', 400),
    "not a number": (b'{"raw": NaN}', 400),
    "a number of 5,000 digits": (b'{"raw": ' + b"9" * 5_000 + b"}", 400),
    "brackets 100,000 deep": (b"[" * 100_000, 400),
    "100,000 members": (
        json.dumps({f"m{number}": 0 for number in range(60_000)}).encode(),
        400,
    ),
    "more than 1 MiB": (b'"' + b"a" * 2**20 + b'"', 400),
}


@pytest.mark.parametrize("name", WRONG_JSON)
@pytest.mark.parametrize("path", ["/transactions", "/tokens"])
def test_json_of_the_wrong_form_is_malformed_and_changes_nothing(
    ours: Scene, path: str, name: str
) -> None:
    content, status = WRONG_JSON[name]
    with nothing_changes(ours.ledger):
        answer = ours.center.refused(
            "MalformedRequest",
            "POST",
            path,
            content=content,
            headers={"content-type": "application/json"},
        )
    assert answer["status"] == status
    assert len(json.dumps(answer)) < 20_000


VALUES: dict[str, tuple[str, Body, str, int]] = {
    "a digest that is no hexadecimal": (
        "/tokens",
        lambda ours: _in(ours.token_request(), "request", job="0x" + "zz" * 32),
        "MalformedRequest",
        400,
    ),
    "an address cut short": (
        "/tokens",
        lambda ours: _in(ours.token_request(), "request", printer="0x12"),
        "MalformedRequest",
        400,
    ),
    "a signature that is no hexadecimal": (
        "/tokens",
        lambda ours: ours.token_request() | {"signature": "0x" + "g" * 130},
        "MalformedRequest",
        400,
    ),
    "a signature of 66 bytes": (
        "/tokens",
        lambda ours: ours.token_request() | {"signature": "0x" + "1b" * 66},
        "BadSignature",
        403,
    ),
    "a negative count": (
        "/tokens",
        lambda ours: _in(ours.token_request(), "request", count=-1),
        "MalformedRequest",
        400,
    ),
    "a count beyond 32 bits": (
        "/tokens",
        lambda ours: _in(ours.token_request(), "request", count=2**32),
        "MalformedRequest",
        400,
    ),
    "a price in hexadecimal": (
        "/designs/{design}/offers",
        lambda ours: {"owner": ours.designer.address, "price": "0x10"},
        "MalformedRequest",
        400,
    ),
    "a mask beyond 256 bits": (
        "/redemptions",
        lambda ours: redemption(ours, ours.ticket(), take=str(2**256)),
        "MalformedRequest",
        400,
    ),
    "a transaction for another chain": (
        "/transactions",
        lambda ours: {"raw": _transaction(ours, chainId=1)},
        "TransactionMismatch",
        400,
    ),
    "a request signed for another chain": (
        "/tokens",
        lambda ours: _elsewhere(ours),
        "BadSignature",
        403,
    ),
    "a license that is not there": (
        "/licenses/99999999/settlement",
        lambda ours: {"sender": ours.center.address},
        "LicenseNotFound",
        404,
    ),
    "an offer that is not there": (
        "/licenses/purchase",
        lambda ours: {"licensee": NOBODY, "offer": "0x" + "5a" * 32, "quota": 1},
        "OfferNotFound",
        404,
    ),
    "an outcome that is none": (
        "/receipts",
        lambda ours: _in(ours.receipt({"digest": "5a" * 32}), "receipt", outcome="splendid"),
        "MalformedRequest",
        400,
    ),
    "a figure beyond 63 bits": (
        "/receipts",
        lambda ours: _in(ours.receipt({"digest": "5a" * 32}), "receipt", energy_joule=2**64),
        "MalformedRequest",
        400,
    ),
}


@pytest.mark.parametrize("name", VALUES)
def test_a_bad_value_is_refused_and_changes_nothing(ours: Scene, name: str) -> None:
    path, make, error, status = VALUES[name]
    body = make(ours)
    with nothing_changes(ours.ledger):
        path = path.format(design=ours.design)
        assert ours.center.refused(error, "POST", path, json=body)["status"] == status


def test_one_bad_value_among_many_is_named(ours: Scene, ledger: Ledger) -> None:
    body = _in(ours.token_request(), "request", count="three", nonce="0x")
    answer = ours.center.refused("MalformedRequest", "POST", "/tokens", json=body)
    assert answer["detail"].startswith("body.request.count: ")
    assert [mistake["where"] for mistake in answer["errors"]] == [
        "body.request.count",
        "body.request.nonce",
    ]


def _in(body: dict[str, Any], part: str, **changed: Any) -> dict[str, Any]:
    return body | {part: body[part] | changed}


def _transaction(ours: Scene, **changed: Any) -> str:
    values = {"to": NOBODY, "value": 1, "gas": 21_000, "nonce": 0, "type": 2}
    values |= {"maxFeePerGas": 10**10, "maxPriorityFeePerGas": 1} | changed
    return "0x" + ours.center.signer.sign_transaction(values).hex()


def _elsewhere(ours: Scene) -> dict[str, Any]:
    center = replace(ours.center, domain=replace(ours.center.domain, chain_id=1))
    return center.request(ours.design, ours.license, ours.printer.address, ours.now)
