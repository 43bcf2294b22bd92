"""What only a live front end shows: curves while a network learns, and sliders to explore with.

Where nobody can move a slider, as in a run by papermill, all of it stays silent.
"""

import io
import time

import numpy as np
import pandas as pd
from IPython import get_ipython
from IPython.display import HTML, Image, display
from PIL import Image as Picture

from hw.metrics import misclassified
from hw.plots.curves import learning_curves
from hw.plots.images import image_grid


def front_end_is_live():
    """Whether somebody can move a slider: a notebook that papermill or nbconvert runs takes no input."""
    kernel = getattr(get_ipython(), "kernel", None)
    return bool(getattr(kernel, "_allow_stdin", False))


def live_curves(scores=("loss",), every=2.0):
    """Learning curves that are drawn anew while a network learns, in one output that is replaced and at last removed.

    Parameters
    ----------
    scores : tuple[str, ...]
        Columns of the history without ``train_`` and ``val_``, a panel each.
    every : float
        Seconds between two pictures at least.

    Returns
    -------
    callable or None
        For ``on_epoch`` of :func:`hw.fit` and :func:`hw.fit_seeds`; None where no front end is live.
    """
    if not front_end_is_live():
        return None
    output = display(HTML(""), display_id=True)
    drawn = time.monotonic()

    def on_epoch(rows, epochs):
        nonlocal drawn
        if len(rows) == epochs:
            output.update(HTML(""))
        elif len(rows) > 1 and time.monotonic() - drawn >= every:
            output.update(Image(_png(learning_curves([pd.DataFrame(rows)], scores))))
            drawn = time.monotonic()

    return on_epoch


def explore_codes(decode, points, labels, class_names):
    """Two sliders over a code plane, the image decoded from where they point, and the class of the nearest code.

    Parameters
    ----------
    decode : callable
        Takes points (N, 2), returns images (N, H, W) in [0, 1].
    points, labels : array_like
        (N, 2) and (N,): codes that are there, by which the sliders' range is set and the class is told.
    class_names : tuple[str, ...]
        K names.

    Returns
    -------
    ipywidgets.Widget or None
        What is displayed; None where no front end is live, and nothing is displayed.
    """
    return _show_where_live(code_explorer, decode, points, labels, class_names)


def explore_mistakes(images, probabilities, labels, class_names):
    """A slider for the least confidence that counts, and what the classifier then gets right and wrong.

    Parameters
    ----------
    images : array_like
        (N, H, W).
    probabilities, labels : array_like
        (N, K) and (N,).
    class_names : tuple[str, ...]
        K names.

    Returns
    -------
    ipywidgets.Widget or None
        What is displayed; None where no front end is live, and nothing is displayed.
    """
    return _show_where_live(mistake_explorer, images, probabilities, labels, class_names)


def code_explorer(decode, points, labels, class_names, side=192):
    """The widget of :func:`explore_codes`: sliders, an image about `side` screen pixels wide, and the text."""
    import ipywidgets

    points, labels = np.asarray(points), np.asarray(labels)
    low, high = np.quantile(points, [0.005, 0.995], axis=0)
    start = np.median(points, axis=0)
    x, y = (
        _slider(f"{name} coordinate", start[axis], low[axis], high[axis])
        for axis, name in enumerate(("first", "second"))
    )
    picture, words = ipywidgets.Image(format="png"), ipywidgets.HTML()

    def show(_=None):
        point = np.array([[x.value, y.value]])
        nearest = np.square(points - point).sum(1).argmin()
        picture.value = _enlarged(decode(point)[0], side)
        words.value = f"nearest code: {class_names[labels[nearest]]}"

    return _connected(show, [x, y], [picture, words])


def mistake_explorer(images, probabilities, labels, class_names, shown=14):
    """The widget of :func:`explore_mistakes`: the slider, the text, and the least sure mistakes above it."""
    import ipywidgets

    images, probabilities, labels = np.asarray(images), np.asarray(probabilities), np.asarray(labels)
    wrong, confidence = misclassified(probabilities, labels), probabilities.max(1)
    threshold = _slider("least confidence", 0.5, 0.0, 1.0)
    picture, words = ipywidgets.Image(format="png"), ipywidgets.HTML()

    def show(_=None):
        n_sure = int((confidence >= threshold.value).sum())
        mistakes = wrong[wrong["confidence"] >= threshold.value]
        right = f"{1 - len(mistakes) / n_sure:.2%}" if n_sure else "none"
        words.value = f"{n_sure:,} of {len(labels):,} images are that sure, {right} of them right."
        rows = mistakes.tail(shown)
        titles = [
            f"{class_names[row.label]}\n→ {class_names[row.predicted]}\n{row.confidence:.2f}"
            for row in rows.itertuples()
        ]
        picture.value = _png(image_grid(images[rows["row"]], titles, n_columns=7)) if len(rows) else b""

    return _connected(show, [threshold], [words, picture])


def _show_where_live(build, *arguments):
    if not front_end_is_live():
        return None
    widget = build(*arguments)
    display(widget)
    return widget


def _slider(name, value, low, high):
    import ipywidgets

    return ipywidgets.FloatSlider(
        value=float(value), min=float(low), max=float(high), step=float(high - low) / 100, description=name,
        readout_format=".2f", style={"description_width": "initial"},
    )  # fmt: skip


def _connected(show, sliders, outputs):
    """Sliders above outputs in a box; moving one calls `show`."""
    import ipywidgets

    for slider in sliders:
        slider.observe(show, names="value")
    show()
    return ipywidgets.VBox([*sliders, *outputs])


def _png(fig):
    """A figure as PNG."""
    buffer = io.BytesIO()
    fig.savefig(buffer, format="png", dpi=110)
    return buffer.getvalue()


def _enlarged(image, side):
    """An image (H, W) in [0, 1] as PNG, about `side` pixels wide, without blurring."""
    times = max(1, side // image.shape[1])
    pixels = np.kron(np.round(255 * np.clip(image, 0, 1)).astype(np.uint8), np.ones((times, times), np.uint8))
    buffer = io.BytesIO()
    Picture.fromarray(pixels).save(buffer, format="PNG")
    return buffer.getvalue()
