"""Keys and signatures: what is kept secret, what is refused, what fits together."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest
from hypothesis import given, settings, strategies as st

from ledger.errors import BadSignature, KeystoreExists, KeystoreLocked, MalformedRequest, SetupError
from ledger.models import Address, Digest, Refusal
from ledger.signing import (
    Signer,
    TypedData,
    keystore_address,
    parse_signature,
    recover,
    require_signer,
    transaction_chain_id,
)
from ledger.tokens import Domain

ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
SECRET = bytes(range(1, 33))
SIGNER = Signer.from_secret(SECRET)
DOMAIN = Domain(31_337, Address("0x" + "11" * 20), Address("0x" + "22" * 20))


def message(at: int = 5, domain: Domain = DOMAIN) -> TypedData:
    return domain.refusal(Refusal(SIGNER.address, Digest(bytes(32)), "JobWithoutToken", at))


SIGNATURE = SIGNER.sign(message())


@settings(max_examples=30)
@given(st.integers(1, ORDER - 1), st.integers(0, 2**40 - 1))
def test_whoever_signed_is_recovered(secret: int, at: int) -> None:
    signer = Signer.from_secret(secret.to_bytes(32, "big"))
    signature = signer.sign(message(at))
    assert len(signature) == 65
    assert recover(message(at), signature) == signer.address
    require_signer(message(at), signature, signer.address)


@settings(max_examples=50)
@given(st.integers(0, 64), st.integers(1, 255))
def test_a_changed_signature_is_never_the_signers(place: int, change: int) -> None:
    changed = bytearray(SIGNATURE)
    changed[place] ^= change
    with pytest.raises(BadSignature):
        require_signer(message(), bytes(changed), SIGNER.address)


def test_a_signature_is_worth_nothing_for_another_message_or_deployment() -> None:
    with pytest.raises(BadSignature) as caught:
        require_signer(message(6), SIGNATURE, SIGNER.address)
    assert caught.value.facts["expected"] == SIGNER.address
    elsewhere = Domain(1, DOMAIN.registry, DOMAIN.licenses)
    with pytest.raises(BadSignature):
        require_signer(message(5, elsewhere), SIGNATURE, SIGNER.address)


def test_the_second_signature_that_can_be_made_from_a_first_is_refused() -> None:
    r, s, v = SIGNATURE[:32], int.from_bytes(SIGNATURE[32:64], "big"), SIGNATURE[64]
    twin = r + (ORDER - s).to_bytes(32, "big") + bytes([55 - v])
    with pytest.raises(BadSignature, match="upper half"):
        recover(message(), twin)


@pytest.mark.parametrize("v", [0, 1, 26, 29, 35, 255])
def test_a_last_byte_other_than_27_or_28_is_refused(v: int) -> None:
    with pytest.raises(BadSignature, match="27 or 28"):
        recover(message(), SIGNATURE[:64] + bytes([v]))


@pytest.mark.parametrize("length", [0, 1, 64, 66, 130])
def test_a_signature_of_another_length_is_refused(length: int) -> None:
    with pytest.raises(BadSignature, match="65 bytes"):
        recover(message(), (SIGNATURE * 3)[:length])


@pytest.mark.parametrize("r", [bytes(32), b"\xff" * 32])
def test_values_that_no_key_can_make_are_refused(r: bytes) -> None:
    with pytest.raises(BadSignature):
        recover(message(), r + SIGNATURE[32:])


def test_a_signature_is_read_from_hexadecimal_only() -> None:
    assert parse_signature("0x" + SIGNATURE.hex()) == SIGNATURE
    with pytest.raises(MalformedRequest):
        parse_signature("0xzz")


def test_wide_integers_are_text_in_what_a_wallet_is_given() -> None:
    wide = DOMAIN.register(Digest(bytes(32)), Digest(bytes(32)), SIGNER.address, 2**200)  # type: ignore[arg-type]
    assert wide.as_json()["message"]["deadline"] == str(2**200)
    assert json.loads(json.dumps(wide.as_json())) == wide.as_json()
    assert message().as_json()["message"]["refusedAt"] == 5


# --- keystores ---------------------------------------------------------------


def test_a_keystore_is_private_and_opens_with_its_passphrase_only(tmp_path: Path) -> None:
    path = tmp_path / "new folder" / "key.json"
    SIGNER.save(path, "right")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert SECRET.hex() not in path.read_text()
    assert Signer.load(path, "right").address == SIGNER.address
    assert keystore_address(path) == SIGNER.address
    with pytest.raises(KeystoreLocked) as caught:
        Signer.load(path, "wrong")
    assert "wrong" not in caught.value.detail


def test_a_key_is_never_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "key.json"
    SIGNER.save(path, "right")
    before = path.read_bytes()
    with pytest.raises(KeystoreExists):
        Signer.generate().save(path, "right")
    assert path.read_bytes() == before


@pytest.mark.parametrize("content", ["", "{", "[]", "null", "{}", '{"address": 3}'])
def test_a_damaged_keystore_stays_shut(tmp_path: Path, content: str) -> None:
    path = tmp_path / "key.json"
    path.write_text(content)
    with pytest.raises(KeystoreLocked):
        Signer.load(path, "right")
    with pytest.raises(SetupError):
        keystore_address(path)


def test_a_missing_keystore_is_said_to_be_missing(tmp_path: Path) -> None:
    with pytest.raises(SetupError, match="no key"):
        Signer.load(tmp_path / "none.json", "right")


def test_a_signer_never_shows_its_secret() -> None:
    shown = f"{SIGNER!r} {SIGNER} {SIGNER.__slots__} {[SIGNER]}"
    assert SIGNER.address in shown
    assert SECRET.hex() not in shown
    assert not hasattr(SIGNER, "__dict__")


# --- transactions ------------------------------------------------------------

BARE = {"to": SIGNER.address, "value": 1, "gas": 21_000, "nonce": 0, "chainId": 5}


def test_a_transaction_says_which_chain_it_is_for() -> None:
    fees = {"maxFeePerGas": 1, "maxPriorityFeePerGas": 1, "type": 2}
    assert transaction_chain_id(SIGNER.sign_transaction(BARE | fees)) == 5
    assert transaction_chain_id(SIGNER.sign_transaction(BARE | {"gasPrice": 1})) is None


@given(st.binary(max_size=300))
def test_other_bytes_are_not_a_transaction(raw: bytes) -> None:
    with pytest.raises(MalformedRequest):
        transaction_chain_id(raw)


def test_a_keystore_has_its_name_only_when_it_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "me.json"
    Signer.generate().save(path, "secret")
    with pytest.raises(KeystoreExists):
        Signer.generate().save(path, "secret")
    assert [file.name for file in path.parent.iterdir()] == ["me.json"]
