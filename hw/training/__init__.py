"""Training: the loop, its optimisation, CUDA graphs, and many networks trained at once."""

from hw.training.calibration import calibration_logits
from hw.training.graphs import capture_step
from hw.training.loop import EVALUATION_BATCH, evaluate, fit, predict
from hw.training.optimisation import (
    SCHEDULES,
    BestEpoch,
    FitConfig,
    adam,
    make_scheduler,
    seed_everything,
    select_device,
)
from hw.training.precision import select_precision
from hw.training.results import OnEpoch, Result, Row, Stopped, Trainable
from hw.training.saving import save_results
from hw.training.seeds import fit_seeds
from hw.training.stacking import FREE_SETTINGS, can_be_stacked, fit_stack
from hw.training.store import Store
from hw.training.trials import SHARED, Build, Trial

__all__ = [
    "EVALUATION_BATCH",
    "FREE_SETTINGS",
    "SCHEDULES",
    "SHARED",
    "BestEpoch",
    "Build",
    "FitConfig",
    "OnEpoch",
    "Result",
    "Row",
    "Stopped",
    "Store",
    "Trainable",
    "Trial",
    "adam",
    "calibration_logits",
    "can_be_stacked",
    "capture_step",
    "evaluate",
    "fit",
    "fit_seeds",
    "fit_stack",
    "make_scheduler",
    "predict",
    "save_results",
    "seed_everything",
    "select_device",
    "select_precision",
]
