"""The counts of tests/README.md's table of faults; ``python tests/faults/table.py`` writes them."""

import math
import re
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path += [str(ROOT), str(ROOT / "tests"), str(ROOT / "tests/export")]

import test_faulty_data as data  # noqa: E402
import test_faulty_parameters as parameters  # noqa: E402
import test_hostile_notebooks as hostile  # noqa: E402
import test_killed_runs as killed  # noqa: E402
import test_strange_notebooks as strange  # noqa: E402

README = ROOT / "tests/README.md"
_ROW = re.compile(r"^\| ([^|]+) \| +(\d+|\?) \|", re.MULTILINE)


def _cases(*tests) -> int:
    """How often tests run, each with all its parameters."""
    return sum(
        math.prod(
            len(mark.args[1])
            for mark in getattr(test, "pytestmark", [])
            if mark.name == "parametrize"
        )
        for test in tests
    )


COUNTS = {
    "a parameter is": sum(len(parameters.never_right(p)) for _, p in parameters.PARAMETERS),
    "a parameter's name": sum(len(parameters.misspelt(p)) for _, p in parameters.PARAMETERS),
    "a parameter file": _cases(
        parameters.test_a_parameter_file_that_cannot_be_read_stops_the_run_before_any_work
    ),
    "a mirror": _cases(data.test_a_faulty_mirror_is_named_and_nothing_of_it_is_kept),
    "a cached file": _cases(data.test_a_spoilt_cache_is_never_used_and_fetched_again),
    "the disk": _cases(data.test_a_full_disk_is_told_with_the_folder_and_the_remedy),
    "two processes": _cases(data.test_two_that_fetch_at_once_do_not_spoil_each_other),
    "a sweep is": killed.SWEEP_KILLS,
    "a build is interrupted": killed.BUILD_KILLS,
    "a build is killed when": len(killed.FILES),
    "two builds": _cases(killed.test_two_builds_at_once_in_one_tree_do_not_spoil_each_other),
    "the clock": _cases(
        killed.test_a_report_from_before_the_clock_was_put_back_is_made_again,
        killed.test_a_clock_that_runs_back_changes_nothing,
    ),
    "a notebook fails": _cases(
        killed.test_a_notebook_that_dies_fails_the_build_and_keeps_what_it_showed
    ),
    "some notebooks": len(killed.BROKEN),
    "the loss": _cases(killed.test_an_exploding_loss_stops_with_epoch_batch_and_advice),
    "the name of a system": _cases(parameters.test_a_system_that_is_no_plain_name_is_refused),
    "words of the title": _cases(
        strange.test_the_words_of_the_title_block_are_never_more_than_words
    ),
    "a field holds": _cases(hostile.test_words_of_every_field_stay_words)
    * (len(hostile.FIELDS) + len(hostile.OPTIONS) + len(hostile.FRONT) + len(hostile.ENTRY)),
    "HTML or a drawing": 5 * _cases(hostile.test_markup_loads_and_runs_nothing),  # in five places
    "an attribute": _cases(hostile.test_no_attribute_holds_a_script)
    * len(hostile.TAGS)
    * len(hostile.SCHEMES),
    "a path": _cases(hostile.test_no_path_leads_out_of_the_folder),
    "a notebook is huge": _cases(
        hostile.test_what_is_too_large_or_too_deep_costs_itself_at_most,
        hostile.test_a_notebook_of_5000_cells_is_rendered_whole,
    ),
}


def updated(text: str) -> str:
    """The table with its counts.

    Raises
    ------
    ValueError
        If a row has no count, or a count no row.
    """
    left = set(COUNTS)

    def row(match: re.Match[str]) -> str:
        start = next((start for start in COUNTS if match[1].startswith(start)), None)
        if start is None:
            raise ValueError(f"nothing counts the cases of {match[1]!r}")
        left.discard(start)
        return f"| {match[1]} | {COUNTS[start]} |"

    text = _ROW.sub(row, text)
    if left:
        raise ValueError(f"the table has no row for {', '.join(sorted(left))}")
    return text


if __name__ == "__main__":
    README.write_text(updated(README.read_text(encoding="utf-8")), encoding="utf-8")
