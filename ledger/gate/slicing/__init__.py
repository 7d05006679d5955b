"""From a model to G-code: a confined slicer, and what its G-code says. See docs/slicing.md."""
