"""The command line: what it writes, and what it says when it can't."""

import json
import subprocess
import sys
from typing import NamedTuple

import numpy as np
import pytest
import xarray as xr

from racing_core import optimised, record
from racing_core.__main__ import main
from racing_core.config import Config
from racing_core.run_file import configuration, load
from racing_core.training import Training

SMALL = ["--task", "playground", "--width", "12", "--steps", "60"]


class Done(NamedTuple):
    returncode: int
    stdout: str
    stderr: str


@pytest.fixture
def racing(capfd, monkeypatch):
    """Runs a command in this process: starting Python anew takes seconds."""
    monkeypatch.setenv("COLUMNS", "200")

    def run(*arguments):
        capfd.readouterr()
        code = 0
        try:
            main([str(argument) for argument in arguments])
        except SystemExit as stopped:
            code = stopped.code
        return Done(code or 0, *capfd.readouterr())

    return run


@pytest.fixture(scope="module")
def run_file(tmp_path_factory):
    file = tmp_path_factory.mktemp("run") / "run.nc"
    main(["train", *SMALL, "--seeds", "0,1", "--out", str(file)])
    return file


def test_the_module_is_the_command(tmp_path):
    command = [sys.executable, "-m", "racing_core", "train", *SMALL, "--width", "0"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    check_refusal(done, "width is 0")
    assert list(tmp_path.iterdir()) == []


def test_train_writes_what_record_makes(run_file):
    config = Config(task="playground", width=12, steps=60, seeds=(0, 1))
    expected = record.run(config)
    found = load(run_file)
    xr.testing.assert_equal(found, expected)
    assert found.attrs == expected.attrs
    assert found.loss.attrs["units"] == "nat"
    read = configuration(found)
    assert (read.width, read.seeds, read.group_a) == (12, (0, 1), ("east", "west"))
    assert dict(found.sizes) == {
        "seed": 2, "time": 61, "neuron": 12, "kept": 13, "input": 2, "output": 2
    }  # fmt: skip


def test_train_says_what_the_run_came_to(tmp_path, racing):
    file = tmp_path / "one.nc"
    said = racing("train", *SMALL, "--out", file)
    data = load(file)
    loss, accuracy = float(data.loss[0, -1]), float(data.accuracy[0, -1])
    assert f"loss {loss:.4g}, accuracy {accuracy:.4g};" in said.stdout
    assert loss != float(data.loss[0, 1])  # the last, not an early one


def test_a_network_that_does_not_learn_is_a_result_and_told(tmp_path, racing):
    file = tmp_path / "flat.nc"
    said = racing("train", *SMALL, "--lr", "1e-9", "--seeds", "0,4", "--out", file)
    assert said.returncode == 0
    assert "Not learned, the loss has stayed where it started: seed 0, seed 4." in said.stdout
    assert racing("show", file).stdout.count("This network has not learned") == 2
    told = json.loads(racing("show", file, "--json").stdout)
    assert [seed["learned"] for seed in told["seeds"]] == [False, False]
    learned = racing("train", *SMALL, "--lr", "1", "--steps", "400", "--out", tmp_path / "run.nc")
    assert "Not learned" not in learned.stdout


def test_show_for_people_and_as_json(run_file, racing):
    text = racing("show", run_file)
    assert text.returncode == 0, text.stderr
    for heading in ("loss", "Clusters", "Capacity", "Winners", "seed 1"):
        assert heading in text.stdout
    summary = json.loads(racing("show", run_file, "--json").stdout)
    data = load(run_file)
    first = summary["seeds"][0]
    assert first["loss"] == pytest.approx(float(data.loss[0, -1]))
    assert sum(cluster["neurons"] for cluster in first["clusters"]) == 12
    assert first["capacity"]["pruned"][-1]["accuracy"] == pytest.approx(first["accuracy"])
    final = (data.norm_in * data.norm_out).values[0, -1]
    assert first["winners"][0]["neuron"] == int(final.argmax())


READING = """
import sys
from racing_core.__main__ import main
main(["show", sys.argv[1]])
main(["report", sys.argv[1], "--out", sys.argv[1] + ".html"])
print("needless:", *sorted({"torch", "xarray", "pandas", "sklearn"} & set(sys.modules)))
"""


def test_reading_a_run_waits_for_no_library_that_it_does_not_need(run_file):
    command = [sys.executable, "-c", READING, str(run_file)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert "Winners" in done.stdout
    assert done.stdout.splitlines()[-1] == "needless:"


def test_help_tells_every_option(racing):
    done = racing("train", "--help")
    assert done.returncode == 0
    for option in (
        "task", "group-a", "group-b", "per-class", "width", "init", "init-scale", "lr", "steps",
        "seeds", "dtype", "device", "data-dir", "optimizer", "momentum", "batch", "out", "force",
    ):  # fmt: skip
        assert f"--{option}" in done.stdout


BAD = {
    "unknown task": (["--task", "mnist"], "Unknown task 'mnist'"),
    "unknown class": (["--group-a", "east,unicorn"], "unicorn"),
    "overlap": (["--group-a", "east", "--group-b", "east"], "east"),
    "empty group": (["--group-a", ""], "group_a"),
    "too many": (["--task", "digits", "--per-class", "900"], "at most"),
    "zero width": (["--width", "0"], "width is 0"),
    "negative steps": (["--steps", "-5"], "steps is -5"),
    "zero per class": (["--per-class", "0"], "per_class is 0"),
    "negative rate": (["--lr", "-0.1"], "lr is -0.1"),
    "nan": (["--lr", "nan"], "lr is nan"),
    "beyond float32": (["--lr", "1e300", "--dtype", "float32"], "lr is 1e+300, but float32 ends"),
    "infinite": (["--init-scale", "inf"], "init_scale is inf"),
    "overflowing": (["--init-scale", "1e200"], "init_scale is 1e+200"),
    "endless": (["--steps", "1" + 30 * "0"], "steps is 1"),
    "huge": (["--width", "1000000"], "GB of memory"),
    "negative seed": (["--seeds", "-1"], "seeds"),
    "seed twice": (["--seeds", "1,1"], "twice"),
    "diverging": (["--lr", "1e300"], "lr = 1e+300"),
    "momentum": (["--momentum", "1"], "momentum is 1.0"),
    "large batch": (["--batch", "1000"], "batch is 1000"),
    "no such folder": (["--out", "nowhere/at/all.nc"], "nowhere/at"),
    "out is a folder": (["--out", "."], "folder"),
    "no data": (["--task", "cifar10", "--data-dir", "."], "holds no CIFAR-10"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input_ends_in_one_sentence_and_leaves_nothing(case, tmp_path, monkeypatch, racing):
    monkeypatch.chdir(tmp_path)
    arguments, part = BAD[case]
    out = [] if "--out" in arguments else ["--out", "run.nc"]
    done = racing("train", *SMALL, *out, *arguments)
    check_refusal(done, part)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        (["--grouping", "cat,dog"], "each name a group; give both"),
        (["--grouping", "cat,dog", "--against", "cat,frog"], "Class 'cat' is in group_a and in"),
        (["--grouping", "cat", "--against", "dog", "--sample-seed", "-1"], "sample_seed is -1"),
    ],
)
def test_a_grouping_that_cannot_be_run_is_refused_at_once(arguments, part, tmp_path, racing):
    done = racing("study", *arguments, "--results", tmp_path / "results")
    check_refusal(done, part)
    assert list(tmp_path.iterdir()) == []


def check_refusal(done, part):
    assert done.returncode == 2
    said = [line for line in done.stderr.splitlines() if line.startswith("racing: ")]
    assert len(said) == 1, done.stderr
    assert part in said[0]
    assert said[0].endswith(".")
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


@pytest.mark.parametrize(
    "arguments",
    [["--width", "many"], ["--seeds", "1,x"], ["--init", "zero"], ["--unknown"]],
    ids=" ".join,
)
def test_words_that_cannot_be_read_exit_with_2(arguments, tmp_path, racing):
    done = racing("train", *arguments, "--out", tmp_path / "run.nc")
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert arguments[0] in done.stderr + done.stdout
    assert list(tmp_path.iterdir()) == []


def test_an_existing_file_is_kept_without_force(tmp_path, racing):
    kept = tmp_path / "run.nc"
    kept.write_bytes(b"precious")
    check_refusal(racing("train", *SMALL, "--out", kept), "--force")
    assert kept.read_bytes() == b"precious"
    assert racing("train", *SMALL, "--out", kept, "--force").returncode == 0
    assert load(kept).sizes["neuron"] == 12


def test_cuda_where_there_is_none(tmp_path, racing, monkeypatch):
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    done = racing("train", *SMALL, "--device", "cuda", "--out", tmp_path / "run.nc")
    check_refusal(done, "no CUDA GPU")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("command", ["show", "report"])
def test_what_is_no_run_is_refused(command, run_file, tmp_path, racing, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "text.nc").write_text("no NetCDF")
    xr.Dataset({"a": ("x", [1.0])}).to_netcdf(tmp_path / "other.nc", engine="h5netcdf")
    damaged = bytearray(run_file.read_bytes())
    damaged[len(damaged) // 2] ^= 4
    (tmp_path / "damaged.nc").write_bytes(damaged)
    files = {*tmp_path.iterdir()}
    for name, part in (
        ("text.nc", "not a run"),
        ("other.nc", "not a run"),
        ("damaged.nc", "its content has changed"),
        ("no", "does not exist"),
        (".", "no regular file"),
    ):
        check_refusal(racing(command, name), part)
    assert {*tmp_path.iterdir()} == files


def test_an_unwritable_folder_is_told_before_training(racing):
    check_refusal(
        racing("train", *SMALL, "--out", "/proc/run.nc"), "cannot be written"
    )  # not even root


def test_refresh_keeps_the_old_data_when_it_fails(tmp_path, racing):
    out = tmp_path / "data"
    out.mkdir()
    (out / "race.json").write_text("old")
    (out / "manifest.json").write_text("{}")
    check_refusal(racing("refresh", "--out", out, "--data-dir", tmp_path), "holds no CIFAR-10")
    assert (out / "race.json").read_text() == "old"
    assert [file.name for file in tmp_path.iterdir()] == ["data"]


def test_train_takes_the_steps_of_any_optimiser(tmp_path, racing):
    options = {"optimizer": "adam", "lr": 0.001, "batch": 20}
    file = tmp_path / "adam.nc"
    said = racing("train", *SMALL, *(f"--{name}={value}" for name, value in options.items()),
                  "--out", file)  # fmt: skip
    assert said.returncode == 0, said.stderr
    data = load(file)
    expected = optimised.simulate(Training(task="playground", width=12, steps=60, **options)).run()
    np.testing.assert_array_equal(data.loss[0], expected.loss)
    assert configuration(data).optimizer == "adam"
    assert (data.loss[0] != record.run(Config(task="playground", width=12, steps=60)).loss[0]).any()
