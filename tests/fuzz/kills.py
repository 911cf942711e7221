"""Commands that are killed, or meet a full disk: old data stays whole, the next start goes on.

    python tests/fuzz/kills.py [--kills 50] [--skip refresh study] [--full-disk]

Kills `train --force`, `refresh` and `study --quick` at random moments, and looks after each kill at
what is there: what can be read must be whole, workers must be gone within two seconds. Then it
starts each once more, which must finish, and leave nothing behind. `--full-disk` (as root) writes
to a tmpfs that is too small. It takes many minutes; RACING_DATA_DIR names CIFAR-10.
"""

import argparse
import contextlib
import hashlib
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psutil
from rich.progress import track

from racing_core import files, run_file

RACING = [sys.executable, "-m", "racing_core"]
GONE = 2.0  # seconds after a kill in which every worker has to be gone


class Train:
    name = "train --force"
    kept = ()  # folders from which a next start would go on

    def __init__(self, folder):
        self.out = folder / "run.nc"
        self.command = [
            *RACING, "train", "--task", "digits", "--width", "200", "--steps", "4000", "--force",
            "--out", str(self.out),
        ]  # fmt: skip

    def check(self):
        """What is wrong with what is there, if anything."""
        run_file.load(self.out)


class Refresh:
    name = "refresh"
    kept = ()

    def __init__(self, folder):
        self.out = folder / "data"
        self.command = [*RACING, "refresh", "--out", str(self.out)]

    def check(self):
        check_manifest(self.out)


class Study:
    name = "study --quick"

    def __init__(self, folder):
        self.results, self.out = folder / "results", folder / "published"
        self.kept = (self.results,)
        self.command = [
            *RACING, "study", "--quick", "--results", str(self.results), "--out", str(self.out),
        ]  # fmt: skip

    def check(self):
        for file in [*self.results.glob("*.json"), *self.out.rglob("*.json")]:
            json.loads(file.read_text("utf-8"))


def check_manifest(folder):
    """Every file that the manifest of docs/data names is there, as it says."""
    told = json.loads((folder / "manifest.json").read_text("utf-8"))["files"]
    for name, entry in told.items():
        content = (folder / name).read_bytes()
        assert hashlib.sha256(content).hexdigest() == entry["sha256"], name


def finish(command):
    """Run a command to its end; seconds that it took."""
    began = time.monotonic()
    subprocess.run(command, capture_output=True, check=True)
    return time.monotonic() - began


def kill_once(command, after):
    """Start a command and kill its main process; seconds until all of its workers were gone."""
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    with subprocess.Popen(command, **quiet) as main:
        time.sleep(after)
        try:
            workers = psutil.Process(main.pid).children(recursive=True)
        except psutil.NoSuchProcess:
            workers = []
        main.send_signal(signal.SIGKILL)
    began = time.monotonic()
    psutil.wait_procs(workers, timeout=60)
    for left in workers:
        with contextlib.suppress(psutil.NoSuchProcess):
            left.kill()
    return time.monotonic() - began


def leftovers(folder):
    return list(folder.rglob(f"{files.PREFIX}*"))


def kills(subject, count, folder):
    """Kill so often, at moments spread over the whole run; a row of what was seen."""
    draw = random.Random(0)
    seconds = finish(subject.command)
    wrong, slow = [], 0
    for _ in track(range(count), subject.name):
        for kept in subject.kept:
            shutil.rmtree(kept, ignore_errors=True)
        gone = kill_once(subject.command, draw.uniform(0, seconds))
        slow += gone > GONE
        try:
            subject.check()
        except Exception as error:  # whatever it is, it is counted
            wrong.append(repr(error)[:100])
    most = len(leftovers(folder))
    finish(subject.command)
    subject.check()
    return {
        "kills": count,
        "not whole": wrong,
        "workers over 2 s": slow,
        "leftovers at the end": most,
        "leftovers after the next start": len(leftovers(folder)),
    }


def full_disk(folder):
    """Each command on a tmpfs that is too small; what it said, and whether the old data stayed."""
    disk = folder / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=300k", "tmpfs", str(disk)]
    subprocess.run(mount, check=True)
    try:
        for subject in (Train(disk), Refresh(disk), Study(disk)):
            out = subject.out
            if subject.name.startswith("study"):
                subject.command[-3] = str(folder / "results")  # only what is published is here
                (out / "evidence").mkdir(parents=True)
                old = out / "evidence" / "claims.json"
            else:
                old = out if out.suffix else out / "manifest.json"
                old.parent.mkdir(parents=True, exist_ok=True)
            old.write_text("old")
            fill = disk / "fill"
            with contextlib.suppress(OSError), fill.open("wb") as stream:
                stream.write(bytes(290_000))
            done = subprocess.run(subject.command, capture_output=True, text=True, check=False)
            said = done.stderr.strip().splitlines()[-1:]
            kept = old.read_text() == "old" and not leftovers(disk)
            clean = done.returncode == 2 and "Traceback" not in done.stderr
            print(f"{subject.name}: {'clean' if clean else done.stderr[-2000:]}; {kept=}; {said}")
            fill.unlink(missing_ok=True)
            old.unlink()
    finally:
        subprocess.run(["umount", str(disk)], check=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--skip", nargs="*", default=[], choices=["train", "refresh", "study"])
    parser.add_argument("--full-disk", action="store_true")
    asked = parser.parse_args()
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    with tempfile.TemporaryDirectory() as name:
        if asked.full_disk:
            full_disk(Path(name))
            return
        chosen = [
            kind for kind in (Train, Refresh, Study) if kind.name.split()[0] not in asked.skip
        ]
        for kind in chosen:
            folder = Path(name, kind.__name__)
            folder.mkdir()
            row = kills(kind(folder), asked.kills // len(chosen), folder)
            print(f"{kind.name}: {row}", flush=True)


if __name__ == "__main__":
    main()
