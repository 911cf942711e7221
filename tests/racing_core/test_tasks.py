"""Tasks: both public layouts of CIFAR-10, digits, the playground; what is said of bad data."""

import pickle
import shutil
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import numpy as np
import pooch
import pytest

from racing_core import cifar10 as cifar10_files
from racing_core import tasks
from racing_core.descent import Rotation
from racing_core.errors import InputError


def write_binary(folder, images=30, seed=0):
    """A CIFAR-10 folder in the binary layout, of random pixels; labels 0 to 9 in turn."""
    folder.mkdir()
    for number, batch in enumerate([*(f"data_batch_{n}" for n in range(1, 6)), "test_batch"]):
        pixels = np.random.RandomState(seed + number).randint(256, size=(images, 3073))
        pixels[:, 0] = np.arange(images) % 10
        (folder / f"{batch}.bin").write_bytes(pixels.astype(np.uint8).tobytes())
    return folder


def write_pickled(folder, binary):
    """The same images in the pickled layout."""
    folder.mkdir()
    for file in binary.iterdir():
        records = np.frombuffer(file.read_bytes(), np.uint8).reshape(-1, 3073)
        batch = {b"labels": records[:, 0].tolist(), b"data": records[:, 1:]}
        (folder / file.stem).write_bytes(pickle.dumps(batch, protocol=2))
    return folder


@pytest.mark.parametrize("name", ["cifar10", "digits", "playground"])
def test_a_task_is_centred_scaled_balanced_and_deterministic(name, with_images):
    with_images(name == "cifar10")
    task = tasks.load(name)
    samples = 200
    inputs = {"cifar10": 3072, "digits": 64, "playground": 2}[name]
    assert task.x.shape == (samples, inputs)
    np.testing.assert_allclose(task.x.mean(axis=0), 0, atol=1e-12)
    assert np.linalg.norm(task.x, axis=1).mean() == pytest.approx(1)
    assert task.y.tolist() == [0] * 100 + [1] * 100
    assert task.x_held_out.shape == task.x.shape
    assert not (task.x_held_out[:, None] == task.x[None]).all(-1).any()
    again = tasks.load(name)
    np.testing.assert_array_equal(again.x, task.x)
    assert again.data_hash == task.data_hash
    assert tasks.load(name, per_class=20).data_hash != task.data_hash


def test_the_first_images_of_a_class_in_file_order(tmp_path):
    folder = write_binary(tmp_path / "cifar")
    task = tasks.load("cifar10", ("dog",), ("airplane",), 5, folder)
    records = [
        np.frombuffer((folder / f"data_batch_{n}.bin").read_bytes(), np.uint8).reshape(-1, 3073)
        for n in (1, 2)
    ]
    dogs = np.concatenate([batch[batch[:, 0] == 5][:, 1:] for batch in records])[:5]
    planes = np.concatenate([batch[batch[:, 0] == 0][:, 1:] for batch in records])[:5]
    raw = np.concatenate([dogs, planes]).astype(float)
    centred = raw - raw.mean(axis=0)
    np.testing.assert_allclose(task.x, centred / np.linalg.norm(centred, axis=1).mean())


def test_drawn_images_are_those_of_a_copy_cut_at_a_thousand_records(tmp_path, monkeypatch):
    """The same images in any grouping, from the start of each batch only; others for a seed."""
    monkeypatch.setattr(cifar10_files, "DRAWN_FROM", 30)
    long = write_binary(tmp_path / "long", images=60)
    cut = tmp_path / "cut"
    cut.mkdir()
    for file in long.iterdir():
        (cut / file.name).write_bytes(file.read_bytes()[: 30 * 3073])
    drawn, held_out = cifar10_files.by_class(("dog", "cat"), 3, long, sample_seed=7)
    from_cut, held_out_from_cut = cifar10_files.by_class(("cat", "frog"), 3, cut, sample_seed=7)
    np.testing.assert_array_equal(drawn["cat"], from_cut["cat"])
    np.testing.assert_array_equal(held_out["cat"], held_out_from_cut["cat"])
    assert len(np.unique(drawn["dog"], axis=0)) == len(held_out["dog"]) == 3
    other, _ = cifar10_files.by_class(("dog",), 3, long, sample_seed=8)
    first, _ = cifar10_files.by_class(("dog",), 3, long)
    assert not np.array_equal(drawn["dog"], other["dog"])
    assert not np.array_equal(drawn["dog"], first["dog"])


@pytest.mark.parametrize("name", ["cifar10", "digits", "playground"])
def test_a_sample_seed_draws_other_samples_of_the_same_classes(name, with_images):
    with_images(name == "cifar10")
    tasks_of = [tasks.load(name, sample_seed=seed) for seed in (None, 1, 2, 1)]
    assert len({task.data_hash for task in tasks_of}) == 3
    for task in tasks_of:
        assert not (task.x_held_out[:, None] == task.x[None]).all(-1).any()
        assert task.y.tolist() == [0] * 100 + [1] * 100


def test_both_layouts_give_the_same_task(tmp_path):
    binary = write_binary(tmp_path / "cifar-10-batches-bin")
    pickled = write_pickled(tmp_path / "other", binary)
    one = tasks.load("cifar10", per_class=12, data_dir=tmp_path)  # finds the folder inside
    other = tasks.load("cifar10", per_class=12, data_dir=pickled)
    np.testing.assert_array_equal(one.x, other.x)
    np.testing.assert_array_equal(one.x_held_out, other.x_held_out)
    assert one.data_hash == other.data_hash


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("mnist",), "Unknown task 'mnist'"),
        (("digits", ("3",), ("x",)), "Unknown class 'x' in group_b"),
        (("digits", ("3", "3"), ("4",)), "names a class twice"),
        (("digits", ("3", "5"), ("4", "5")), "'5' is in group_a and in group_b"),
        (("digits", ("",), ("4",)), "group_a has an empty class name"),
        (("digits", ("3",), ("4",), 5000), "ask for at most"),
    ],
)
def test_bad_groups_are_told_in_a_sentence(arguments, sentence):
    with pytest.raises(InputError, match=sentence):
        tasks.load(*arguments)


@pytest.mark.parametrize("protocol", [2, 5])
@pytest.mark.parametrize("key", [bytes, str])
def test_pickles_of_any_protocol_and_python(tmp_path, protocol, key):
    binary = write_binary(tmp_path / "cifar")
    pickled = write_pickled(tmp_path / "other", binary)
    for file in pickled.iterdir():
        batch = pickle.loads(file.read_bytes())
        named = {name if key is bytes else name.decode(): batch[name] for name in batch}
        file.write_bytes(pickle.dumps(named, protocol=protocol))
    one = tasks.load("cifar10", per_class=12, data_dir=pickled)
    np.testing.assert_array_equal(one.x, tasks.load("cifar10", per_class=12, data_dir=binary).x)


def damage(folder, how):
    file = folder / "data_batch_1.bin"
    data = bytearray(file.read_bytes())
    if how == "cut off":
        file.write_bytes(data[:-7])
    elif how == "empty":
        file.write_bytes(b"")
    elif how == "label":
        data[3073] = 77
        file.write_bytes(data)
    elif how == "zeros":
        file.write_bytes(bytes(len(data)))
    elif how == "zeros at the end":
        file.write_bytes(data[: len(data) // 2 // 3073 * 3073] + bytes(len(data) // 2))
    elif how == "zeros of the public size":
        file.write_bytes(bytes(30_730_000))
    elif how == "counts":
        file.write_bytes((data * 334)[:30_730_000])
    elif how == "a folder":
        file.unlink()
        file.mkdir()
        shutil.copy(folder / "data_batch_2.bin", folder / "data_batch_1")
    elif how == "missing later":
        (folder / "data_batch_2.bin").unlink()


@pytest.mark.parametrize(
    ("how", "sentence"),
    [
        ("cut off", "no whole number of 3073-byte records"),
        ("empty", "has 0 bytes"),
        ("label", "label outside 0 to 9"),
        ("zeros", "the label 0 for all of its 30 images"),
        ("zeros at the end", "image 15, .* the same in every pixel"),
        ("zeros of the public size", "the label 0 for all of its 10000 images"),
        ("counts", "other numbers of images per class than the public file"),
        ("a folder", "cannot be read"),
        ("missing later", r"data_batch_2.* cannot be read"),
    ],
)
def test_damaged_binary_files_are_told_by_name(tmp_path, how, sentence):
    folder = write_binary(tmp_path / "cifar")
    damage(folder, how)
    with pytest.raises(InputError, match=sentence):
        tasks.load("cifar10", per_class=5, data_dir=folder)


class Attack:
    def __reduce__(self):
        return (print, ("this must not run",))


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "is cut off"),
        (b"no pickle", "is cut off"),
        (pickle.dumps({b"labels": [1, 2], b"data": np.zeros((3, 3072), np.uint8)}), "is cut off"),
        (pickle.dumps({b"labels": ["a", "b"], b"data": np.ones((2, 3072), np.uint8)}), "is cut"),
        (pickle.dumps({b"labels": [], b"data": np.ones((0, 3072), np.uint8)}), "is cut off"),
        (pickle.dumps({b"labels": [1, 2]}), "is cut off"),
        (pickle.dumps(Attack()), "builtins.print"),
        # An object with the number 2^31: a table of so many takes 16 GB.
        (b"\x80\x02}r\x00\x00\x00\x80.", "asks for more memory"),
        (b"x" * 31_035_704, "checksum differs"),
    ],
    ids=["empty", "garbage", "shape", "words", "nothing", "key", "attack", "memo", "public size"],
)
def test_damaged_or_hostile_pickles_are_refused_unread(tmp_path, content, sentence, capsys):
    folder = write_pickled(tmp_path / "pickled", write_binary(tmp_path / "cifar"))
    (folder / "data_batch_1").write_bytes(content)
    with pytest.raises(InputError, match=f"data_batch_1 .*{sentence}"):
        tasks.load("cifar10", per_class=2, data_dir=folder)
    assert "must not run" not in capsys.readouterr().out


def test_more_images_than_there_are(tmp_path):
    folder = write_binary(tmp_path / "cifar")
    with pytest.raises(InputError, match=r"'cat' of cifar10 has 15 samples.*at most 15"):
        tasks.load("cifar10", per_class=16, data_dir=folder)


def test_a_folder_without_data_and_no_network(tmp_path, monkeypatch):
    with pytest.raises(InputError, match=r"data_dir .* holds no CIFAR-10"):
        tasks.load("cifar10", data_dir=tmp_path)
    monkeypatch.setenv("RACING_DATA_DIR", str(tmp_path))
    with pytest.raises(InputError, match=r"RACING_DATA_DIR .* holds no CIFAR-10"):
        tasks.load("cifar10")
    monkeypatch.delenv("RACING_DATA_DIR")
    monkeypatch.setattr(cifar10_files, "URL", "http://127.0.0.1:9/cifar.tar.gz")  # nothing answers
    monkeypatch.setattr(pooch, "os_cache", lambda name: tmp_path / "cache")
    with pytest.raises(InputError, match=r"could not be downloaded.*--data-dir"):
        tasks.load("cifar10")
    left = [file for file in (tmp_path / "cache").rglob("*") if file.is_file()]
    assert left == []


def test_identical_samples_are_refused(tmp_path):
    folder = write_binary(tmp_path / "cifar")
    for file in folder.iterdir():
        records = np.frombuffer(file.read_bytes(), np.uint8).reshape(-1, 3073).copy()
        records[:, 1:] = np.arange(3072) % 250
        file.write_bytes(records.tobytes())
    with pytest.raises(InputError, match="are the same"):
        tasks.load("cifar10", per_class=2, data_dir=folder)


def test_a_damaged_download_names_the_folder_to_delete(tmp_path, monkeypatch):
    cache = tmp_path / "cache"
    unpacked = cache / "cifar.tar.gz.untar" / "cifar-10-batches-bin"
    unpacked.parent.mkdir(parents=True)
    file = write_binary(unpacked) / "data_batch_1.bin"
    file.write_bytes(file.read_bytes()[:-7])
    monkeypatch.delenv("RACING_DATA_DIR", raising=False)
    monkeypatch.setattr(pooch, "os_cache", lambda name: cache)
    monkeypatch.setattr(pooch, "retrieve", lambda *args, **named: [str(file)])
    with pytest.raises(InputError, match=f"delete the folder {unpacked.parent} "):
        tasks.load("cifar10", per_class=5)


def test_a_page_instead_of_the_data_is_named(tmp_path, monkeypatch):
    """What a network that asks for a login answers to everything."""

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"<html>Log in first</html>")

        def log_message(self, *args):
            pass

    with HTTPServer(("127.0.0.1", 0), Answer) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{server.server_port}/cifar.tar.gz"
        monkeypatch.delenv("RACING_DATA_DIR", raising=False)
        monkeypatch.setattr(cifar10_files, "URL", url)
        monkeypatch.setattr(pooch, "os_cache", lambda name: tmp_path / "cache")
        with pytest.raises(InputError, match="asks for a login"):
            tasks.load("cifar10")
        server.shutdown()


@pytest.mark.parametrize("factor", [1e200, 1e307, 1e-200, 1e-310])
def test_numbers_that_cannot_be_squared_are_named(factor, tmp_path):
    file = tmp_path / "own.npz"
    x = np.random.default_rng(0).normal(size=(20, 3))
    np.savez(file, X=x * factor, y=np.arange(20) % 2)
    with pytest.raises(InputError, match="whose squares a computer cannot hold"):
        tasks.load(str(file))


def test_an_input_that_is_the_same_for_all_becomes_zero(tmp_path):
    file = tmp_path / "own.npz"
    x = np.random.default_rng(0).normal(size=(30, 3))
    x[:, 1] = 1e9 / 3
    np.savez(file, X=x, y=np.arange(30) % 2)
    assert (tasks.load(str(file)).x[:, 1] == 0).all()
    assert Rotation(tasks.load(str(file)).x).rank == 2


def test_a_playground_that_does_not_fit_is_refused():
    with pytest.raises(InputError, match=r"[\d,.]+ GB of memory.*lower per_class"):
        tasks.load("playground", per_class=10**12)


def test_a_folder_that_may_not_be_read_is_named(tmp_path, monkeypatch):
    def refuse(path):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(cifar10_files.Path, "is_file", refuse)
    with pytest.raises(InputError, match=r"data_dir .* cannot be read \(Permission denied\)"):
        tasks.load("cifar10", data_dir=tmp_path)
