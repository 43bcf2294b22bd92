"""Training: the one loop, its optimisation, CUDA graphs, and many networks trained at once."""

from hw.training.loop import (
    EVALUATION_BATCH,
    SCHEDULES,
    Run,
    Stopped,
    adam,
    evaluate,
    fit,
    fit_seeds,
    predict,
    scheduled,
    seed_everything,
    select_device,
)

__all__ = [
    "EVALUATION_BATCH",
    "SCHEDULES",
    "Run",
    "Stopped",
    "adam",
    "evaluate",
    "fit",
    "fit_seeds",
    "predict",
    "scheduled",
    "seed_everything",
    "select_device",
]
