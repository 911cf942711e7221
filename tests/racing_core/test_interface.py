"""`from racing_core import ...`: the documented example runs, and nothing is imported too soon."""

import ast
import inspect
import re
import subprocess
import sys
import textwrap
from pathlib import Path

import numpy as np
import pytest

import racing_core
from racing_core.errors import InputError
from racing_core.network import Parameters


def test_the_documented_example_runs(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    _, _, rest = racing_core.__doc__.partition("digits:\n")
    example, _, _ = rest.partition("\nNames are")
    names = {}
    exec(textwrap.dedent(example), names)
    run = names["run"]
    # The theory orders neurons before training about as training does.
    assert float(capsys.readouterr().out.split()[0]) > 0.8
    assert names["measure"](run)["all"]["predicted"] > 0.8
    assert names["few"].w_in.shape == (10, run.x.shape[1])
    assert len(names["fewer"].b) == run.labels.max() + 1
    saved = names["load"](tmp_path / "run.nc")
    np.testing.assert_array_equal(saved.norm_in[0], run.norm_in)


def test_every_name_is_there_for_programs_and_for_readers_of_the_source():
    assert racing_core.__all__ == sorted(racing_core._MODULES)
    tree = ast.parse(Path(racing_core.__file__).read_text("utf-8"))
    (checked,) = (node for node in tree.body if isinstance(node, ast.If))
    told = {}
    for node in checked.body:
        for alias in node.names:
            told[alias.asname or alias.name] = (node.module, alias.name)
    assert sorted(told) == racing_core.__all__
    for name, (module, there) in told.items():
        found = getattr(racing_core, name)
        assert found is getattr(sys.modules[module], there)
        assert inspect.getdoc(found)
    with pytest.raises(AttributeError, match="nothing_of_this_name"):
        _ = racing_core.nothing_of_this_name


def test_importing_the_package_imports_no_torch():
    code = "import sys, racing_core.__main__; print(sorted({'torch', 'xarray'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_pruning_keeps_the_strongest_in_their_order():
    network = Parameters(np.arange(8.0).reshape(4, 2), np.arange(4.0), np.arange(8.0).reshape(2, 4))
    few = racing_core.prune(network, [3.0, 1.0, 2.0, 3.0], 2)
    assert few.b.tolist() == [0, 3]
    assert few.w_out.tolist() == [[0, 3], [4, 7]]
    with pytest.raises(InputError, match="between 0 and 4"):
        racing_core.prune(network, [3.0, 1.0, 2.0, 3.0], 5)


def test_the_readmes_example_runs(capsys):
    readme = (Path(__file__).parents[2] / "README.md").read_text("utf-8")
    (example,) = re.findall(r"```python\n(.*?)```", readme, re.DOTALL)
    exec(example, {})
    assert "'order_kept'" in capsys.readouterr().out
