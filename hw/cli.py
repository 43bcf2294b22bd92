"""The command ``hw``: reports, one's own notebooks and data, without make."""

import logging
import signal
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import click

import hw
from hw.build import build, build_everything
from hw.build.catalogue import SUITE, BuildError, Settings, find_reports, new_report
from hw.check import CheckError, Options, find_hand_ins
from hw.check import check as check_all


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(hw.__version__, prog_name="hw")
def main() -> None:
    """Homework reports from notebooks, as typeset HTML and PDF."""
    logging.basicConfig(format="%(name)s: %(message)s")


@main.command()
@click.argument("name")
@click.option("--from", "source", default="", metavar="REPORT", help="Copy this report's notebook.")
def new(name: str, source: str) -> None:
    """Write a working notebook of your own, notebooks/NAME.ipynb."""
    with _plain_errors():
        path = new_report(name, source)
    click.echo(f"wrote {path}: edit it, then run hw report {name}")


@main.command("list")
def list_reports() -> None:
    """List the reports, and what each is made from."""
    for name, report in find_reports().items():
        sources = [_short(path) for path in (report.notebook, report.parameters) if path]
        click.echo(f"{name:<28}{' + '.join(sources)}")


@main.command()
@click.argument("names", nargs=-1)
@click.option("--quick", is_flag=True, help="Shorten training to seconds.")
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("reports"),
    show_default=True,
    help="Folder of the reports.",
)
@click.option("--jobs", type=click.IntRange(min=1), help="Notebooks that run at the same time.")
@click.option("-p", multiple=True, nargs=2, metavar="NAME VALUE", help="Set a parameter.")
@click.option("-r", multiple=True, nargs=2, metavar="NAME TEXT", help="Set it to text, as it is.")
@click.option("-y", multiple=True, metavar="YAML", help="Set parameters, such as 'seeds: [0, 1]'.")
@click.option("-f", multiple=True, metavar="FILE", help="Set the parameters in a YAML file.")
def report(
    names: tuple[str, ...],
    quick: bool,
    out: Path,
    jobs: int | None,
    **parameters: tuple[str | tuple[str, str], ...],  # papermill's options, passed on as they are
) -> None:
    """Run notebooks and render them as HTML and PDF.

    NAMES are names from `hw list`, or notebook files. Without any, all reports in notebooks/ are
    built, or all of the suite if there are none, with the scoreboard as index.html. What has not
    changed is not built again.
    """
    with _plain_errors():
        settings = Settings(quick, out, _papermill_arguments(parameters), jobs or 0)
        if names:
            build(names, settings)
            index = ""
        else:
            index = f": open {build_everything(settings)}"
    click.echo(f"reports are in {out}{index}")


@main.command()
@click.argument("folders", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("checked"),
    show_default=True,
    help="Folder of the results.",
)
@click.option("--jobs", type=click.IntRange(min=1), help="Processes; by default one per core.")
@click.option(
    "--require",
    "required",
    multiple=True,
    metavar="NAME",
    default=Options.required,
    show_default=True,
    help="What every hand-in must give, in a parameter or its title block.",
)
@click.option("--question-pages", is_flag=True, help="Start each question on a page of its own.")
@click.option(
    "--comments", type=click.Path(path_type=Path), help="CSV or YAML file of comments and points."
)
@click.option("--limit", type=float, default=300, show_default=True, help="Seconds per hand-in.")
def check(
    folders: tuple[Path, ...],
    out: Path,
    jobs: int | None,
    required: tuple[str, ...],
    question_pages: bool,
    comments: Path | None,
    limit: float,
) -> None:
    """Render all notebooks in FOLDERS as PDFs, with a table of what was found.

    Nothing in them is executed. index.html and hand-ins.csv say which cells were never executed,
    executed out of order or failed, and what is missing; questions.json has the pages of each
    question, a cell with a tag such as question:1a, or a heading. Comments come back as
    .feedback.pdf.
    """
    options = Options(out, jobs or 0, required, question_pages, comments, limit)
    with _plain_errors(CheckError):
        total = len(find_hand_ins(folders))
        with click.progressbar(check_all(folders, options), length=total, file=sys.stderr) as done:
            broken = [hand_in for hand_in in done if hand_in.error]
    for hand_in in broken:
        click.echo(f"{hand_in.name}: {hand_in.error}", err=True)
    click.echo(f"{total - len(broken)} of {total} hand-ins are PDFs: open {out / 'index.html'}")
    if broken:
        raise click.exceptions.Exit(1)


@main.group()
def data() -> None:
    """Data sets."""


@data.command()
def fetch() -> None:
    """Download and verify the data sets, so that reports can be made without internet."""
    from hw.data import DataUnavailableError, data_folder, load_fashion_mnist, load_optdigits

    with _plain_errors(DataUnavailableError):
        for name, load in (("Fashion-MNIST", load_fashion_mnist), ("optdigits", load_optdigits)):
            n_images = sum(map(len, load()))
            click.echo(f"{name}: {n_images:,} images, verified, in {data_folder()}")


def _short(path: Path) -> str:
    """Name of a file; that of the package's own, within its folder of notebooks."""
    return str(path.relative_to(SUITE) if path.is_relative_to(SUITE) else path)


def _papermill_arguments(
    parameters: Mapping[str, Iterable[str | tuple[str, str]]],
) -> tuple[str, ...]:
    arguments: list[str] = []
    for option in sorted(parameters):
        for value in parameters[option]:
            arguments += [f"-{option}", *([value] if isinstance(value, str) else value)]
    return tuple(arguments)


@contextmanager
def _plain_errors(*kinds: type[Exception]) -> Iterator[None]:
    """Show errors that a user can cause in one line; end as a command does if interrupted."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    expected: tuple[type[Exception], ...] = (BuildError, OSError, *kinds)
    try:
        yield
    except expected as error:
        raise click.ClickException(str(error)) from None
    except KeyboardInterrupt:
        click.echo("interrupted: the next run goes on from here", err=True)
        raise click.exceptions.Exit(130) from None
