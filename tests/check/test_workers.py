"""Processes that hang or die: the others go on, and what was lost is known."""

import multiprocessing
import os
import time

import pytest

from hw.check.workers import Lost, run_all


def work(task):
    """What a task's name says."""
    if task == "die":
        os._exit(3)
    if task == "hang":
        time.sleep(600)
    return f"{task} done"


def test_every_task_has_its_result_and_a_process_serves_many():
    tasks = [f"task {number}" for number in range(20)]
    assert dict(run_all(work, tasks, 2, 60)) == {task: f"{task} done" for task in tasks}
    assert multiprocessing.active_children() == []


def test_a_task_that_kills_its_process_or_hangs_is_lost_and_the_others_are_done():
    results = dict(run_all(work, ["die", "a", "hang", "b", "die too", "c"], 2, 20))
    assert results["die"] == Lost("the process that rendered it died (exit code 3)")
    assert results["hang"] == Lost("took longer than 20 s")
    assert {results[task] for task in "abc"} == {"a done", "b done", "c done"}


def test_processes_end_if_the_caller_stops_early():
    results = run_all(work, ["a", "hang"], 2, 600)
    assert next(results) == ("a", "a done")
    results.close()
    with pytest.raises(StopIteration):
        next(results)
    assert multiprocessing.active_children() == []
