"""Moonraker's side of a Platemark gate. `component.py` puts the parts together."""
