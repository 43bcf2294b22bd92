"""The settings of each notebook: one validated class, whose defaults are a published system."""

from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field, field_validator
from pydantic_core import PydanticCustomError

from hw.parameters import DISTINCT, Integer, Real, Settings, Text

System = Annotated[
    str,
    Field(pattern=r"^[a-z0-9-]{1,60}$", description="name under which the results are recorded"),
]
TrainSize = Annotated[
    Annotated[Integer, Field(ge=20, le=10_000_000)] | None,
    Field(description="training images to use; null: all but those for validation"),
]
ValFraction = Annotated[
    Real,
    Field(ge=0, le=0.9, description="fraction held out for validation; 0: the last epoch is kept"),
]
Epochs = Annotated[Integer, Field(ge=1, le=100_000, description="passes over the training images")]
FullEpochs = Annotated[
    Integer,
    Field(ge=1, le=100_000, description="epochs of this system; a run with fewer is shortened"),
]
BatchSize = Annotated[Integer, Field(ge=2, le=65_536, description="images per optimisation step")]
Seeds = Annotated[
    list[Annotated[Integer, Field(ge=0, lt=2**32)]],
    Field(
        min_length=1, max_length=100, description="one training run each; figures show the first"
    ),
    DISTINCT,
]
Device = Annotated[
    Literal["auto", "cpu", "cuda", "mps"],
    Field(description="where to train; auto: the fastest one available"),
]
Precision = Annotated[
    Literal["auto", "float32", "bfloat16"],
    Field(description="products in training; auto: bfloat16 where it is fast and compared"),
]
LearningRate = Annotated[Real, Field(gt=0, le=10, description="Adam's step size at the start")]
WeightDecay = Annotated[Real, Field(ge=0, le=1, description="L2 penalty added to the gradient")]
Schedule = Annotated[
    Literal["constant", "step", "cosine"],
    Field(description="constant, step (halved every 20 epochs) or cosine (to zero)"),
]
Width = Annotated[Integer, Field(ge=1, le=65_536)]
Widths = Annotated[
    list[Width],
    Field(min_length=1, max_length=20, description="units of each hidden layer"),
]
Activation = Annotated[
    Literal["relu", "gelu", "silu", "elu", "tanh", "sigmoid"],
    Field(description="function after each hidden layer"),
]
Init = Annotated[
    Literal["default", "he", "orthogonal"],
    Field(description="initial weights: default (PyTorch's), he or orthogonal"),
]
NoiseStd = Annotated[
    Real,
    Field(ge=0, le=10, description="standard deviation of the noise added to the inputs"),
]


TORCHVISION_SETS = ("mnist", "kmnist", "emnist_letters", "cifar10")


def is_path(dataset: str) -> bool:
    """Whether a setting names a file or a folder: by its ending, a slash, or because it is there.

    Whether a file is there is for :func:`hw.load` to say, since a notebook may run elsewhere.
    """
    if not dataset or "\0" in dataset:
        return False
    return dataset.endswith(".npz") or "/" in dataset or "\\" in dataset or Path(dataset).is_dir()


def name_of_path(path: str) -> str:
    """What reports call an own data set: ``own.npz``, or a folder with a slash, ``pictures/``."""
    name = Path(path).resolve().name
    return name if name.endswith(".npz") else f"{name}/"


class ReportConfig(Settings):
    """What every report has: the text of its title block."""

    title: Text = Field("", description="title of the report; empty: the notebook's own")
    author: Text = Field("", description="who hands it in")
    course: Text = Field("", description="name of the course")
    student_number: Text = Field("", description="student or matriculation number")
    date: Text = Field("", description="date of the report, as it should be printed")
    exercises: list[Text] = Field(
        [], max_length=20, description="exercises in the grade table on page 1; empty: no table"
    )

    def changed(self) -> dict[str, Any]:
        """Settings that differ from the defaults, except for the title block."""
        return self.model_dump(exclude_defaults=True, exclude=set(TITLE_FIELDS))


TITLE_FIELDS = tuple(ReportConfig.model_fields)  # parameters of every report


class TrainingConfig(ReportConfig):
    """What every network trained on mini-batches has."""

    dataset: str = Field(
        "auto",
        description="auto, fashion_mnist, synthetic, mnist, …, a .npz file or a folder",
    )
    train_size: TrainSize = None
    val_fraction: ValFraction = 0.1
    epochs: Epochs = 50
    full_epochs: FullEpochs = 50
    batch_size: BatchSize = 128
    seeds: Seeds = Field([0])
    device: Device = "auto"
    precision: Precision = "auto"
    fresh: bool = Field(False, description="train every network again, even if it is stored")
    system: System
    published: str = Field(
        "", description="TOML file of further published results; empty: the suite's own"
    )

    # The real data set, and the stand-in that replaces it if it is not available.
    sources: ClassVar[tuple[str, str]] = ("fashion_mnist", "synthetic")
    further_sets: ClassVar[tuple[str, ...]] = TORCHVISION_SETS
    # Of images, if the notebook can take no other.
    image_shape: ClassVar[tuple[int, ...] | None] = None

    @property
    def data_name(self) -> str:
        """Name of the data set, as published results give it; a stand-in's is that of the real."""
        if is_path(self.dataset):
            return name_of_path(self.dataset)
        real, stand_in = self.sources
        return real if self.dataset in ("auto", stand_in) else self.dataset

    @field_validator("dataset")
    @classmethod
    def _check_dataset(cls, dataset: str) -> str:
        names = ("auto", *cls.sources, *cls.further_sets)
        if dataset not in names and not is_path(dataset):
            known = ", ".join(names)
            raise PydanticCustomError(
                "dataset", f"must be a .npz file, a folder, or one of {known}"
            )
        return dataset

    def shortening(self) -> str:
        """What this run has less of than its system takes, or nothing: "3 of 50 epochs"."""
        shortened = self.epochs < self.full_epochs
        parts = [f"{self.epochs} of {self.full_epochs} epochs"] if shortened else []
        if self.train_size is not None:
            parts.append(f"{self.train_size:,} training images instead of all")
        return " and ".join(parts)


class ClassifierConfig(TrainingConfig):
    """Settings of `classifier.ipynb`; the defaults are the published system ``ffnn-dropout``."""

    system: System = "ffnn-dropout"
    val_fraction: ValFraction = 0.0
    learning_rate: LearningRate = 0.001
    weight_decay: WeightDecay = 0.0
    schedule: Schedule = "constant"
    hidden_sizes: Widths = Field([512, 256, 128])
    batch_norm: bool = Field(True, description="batch normalisation after each hidden layer")
    dropout: Real = Field(0.2, ge=0, lt=1, description="dropout rate after each hidden layer")
    plain_last: bool = Field(
        True, description="no batch normalisation or dropout after the last hidden layer"
    )
    label_smoothing: Real = Field(
        0.0, ge=0, lt=1, description="fraction of each target spread over all classes"
    )
    flip: bool = Field(
        False, description="mirror training images at random; predict from both views"
    )
    shift: Integer = Field(
        0, ge=0, le=8, description="largest random translation of a training image, in pixels"
    )


class AutoencoderConfig(TrainingConfig):
    """Settings of `autoencoder.ipynb`; the defaults are the published system ``fc-autoencoder``."""

    system: System = "fc-autoencoder"
    val_fraction: ValFraction = 0.0
    epochs: Epochs = 20
    full_epochs: FullEpochs = 20
    learning_rate: LearningRate = 0.001
    weight_decay: WeightDecay = 0.0
    schedule: Schedule = "constant"
    hidden_sizes: list[Width] = Field(
        [256],
        max_length=20,
        description="units of the encoder's dense layers; the decoder mirrors them",
    )
    channels: list[Annotated[Integer, Field(ge=1, le=1024)]] = Field(
        [], max_length=2, description="filters of the convolutions before them, each of stride 2"
    )
    code_size: Integer = Field(64, ge=2, le=784, description="length of the code")
    activation: Activation = "relu"
    init: Init = "default"
    loss: Literal["mse", "bce"] = Field(
        "mse", description="mean squared error (mse) or binary cross-entropy (bce)"
    )
    noise_std: NoiseStd = 0.0
    variational: bool = Field(
        False, description="learn a distribution of codes, from which images can be sampled"
    )
    beta: Real = Field(
        1.0, ge=0, le=1e6, description="weight of the divergence from the prior, if variational"
    )
    feature_extractor: str = Field(
        "", description="saved classifier that judges generated images; empty: train one"
    )


class OptdigitsConfig(TrainingConfig):
    """Settings of `optdigits_latent.ipynb`; the defaults repeat ``optdigits-latent``."""

    system: System = "optdigits-latent"
    dataset: str = Field(
        "auto",
        description="auto, optdigits, load_digits (half of it), a .npz file or a folder",
    )
    published_epochs: Integer = Field(
        1_000, ge=1, le=100_000, description="full-batch steps of the published 64-2-64 network"
    )
    published_learning_rate: LearningRate = Field(
        0.05, description="Adam's step size for it, with corrected gradients"
    )
    hidden_sizes: Widths = Field(
        [128, 64], description="units of the deep encoder's layers; the decoder mirrors them"
    )
    activation: Activation = "silu"
    init: Init = "orthogonal"
    epochs: Epochs = 100
    full_epochs: FullEpochs = 100
    batch_size: BatchSize = 64
    learning_rate: LearningRate = Field(
        0.003, description="Adam's step size at the start, for the deep network"
    )
    weight_decay: WeightDecay = 0.0
    schedule: Schedule = "cosine"
    noise_std: NoiseStd = 0.0

    sources: ClassVar[tuple[str, str]] = ("optdigits", "load_digits")
    further_sets: ClassVar[tuple[str, ...]] = ()
    image_shape: ClassVar[tuple[int, ...] | None] = (8, 8)

    def shortening(self) -> str:
        """As of every report, and the steps of the published network, if they are fewer."""
        full = type(self)().published_epochs
        parts = [super().shortening()]
        if self.published_epochs < full:
            parts.append(f"{self.published_epochs:,} of {full:,} steps of the published network")
        return " and ".join(filter(None, parts))


class SweepConfig(TrainingConfig):
    """Settings of `sweep.ipynb`; the defaults are the grid of the published ``scratch-grid``."""

    system: System = "scratch-grid"
    learning_rates: Annotated[list[LearningRate], DISTINCT] = Field(
        [0.005, 0.001, 0.0005, 0.0001],
        min_length=1,
        max_length=100,
        description="Adam's step sizes to try",
    )
    hidden_sizes: Annotated[list[Width], DISTINCT] = Field(
        [64, 128, 256],
        min_length=1,
        max_length=100,
        description="units of the hidden layer to try",
    )
    grid: dict[str, list[Any]] = Field(
        {}, description="more settings of the classifier to try, each with a list of values"
    )
    sample: Annotated[Integer, Field(ge=1, le=100_000)] | None = Field(
        None, description="how many configurations of the grid to draw at random; null: all"
    )
    val_fraction: Annotated[Real, Field(ge=0.01, le=0.9)] = Field(
        0.1, description="fraction held out for validation, by which a configuration is chosen"
    )
    epochs: Epochs = 25
    full_epochs: FullEpochs = 25
    batch_size: BatchSize = 64
    schedule: Schedule = "cosine"
    seeds: Seeds = Field([0, 1, 2], description="one training run of every configuration each")
    engine: Literal["torch", "scratch"] = Field(
        "torch", description="torch: a seed's configurations at once; scratch: each in NumPy"
    )
    scheduler: str = Field(
        "", description="Dask scheduler, such as tcp://host:8786; empty: this machine"
    )


class ScoreboardConfig(Settings):
    """Parameters of `scoreboard.ipynb`."""

    reports: str = Field("reports", description="folder of the executed notebooks")


class BenchmarksConfig(Settings):
    """Parameters of `benchmarks.ipynb`."""

    measured: str = Field("../benchmarks/results.json", description="file written by `make bench`")


NOTEBOOKS: dict[str, type[TrainingConfig]] = {  # those that train
    "classifier": ClassifierConfig,
    "autoencoder": AutoencoderConfig,
    "optdigits_latent": OptdigitsConfig,
    "sweep": SweepConfig,
}
