"""Small procedural garments in the format of Fashion-MNIST: its stand-in, without any download.

A garment is a list of polygons, each given by two extreme outlines. An image interpolates between
the two, so sleeves, hems and heels vary within a class. T-shirts, pullovers, coats and shirts
overlap on purpose.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

SIDE = 28  # pixels
OVERSAMPLING = 3  # polygons are drawn this many times larger, then averaged down

Outline = Sequence[tuple[float, float]]  # x to the right and y down; the image is the unit square


class Polygon(NamedTuple):
    """Part of a garment, between two extreme outlines of P points."""

    tone: float  # brightness relative to the cloth: 1 the same, 0 a hole
    first: NDArray[np.float64]  # (P, 2)
    last: NDArray[np.float64]  # (P, 2)
    chance: float  # of being drawn


def _part(tone: float, first: Outline, last: Outline | None = None, chance: float = 1.0) -> Polygon:
    return Polygon(tone, np.array(first), np.array(first if last is None else last), chance)


def _mirrored(
    tone: float, first: Outline, last: Outline | None = None, chance: float = 1.0
) -> Polygon:
    """Close the right half of a symmetric outline, with x measured from the middle."""
    return _part(tone, _close(first), _close(first if last is None else last), chance)


def _close(half: Outline) -> Outline:
    return [(0.5 + x, y) for x, y in half] + [(0.5 - x, y) for x, y in reversed(half)]


def _pair(
    tone: float, first: Outline, last: Outline | None = None, chance: float = 1.0
) -> list[Polygon]:
    """An outline, with x measured from the middle, and its mirror image."""
    last = first if last is None else last
    return [_part(tone, _shift(first, side), _shift(last, side), chance) for side in (1, -1)]


def _shift(outline: Outline, side: int) -> Outline:
    return [(0.5 + side * x, y) for x, y in outline]


def _buttons(*heights: float, chance: float) -> list[Polygon]:
    return [_mirrored(0.35, [(0.02, y), (0.02, y + 0.04)], chance=chance) for y in heights]


# Half outlines of the upper body: neck, shoulder, sleeve, armpit, side, hem.
# fmt: off
_SHORT = [(0, .17), (.09, .09), (.21, .13), (.40, .30), (.32, .39), (.22, .31), (.20, .90),
          (0, .91)]
_ELBOW = [(0, .15), (.09, .08), (.23, .12), (.44, .46), (.34, .51), (.23, .32), (.24, .93),
          (0, .94)]
_LONG = [(0, .13), (.08, .08), (.23, .12), (.42, .80), (.32, .83), (.23, .36), (.22, .91), (0, .92)]
_WIDE = [(0, .16), (.10, .09), (.25, .14), (.47, .74), (.37, .79), (.25, .38), (.25, .88), (0, .89)]
_OVER = [(0, .11), (.09, .06), (.25, .11), (.40, .78), (.31, .80), (.25, .40), (.27, .96), (0, .97)]

_COLLAR = _pair(1.25, [(.01, .17), (.06, .06), (.12, .10), (.09, .22)], chance=.8)

_GARMENTS: dict[str, list[Polygon]] = {
    "T-shirt/top": [
        _mirrored(1, _SHORT, _ELBOW),
        _mirrored(.7, [(0, .20), (.10, .09), (.08, .08), (0, .16)], chance=.6),
        _mirrored(.5, [(.12, .40), (.12, .56)], [(.08, .36), (.08, .62)], chance=.25),
    ],
    "Trouser": [
        _mirrored(1, [(0, .05), (.15, .05), (.18, .28), (.17, .95), (.05, .95), (.01, .32),
                      (0, .32)],
                     [(0, .05), (.17, .05), (.21, .28), (.25, .95), (.10, .95), (.02, .36),
                      (0, .36)]),
        _mirrored(.7, [(.15, .05), (.15, .10)], [(.17, .05), (.17, .10)], chance=.6),
    ],
    "Pullover": [
        _mirrored(1, _LONG, _WIDE),
        _mirrored(.7, [(.22, .85), (.22, .92)], [(.25, .82), (.25, .89)], chance=.6),
        *_pair(.7, [(.40, .74), (.42, .80), (.32, .83), (.31, .76)],
                   [(.45, .68), (.47, .74), (.37, .79), (.36, .72)], chance=.6),
        _mirrored(.7, [(0, .19), (.10, .09), (.08, .08), (0, .14)], chance=.6),
    ],
    "Dress": [
        _mirrored(1, [(0, .16), (.06, .05), (.11, .05), (.11, .20), (.12, .28), (.09, .42),
                      (.15, .96), (0, .97)],
                     [(0, .14), (.07, .04), (.13, .06), (.22, .22), (.14, .26), (.12, .42),
                      (.27, .95), (0, .96)]),
        _mirrored(.6, [(.10, .40), (.10, .44)], [(.12, .40), (.12, .44)], chance=.5),
    ],
    "Coat": [
        _mirrored(1, _LONG, _OVER),
        _mirrored(.25, [(.01, .12), (.01, .92)], [(.03, .10), (.05, .97)], chance=.85),
        *_pair(.7, [(.02, .44), (.08, .07), (.13, .16)], chance=.6),
        *_pair(.6, [(.08, .62), (.18, .60), (.18, .64), (.08, .66)], chance=.5),
    ],
    "Sandal": [
        _part(1, [(.03, .72), (.30, .72), (.62, .62), (.95, .60), (.95, .76), (.85, .76),
                  (.60, .72), (.30, .79), (.03, .79)],
                 [(.03, .76), (.30, .72), (.62, .52), (.95, .40), (.95, .78), (.88, .78),
                  (.82, .56), (.32, .82), (.03, .82)]),
        _part(.9, [(.12, .74), (.26, .54), (.35, .54), (.24, .74)],
                  [(.10, .76), (.24, .58), (.32, .58), (.22, .76)]),
        _part(.9, [(.42, .70), (.30, .54), (.38, .52), (.52, .68)],
                  [(.40, .68), (.28, .58), (.36, .54), (.50, .62)], .7),
        _part(.9, [(.60, .64), (.74, .40), (.80, .42), (.70, .64)],
                  [(.62, .52), (.76, .24), (.82, .26), (.72, .50)]),
        _part(.9, [(.74, .40), (.93, .42), (.95, .62), (.89, .62), (.88, .48), (.74, .47)],
                  [(.76, .24), (.93, .20), (.95, .42), (.89, .42), (.88, .27), (.76, .31)], .8),
    ],
    "Shirt": [
        _mirrored(1, _ELBOW, _LONG),
        *_COLLAR,
        _mirrored(.6, [(.01, .16), (.01, .92)], chance=.6),
        *_buttons(.30, .44, .58, .72, chance=.6),
    ],
    "Sneaker": [
        _part(1, [(.03, .62), (.22, .55), (.48, .40), (.60, .42), (.80, .42), (.93, .36),
                  (.97, .66), (.03, .70)],
                 [(.03, .60), (.18, .50), (.46, .32), (.58, .36), (.76, .38), (.93, .28),
                  (.96, .66), (.03, .70)]),
        _part(1.3, [(.02, .66), (.97, .64), (.96, .73), (.04, .74)],
                   [(.02, .66), (.97, .63), (.96, .76), (.04, .77)], .8),
        _part(.5, [(.28, .54), (.46, .42), (.50, .46), (.34, .58)], None, .7),
        _part(.5, [(.58, .64), (.70, .46), (.76, .46), (.66, .64)], None, .5),
    ],
    "Bag": [
        _mirrored(.8, [(.20, .42), (.17, .26), (.10, .20), (0, .19)],
                      [(.26, .46), (.22, .16), (.12, .06), (0, .05)]),
        _mirrored(0, [(.15, .42), (.13, .30), (.08, .25), (0, .24)],
                     [(.21, .46), (.18, .20), (.10, .12), (0, .11)]),
        _mirrored(1, [(.38, .36), (.44, .80), (0, .82)], [(.40, .46), (.36, .94), (0, .95)]),
        _mirrored(.7, [(.38, .36), (.39, .54), (0, .58)],
                      [(.40, .46), (.39, .62), (0, .66)], chance=.5),
        _mirrored(1.3, [(.04, .54), (.04, .60)], [(.05, .62), (.05, .68)], chance=.5),
    ],
    "Ankle boot": [
        _part(1, [(.05, .76), (.10, .64), (.34, .54), (.48, .40), (.50, .16), (.88, .14),
                  (.90, .50), (.94, .82), (.05, .82)],
                 [(.05, .80), (.12, .66), (.36, .54), (.46, .36), (.44, .06), (.84, .05),
                  (.86, .50), (.92, .72), (.05, .84)]),
        _part(.6, [(.05, .80), (.94, .80), (.94, .88), (.66, .88), (.62, .84), (.05, .85)],
                  [(.05, .82), (.92, .70), (.92, .95), (.78, .95), (.74, .80), (.05, .88)]),
        _part(.6, [(.58, .16), (.70, .16), (.66, .44), (.60, .44)], None, .4),
    ],
}
# fmt: on

_Y, _X = (np.indices((SIDE, SIDE)) / SIDE - 0.5).astype(np.float32)

Image32 = NDArray[np.float32]  # (28, 28)

# Textures of cloth: brightness in [0, 1] at rotated coordinates u, v and a frequency in radians.
_TEXTURES: tuple[Callable[[Image32, Image32, np.float32], Image32], ...] = (
    lambda u, v, frequency: np.ones_like(u),  # plain
    lambda u, v, frequency: (np.sin(frequency * u) > 0).astype(np.float32),  # stripes
    lambda u, v, frequency: 0.5 + 0.5 * np.sin(frequency * u) * np.sin(frequency * v),  # weave
    lambda u, v, frequency: 0.5 + u,  # gradient
)


def make_garments(
    n_samples: int, generator: np.random.Generator
) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Draw garments of the ten classes of Fashion-MNIST, in its order and its format.

    Parameters
    ----------
    n_samples
        Number N of images, at least 10.
    generator
        Source of all randomness; the same state gives the same images.

    Returns
    -------
    images
        (N, 28, 28), 0 to 255: grey garments on black.
    labels
        (N,), 0 to 9, shuffled; the sizes of any two classes differ by at most one.

    Raises
    ------
    ValueError
        If fewer than 10 images are asked for.

    Examples
    --------
    >>> images, labels = make_garments(20, np.random.default_rng(0))
    >>> images.shape, sorted(labels.tolist())[:4]
    ((20, 28, 28), [0, 0, 1, 1])
    """
    if n_samples < len(_GARMENTS):
        raise ValueError(f"n_samples must be at least {len(_GARMENTS)}, got {n_samples}")
    labels = generator.permutation(np.arange(n_samples, dtype=np.int64) % len(_GARMENTS))
    garments = list(_GARMENTS.values())
    images = np.empty((n_samples, SIDE, SIDE), dtype=np.uint8)
    for image, label in zip(images, labels, strict=True):
        silhouette = _draw_silhouette(garments[label], generator)
        cloth = _weave_cloth(generator)
        np.clip(silhouette * cloth, 0, 255, out=image, casting="unsafe")
    return images, labels


def _draw_silhouette(polygons: Sequence[Polygon], generator: np.random.Generator) -> Image32:
    """One garment without texture: brightness relative to the cloth, (28, 28)."""
    mixture = generator.random()
    placement, offset = _random_placement(generator)
    canvas = Image.new("L", (SIDE * OVERSAMPLING, SIDE * OVERSAMPLING))
    draw = ImageDraw.Draw(canvas)
    for polygon, luck in zip(polygons, generator.random(len(polygons)), strict=True):
        if luck < polygon.chance:
            outline = (1 - mixture) * polygon.first + mixture * polygon.last
            points = (outline - 0.5) @ placement + offset
            draw.polygon(points.ravel().tolist(), fill=round(polygon.tone * 150))
    return np.asarray(canvas.reduce(OVERSAMPLING), dtype=np.float32) / np.float32(150)


def _random_placement(
    generator: np.random.Generator,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """A (2, 2) matrix for row vectors (size, slight rotation, shear) and the middle, in pixels."""
    width, height = generator.uniform(0.82, 1.02, size=2)
    turn, shear = generator.normal(0, 0.1, size=2)  # radians
    placement = np.array([[width, width * turn], [height * (shear - turn), height]])
    middle = 0.5 + generator.normal(0, 0.05, size=2)
    return placement * SIDE * OVERSAMPLING, middle * SIDE * OVERSAMPLING


def _weave_cloth(generator: np.random.Generator) -> Image32:
    """Grey levels of cloth, (28, 28): a texture of random shade, contrast, direction and noise."""
    texture = _TEXTURES[generator.integers(len(_TEXTURES))]
    angle, frequency, contrast = generator.uniform((0, 15, 0.1), (np.pi, 60, 0.5))
    cos = np.float32(np.cos(angle))
    sin = np.float32(np.sin(angle))
    pattern = texture(_X * cos + _Y * sin, _Y * cos - _X * sin, np.float32(frequency))
    shade, noise = generator.uniform((90, 0.1), (240, 0.4))
    grain = generator.standard_normal((SIDE, SIDE), dtype=np.float32)
    cloth: Image32 = shade * (1 - contrast * (1 - pattern) + noise * grain)
    return cloth
