"""A run's file: what is written is read, and anything else is told in one sentence."""

import gc
import json

import h5netcdf
import numpy as np
import pytest
import xarray as xr
from conftest import full_disk

from racing_core import files, memory, record, run_file
from racing_core.config import Config
from racing_core.errors import InputError


@pytest.fixture(scope="module")
def data():
    return record.run(Config(task="playground", width=8, steps=20, seeds=(0, 3)))


def written(data):
    """A run's file with this data set, whatever it is."""
    return run_file.sealed(bytes(data.to_netcdf(engine="h5netcdf")))


@pytest.fixture
def file(data, tmp_path):
    path = tmp_path / "run.nc"
    path.write_bytes(written(data))
    return path


def check_refusal(path, part):
    with pytest.raises(InputError) as refused:
        run_file.load(path)
    said = str(refused.value)
    assert part in said
    assert str(path) in said
    assert said.endswith(".")
    assert "\n" not in said
    assert len(said) < 1000


def test_what_is_written_is_read(data, file):
    run_file.write(run_file.read(file), file)  # what xarray wrote, and now we
    xr.testing.assert_identical(run_file.load(file), data)
    with xr.open_dataset(file, engine="h5netcdf") as opened:  # as any program would
        xr.testing.assert_identical(opened.load(), data)


def with_values(name, change):
    def changed(data):
        values = data[name].values.copy()
        return data.assign({name: (data[name].dims, change(values), data[name].attrs)})

    return changed


def with_configuration(**changes):
    def changed(data):
        fields = json.loads(data.attrs["configuration"]) | changes
        kept = {name: value for name, value in fields.items() if value != "gone"}
        return data.assign_attrs(configuration=json.dumps(kept))

    return changed


def put(place, value):
    def change(values):
        values[place] = value
        return values

    return change


CHANGES = {
    "no variable": (lambda d: d.drop_vars("bias"), "the variable bias is missing"),
    "no coordinate": (lambda d: d.drop_vars("kept"), "the coordinate kept is missing"),
    "one more": (lambda d: d.assign(more=("x", [1.0])), "the variable more is unknown"),
    "dims renamed": (lambda d: d.rename_dims(neuron="unit"), "has the dims"),
    "dims turned": (lambda d: d.transpose("neuron", ...), "has the dims"),
    "no seeds": (lambda d: d.isel(seed=slice(0)), "has 0 of seed, not 2"),
    "one seed": (lambda d: d.isel(seed=[0]), "has 1 of seed"),
    "no times": (lambda d: d.isel(time=slice(0)), "has 0 of time, not 1"),
    "fewer neurons": (lambda d: d.isel(neuron=slice(5)), "has 5 of neuron, not 8"),
    "words": (lambda d: d.assign(loss=d.loss.astype(str)), "loss is of type"),
    "fractions": (lambda d: d.assign(cluster=d.cluster.astype(float)), "cluster is of type"),
    "nan": (with_values("norm_in", put((0, 3, 2), np.nan)), "norm_in has NaN"),
    "infinite": (with_values("w_in", put((1, 2, 1), -np.inf)), "w_in has NaN or infinity"),
    "negative norm": (with_values("norm_out", put((0, 0, 0), -1)), "norm_out has a value outside"),
    "norms whose product overflows": (
        lambda d: with_values("norm_in", lambda v: v * 0 + 1e200)(
            with_values("norm_out", lambda v: v * 0 + 1e200)(d)
        ),
        "norm_in times norm_out is too large",
    ),
    "loss that no axis holds": (with_values("loss", put((0, 0), 1e308)), "loss has a value out"),
    "long kind": (lambda d: d.assign_attrs(kind="x" * 9000), "(it says 'xxxxxxxxxx"),
    "accuracy of 2": (with_values("accuracy", put((1, 4), 2)), "a value outside 0 to 1"),
    "cosine of 2": (with_values("alignment", put((0, 1, 1), 2)), "alignment has a value"),
    "huge cluster": (with_values("cluster", put((0, 1), 10**15)), "cluster has a number"),
    "negative cluster": (with_values("cluster", put((0, 1), -1)), "cluster has a value outside"),
    "gap": (with_values("cluster", lambda c: np.where(c == 0, 7, c)), "cluster does not count"),
    "merged to many": (with_values("merged", put(0, 99)), "merged is more"),
    "time turned": (lambda d: d.assign_coords(time=d.time.values[::-1].copy()), "time does not"),
    "time stands": (lambda d: d.assign_coords(time=np.r_[0, 0, d.time.values[2:]]), "does not inc"),
    "other steps": (with_configuration(steps=21), "time does not run from 0"),
    "other seeds": (with_configuration(seeds=[0, 4]), "its seeds are not those"),
    "other width": (with_configuration(width=9), "kept has 9 of kept, not 10"),
    "no width": (with_configuration(width="gone"), "not one of this version"),
    "new field": (with_configuration(colour=1), "not one of this version"),
    "width of words": (with_configuration(width="many"), "not one of this version"),
    "width of truth": (with_configuration(width=True), "its width is True"),
    "width of lists": (with_configuration(width=[8]), "not one of this version"),
    "bad start": (with_configuration(init="zero"), "not one of this version"),
    "bad rate": (with_configuration(lr=-1), "not one of this version"),
    "bad groups": (with_configuration(group_a=[1, 2]), "not one of this version"),
    "no JSON": (lambda d: d.assign_attrs(configuration="{"), "attribute configuration"),
    "JSON list": (lambda d: d.assign_attrs(configuration="[1]"), "attribute configuration"),
    "number": (lambda d: d.assign_attrs(configuration=3.0), "attribute configuration"),
    "versions": (lambda d: d.assign_attrs(versions='{"torch": 2}'), "attribute versions"),
    "hash of numbers": (lambda d: d.assign_attrs(data_hash=[1, 2]), "attribute data_hash"),
    "no kind": (lambda d: d.drop_attrs(), "not a run of this version (it says None"),
    "older": (lambda d: d.assign_attrs(kind="racing run 1"), "it says 'racing run 1'"),
}  # fmt: skip


@pytest.mark.parametrize("case", CHANGES)
def test_what_does_not_fit_the_layout_is_named(case, data, tmp_path):
    change, part = CHANGES[case]
    (tmp_path / "changed.nc").write_bytes(written(change(data)))
    check_refusal(tmp_path / "changed.nc", part)


def test_what_another_program_wrote_is_told(data, tmp_path):
    data.assign(bias=data.bias + 0.5).to_netcdf(tmp_path / "changed.nc", engine="h5netcdf")
    check_refusal(tmp_path / "changed.nc", "its checksum is missing")


def test_a_changed_byte_is_told_before_the_file_is_believed(file, monkeypatch):
    whole = file.read_bytes()
    monkeypatch.setattr(h5netcdf, "File", lambda *args, **kw: pytest.fail("it was opened"))
    for place in np.linspace(0, len(whole) - run_file.SEAL_LENGTH - 1, 40).astype(int):
        damaged = bytearray(whole)
        damaged[place] ^= 1 << (place % 8)
        file.write_bytes(damaged)
        check_refusal(file, "is damaged: its content has changed")


def test_files_that_are_cut_or_hold_something_else(file, monkeypatch):
    """HDF5 sees none of them: in some it loops for ever."""
    monkeypatch.setattr(h5netcdf, "File", lambda *args, **kw: pytest.fail("it was opened"))
    whole = file.read_bytes()
    for length in np.linspace(0, len(whole) - 1, 10).astype(int):
        file.write_bytes(whole[:length])
        check_refusal(file, "")
    file.write_bytes(whole[: -run_file.SEAL_LENGTH])
    check_refusal(file, "its checksum is missing")
    file.write_bytes(whole + b"more")
    check_refusal(file, "its checksum is missing")
    file.write_text("a text")
    check_refusal(file, "no NetCDF file")
    with pytest.raises(InputError, match="does not exist"):
        run_file.load(file.with_name("nowhere.nc"))
    check_refusal(file.parent, "no regular file")


def test_a_file_that_may_not_be_read(file, monkeypatch):
    def refuse(*args):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(run_file.Path, "open", refuse)
    check_refusal(file, "cannot be read (Permission denied)")


@pytest.mark.filterwarnings("error::pytest.PytestUnraisableExceptionWarning")
def test_a_seal_around_something_else_is_a_sentence(file, capfd):
    """HDF5 itself has to be told apart from what it is not."""
    whole = file.read_bytes()[: -run_file.SEAL_LENGTH]
    for length in np.linspace(len(run_file.HDF5), len(whole) - 1, 6).astype(int):
        file.write_bytes(run_file.sealed(whole[:length]))
        check_refusal(file, "is not a run")
    gc.collect()  # h5netcdf complains when what it failed to open is let go of
    assert capfd.readouterr().err == ""


def test_a_file_that_does_not_fit_is_not_read(file, monkeypatch):
    monkeypatch.setattr(memory, "available", lambda: 1000)
    unread = lambda *args: pytest.fail("it was read")  # noqa: E731
    monkeypatch.setattr(h5netcdf.Variable, "__getitem__", unread)
    check_refusal(file, "GB of memory")


def test_a_disk_that_is_full_is_one_sentence(file, tmp_path, capfd):
    """HDF5 itself would write a page of errors, and crash."""
    run = run_file.read(file)
    file.unlink()
    written = files.atomic(tmp_path / "run.nc")
    too_large = pytest.raises(InputError, match="File too large")
    with full_disk(10_000), too_large, written as temporary:
        run_file.write(run, temporary)
    assert list(tmp_path.iterdir()) == []
    assert capfd.readouterr().err == ""
