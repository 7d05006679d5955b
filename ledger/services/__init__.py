"""The use cases, as plain functions over the ports in `ledger.services.context`."""
