"""Hosts: what makes a machine print. Each satisfies `ledger.gate.ports.Host`."""
