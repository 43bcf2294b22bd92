"""Experiment settings: one validated class per notebook, and the strict reading of a notebook's parameters."""

import ast
import difflib
import re
from typing import Annotated, ClassVar, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator


class ParameterError(ValueError):
    """A notebook was given parameters that cannot be used; the message has one line for each."""

    def _render_traceback_(self):  # IPython shows this instead of a traceback: the message says it all
        return [f"{type(self).__name__}: {self}"]


_SCIENTIFIC = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)[eE][+-]?\d+")


def _read_scientific(value):
    """YAML 1.1 reads ``1e-3`` as text; take it for the number it means. Whole numbers become int."""
    if isinstance(value, str) and _SCIENTIFIC.fullmatch(value.strip()):
        value = float(value)
        return int(value) if value.is_integer() else value
    return value


Integer = Annotated[int, BeforeValidator(_read_scientific)]
Real = Annotated[float, BeforeValidator(_read_scientific)]
Width = Annotated[Integer, Field(ge=1, le=65_536)]
Seed = Annotated[Integer, Field(ge=0, lt=2**32)]

Schedule = Literal["constant", "step", "cosine"]
Activation = Literal["relu", "gelu", "silu", "elu", "tanh", "sigmoid"]
Init = Literal["default", "he", "orthogonal"]
INIT = "first weights: torch's default, he or orthogonal (which keep the signal's size)"
SCHEDULE = "learning rate over time: constant, step (halved every 20 epochs), cosine (to zero)"


def System(default):
    """The field `system`."""
    return Field(
        default,
        pattern=r"^[a-z0-9-]{1,60}$",
        description="short name of this system, under which its results are recorded",
    )


class _Config(BaseModel):
    """What every experiment has: strict types, no unknown names, and the words of the title block."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, allow_inf_nan=False)

    title: str = Field("", description="title of the report; empty: the notebook's own")
    author: str = Field("", description="who hands it in")
    course: str = Field("", description="name of the course")
    student_number: str = Field("", description="student or matriculation number")
    date: str = Field("", description="date of the report, as it should be printed")
    exercises: list[str] = Field(
        [], max_length=20, description="exercises in the grade table on the first page; empty: no such table"
    )

    def __init__(self, **values):
        try:
            super().__init__(**values)
        except ValidationError as error:
            raise ParameterError("\n".join(_explain(type(self), fault) for fault in error.errors())) from None

    def changed(self):
        """The settings that differ from the defaults, without the words of the title block, as a dict."""
        return self.model_dump(exclude_defaults=True, exclude=set(_Config.model_fields))

    @classmethod
    def from_notebook(cls):
        """Read the settings from the notebook that calls this, and refuse whatever does not belong.

        Values come from the notebook's variables that are named like a field. The cells run just before this one, as
        far as they only assign literals (the `parameters` cell and the one papermill injects), may name nothing else.

        Returns
        -------
        Config
            The validated settings.

        Raises
        ------
        ParameterError
            For an unknown name (with the nearest known one), a wrong type or a value out of range.
        """
        from IPython import get_ipython

        shell = get_ipython()
        if shell is None:
            raise RuntimeError(
                f"{cls.__name__}.from_notebook() reads a notebook's variables; here there is no notebook"
            )
        given = {name: shell.user_ns[name] for name in cls.model_fields if name in shell.user_ns}
        named = [name for name in _assigned_before(shell.user_ns["In"]) if name in shell.user_ns]
        return cls(**{name: shell.user_ns[name] for name in named} | given)


def _assigned_before(cells):
    """Names assigned by the cells that ran just before the last one and do nothing but assign."""
    names = []
    for source in reversed(cells[1:-1]):  # the first is a placeholder, the last the cell that is running
        try:
            statements = ast.parse(source).body
        except SyntaxError:
            break
        targets = [_assigned_name(statement) for statement in statements]
        if not all(targets):
            break
        names = targets + names
    return names


def _assigned_name(statement):
    """The name in ``name = literal``, else None; papermill writes infinities and NaN as ``float('nan')``."""
    match statement:
        case (
            ast.Assign(targets=[ast.Name(id=name)], value=value) | ast.AnnAssign(target=ast.Name(id=name), value=value)
        ):
            calls = [node for node in ast.walk(value) if isinstance(node, ast.Call)] if value else []
            plain = all(isinstance(call.func, ast.Name) and call.func.id == "float" for call in calls)
            return name if plain else None


_RULES = {
    "greater_than_equal": "must be at least {ge:.15g}",
    "greater_than": "must be greater than {gt:.15g}",
    "less_than_equal": "must be at most {le:.15g}",
    "less_than": "must be less than {lt:.15g}",
    "int_type": "must be a whole number",
    "int_from_float": "must be a whole number",
    "float_type": "must be a number",
    "finite_number": "must be a finite number",
    "bool_type": "must be true or false",
    "string_type": "must be text",
    "list_type": "must be a list",
    "too_short": "must have at least {min_length} item",
    "too_long": "must have at most {max_length} items",
    "literal_error": "must be {expected}",
    "string_pattern_mismatch": "must match {pattern}",
}


def _explain(config, fault):
    """One line for one fault: the parameter, the rule and the value."""
    name, *place = fault["loc"] or ("settings",)
    value = fault["input"]
    if fault["type"] == "extra_forbidden":
        near = difflib.get_close_matches(name.lower(), config.model_fields, n=1, cutoff=0.5)
        hint = f"did you mean {near[0]}?" if near else f"known are {', '.join(config.model_fields)}"
        return f"unknown parameter {name}: {hint}"
    if fault["type"] == "value_error":
        return str(fault["ctx"]["error"])
    rule = _RULES.get(fault["type"], fault["msg"]).format(**fault.get("ctx", {}))
    hint = ""
    if fault["type"] == "list_type" and isinstance(value, str):
        hint = f" (papermill's -p passes text; write -y '{name}: {value}')"
    where = "".join(f"[{index}]" for index in place if isinstance(index, int))
    return f"{name}{where} {rule}, got {value!r}{hint}"


class _TrainingConfig(_Config):
    """What every network that learns from mini-batches has."""

    dataset: Literal["auto", "fashion_mnist", "synthetic"] = Field(
        "auto", description="fashion_mnist, synthetic, or auto: the real data, else the announced stand-in"
    )
    train_size: Annotated[Integer, Field(ge=20, le=10_000_000)] | None = Field(
        None, description="training images to use, stratified; null: all that are left after validation"
    )
    val_fraction: Real = Field(
        0.1, ge=0.01, le=0.9, description="share of the training images held out for validation, stratified"
    )
    epochs: Integer = Field(50, ge=1, le=100_000, description="passes over the training images")
    batch_size: Integer = Field(128, ge=2, le=65_536, description="images per optimisation step")
    seeds: list[Seed] = Field(
        [0], min_length=1, max_length=100, description="one training run each; the report shows the first"
    )
    device: Literal["auto", "cpu", "cuda", "mps"] = Field(
        "auto", description="where to train; auto: the fastest there is"
    )

    @model_validator(mode="after")
    def _distinct_values(self):
        for name, value in self:
            if name in self._sets and len(set(value)) < len(value):
                raise ValueError(f"{name} must be distinct, got {value}")
        return self

    sources: ClassVar[tuple[str, str]] = ("fashion_mnist", "synthetic")  # the real data set, and what stands in for it
    _sets: ClassVar[tuple[str, ...]] = ("seeds",)  # lists in which nothing may come twice


class ClassifierConfig(_TrainingConfig):
    """Settings of `classifier.ipynb`; the defaults are the published system ``ffnn-dropout``."""

    system: str = System("ffnn-dropout")
    learning_rate: Real = Field(0.001, gt=0, le=10, description="Adam's step size at the start")
    weight_decay: Real = Field(0.0, ge=0, le=1, description="L2 penalty added to the gradient")
    schedule: Schedule = Field("constant", description=SCHEDULE)
    hidden_sizes: list[Width] = Field(
        [512, 256, 128], min_length=1, max_length=20, description="units of each hidden layer"
    )
    batch_norm: bool = Field(True, description="batch normalisation after each hidden layer")
    dropout: Real = Field(0.2, ge=0, lt=1, description="dropout rate after each hidden layer")
    plain_last: bool = Field(True, description="the last hidden layer goes without batch normalisation and dropout")
    label_smoothing: Real = Field(0.0, ge=0, lt=1, description="share of each target spread over all classes")
    flip: bool = Field(False, description="mirror training images at random; average both views when predicting")
    shift: Integer = Field(0, ge=0, le=8, description="largest random translation of a training image, in pixels")


class AutoencoderConfig(_TrainingConfig):
    """Settings of `autoencoder.ipynb`; the defaults are the published system ``fc-autoencoder``."""

    system: str = System("fc-autoencoder")
    epochs: Integer = Field(20, ge=1, le=100_000, description="passes over the training images")
    learning_rate: Real = Field(0.001, gt=0, le=10, description="Adam's step size at the start")
    weight_decay: Real = Field(0.0, ge=0, le=1, description="L2 penalty added to the gradient")
    schedule: Schedule = Field("constant", description=SCHEDULE)
    hidden_sizes: list[Width] = Field(
        [256], max_length=20, description="units of the encoder's fully connected layers; the decoder mirrors them"
    )
    channels: list[Annotated[Integer, Field(ge=1, le=1024)]] = Field(
        [], max_length=2, description="filters of the convolutions before them, each halving the image; empty: none"
    )
    code_size: Integer = Field(64, ge=2, le=784, description="length of the code")
    activation: Activation = Field("relu", description="function after each hidden layer")
    init: Init = Field("default", description=INIT)
    loss: Literal["mse", "bce"] = Field(
        "mse", description="what training minimises: mean squared error or binary cross-entropy"
    )
    noise_std: Real = Field(
        0.0, ge=0, le=10, description="standard deviation of the noise that the network learns to remove"
    )
    variational: bool = Field(False, description="learn a distribution over codes, from which garments can be drawn")
    beta: Real = Field(1.0, ge=0, le=1e6, description="weight of the divergence from the prior, if variational")
    feature_extractor: str = Field(
        "", description="file of the saved classifier that judges generated garments; empty: one is trained and kept"
    )


class LatentConfig(_TrainingConfig):
    """Settings of `optdigits_latent.ipynb`; the defaults run the published system ``optdigits-latent`` again."""

    system: str = System("optdigits-latent")
    dataset: Literal["auto", "optdigits", "load_digits"] = Field(
        "auto", description="optdigits, load_digits (scikit-learn's half of it), or auto: the first that can be had"
    )
    published_epochs: Integer = Field(
        1_000, ge=1, le=100_000, description="full-batch steps of the published 64-2-64 network"
    )
    published_learning_rate: Real = Field(
        0.05, gt=0, le=10, description="Adam's step size for it, with its gradients put right"
    )
    hidden_sizes: list[Width] = Field(
        [128, 64],
        min_length=1,
        max_length=20,
        description="units of the deep encoder's hidden layers; the decoder mirrors them",
    )
    activation: Activation = Field("silu", description="function after each hidden layer of the deep network")
    init: Init = Field("orthogonal", description=INIT)
    epochs: Integer = Field(100, ge=1, le=100_000, description="passes over the training images by the deep network")
    batch_size: Integer = Field(64, ge=2, le=65_536, description="images per optimisation step")
    learning_rate: Real = Field(0.003, gt=0, le=10, description="Adam's step size at the start, for the deep network")
    weight_decay: Real = Field(0.0, ge=0, le=1, description="L2 penalty added to the gradient")
    schedule: Schedule = Field("cosine", description=SCHEDULE)
    noise_std: Real = Field(
        0.0, ge=0, le=10, description="standard deviation of the noise that the deep network learns to remove"
    )

    sources: ClassVar[tuple[str, str]] = ("optdigits", "load_digits")


class SweepConfig(_TrainingConfig):
    """Settings of `sweep.ipynb`; the defaults are the grid of the published system ``scratch-grid``."""

    system: str = System("scratch-grid")
    learning_rates: list[Annotated[Real, Field(gt=0, le=10)]] = Field(
        [0.005, 0.001, 0.0005, 0.0001], min_length=1, max_length=100, description="Adam's step sizes to try"
    )
    hidden_sizes: list[Width] = Field(
        [64, 128, 256], min_length=1, max_length=100, description="units of the hidden layer to try"
    )
    epochs: Integer = Field(25, ge=1, le=100_000, description="passes over the training images")
    batch_size: Integer = Field(64, ge=2, le=65_536, description="images per optimisation step")
    schedule: Schedule = Field("cosine", description=SCHEDULE)
    seeds: list[Seed] = Field(
        [0, 1, 2], min_length=1, max_length=100, description="every configuration is trained once with each"
    )
    engine: Literal["torch", "scratch"] = Field(
        "torch", description="torch: all configurations of a seed at once; scratch: one by one in NumPy alone"
    )
    scheduler: str = Field("", description="address of a Dask scheduler, as tcp://host:8786; empty: this machine")
    fresh: bool = Field(False, description="train every trial again, even where a stored one is at hand")

    _sets: ClassVar[tuple[str, ...]] = ("seeds", "learning_rates", "hidden_sizes")


NOTEBOOKS = {
    "classifier": ClassifierConfig,
    "autoencoder": AutoencoderConfig,
    "optdigits_latent": LatentConfig,
    "sweep": SweepConfig,
}
TITLE_WORDS = tuple(_Config.model_fields)  # parameters that every notebook has
