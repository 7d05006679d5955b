"""Answers as JSON: rows and values in the form that clients read."""

from __future__ import annotations

import json
from typing import Any

from ledger.models import Currency, Rights
from ledger.services import receipts
from ledger.services.context import Mined
from ledger.services.money import Earnings
from ledger.services.terms import ToSign
from ledger.store.tables import (
    DesignRow,
    LicenseRow,
    MetadataRow,
    OfferRow,
    PrinterRow,
    ReceiptRow,
    SealedRow,
    VariantRow,
)


def transaction_json(to_sign: ToSign) -> dict[str, Any]:
    """An unsigned transaction for a wallet: wide numbers as decimal text."""
    wide = {"value", "maxFeePerGas", "maxPriorityFeePerGas"}
    return {
        "transaction": {
            name: str(value) if name in wide else value
            for name, value in to_sign.transaction.items()
        },
        "summary": to_sign.summary,
    }


def sealed_json(row: SealedRow) -> dict[str, Any]:
    """A sealed file: what was measured, and where it is."""
    return {
        "format": row.format,
        "measures": json.loads(row.measures),
        "plain_size": row.plain_size,
        "sealed_size": row.sealed_size,
        "cid": row.cid,
        "preview_cid": row.preview_cid,
    }


def design_json(
    row: DesignRow, sealed: SealedRow | None, metadata: MetadataRow | None
) -> dict[str, Any]:
    """A registered design; file and metadata are null where another service keeps them."""
    answer = row.model_dump(exclude={"log_index", "metadata_digest"})
    answer["metadata"] = row.metadata_digest
    answer["title"] = metadata.title if metadata else None
    answer["document"] = json.loads(metadata.document) if metadata else None
    return answer | (sealed_json(sealed) if sealed else {"cid": None})


def offer_json(row: OfferRow) -> dict[str, Any]:
    """An offer with its terms."""
    return row.model_dump(exclude={"log_index"}) | {"rights": Rights(row.rights).names}


def license_json(row: LicenseRow, reserved: int) -> dict[str, Any]:
    """A license; `reserved` prints are promised by tokens that were not redeemed yet."""
    own = {"reserved": reserved, "rights": Rights(row.rights).names}
    return row.model_dump(exclude={"log_index"}) | own


def currency_json(currency: Currency) -> dict[str, Any]:
    """A currency; `symbol` and `decimals` are null where it says nothing that can be used."""
    return {
        "currency": currency.address,
        "symbol": currency.symbol,
        "decimals": currency.decimals,
    }


def earnings_json(earned: Earnings) -> dict[str, Any]:
    """What a design has had in one currency; all sums since the beginning."""
    row = earned.row
    return {
        **currency_json(earned.currency),
        "settled": row.settled,
        "received": row.received,
        "passed": row.passed,
        "withdrawn": row.withdrawn,
        "withdrawable": str(earned.withdrawable),
    }


def mined_json(mined: Mined) -> dict[str, Any]:
    """A transaction in a block, with the events that it left."""
    return {
        "transaction": str(mined.transaction),
        "block": mined.block,
        "gas_used": mined.gas_used,
        "events": [{"name": event.name, "arguments": event.arguments} for event in mined.events],
    }


def variant_json(row: VariantRow) -> dict[str, Any]:
    """A variant: what was measured, where it is, and what its licensee signed."""
    kept = row.model_dump(exclude={"wrapped_key", "sealed_at"})
    return kept | {"measures": json.loads(row.measures)}


def printer_json(row: PrinterRow) -> dict[str, Any]:
    """An enrolled printer."""
    return row.model_dump()


def receipt_json(row: ReceiptRow) -> dict[str, Any]:
    """A receipt with its signature."""
    return receipts.as_told(row)
