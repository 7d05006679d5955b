"""What Moonraker loads for `[platemark]`: a link to this file lies among its components."""

from platemark_moonraker.component import load_component

__all__ = ["load_component"]
