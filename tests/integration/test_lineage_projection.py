"""The projection of lineage and standing holds what the registry holds."""

from __future__ import annotations

from collections.abc import Callable

from ledger.services.context import Ledger
from ledger.store import lineage
from tests.integration.design_life import speak_of
from tests.scene import Scene
from tests.service import chain_of


def test_what_was_said_of_designs_stands_as_the_registry_has_it(
    scene: Callable[..., Scene], ledger: Ledger
) -> None:
    ours = scene()
    child, grandchild = speak_of(ours)
    ledger.indexer.catch_up()
    chain = chain_of(ledger)
    with ledger.database.read() as session:
        for design in (ours.design, child, grandchild):
            said = lineage.standing(session, str(design))
            above = lineage.ancestors(session, str(design))
            recalled = lineage.recalled_by(session, str(design))
            assert [row.ancestor for row in above] == [
                str(one) for one in chain.ancestors_of(design)
            ]
            assert [(row.ancestor, row.share) for row in lineage.parents(session, str(design))] == [
                (str(one), share) for one, share in chain.parents_of(design)
            ]
            found = chain.recalled_by(design)
            assert (recalled.design if recalled else None) == (str(found) if found else None)
            assert said.on_sale == chain.is_on_sale(design)
            policy = chain.policy_of(design)
            assert (said.policy_open, said.policy_share) == (policy.open, policy.share)
            royalty = chain.resale_royalty(design)
            assert said.resale_receiver == (royalty.receiver if royalty else None)
            assert said.resale_share == (royalty.share if royalty else 0)
        assert lineage.child_ids(session, str(ours.design)) == sorted([str(child), str(grandchild)])
        assert recalled is not None
        assert recalled.design == str(child)
        assert not lineage.standing(session, str(grandchild)).recalled
