"""The command line: `racing train`, `show`, `report`, `refresh`, `study`, `edge` and `bench`.

The one place where the core meets `export`. The heavy imports wait until a command needs them, so
that help and errors come at once.
"""

import dataclasses
import json
import os
import sys
from pathlib import Path
from typing import Annotated, Literal

import tyro
from rich.progress import Progress, track
from tyro.conf import arg

from racing_core import terminal_set_up
from racing_core.config import Config, Names
from racing_core.console import Console
from racing_core.errors import InputError, printable
from racing_core.training import Training

ROOT = Path(__file__).parent.parent
DOCS_DATA = ROOT / "docs" / "data"


@dataclasses.dataclass(frozen=True)
class Train(Training):
    """Train networks and record every neuron's trajectory in a NetCDF file."""

    out: Annotated[Path, arg(metavar="FILE")] = Path("run.nc")
    """Where to write the run."""
    force: bool = False
    """Replace the file if it is there."""

    def __call__(self):
        with terminal_set_up.uninterrupted():
            from racing_core import files, record, run_file, summary

        _check_out(self.out, self.force, self.task)
        fields = {field.name: getattr(self, field.name) for field in dataclasses.fields(Training)}
        # Opened before the training, so that an unwritable place is told at once.
        with files.atomic(self.out) as temporary, _progress() as progress:
            task = progress.add_task("Training", total=self.steps)
            run = record.recorded(
                record.simulate(Training(**fields), lambda steps: progress.advance(task, steps))
            )
            run_file.write(run, temporary)
        out = printable(self.out)
        print(
            f"{out}: loss {run['loss'][:, -1].mean():.4g}, accuracy "
            f"{run['accuracy'][:, -1].mean():.4g}; look at it with `racing show {out}`."
        )
        if idle := [
            f"seed {seed}"
            for seed, loss in zip(self.seeds, run["loss"], strict=True)
            if not summary.learned(loss)
        ]:
            print(f"Not learned, the loss has stayed where it started: {', '.join(idle)}.")


@dataclasses.dataclass(frozen=True)
class Show:
    """Show a run: loss curve, clusters, capacity and winners."""

    run: tyro.conf.Positional[Annotated[Path, arg(metavar="RUN.nc")]]
    """A file that `racing train` wrote."""
    json: bool = False
    """Print JSON."""

    def __call__(self):
        from racing_core import run_file, summary, terminal

        summarised = summary.summarise(run_file.read(self.run))
        if self.json:
            print(json.dumps(summarised, indent=1, allow_nan=False))
        else:
            terminal.show(summarised, Console(markup=False, highlight=False, emoji=False))


@dataclasses.dataclass(frozen=True)
class Report:
    """Write a run's figures into one HTML file that needs no network."""

    run: tyro.conf.Positional[Annotated[Path, arg(metavar="RUN.nc")]]
    """A file that `racing train` wrote."""
    seed: int | None = None
    """Which network of the run (the first, if none is named)."""
    out: Annotated[Path, arg(metavar="FILE")] = Path("report.html")
    """Where to write the report."""
    force: bool = False
    """Replace the file if it is there."""

    def __call__(self):
        from export import report
        from racing_core import files, run_file

        _check_out(self.out, self.force, self.run)
        data = run_file.read(self.run)
        if self.seed is not None and self.seed not in data["seed"]:
            known = ", ".join(map(str, data["seed"]))
            raise InputError(f"{self.run} has no seed {self.seed}; it has {known}.")
        with files.atomic(self.out) as temporary, _progress() as progress:
            task = progress.add_task("Writing the report", total=report.PARTS)
            html = report.report(data, self.seed, lambda: progress.advance(task))
            temporary.write_text(html, "utf-8")
        print(f"{printable(self.out)}: open it in a browser.")


@dataclasses.dataclass(frozen=True)
class Refresh:
    """Make everything that the site needs anew; the old data stays until the new is complete."""

    out: Annotated[Path, arg(metavar="DIR", help_behavior_hint="(default: docs/data)")] = DOCS_DATA
    """Folder to replace."""
    data_dir: Annotated[Path | None, arg(metavar="DIR")] = None
    """Folder with CIFAR-10, binary or pickled; without it RACING_DATA_DIR, else a download."""

    def __call__(self):
        with terminal_set_up.uninterrupted():
            from export import refresh

        with _progress() as progress:
            refresh.refresh(self.out, self.data_dir, progress)


@dataclasses.dataclass(frozen=True)
class Study:
    """Test every claim over seeds, tasks and initializations; stop it and go on at will."""

    quick: bool = False
    """A small study of every kind in under two minutes; its results go nowhere but to --out."""
    cell: Annotated[str | None, arg(metavar="TASK/INIT")] = None
    """Run only this cell, anew and in this process, and print its numbers: digits/fan_in, say; or
    width/30/digits/balanced of a scan, or 10/0.00785/0.0954 of the phase diagram (width, scale,
    rate)."""
    grouping: Names = ()
    """Run all claims on this group of CIFAR-10's classes and the one of --against, and say for
    each whether it came out as the page expects of a new grouping."""
    against: Names = ()
    """The other group: bird,frog, say."""
    sample_seed: int | None = None
    """Seed by which the images of that grouping are drawn (None: the first ones in file order)."""
    workers: int = 2
    """Processes on this machine."""
    scheduler: Annotated[str | None, arg(metavar="ADDRESS")] = None
    """A running dask scheduler, tcp://..., in place of processes on this machine."""
    results: Annotated[Path, arg(metavar="DIR", help_behavior_hint="(default: .cache/study)")] = (
        ROOT / ".cache" / "study"
    )
    """Folder of finished runs, one small file each; what is there is not run again."""
    out: Annotated[Path | None, arg(metavar="DIR")] = None
    """Folder in which evidence/ is written (default: docs/data, or nowhere with --quick)."""
    data_dir: Annotated[Path | None, arg(metavar="DIR")] = None
    """Folder with CIFAR-10, binary or pickled; without it RACING_DATA_DIR, else a download."""

    def __call__(self):
        from racing_core.study import plan

        if self.workers < 1:
            raise InputError(f"workers is {self.workers}, but must be at least 1.")
        if bool(self.grouping) != bool(self.against):
            raise InputError("--grouping and --against each name a group; give both.")
        jobs = plan.jobs(self.quick)
        if self.grouping:
            self._run_grouping()
        elif self.cell is None:
            self._run_all(jobs)
        else:
            self._run_cell(plan.cell(jobs, self.cell))

    def _run_grouping(self):
        from racing_core import tasks
        from racing_core.study import plan, terminal
        from racing_core.study import results as published

        page = DOCS_DATA / "evidence" / "claims.json"
        if not page.is_file():
            raise InputError(f"{page} is missing, with what to compare; run racing study.")
        config = Config(group_a=self.grouping, group_b=self.against, sample_seed=self.sample_seed)
        task = tasks.load(
            config.task, config.group_a, config.group_b, config.per_class, self.data_dir,
            config.sample_seed,
        )  # fmt: skip
        names = ("task", "group_a", "group_b", "sample_seed")
        fields = {name: getattr(config, name) for name in names}
        name = f"{'+'.join(task.group_a)} / {'+'.join(task.group_b)}"
        jobs = [
            job
            for init in plan.INITS
            for job in plan.claim_jobs(plan.Cell(name, init), plan.DRAWN_SEEDS, fields)
        ]
        results = self._run(jobs, "Running the grouping")
        claims = json.loads(page.read_text("utf-8"))["rows"]
        terminal.grouping(published.against_the_page(results, claims), name)

    def _run_cell(self, jobs):
        with terminal_set_up.uninterrupted():
            from racing_core.study import jobs as kinds
            from racing_core.study import terminal

        shown = track(jobs, "Running the cell", console=Console(stderr=True))
        terminal.cell([(job, kinds.perform(job.kind, job.fields, self.data_dir)) for job in shown])

    def _run_all(self, jobs):
        from export.data import evidence
        from racing_core import files
        from racing_core.study import results as published
        from racing_core.study import terminal

        if out := self.out or (None if self.quick else DOCS_DATA):
            files.make_folder(out)  # told now, not after the study
        results = self._run(jobs, "Running the study")
        terminal.verdicts(results)
        if out:
            names = evidence.publish(out, published.tables(results))
            print(f"Written to {out}: {', '.join(names)}.")

    def _run(self, jobs, text):
        """(job, result) pairs, with progress."""
        from racing_core.study import runner

        with _progress() as progress:
            task = progress.add_task(text, total=sum(job.cost for job in jobs))

            def on_done(job):
                progress.advance(task, job.cost)

            runner.run(jobs, self.results, self.data_dir, self.scheduler, self.workers, on_done)
        return runner.load(jobs, self.results)


@dataclasses.dataclass(frozen=True)
class Edge:
    """Find where the race ends: other optimisers, losses, networks, starts; 20 minutes."""

    only: Annotated[str | None, arg(metavar="VARIANT")] = None
    """Run only one change (momentum, adam_1e-3, two_layers, ...), or scales, the starts of every
    size; publish nothing."""
    device: Literal["cpu", "cuda"] = "cpu"
    """Where to train."""
    results: Annotated[Path, arg(metavar="DIR", help_behavior_hint="(default: .cache/edge)")] = (
        ROOT / ".cache" / "edge"
    )
    """Folder of finished runs, one small file each; what is there is not run again."""
    out: Annotated[Path, arg(metavar="DIR", help_behavior_hint="(default: docs/data)")] = DOCS_DATA
    """Folder in which evidence/edge.json and evidence/edge_scales.json are written."""
    data_dir: Annotated[Path | None, arg(metavar="DIR")] = None
    """Folder with CIFAR-10, binary or pickled; without it RACING_DATA_DIR, else a download."""

    def __call__(self):
        with terminal_set_up.uninterrupted():
            from export.data import evidence
            from racing_core.study import terminal
            from racing_core.study.edge import plan, results, runner

        cells = plan.cells(self.only, self.device)
        with _progress() as progress:
            task = progress.add_task("Running the edge", total=len(cells))
            runner.run(cells, self.results, self.data_dir, lambda cell: progress.advance(task))
        tables = results.tables(runner.load(cells, self.results))
        terminal.edge(tables)
        if self.only is None:
            names = evidence.publish(self.out, tables)
            print(f"Written to {printable(self.out)}: {', '.join(names)}.")


@dataclasses.dataclass(frozen=True)
class Bench:
    """Measure how fast this machine trains, in a minute or two."""

    json: bool = False
    """Print JSON."""
    out: Annotated[Path | None, arg(metavar="DIR")] = None
    """Folder in which reference/bench.json is written, for the site: docs/data."""

    def __call__(self):
        with terminal_set_up.uninterrupted():
            from racing_core import bench, files, terminal

        if self.out:
            files.make_folder(self.out)
        with _progress() as progress:
            task = progress.add_task("Measuring", total=bench.PARTS)
            measured = bench.bench(lambda: progress.advance(task))
        if self.json:
            print(json.dumps(measured, indent=1))
        else:
            terminal.bench(measured, Console())
        if self.out:
            from export.data import reference

            print(f"Written to {self.out}: {', '.join(reference.publish(self.out, measured))}.")


def _check_out(out, force, source):
    """Raise InputError unless a file can be written there that is not the one that is read."""
    if out.is_dir():
        raise InputError(f"{out} is a folder; name a file with --out.")
    if out.exists() and not force:
        raise InputError(f"{out} exists; name another file with --out, or add --force.")
    if os.path.realpath(out) == os.path.realpath(source):
        raise InputError(f"{out} is what is read; name another file with --out.")


def _progress():
    return Progress(console=Console(stderr=True))


Command = (
    Annotated[Train, tyro.conf.subcommand("train")]
    | Annotated[Show, tyro.conf.subcommand("show")]
    | Annotated[Report, tyro.conf.subcommand("report")]
    | Annotated[Refresh, tyro.conf.subcommand("refresh")]
    | Annotated[Study, tyro.conf.subcommand("study")]
    | Annotated[Edge, tyro.conf.subcommand("edge")]
    | Annotated[Bench, tyro.conf.subcommand("bench")]
)


def main(arguments=None):
    """Run a command (by default that of sys.argv).

    Bad input, and a machine that cannot go on, end in one sentence on standard error and exit code
    2.
    """
    terminal_set_up.set_up()
    if arguments is None:
        terminal_set_up.end_on_request()
    try:
        code = _run(arguments)
        sys.stdout.flush()
    except BrokenPipeError:  # who read the output has seen enough, as `| head` does
        terminal_set_up.discard(1)
        code = 141  # as if by SIGPIPE
    except OSError as error:
        terminal_set_up.discard(1)
        code = _refuse(f"{error.filename or 'The output'} cannot be used ({error.strerror}).")
    if code:
        sys.exit(code)


def _run(arguments):
    """Run a command; its exit code."""
    try:
        terminal_set_up.check_folder()
        tyro.cli(
            Command,
            args=arguments,
            prog="racing",
            description="Train a ReLU network, watch its neurons race, refresh the site's data.",
            config=(tyro.conf.FlagCreatePairsOff,),
        )()
    except InputError as error:
        return _refuse(error)
    except (MemoryError, RuntimeError) as error:
        if isinstance(error, RuntimeError) and "allocate memory" not in str(error):  # torch's word
            raise
        return _refuse("There is not enough memory for this; lower width, or train fewer seeds.")
    except SystemExit as stopped:  # after help, or words that cannot be read
        return stopped.code
    except KeyboardInterrupt:
        _say("stopped; nothing unfinished was written.")
        return 130
    return 0


def _refuse(sentence):
    _say(sentence)
    return 2


def _say(sentence):
    try:
        print(f"racing: {sentence}", file=sys.stderr, flush=True)
    except OSError:  # no one can be told
        terminal_set_up.discard(2)


if __name__ == "__main__":
    main()
