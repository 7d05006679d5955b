"""The preview: bounded work, no holes, nothing left out."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import pytest
from PIL import Image

from ledger.files import geometry as g, render
from tests.unit import files_samples as samples


def alpha(shape: g.Shape, size: int = 64) -> np.ndarray[Any, Any]:
    return np.asarray(Image.open(io.BytesIO(render.picture(shape, size))))[..., 3]


def cube(copies: int = 1) -> g.Shape:
    mesh = g.Mesh(np.array(samples.CORNERS, np.float32), np.array(samples.FACES, np.int64))
    return g.Shape((g.Part(mesh, (g.IDENTITY,) * copies),))


def test_more_work_than_the_budget_draws_fewer_triangles(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = alpha(cube())
    monkeypatch.setattr(render, "_PIXELS_AT_ONCE", 1)
    assert (alpha(cube(3)) == whole).all()
    monkeypatch.setattr(render, "FACES_AT_ONCE", 24)
    assert (alpha(cube(4)) == whole).all()
    monkeypatch.setattr(render, "PIXEL_BUDGET", 20_000)
    assert 0 < (alpha(cube()) > 0).sum() < (whole > 0).sum()


def test_a_sample_of_very_many_triangles_has_no_holes(monkeypatch: pytest.MonkeyPatch) -> None:
    steps = 300
    grid = np.arange(steps * steps).reshape(steps, steps)
    lower = np.stack([grid[:-1, :-1], grid[1:, :-1], grid[:-1, 1:]], -1).reshape(-1, 3)
    upper = np.stack([grid[1:, :-1], grid[1:, 1:], grid[:-1, 1:]], -1).reshape(-1, 3)
    x, y = np.meshgrid(np.linspace(0, 1, steps), np.linspace(0, 1, steps), indexing="ij")
    points = np.stack([x, y, 0 * x], -1).reshape(-1, 3).astype(np.float32)
    sheet = g.Shape((g.Part(g.Mesh(points, np.concatenate([lower, upper]).astype(np.int64))),))
    whole = (alpha(sheet) > 128).sum()
    monkeypatch.setattr(render, "MAX_DRAWN", len(lower) // 3)
    assert (alpha(sheet) > 128).sum() > 0.97 * whole


def test_a_shape_without_height_or_seen_edge_on_is_still_drawn() -> None:
    points = np.array([[0, 0, 0], [1, 0, 0], [2, 0, 0]], np.float32)
    alpha(g.Shape((g.Part(g.Mesh(points, np.array([[0, 1, 2]]))),)))


def test_beams_are_drawn_as_prisms_of_their_radius() -> None:
    points = np.array([[0, 0, 0], [0, 0, 10]], np.float32)
    part = g.Part(
        g.Mesh(points, np.zeros((0, 3), np.int64)),
        beams=np.array([[0, 1]]),
        radii=np.array([[1.0, 2.0]]),
    )
    prisms = render.beam_prisms(part, g.IDENTITY * 2)
    assert prisms.shape == (8, 3, 3)
    widths = {round(float(np.hypot(x, y)), 6) for x, y, _ in prisms.reshape(-1, 3)}
    assert widths == {2.0, 4.0}
    assert (alpha(g.Shape((part,))) > 0).any()
