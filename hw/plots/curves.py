"""Curves over epochs, of one network and of many, and what a sweep makes of them."""

import seaborn as sns

from hw.plots.style import COLORS, new_figure

LABELS = {"mse": "mean squared error", "reconstruction": "reconstruction, nats", "kl": "divergence, nats"}


def learning_curves(histories, scores=("loss", "accuracy"), log=None):
    """Training and validation scores over the epochs; a thin line for each seed but the first.

    Parameters
    ----------
    histories : list[pandas.DataFrame]
        As :func:`hw.fit` returns them, one for each seed.
    scores : tuple[str, ...]
        Columns without ``train_`` and ``val_``, a panel each.
    log : pandas.DataFrame, optional
        A published log, with the column ``epoch`` and some of ``train_…`` and ``val_…``, drawn as crosses.
    """
    fig = new_figure(2.7)
    for ax, score in zip(fig.subplots(1, len(scores), squeeze=False)[0], scores, strict=True):
        for color, style, part, name in ((COLORS[0], "-", "train", "training"), (COLORS[1], "--", "val", "validation")):
            for number, history in enumerate(histories):
                first = number == 0
                ax.plot(
                    history["epoch"], history[f"{part}_{score}"], style, color=color,
                    label=name if first else None, linewidth=1.5 if first else 0.7, alpha=1 if first else 0.5,
                    marker="." if len(history) < 15 else None,
                )  # fmt: skip
        if log is not None and f"train_{score}" in log:
            ax.plot(log["epoch"], log[f"train_{score}"], "x", color="0.2", label="training, published")
        ax.set(xlabel="epoch", ylabel=LABELS.get(score, score))
        ax.xaxis.get_major_locator().set_params(integer=True)
        ax.legend()
    return fig


def sweep_curves(results, scores):
    """Curves of every configuration, a panel each, all on the same axes.

    Parameters
    ----------
    results : list[hw.sweep.store.Result]
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
    fig = new_figure(2.9 if len(rates) == len(sizes) == 1 else 1.5 * len(sizes) + 0.3)
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
    fig = new_figure(2.4)
    for ax, (score, name) in zip(fig.subplots(1, len(scores), squeeze=False)[0], scores.items(), strict=True):
        cells = table.pivot(index="hidden_size", columns="learning_rate", values=score)
        sns.heatmap(cells, ax=ax, annot=True, fmt=".4f", cmap="Blues", annot_kws={"size": 7}, cbar=False)
        ax.set(title=name, xlabel="learning rate", ylabel="hidden units")
    return fig
