"""Every figure of the reports: arrays and tables in, a matplotlib Figure out, which nothing else has drawn on."""

import matplotlib as mpl
import numpy as np
import seaborn as sns
from matplotlib.figure import Figure
from sklearn.metrics import confusion_matrix as count_confusions

WIDTH = 6.3  # inches: the text width of the PDF
COLORS = sns.color_palette("colorblind")
mpl.rcParams |= {
    "axes.grid": True,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "font.size": 9,
    "grid.alpha": 0.3,
    "legend.frameon": False,
}


def image_grid(images, titles=None, n_columns=10):
    """Grey images side by side.

    Parameters
    ----------
    images : array_like
        (N, H, W), any number type; black is each grid's smallest value.
    titles : list[str], optional
        One above each image.
    n_columns : int
        Images in a row.

    Returns
    -------
    matplotlib.figure.Figure
    """
    images = np.asarray(images)
    n_rows = -(-len(images) // n_columns)
    lines = max((title.count("\n") + 1 for title in titles), default=0) if titles else 0
    fig = _figure(n_rows * (WIDTH / n_columns + 0.15 * lines))
    axes = fig.subplots(n_rows, n_columns, squeeze=False).ravel()
    for ax in axes:
        ax.axis("off")
    for number, (ax, image) in enumerate(zip(axes, images, strict=False)):
        ax.imshow(image, cmap="gray", vmin=images.min(), vmax=images.max(), interpolation="nearest")
        if titles:
            ax.set_title(titles[number], fontsize=6.5, pad=2)
    return fig


def class_samples(split, class_names, per_class=12):
    """The first images of each class, a row per class.

    Parameters
    ----------
    split : hw.Split
        N images.
    class_names : tuple[str, ...]
        K names.
    per_class : int
        Images in a row.
    """
    fig = _figure(WIDTH * len(class_names) / (per_class + 2) * 0.85)
    axes = fig.subplots(len(class_names), per_class, squeeze=False)
    for label, name in enumerate(class_names):
        rows = np.flatnonzero(split.labels == label)[:per_class]
        axes[label, 0].set_ylabel(name, rotation=0, ha="right", va="center")
        for ax in axes[label]:
            ax.set(xticks=[], yticks=[])
            ax.spines[:].set_visible(False)
        for ax, row in zip(axes[label], rows, strict=False):
            ax.imshow(split.images[row], cmap="gray", vmin=0, vmax=255, interpolation="nearest")
    return fig


def class_balance(splits, class_names):
    """Number of images per class in each split.

    Parameters
    ----------
    splits : dict[str, hw.Split]
        By name.
    class_names : tuple[str, ...]
        K names.
    """
    fig = _figure(2.4)
    ax = fig.subplots()
    width = 0.8 / len(splits)
    for number, (name, split) in enumerate(splits.items()):
        counts = np.bincount(split.labels, minlength=len(class_names))
        places = np.arange(len(class_names)) + (number - (len(splits) - 1) / 2) * width
        ax.bar(places, counts, width, label=name, color=COLORS[number], hatch=("", "//", "..")[number % 3])
    ax.set_xticks(range(len(class_names)), class_names, rotation=30, ha="right")
    ax.set(ylabel="images")
    ax.grid(visible=False, axis="x")
    fig.legend(ncols=len(splits), loc="outside upper right")
    return fig


def learning_curves(histories, scores=("loss", "accuracy")):
    """Training and validation scores over the epochs; a thin line for each seed but the first.

    Parameters
    ----------
    histories : list[pandas.DataFrame]
        As :func:`hw.fit` returns them, one for each seed.
    scores : tuple[str, ...]
        Columns without ``train_`` and ``val_``, a panel each.
    """
    fig = _figure(2.7)
    for ax, score in zip(fig.subplots(1, len(scores), squeeze=False)[0], scores, strict=True):
        for color, style, part, name in ((COLORS[0], "-", "train", "training"), (COLORS[1], "--", "val", "validation")):
            for number, history in enumerate(histories):
                first = number == 0
                ax.plot(
                    history["epoch"], history[f"{part}_{score}"], style, color=color,
                    label=name if first else None, linewidth=1.5 if first else 0.7, alpha=1 if first else 0.5,
                    marker="." if len(history) < 15 else None,
                )  # fmt: skip
        ax.set(xlabel="epoch", ylabel=score)
        ax.xaxis.get_major_locator().set_params(integer=True)
        ax.legend()
    return fig


def confusion_matrix(labels, y_pred, class_names):
    """Confusion matrix, each row (true class) divided by its sum.

    Parameters
    ----------
    labels, y_pred : array_like
        (N,) each.
    class_names : tuple[str, ...]
        K names.
    """
    matrix = count_confusions(labels, y_pred, labels=np.arange(len(class_names)), normalize="true")
    fig = _figure(WIDTH * 0.72)
    ax = fig.subplots()
    sns.heatmap(
        matrix, ax=ax, annot=True, fmt=".2f", cmap="Blues", vmin=0, vmax=1, square=True, annot_kws={"size": 7},
        xticklabels=class_names, yticklabels=class_names, cbar_kws={"label": "share of the true class", "shrink": 0.8},
    )  # fmt: skip
    ax.set(xlabel="predicted class", ylabel="true class")
    ax.set_xticklabels(ax.get_xticklabels(), rotation=40, ha="right")
    return fig


def reliability_diagram(table):
    """Accuracy against confidence, with the number of examples below.

    Parameters
    ----------
    table : pandas.DataFrame
        As :func:`hw.reliability_table` returns it.
    """
    fig = _figure(3.2, width=WIDTH * 0.6)
    upper, lower = fig.subplots(2, 1, sharex=True, height_ratios=[3, 1])
    upper.plot([0, 1], [0, 1], ":", color="0.4", label="perfect calibration")
    upper.plot(table["confidence"], table["accuracy"], "o-", color=COLORS[0], label="classifier")
    upper.set(ylabel="accuracy", xlim=(0, 1), ylim=(0, 1))
    upper.legend()
    lower.bar(table["confidence"], table["count"], width=0.04, color=COLORS[0])
    lower.set(xlabel="confidence", ylabel="images", yscale="log")
    return fig


def sweep_curves(results, scores):
    """Curves of every configuration, a panel each, all on the same axes.

    Parameters
    ----------
    results : list[hw.trials.Result]
        One for each trial; seeds of a configuration are lines of the same panel.
    scores : dict[str, str]
        History columns and their names in the legend, at most four.

    Returns
    -------
    matplotlib.figure.Figure
        Learning rates from left to right, hidden sizes from top to bottom; a single configuration is one large panel.
    """
    rates = list(dict.fromkeys(result.trial.learning_rate for result in results))
    sizes = list(dict.fromkeys(result.trial.hidden_size for result in results))
    fig = _figure(2.9 if len(rates) == len(sizes) == 1 else 1.5 * len(sizes) + 0.3)
    axes = fig.subplots(len(sizes), len(rates), squeeze=False, sharex=True, sharey=True)
    for result in results:
        ax = axes[sizes.index(result.trial.hidden_size), rates.index(result.trial.learning_rate)]
        first = result.trial.seed == results[0].trial.seed
        for (score, name), style, color in zip(scores.items(), ("-", "--", ":", "-."), COLORS, strict=False):
            ax.plot(
                result.history["epoch"], result.history[score], style, color=color, label=name if first else None,
                linewidth=1.3 if first else 0.6, alpha=1 if first else 0.5,
            )  # fmt: skip
        mark = " (diverged)" if result.diverged else ""
        ax.set_title(f"rate {result.trial.learning_rate:g}, {result.trial.hidden_size} units{mark}", fontsize=8)
    for ax in axes[-1]:
        ax.set_xlabel("epoch")
        ax.xaxis.get_major_locator().set_params(integer=True)
    fig.legend(*axes[0, 0].get_legend_handles_labels(), loc="outside upper right", ncols=len(scores))
    return fig


def sweep_heatmaps(table, scores):
    """Scores over learning rate and hidden size, a heat map each.

    Parameters
    ----------
    table : pandas.DataFrame
        As :func:`hw.sweep.summary` returns it.
    scores : dict[str, str]
        Columns and their names.

    Returns
    -------
    matplotlib.figure.Figure
    """
    fig = _figure(2.4)
    for ax, (score, name) in zip(fig.subplots(1, len(scores), squeeze=False)[0], scores.items(), strict=True):
        cells = table.pivot(index="hidden_size", columns="learning_rate", values=score)
        sns.heatmap(cells, ax=ax, annot=True, fmt=".4f", cmap="Blues", annot_kws={"size": 7}, cbar=False)
        ax.set(title=name, xlabel="learning rate", ylabel="hidden units")
    return fig


def _figure(height, width=WIDTH):
    """An empty figure that pyplot does not know of: nothing shows it twice, nothing keeps it alive."""
    return Figure(figsize=(width, height), layout="constrained")
