"""A shaded picture of a shape: an orthographic z-buffer in numpy, no screen or GPU needed.

Every triangle is cut into pixel rows and every row into pixels, all of them at
once as arrays. The work is bounded by a number of triangles and of pixels; above it
every n-th triangle is drawn. Same shape, same picture.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ledger.files.geometry import FACES_AT_ONCE, Doubles, Indices, Part, Shape, bounds, corners

Places = NDArray[np.floating[Any]]

SUPERSAMPLING = 2
PIXEL_BUDGET = 60_000_000
"""Pixels that are shaded at most, hidden ones included: about 6 s of one core."""
MAX_DRAWN = 1_000_000
"""Triangles that are drawn at most, before the pixel budget."""
_PIXELS_AT_ONCE = 2_000_000
_MARGIN = 0.06
_COLOUR = np.array([86.0, 132.0, 196.0])
_LIGHT = np.array([-0.35, 0.75, 0.6]) / np.linalg.norm([-0.35, 0.75, 0.6])


def _camera() -> Doubles:
    """Columns: right, up and towards us, for a look from the front, the right and above."""
    azimuth, elevation = np.radians(-55), np.radians(28)
    towards = np.array(
        [
            np.cos(elevation) * np.cos(azimuth),
            np.cos(elevation) * np.sin(azimuth),
            np.sin(elevation),
        ]
    )
    right = np.cross([0.0, 0.0, 1.0], towards)
    right /= np.linalg.norm(right)
    return np.stack([right, np.cross(towards, right), towards], axis=1)


@dataclass(slots=True)
class _Canvas:
    side: int
    depth: Doubles = field(init=False)
    shade: Doubles = field(init=False)

    def __post_init__(self) -> None:
        self.depth = np.full(self.side * self.side, -np.inf)
        self.shade = np.zeros(self.side * self.side)

    def draw(self, triangles: Doubles) -> None:
        """Draw triangles (m, 3, 3): x right and y down in pixels, z towards us."""
        shades = _shades(triangles)
        first, count = _covered(triangles[:, :, 1], self.side)
        ends = np.cumsum(count * self.side)  # no row is longer than the canvas
        start = 0
        while start < len(triangles):
            spent = ends[start - 1] if start else 0
            stop = max(start + 1, int(np.searchsorted(ends, spent + _PIXELS_AT_ONCE)))
            some = slice(start, stop)
            self._fill(triangles[some], shades[some], first[some], count[some])
            start = stop

    def _fill(self, triangles: Doubles, shades: Doubles, first: Indices, count: Indices) -> None:
        owner, row = _expand(first, count)
        left, right = _row_spans(triangles[owner], row + 0.5)
        from_, length = _covered(np.stack([left, right], axis=1), self.side)
        span, column = _expand(from_, length)
        owner = owner[span]
        place = row[span] * self.side + column
        depth = _plane_depth(triangles, owner, column + 0.5, row[span] + 0.5)
        np.maximum.at(self.depth, place, depth)
        front = depth >= self.depth[place]
        self.shade[place[front]] = shades[owner[front]]


def picture(shape: Shape, size: int) -> bytes:
    """PNG of the shape, `size` × `size` pixels, on a transparent ground."""
    side = size * SUPERSAMPLING
    camera = _camera()
    low, high = _view(shape, camera)
    scale = side * (1 - 2 * _MARGIN) / max(high[0] - low[0], high[1] - low[1], 1e-9)
    shift = -(low + high) / 2 * scale + [side / 2, side / 2, 0]
    to_canvas = np.vstack([camera * scale, shift])
    sample = max(1, -(-shape.triangles // MAX_DRAWN))
    work = sum(_pixels(seen) for seen in _seen(shape, to_canvas, sample, 1))
    canvas = _Canvas(side)
    for seen in _seen(shape, to_canvas, sample, max(1, int(np.ceil(work / PIXEL_BUDGET)))):
        seen[:, :, 1] = side - seen[:, :, 1]
        canvas.draw(seen)
    return _png(canvas, size)


def _seen(shape: Shape, to_canvas: Doubles, sample: int, stride: int) -> Iterator[Doubles]:
    """Yield triangles in canvas coordinates, y upwards; beams of a lattice as prisms.

    Of very many triangles every `sample`-th is taken. Where they are too small
    to see one by one they are enlarged, so that no holes appear. `stride`
    leaves out more of them without making up for it.
    """
    for triangles in _batched(_pieces(shape, sample)):
        seen = triangles[::stride] @ to_canvas[:3] + to_canvas[3]
        yield seen if sample == 1 else _enlarged(seen, sample)


def _pieces(shape: Shape, sample: int) -> Iterator[Doubles]:
    for part in shape.parts:
        for placement in part.placements:
            yield from corners(part.mesh, placement, sample)
            if len(part.beams):
                yield beam_prisms(part, placement)


def _batched(pieces: Iterator[Doubles]) -> Iterator[Doubles]:
    """Join small pieces: a plate may hold thousands of copies of a few triangles."""
    waiting: list[Doubles] = []
    count = 0
    for piece in pieces:
        waiting.append(piece)
        count += len(piece)
        if count >= FACES_AT_ONCE:
            yield np.concatenate(waiting)
            waiting, count = [], 0
    if waiting:
        yield np.concatenate(waiting)


def _enlarged(seen: Doubles, times: int) -> Doubles:
    """Triangles of less than four pixels grown to stand for `times` as many.

    Three times their area more than that: scattered patches cover a surface
    only where they overlap.
    """
    middle = seen.mean(axis=1, keepdims=True)
    extent = np.ptp(seen[:, :, :2], axis=1).max(axis=1)
    growth = np.where(extent < 4, np.sqrt(3 * times), 1)
    grown: Doubles = middle + (seen - middle) * growth[:, None, None]
    return grown


def _pixels(seen: Doubles) -> float:
    """About how many pixels and rows the triangles take, visible or not."""
    width, height = np.ptp(seen[:, :, :2], axis=1).T + 1
    return float((width * height / 2 + height).sum())


def _view(shape: Shape, camera: Doubles) -> tuple[Doubles, Doubles]:
    """Least and greatest coordinates as the camera sees them."""
    turned = tuple(
        Part(part.mesh, tuple(p @ camera for p in part.placements), part.beams, part.radii)
        for part in shape.parts
    )
    return bounds(Shape(turned))


def _covered(ends: Doubles, side: int) -> tuple[Indices, Indices]:
    """First pixel and number of pixels whose centres lie between the least and greatest end."""
    first = np.ceil(np.clip(ends.min(axis=1), 0, side) - 0.5).astype(np.int64)
    last = np.floor(np.clip(ends.max(axis=1), 0, side) - 0.5).astype(np.int64)
    last = np.minimum(last, side - 1)
    return first, np.maximum(last - first + 1, 0)


def _expand(first: Indices, count: Indices) -> tuple[Indices, Indices]:
    """For runs of `count` numbers from `first`: the run's index and the number, one by one."""
    owner = np.repeat(np.arange(len(count)), count)
    before = np.repeat(np.cumsum(count) - count, count)
    return owner, np.arange(len(owner)) - before + first[owner]


def _row_spans(triangles: Doubles, y: Places) -> tuple[Doubles, Doubles]:
    """Where the horizontal line at y enters and leaves each triangle."""
    left, right = np.full(len(y), np.inf), np.full(len(y), -np.inf)
    for a, b in ((0, 1), (1, 2), (2, 0)):
        (xa, ya), (xb, yb) = triangles[:, a, :2].T, triangles[:, b, :2].T
        rise = yb - ya
        crosses = (np.minimum(ya, yb) <= y) & (y <= np.maximum(ya, yb)) & (rise != 0)
        x = xa + (y - ya) / np.where(rise == 0, 1, rise) * (xb - xa)
        left = np.where(crosses, np.minimum(left, x), left)
        right = np.where(crosses, np.maximum(right, x), right)
    none = left > right
    return np.where(none, 1.0, left), np.where(none, 0.0, right)


def _plane_depth(triangles: Doubles, owner: Indices, x: Places, y: Places) -> Doubles:
    """Depth of each triangle's plane at (x, y); edge-on triangles take their nearest corner."""
    normal = np.cross(triangles[:, 1] - triangles[:, 0], triangles[:, 2] - triangles[:, 0])
    flat = np.abs(normal[:, 2]) < 1e-9
    divisor = np.where(flat, 1, normal[:, 2])
    slope_x = np.where(flat, 0, -normal[:, 0] / divisor)
    slope_y = np.where(flat, 0, -normal[:, 1] / divisor)
    base = np.where(flat, triangles[:, :, 2].max(axis=1), triangles[:, 0, 2])
    origin = triangles[:, 0]
    depth = (
        base[owner]
        + slope_x[owner] * (x - origin[owner, 0])
        + slope_y[owner] * (y - origin[owner, 1])
    )
    low, high = triangles[:, :, 2].min(axis=1), triangles[:, :, 2].max(axis=1)
    bounded: Doubles = np.clip(depth, low[owner], high[owner])
    return bounded


def _shades(triangles: Doubles) -> Doubles:
    """Brightness 0..1 by Lambert's law, the same from both sides of a face."""
    normal = np.cross(triangles[:, 1] - triangles[:, 0], triangles[:, 2] - triangles[:, 0])
    normal[:, 1] *= -1  # y points down in the picture
    normal *= np.where(normal[:, 2:] < 0, -1, 1)  # the side that we see
    length = np.linalg.norm(normal, axis=1)
    cosine = normal @ _LIGHT / np.where(length == 0, 1, length)
    shades: Doubles = 0.32 + 0.68 * np.clip(0.5 + 0.5 * cosine, 0, 1) ** 1.5
    return shades


def beam_prisms(part: Part, placement: Doubles) -> Doubles:
    """Triangles (8 for a beam) of square prisms around the beams of a lattice."""
    points = part.mesh.vertices.astype(np.float64) @ placement[:3] + placement[3]
    start, end = points[part.beams[:, 0]], points[part.beams[:, 1]]
    along = end - start
    helper = np.where(np.abs(along[:, :1]) > np.abs(along[:, 1:2]), [[0, 1, 0]], [[1, 0, 0]])
    side = _unit(np.cross(along, helper))
    other = _unit(np.cross(along, side))
    growth = np.abs(np.linalg.det(placement[:3])) ** (1 / 3)
    rings = [
        centre[:, None] + radius[:, None, None] * growth * np.stack([side, other, -side, -other], 1)
        for centre, radius in ((start, part.radii[:, 0]), (end, part.radii[:, 1]))
    ]
    quads = [(i, (i + 1) % 4) for i in range(4)]
    faces = [np.stack([rings[0][:, i], rings[0][:, j], rings[1][:, j]], 1) for i, j in quads]
    faces += [np.stack([rings[0][:, i], rings[1][:, j], rings[1][:, i]], 1) for i, j in quads]
    return np.concatenate(faces)


def _unit(vectors: Doubles) -> Doubles:
    length = np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors / np.where(length == 0, 1, length)


def _png(canvas: _Canvas, size: int) -> bytes:
    """Shade and outline the canvas, scale it down, and pack it."""
    from PIL import Image  # here, because a file without a mesh does not pay for it

    depth = canvas.depth.reshape(canvas.side, canvas.side)
    hit = np.isfinite(depth)
    shade = canvas.shade.reshape(depth.shape) * _crease(depth, canvas.side)
    image = np.zeros((*depth.shape, 4), np.uint8)
    light = np.clip(shade[..., None] * 1.5, 0, 1.5)
    colour = np.where(light < 1, light * _COLOUR, _COLOUR + (light - 1) * (255 - _COLOUR))
    image[..., :3] = np.where(hit[..., None], colour, _COLOUR).astype(np.uint8)
    image[..., 3] = np.where(hit, 255, 0)
    memory = io.BytesIO()
    small = Image.fromarray(image).resize((size, size), Image.Resampling.BOX)
    small.save(memory, "PNG")
    return memory.getvalue()


def _crease(depth: Doubles, side: int) -> Doubles:
    """Darken what lies just behind a nearer edge, so that parts stand out from each other."""
    far = np.where(np.isfinite(depth), depth, np.nan)
    nearer = np.zeros_like(depth)
    for axis in (0, 1):
        for step in (-2, 2):
            nearer = np.fmax(nearer, np.roll(far, step, axis) - far)
    return 1 - 0.45 * np.clip(np.nan_to_num(nearer) / (side * 0.03) - 0.15, 0, 1)
