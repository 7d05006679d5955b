"""Platemark: a design-rights ledger for distributed 3D printing.

`docs/architecture.md` is the map. Imports run one way only, from the edges
(`api`, `ledger.cli`) down to `ledger.errors`; import-linter holds them to it.
"""
