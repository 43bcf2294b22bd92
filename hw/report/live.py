"""Widgets for interactive sessions: curves during training, and sliders to explore with.

They do nothing when the notebook runs headless (papermill, nbconvert).
"""

import io
import time
from collections.abc import Callable, Sequence

import ipywidgets
import numpy as np
import numpy.typing as npt
import pandas as pd
from IPython.display import HTML, Image, display
from matplotlib.figure import Figure
from PIL import Image as Picture

from hw.metrics import misclassified
from hw.plots import image_grid, learning_curves
from hw.report.kernel import front_end_is_live
from hw.training import OnEpoch

Decoder = Callable[[npt.NDArray[np.float64]], npt.ArrayLike]  # (N, 2) -> (N, H, W) in [0, 1]


def live_curves(scores: Sequence[str] = ("loss",), every: float = 2.0) -> OnEpoch | None:
    """Learning curves, redrawn during training in a single output, which is removed at the end.

    Parameters
    ----------
    scores
        Columns of the history without ``train_`` and ``val_``, a panel each.
    every
        Least number of seconds between two pictures.

    Returns
    -------
    To be given as `on_epoch` to :func:`hw.fit` and :func:`hw.fit_seeds`; None in a headless run.
    """
    if not front_end_is_live():
        return None
    output = display(HTML(""), display_id=True)
    drawn = time.monotonic()

    def on_epoch(rows: list[dict[str, float]], epochs: int) -> None:
        nonlocal drawn
        if len(rows) == epochs:
            output.update(HTML(""))
        elif len(rows) > 1 and time.monotonic() - drawn >= every:
            output.update(Image(_png(learning_curves([pd.DataFrame(rows)], scores))))
            drawn = time.monotonic()

    return on_epoch


def explore_codes(
    decode: Decoder,
    points: npt.ArrayLike,
    labels: npt.ArrayLike,
    class_names: Sequence[str],
) -> ipywidgets.VBox | None:
    """Display two sliders over a code plane, with the image decoded there and its nearest class.

    Parameters
    ----------
    decode
        Takes points (N, 2), returns images (N, H, W) in [0, 1].
    points, labels
        (N, 2) and (N,): the codes of known images, which set the range of the sliders.
    class_names
        K names.

    Returns
    -------
    What is displayed; None in a headless run, which displays nothing.
    """
    if not front_end_is_live():
        return None
    widget = code_explorer(decode, points, labels, class_names)
    display(widget)
    return widget


def explore_mistakes(
    images: npt.ArrayLike,
    probabilities: npt.ArrayLike,
    labels: npt.ArrayLike,
    class_names: Sequence[str],
) -> ipywidgets.VBox | None:
    """Display a slider for a confidence threshold, and the mistakes above it.

    Parameters
    ----------
    images
        (N, H, W).
    probabilities, labels
        (N, K) and (N,).
    class_names
        K names.

    Returns
    -------
    What is displayed; None in a headless run, which displays nothing.
    """
    if not front_end_is_live():
        return None
    widget = mistake_explorer(images, probabilities, labels, class_names)
    display(widget)
    return widget


def code_explorer(
    decode: Decoder,
    points: npt.ArrayLike,
    labels: npt.ArrayLike,
    class_names: Sequence[str],
    side: int = 192,
) -> ipywidgets.VBox:
    """The widget of :func:`explore_codes`: two sliders, an image, and text.

    The image is about `side` screen pixels wide.
    """
    points = np.asarray(points)
    labels = np.asarray(labels)
    low, high = np.quantile(points, [0.005, 0.995], axis=0)
    start = np.median(points, axis=0)
    x = _slider("first coordinate", start[0], low[0], high[0])
    y = _slider("second coordinate", start[1], low[1], high[1])
    picture = ipywidgets.Image(format="png")
    caption = ipywidgets.HTML()

    def show(_: object = None) -> None:
        point = np.array([[x.value, y.value]])
        nearest = np.square(points - point).sum(1).argmin()
        picture.value = _enlarge(np.asarray(decode(point))[0], side)
        caption.value = f"nearest code: {class_names[labels[nearest]]}"

    return _connect(show, [x, y], [picture, caption])


def mistake_explorer(
    images: npt.ArrayLike,
    probabilities: npt.ArrayLike,
    labels: npt.ArrayLike,
    class_names: Sequence[str],
    n_shown: int = 14,
) -> ipywidgets.VBox:
    """The widget of :func:`explore_mistakes`: slider, text, and the least confident mistakes."""
    images = np.asarray(images)
    probabilities = np.asarray(probabilities)
    labels = np.asarray(labels)
    wrong = misclassified(probabilities, labels)
    confidence = probabilities.max(1)
    threshold = _slider("least confidence", 0.5, 0.0, 1.0)
    picture = ipywidgets.Image(format="png")
    caption = ipywidgets.HTML()

    def show(_: object = None) -> None:
        n_confident = int((confidence >= threshold.value).sum())
        mistakes = wrong[wrong["confidence"] >= threshold.value]
        accuracy = f"{1 - len(mistakes) / n_confident:.2%}" if n_confident else "none"
        caption.value = (
            f"{n_confident:,} of {len(labels):,} images are that confident, "
            f"{accuracy} of them correct."
        )
        rows = mistakes.tail(n_shown)
        titles = [
            f"{class_names[row['label']]}\n→ {class_names[row['predicted']]}\n"
            f"{row['confidence']:.2f}"
            for row in rows.to_dict("records")
        ]
        grid = images[rows["row"].to_numpy()]
        picture.value = _png(image_grid(grid, titles, n_columns=7)) if len(rows) else b""

    return _connect(show, [threshold], [caption, picture])


def _slider(name: str, value: float, low: float, high: float) -> ipywidgets.FloatSlider:
    return ipywidgets.FloatSlider(
        value=float(value),
        min=float(low),
        max=float(high),
        step=float(high - low) / 100,
        description=name,
        readout_format=".2f",
        style={"description_width": "initial"},
    )


def _connect(
    show: Callable[..., None],
    sliders: Sequence[ipywidgets.FloatSlider],
    outputs: Sequence[ipywidgets.DOMWidget],
) -> ipywidgets.VBox:
    """Sliders above outputs in a box; moving a slider calls `show`."""
    for slider in sliders:
        slider.observe(show, names="value")
    show()
    return ipywidgets.VBox([*sliders, *outputs])


def _png(fig: Figure) -> bytes:
    buffer = io.BytesIO()
    fig.savefig(buffer, format="png", dpi=140, facecolor="white")
    return buffer.getvalue()


def _enlarge(image: npt.NDArray[np.float64], side: int) -> bytes:
    """PNG of an image (H, W) or (H, W, 3) in [0, 1], about `side` pixels wide, not blurred."""
    times = max(1, side // image.shape[1])
    levels = np.round(255 * np.clip(image, 0, 1)).astype(np.uint8)
    pixels = levels.repeat(times, 0).repeat(times, 1)
    buffer = io.BytesIO()
    Picture.fromarray(pixels).save(buffer, format="PNG")
    return buffer.getvalue()
