"""The lineage and standing of a design as JSON. Shares are in basis points."""

from __future__ import annotations

from typing import Any

from ledger.models import Cid, Digest
from ledger.services.deriving import Lineage
from ledger.store.lineagetables import StandingRow


def lineage_json(found: Lineage) -> dict[str, Any]:
    """What is above a design, and what its owner said of it since.

    `recalled` says why it may not be printed, itself or a design above it; null if it may.
    """
    own = found.standing
    return {
        "parents": [
            {"design": row.ancestor, "share": row.share}
            for row in found.ancestors
            if row.share is not None
        ],
        "ancestors": [row.ancestor for row in found.ancestors],
        "recalled": None if found.recall is None else _recall_json(found.recall),
        "on_sale": own.on_sale,
        "policy": {"open": own.policy_open, "share": own.policy_share},
        "resale": None
        if own.resale_receiver is None
        else {"receiver": own.resale_receiver, "share": own.resale_share},
    }


def _recall_json(row: StandingRow) -> dict[str, Any]:
    return {
        "design": row.design,
        "since": row.recalled_at,
        "notice": row.notice,
        "notice_cid": Cid.of_raw_block(Digest.parse(row.notice)) if row.notice else None,
    }
