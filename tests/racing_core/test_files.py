"""Writing: whole or not at all, also when the disk is full or the process is killed."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from racing_core import files
from racing_core.errors import InputError


def names(folder):
    return sorted(file.name for file in folder.iterdir())


@pytest.fixture
def old(tmp_path):
    """A folder with a file `a` and a folder `data` as they were."""
    (tmp_path / "a").write_text("old")
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "x").write_text("old")
    return tmp_path


def full(*args, **kwargs):
    raise OSError(28, "No space left on device")


def test_a_file_is_replaced_when_it_is_whole(old):
    with files.atomic(old / "a") as temporary:
        temporary.write_text("new")
        assert (old / "a").read_text() == "old"
    assert (old / "a").read_text() == "new"
    assert names(old) == ["a", "data"]


def test_a_folder_is_replaced_when_it_is_whole(old):
    with files.replaced(old / "data") as new:
        (new / "y").write_text("new")
        assert names(old / "data") == ["x"]
    assert names(old / "data") == ["y"]
    assert names(old) == ["a", "data"]


@pytest.mark.parametrize("way", [files.atomic, files.replaced, files.together])
def test_a_full_disk_is_one_sentence_and_changes_nothing(way, old):
    written = way(old / ("a" if way is files.atomic else "data"))
    said = r"cannot be written \(No space left on device\)"
    with pytest.raises(InputError, match=said), written:
        full()
    assert (old / "a").read_text() == "old"
    assert names(old / "data") == ["x"]
    assert names(old) == ["a", "data"]


def write_half(new):
    (new / "a").write_text("new")
    (new / "data").mkdir()
    full()


def test_the_reason_is_found_in_the_words_of_hdf5(old):
    said = r"cannot be written \(No space left on device\)"
    with pytest.raises(InputError, match=said), files.atomic(old / "a"):
        raise OSError("Can't close file (errno = 28, error message = 'No space left on device')")


def test_what_belongs_together_is_written_before_any_of_it_is_moved(old):
    with pytest.raises(InputError, match="No space left"), files.together(old) as new:
        write_half(new)
    assert (old / "a").read_text() == "old"
    with files.together(old) as new:
        (new / "a").write_text("new")
        (new / "data").mkdir()
        (new / "data" / "x").write_text("new")
        assert (old / "a").read_text() == "old"
    assert (old / "a").read_text() == (old / "data" / "x").read_text() == "new"


def test_the_old_folder_is_put_back_if_the_new_one_cannot_be_moved(old, monkeypatch):
    rename = Path.rename

    def fails_for_the_new(path, target):
        return full() if path.name == "new" else rename(path, target)

    monkeypatch.setattr(Path, "rename", fails_for_the_new)
    with pytest.raises(InputError, match="No space left"), files.replaced(old / "data"):
        pass
    assert names(old / "data") == ["x"]


HOLD = """
import sys
from pathlib import Path
from racing_core import files
with files.replaced(Path(sys.argv[1])) as new:
    (new / "y").write_text("half")
    if sys.argv[2] == "moved":
        Path(sys.argv[1]).rename(new.parent / "old" / "data")
    print("there", flush=True)
    sys.stdin.read()
"""


@pytest.mark.parametrize("when", ["written", "moved"])
def test_what_a_killed_process_left_is_cleaned_by_the_next(when, old):
    """Also in the moment in which the old folder has been moved away: it is put back."""
    command = [sys.executable, "-c", HOLD, str(old / "data"), when]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as living:
        assert living.stdout.readline() == b"there\n"
        files.clean.cache_clear()
        files.clean(old)
        assert len(names(old)) == (3 if when == "written" else 2), "it lives, and is left alone"
        os.kill(living.pid, signal.SIGKILL)
    files.clean.cache_clear()
    with files.atomic(old / "a") as temporary:
        temporary.write_text("new")
    assert names(old) == ["a", "data"]
    assert names(old / "data") == ["x"]


def test_a_device_or_a_pipe_is_not_replaced_by_a_file(old):
    """Root could put a report in the place of /dev/null."""
    os.mkfifo(old / "pipe")
    with pytest.raises(InputError, match="pipe is no regular file"), files.atomic(old / "pipe"):
        pytest.fail("nothing can be written here")
    with pytest.raises(InputError, match="a is no folder"), files.replaced(old / "a"):
        pytest.fail("nothing can be written here")
    assert (old / "pipe").is_fifo()
    assert (old / "a").read_text() == "old"


@pytest.mark.parametrize(("way", "name"), [(files.atomic, "a"), (files.replaced, "data")])
def test_what_a_link_leads_to_is_replaced_and_the_link_stays(way, name, old):
    (old / "links").mkdir()
    link = old / "links" / "link"
    link.symlink_to(old / name)
    with way(link) as new:
        (new if way is files.atomic else new / "x").write_text("new")
    assert link.is_symlink()
    assert (old / name if way is files.atomic else old / name / "x").read_text() == "new"
    assert names(old / "links") == ["link"]


def test_a_place_that_is_none_is_told_at_once(tmp_path):
    for way in (files.atomic, files.replaced, files.together):
        with pytest.raises(InputError, match="nowhere"), way(tmp_path / "nowhere" / "deep"):
            pytest.fail("nothing can be written here")
