"""Model cards: what a reader of a saved network should know, from what its report recorded.

The sections follow Mitchell et al., "Model cards for model reporting", FAT* 2019.
"""

import json
import statistics
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from hw.files import atomic_write


def model_card(results: Mapping[str, Any], name: str) -> str:
    """The card of a network, in Markdown.

    Parameters
    ----------
    results
        What :func:`hw.record` recorded.
    name
        The network's file.
    """
    data = f"`{results['dataset']}`: {results['n_train']:,} examples for training"
    use = "Made for a homework report: to repeat and compare results on this data set, no more."
    if results["stand_in"]:
        use += " The data are a stand-in: the scores cannot be compared with published ones."
    sections = {
        "Use": use,
        "Data": f"{data}, {results['n_test']:,} for the test, which were read once.",
        "Scores": _scores(results.get("scores", {})),
        "Comparison with published results": _comparison(results.get("comparison", [])),
        "Settings": _listed(results["parameters"]),
        "Provenance": _listed(results["provenance"]),
        "Loading": f'`hw.load_model("{name}")`, or `safetensors.torch.load_file` for the tensors '
        "alone. Nothing in the file is executed.",
    }
    texts = [f"## {head}\n\n{text}\n" for head, text in sections.items() if text]
    return "\n".join([f"# Model card: {results['system']}\n", *texts])


def write_cards(results: Mapping[str, Any], models: Iterable[str | Path]) -> list[Path]:
    """Write a card beside each saved network, under its name with the ending ``.md``."""
    cards = []
    for model in map(Path, models):
        card = model.with_suffix(".md")
        with atomic_write(card) as partial:
            partial.write_text(model_card(results, model.name), encoding="utf-8")
        cards.append(card)
    return cards


def _scores(scores: Mapping[str, Iterable[float | None]]) -> str:
    """A row per score: mean and standard deviation over the seeds of the report."""
    rows = []
    for name, values in scores.items():
        finite = [value for value in values if value is not None]
        if finite:
            spread = f"{statistics.stdev(finite):.2g}" if len(finite) > 1 else "–"
            rows.append(f"| {name} | {statistics.mean(finite):.4g} | {spread} | {len(finite)} |")
    head = ["| score | mean | standard deviation | seeds |", "|---|--:|--:|--:|"]
    return "\n".join([*head, *rows]) if rows else ""


def _comparison(rows: Iterable[Mapping[str, Any]]) -> str:
    return "\n".join(
        f"- {row['system']}, {row['score']}: {row['published']:.4g} published, "
        f"{row['ours']:.4g} here ({row['verdict']})"
        for row in rows
        if row["published"] is not None and row["ours"] is not None
    )


def _listed(values: Mapping[str, Any]) -> str:
    return "\n".join(
        f"- {name}: {value if isinstance(value, str) else json.dumps(value)}"
        for name, value in values.items()
        if value not in ("", [])
    )
