"""A live walk over a code plane, where a front end is there to walk in."""

import io

import numpy as np
from IPython import get_ipython
from IPython.display import display
from PIL import Image


def front_end_is_live():
    """Whether somebody can move a slider: a notebook that papermill or nbconvert runs takes no input."""
    kernel = getattr(get_ipython(), "kernel", None)
    return bool(getattr(kernel, "_allow_stdin", False))


def explore(decode, points, labels, class_names, scale=24):
    """Two sliders over a code plane, the image decoded from where they point, and the class of the nearest code.

    Parameters
    ----------
    decode : callable
        Takes points (N, 2), returns images (N, H, W) in [0, 1].
    points, labels : array_like
        (N, 2) and (N,): codes that are there, by which the sliders' range is set and the class is told.
    class_names : tuple[str, ...]
        K names.
    scale : int
        Screen pixels for each pixel of an image of width 8; larger images get fewer.

    Returns
    -------
    ipywidgets.Widget or None
        What is displayed; None where no front end is live, and nothing is displayed.
    """
    if not front_end_is_live():
        return None
    widget = explorer(decode, points, labels, class_names, scale)
    display(widget)
    return widget


def explorer(decode, points, labels, class_names, scale=24):
    """The widget of :func:`explore`; its children are the sliders `x` and `y`, the image, and the text."""
    import ipywidgets

    points, labels = np.asarray(points), np.asarray(labels)
    low, high = np.quantile(points, [0.005, 0.995], axis=0)
    start = np.median(points, axis=0)
    x, y = (
        ipywidgets.FloatSlider(
            value=float(start[axis]), min=float(low[axis]), max=float(high[axis]),
            step=float(high[axis] - low[axis]) / 100, description=f"{name} coordinate", readout_format=".2f",
            style={"description_width": "initial"},
        )
        for axis, name in enumerate(("first", "second"))
    )  # fmt: skip
    picture, words = ipywidgets.Image(format="png"), ipywidgets.HTML()

    def show(_=None):
        point = np.array([[x.value, y.value]])
        nearest = np.square(points - point).sum(1).argmin()
        picture.value = _png(decode(point)[0], scale)
        words.value = f"nearest code: {class_names[labels[nearest]]}"

    for slider in (x, y):
        slider.observe(show, names="value")
    show()
    return ipywidgets.VBox([x, y, picture, words])


def _png(image, scale):
    """An image (H, W) in [0, 1] as PNG, enlarged without blurring."""
    side = max(1, scale * 8 // image.shape[1])
    pixels = np.kron(np.round(255 * np.clip(image, 0, 1)).astype(np.uint8), np.ones((side, side), np.uint8))
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, format="PNG")
    return buffer.getvalue()
