"""The study: nothing is run twice, a lost worker loses nothing, spreading changes nothing."""

import ctypes
import itertools
import json
import os
import signal
import subprocess
import sys

import numpy as np
import psutil
import pytest
from conftest import full_disk
from distributed import LocalCluster, default_client

from export.data import evidence
from racing_core.__main__ import main
from racing_core.errors import InputError
from racing_core.study import claims, plan, terminal, verdicts
from racing_core.study import jobs as work
from racing_core.study import results as published
from racing_core.study import runner as study

pytestmark = pytest.mark.filterwarnings("ignore")


def small_jobs():
    fields = {"width": 20, "steps": 150}
    return [
        job
        for init in plan.INITS
        for job in plan._batches("race", plan.Cell("playground", init), fields, range(6), batch=2)
    ]


def contents(folder):
    return {file.name: file.read_bytes() for file in folder.iterdir()}


@pytest.fixture(scope="module")
def here():
    """The address of a dask scheduler with one worker, all in this process."""
    with LocalCluster(
        n_workers=1, threads_per_worker=1, processes=False, dashboard_address=None
    ) as cluster:
        yield cluster.scheduler_address


@pytest.fixture(scope="module")
def finished(tmp_path_factory, here):
    folder = tmp_path_factory.mktemp("one")
    study.run(small_jobs(), folder, scheduler=here)
    return folder


def test_what_is_there_is_not_run_again(finished, here, monkeypatch):
    jobs = small_jobs()
    gone = finished / f"{jobs[0].key}.json"
    before = {f.name: f.stat().st_mtime_ns for f in finished.iterdir()}
    kept = gone.read_bytes()
    gone.unlink()
    seen = []
    study.run(jobs, finished, scheduler=here, on_done=lambda job: seen.append(job.key))
    after = {f.name: f.stat().st_mtime_ns for f in finished.iterdir()}
    assert {name for name in after if after[name] != before[name]} == {gone.name}
    assert gone.read_bytes() == kept
    assert sorted(seen) == sorted(job.key for job in jobs)
    monkeypatch.setattr(study, "_client", None)  # with nothing to do, nothing is started
    study.run(jobs, finished)


def test_neither_spreading_nor_losing_a_worker_changes_anything(finished, tmp_path):
    """Of two processes one is killed while it works; no finished job is done a second time."""
    written, killed = {}, []

    def signal_at_its_parents_death():
        found = ctypes.c_int()
        ctypes.CDLL(None).prctl(2, ctypes.byref(found))  # PR_GET_PDEATHSIG
        return found.value

    def on_done(job):
        assert job.key not in written
        written[job.key] = (tmp_path / f"{job.key}.json").stat().st_mtime_ns
        if not killed:
            client = default_client()
            if sys.platform == "linux":
                ends = client.run(signal_at_its_parents_death)
                assert set(ends.values()) == {signal.SIGKILL}
            pids = client.run(os.getpid)
            busy = [worker for worker, tasks in client.processing().items() if tasks]
            killed.append(pids[busy[0]])
            os.kill(killed[0], signal.SIGKILL)

    study.run(list(reversed(small_jobs())), tmp_path, workers=2, on_done=on_done)
    assert killed
    assert set(written) == {job.key for job in small_jobs()}
    for key, time in written.items():
        assert (tmp_path / f"{key}.json").stat().st_mtime_ns == time
    assert contents(tmp_path) == contents(finished)
    here = [(job, work.perform(job.kind, job.fields)) for job in small_jobs()]
    there = study.load(small_jobs(), tmp_path)
    assert published.tables(here) == published.tables(there)


def test_a_result_is_there_whole_or_not_at_all(tmp_path):
    """Half a file would be taken for a job that is done."""
    with full_disk(10), pytest.raises(InputError, match="File too large"):
        study._write(tmp_path, small_jobs()[0], {})
    assert list(tmp_path.iterdir()) == []


WORKER = "from racing_core.study import orphans; orphans.dask_setup(None); print(1, flush=True)"
PARENT = f"""
import subprocess, sys
child = subprocess.Popen([sys.executable, "-c", {WORKER + chr(10) + "while True: pass"!r}])
print(child.pid, flush=True)
child.wait()
"""


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere dask's own watch has to do")
def test_a_worker_ends_with_the_study_whatever_it_does():
    with subprocess.Popen([sys.executable, "-c", PARENT], stdout=subprocess.PIPE) as parent:
        worker = psutil.Process(int(parent.stdout.readline()))
        assert parent.stdout.readline() == b"1\n"  # from now on it computes without end
        parent.kill()
    worker.wait(timeout=30)


def test_a_job_is_addressed_by_what_it_does():
    jobs = plan.jobs()
    assert len({job.key for job in jobs}) == len(jobs)
    one = jobs[0]
    moved = plan.Job(one.kind, plan.Cell("a", "b"), dict(reversed(one.fields.items())), 0)
    assert moved.key == one.key
    other = plan.Job(one.kind, one.cell, one.fields | {"lr": 0.2}, one.cost)
    assert other.key != one.key


def test_the_phase_diagram_s_keys_cover_its_time(monkeypatch):
    """Twice the gradient-flow time: other keys."""

    def keys():
        return {job.key for job in plan.jobs() if job.kind == "phase"}

    before = keys()
    monkeypatch.setattr(plan, "FLOW_TIME", 2 * plan.FLOW_TIME)
    assert len(before) == len(keys()) >= 1200
    assert not before & keys()


def test_the_whole_study_is_what_was_asked_for():
    """Whatever a claim is read from is run in every cell, on as many seeds; and the diagram."""
    seeds = {}
    for job in plan.jobs():
        place = job.kind, job.variable, job.value, job.cell
        seeds.setdefault(place, set()).update(job.fields["seeds"])
    kinds = ("race", "neuron_tickets", "weight_tickets")
    named = list(itertools.product(plan.TASKS, plan.INITS))
    drawn = list(itertools.product(plan.DRAWN | plan.HELD_BACK | plan.IMAGES, plan.INITS))
    assert (len(named), len(drawn)) == (5 * 3, (24 + 8) * 3)
    for cells, least in ((named, 5), (drawn, 2)):
        for cell in (plan.Cell(*cell) for cell in cells):
            assert all(len(seeds[kind, None, None, cell]) >= least for kind in kinds)
            widths = [seeds["scan", "width", width, cell] for width in plan.SCANS["width"]]
            assert all(len(of_width) >= least for of_width in widths)
    for variable, values in plan.SCANS.items():
        for value in values:
            base = variable != "width" and value == plan.SCAN_BASE[variable]
            at = ("width", plan.SCAN_BASE["width"]) if base else (variable, value)
            assert all(len(seeds["scan", *at, plan.Cell(*cell)]) >= 5 for cell in named)
    assert {claim.kind for claim in claims.CLAIMS} == {
        "race", "width", "neuron_tickets", "weight_tickets"
    }  # fmt: skip
    phase = [job for job in plan.jobs() if job.kind == "phase"]
    assert all(len(job.fields["seeds"]) >= 3 for job in phase)
    for width in plan.PHASE_WIDTHS:
        fields = [job.fields for job in phase if job.fields["width"] == width]
        assert len({(f["init_scale"], f["lr"]) for f in fields}) >= 400
    assert {job.kind for job in plan.jobs(quick=True)} == {job.kind for job in plan.jobs()}


def test_the_exponent_is_each_seed_s_over_all_its_widths():
    """Clusters that grow with the width to a power have that power, seed by seed."""

    cell = plan.Cell("a / b", "fan_in")

    def scan(width, powers):
        networks = {str(s): {"live": {"span": width**power}} for s, power in powers.items()}
        return plan.Job("scan", cell, {}, 0, "width", width), {"networks": networks}

    results = [scan(10, {0: 0, 1: 0.5, 2: 1}), scan(100, {0: 0, 1: 0.5, 2: 1})]
    results += [scan(1000, {1: 0.5, 2: 1})]  # a batch is missing: the first seed's
    results += [(plan.Job("scan", cell, {}, 0, "noise", 0.1), {"networks": {"0": {}}})]
    found = verdicts.cells(results)["width"][cell]
    assert {seed: one["exponent"] for seed, one in found.items()} == pytest.approx(
        {0: 0, 1: 0.5, 2: 1}
    )


def test_the_drawn_groupings_are_two_against_two_and_no_grouping_comes_twice():
    every = [*plan.TASKS.values(), *plan.DRAWN.values(), *plan.HELD_BACK.values()]
    groupings = [plan._grouping(fields) for fields in every if fields["task"] == "cifar10"]
    assert len(set(groupings)) == len(groupings) == 3 + 16 + 8
    assert all(len(frozenset.union(*groups)) == 4 for groups in groupings)
    drawn = [*plan.DRAWN.values(), *plan.HELD_BACK.values()]
    assert len({fields["sample_seed"] for fields in drawn}) == len(drawn)


def test_what_a_scan_starts_from_has_a_row_of_each_variable():
    cell = plan.Cell("digits", "fan_in")
    job = plan.Job("scan", cell, {}, 0, "width", plan.SCAN_BASE["width"])
    one = {"live": {"span": 3.0, "full": 1.0}, "directions": {"full": 1.0}, "loss": 1.0}
    one["accuracy"] = {"held_out": 1.0}
    rows = published.scans([(job, {"networks": {"0": one, "1": one}})])
    assert {row["variable"]: row["value"] for row in rows} == plan.SCAN_BASE
    assert all((row["task"], row["init"], row["seeds"]) == ("digits", "fan_in", 2) for row in rows)


def test_verdicts():
    claim = claims.Claim("x", 1, "", "", "", "", lambda m: m["x"], low=0.5, high=1.0)

    def verdict(values):
        return verdicts.judge(claim, by_seed([{"x": value} for value in values]), "")["verdict"]

    def by_seed(networks):
        return dict(enumerate(networks))

    assert verdict([0.6, 0.7, 0.8, 0.7]) == "holds"
    assert verdict([0.1, 0.2, 0.3, 0.2]) == "fails"
    assert verdict([1.1, 1.2]) == "fails"
    assert verdict([0.1, 0.9, 0.1, 0.9]) == "undecided"
    few = verdicts.judge(claim, by_seed([{"x": 0.7}, {}, {}]), "")
    assert (few["verdict"], few["seeds"]) == ("nothing to compare", 1)


def test_a_verdict_for_a_new_grouping_is_more_than_chance():
    """All of 24 in the range hold, half of them do not; many claims at the edge give no verdict."""
    said = verdicts.for_a_new_grouping([(24, 24), (23, 24), (12, 24), (0, 24), (None, 24), (0, 0)])
    assert said == [
        "holds", "holds", "depends on the grouping", "fails", "counted", "nothing to compare"
    ]  # fmt: skip
    # At the edge itself, three groupings in four are in the range: hardly a claim may pass.
    draw = np.random.default_rng(0)
    passed = [
        "holds" in verdicts.for_a_new_grouping([(k, 24) for k in draw.binomial(24, 0.75, 150)])
        for _ in range(40)
    ]
    assert np.mean(passed) < 0.2
    assert verdicts.for_a_new_grouping([(1, 1)]) == ["depends on the grouping"]


def test_over_tasks_each_task_counts_once_and_a_task_with_nothing_does_not():
    claim = claims.Claim("x", 1, "", "", "", "", lambda m: m["x"], low=0.5)
    networks = {
        "high": {0: {"x": 0.9}, 1: {"x": 0.7}, 2: {"x": 0.8}},
        "low": {0: {"x": 0.4}},
        "nothing": {0: {}, 1: {}},
    }
    found = verdicts.over_tasks(claim, networks, "")
    assert (found["of"], found["in_range"], found["outside"]) == (2, 1, ["low"])
    assert (found["mean"], found["least"], found["most"]) == (0.6, 0.4, 0.8)
    assert found["low"] <= 0.4 < 0.8 <= found["high"]
    none = verdicts.over_tasks(claim, {"a": {0: {}}, "b": {0: {}}, "c": {0: {"x": 1.0}}}, "")
    assert (none["of"], none["mean"]) == (0, None)


def test_the_verdict_over_initializations():
    assert verdicts.overall({"i": "holds", "j": "holds"})["verdict"] == "holds"
    some = verdicts.overall({"i": "fails", "j": "holds"})
    assert (some["verdict"], some["condition"]) == ("under some initializations", "j")
    assert verdicts.overall({"i": "fails"})["verdict"] == "not confirmed"
    assert verdicts.overall({"i": "counted"})["verdict"] == "counted"
    assert verdicts.overall({})["verdict"] == "not drawn"


def test_the_interval_covers_the_mean_as_often_as_it_says():
    """Also where the tasks differ and the seeds hardly do."""
    draw = np.random.default_rng(0)
    intervals = [verdicts.interval(draw.normal(size=(1, 20)), str(i)) for i in range(300)]
    assert 0.88 < np.mean([low < 0 < high for low, high in intervals]) < 0.98
    tasks = [draw.normal(size=(24, 1)) + 0.1 * draw.normal(size=(24, 2)) for _ in range(300)]
    intervals = [verdicts.interval(values, str(i)) for i, values in enumerate(tasks)]
    assert 0.88 < np.mean([low < 0 < high for low, high in intervals]) < 0.98


def test_what_float32_changes_is_counted():
    claim = claims.Claim("x", 1, "", "", "", "", lambda m: m["x"], low=0.5)
    cell = plan.Cell(next(iter(plan.DRAWN)), "fan_in")

    def result(kind, values):
        networks = {str(seed): {"x": x} for seed, x in enumerate(values)}
        return plan.Job(kind, cell, {}, 0), {"networks": networks}

    results = [result("race", [0.8, 0.8, 0.8]), result("double", [0.8, 0.9, 0.4])]
    told = verdicts.precision([claim], results)
    assert (told["networks"], told["numbers"], told["moved"], told["crossed"]) == (3, 3, 2, 1)
    assert (told["verdicts"], told["changed"]) == (1, 0)
    results = [result("race", [0.8]), result("double", [0.4])]
    assert verdicts.precision([claim], results)["changed"] == 1


def test_a_grouping_is_held_against_what_the_page_says_of_a_new_one(capsys):
    """In range where the page says "holds" came out; in range where it says "fails" did not."""
    claim = next(one for one in claims.CLAIMS if one.name == "start-foreseen-all")
    cells = [plan.Cell("a+b / c+d", init) for init in plan.INITS]
    networks = {"0": {"all": {"predicted": 0.9}}, "1": {"all": {"predicted": 0.95}}}
    results = [(plan.Job("race", cell, {}, 0), {"networks": networks}) for cell in cells]
    said = dict(zip(plan.INITS, ("holds", "fails", "depends on the grouping"), strict=True))
    groupings = [{"init": init, "verdict": verdict} for init, verdict in said.items()]
    page = [{"name": claim.name, "groupings": groupings}]
    rows = [row for row in published.against_the_page(results, page) if row["mean"]]
    assert [row["init"] for row in rows] == list(plan.INITS)
    assert [row["in_range"] for row in rows] == [True, True, True]
    assert [row["came_out"] for row in rows] == [True, False, None]
    terminal.grouping(rows, "a+b / c+d")
    told = " ".join(capsys.readouterr().out.split())
    assert "Of 2 predictions for a new grouping, 1 came out." in told
    assert told.count("NOT") == 1


def test_a_grouping_is_run_for_every_claim():
    fields = {"task": "cifar10", "group_a": ("cat",), "group_b": ("dog",), "sample_seed": 3}
    jobs = plan.claim_jobs(plan.Cell("cat / dog", "balanced"), [0, 1], fields)
    assert {job.kind for job in jobs} == {"race", "neuron_tickets", "weight_tickets", "scan"}
    for job in jobs:
        assert {name: job.fields[name] for name in ("init", "seeds", "sample_seed", "group_a")} == {
            "init": "balanced", "seeds": [0, 1], "sample_seed": 3, "group_a": ["cat"]
        }  # fmt: skip


def test_every_table_is_published_and_has_the_fields_that_its_file_explains(finished, tmp_path):
    names = evidence.publish(tmp_path, published.tables(study.load(small_jobs(), finished)))
    for name in names:
        content = json.loads((tmp_path / name).read_text("utf-8"))
        for row in content.get("rows", []):
            assert set(row) <= set(content["fields"]), name
    claims = json.loads((tmp_path / "evidence" / "claims.json").read_text("utf-8"))["rows"]
    assert {cell["task"] for claim in claims for cell in claim["cells"]} <= set(plan.TASKS)


def test_bad_input(tmp_path):
    with pytest.raises(InputError, match="No dask scheduler answers"):
        study.run(small_jobs(), tmp_path, scheduler="tcp://127.0.0.1:9")
    file = tmp_path / "file"
    file.write_text("")
    with pytest.raises(InputError, match="cannot be made"):
        study.run(small_jobs(), file / "folder")
    command = [sys.executable, "-m", "racing_core", "study", "--cell", "nowhere/fan_in"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "racing: There is no cell 'nowhere/fan_in'; the nearest are " in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    "name", ["playground/fan_in", "width/10/playground/balanced", "10/0.0001/0.05"]
)
def test_any_cell_can_be_had_again(name, with_images, capsys, monkeypatch):
    """A claim's cell, one of a scan, one of the phase diagram: each prints what is published."""
    with_images(name[0].isdigit())  # a cell of the phase diagram
    monkeypatch.setenv("COLUMNS", "200")
    perform, done = work.perform, []

    def performed(kind, fields, data_dir):
        done.append((kind, fields, perform(kind, fields, data_dir)))
        return done[-1][2]

    monkeypatch.setattr(work, "perform", performed)
    main(["study", "--quick", "--cell", name])
    told = capsys.readouterr().out.split()
    jobs = plan.cell(plan.jobs(quick=True), name)
    assert [one[:2] for one in done] == [(job.kind, job.fields) for job in jobs]
    results = [(job, result) for job, (*_, result) in zip(jobs, done, strict=True)]
    cells = [cell for row in published.judged(results) for cell in row["cells"]]
    expected = [f"{cell['mean']:.4g}" for cell in cells if cell["mean"]]
    for row in published.scans(results) + published.phase(results):
        expected += [str(value) for value in row.values() if isinstance(value, float)]
    assert expected
    assert [number for number in expected if number not in told] == []
