"""What Python and the lab's page both say is said once, or tied here."""

import json
import os
import re
import shutil
import subprocess
import sysconfig
from pathlib import Path
from typing import get_args, get_type_hints

import pytest

from export.charts import lab as lab_charts
from export.charts.palette import COLOURS
from export.data import lab as lab_data
from racing_core import capacity, neurons
from racing_core.config import Config
from racing_core.study import measures

ROOT = Path(__file__).parents[3]
LAB = ROOT / "docs" / "lab"


@pytest.fixture(scope="module")
def page() -> str:
    return (LAB / "index.md").read_text("utf-8")


def test_constants_are_the_cores_and_travel_in_lab_json():
    constants = lab_data.constants()
    assert constants["cluster_cosine"] == neurons.CLUSTER_COSINE
    assert constants["live_share"] == capacity.LIVE_SHARE
    assert constants["drop"] == measures.DROP
    [shipped] = (ROOT / "docs" / "data").rglob("lab.json")
    assert json.loads(shipped.read_text("utf-8"))["constants"] == constants


def test_the_page_tells_the_constants(page):
    constants = lab_data.constants()
    assert f"joined by cosines above {constants['cluster_cosine']}." in page
    assert f"at least {constants['live_share']:.0%}".replace("%", " %") in page
    words = {2: "two", 3: "three", 4: "four", 5: "five"}
    assert f"Pick up to {words[constants['picks']]} dots" in page
    for name in ("bet-picks", "bet-theory"):
        [places] = re.findall(rf'<ul id="{name}".*?</ul>', page)
        assert places.count("<li>") == constants["picks"]


def test_the_lab_offers_the_cores_initializations():
    path = os.pathsep.join([os.environ["PATH"], sysconfig.get_path("scripts")])
    names = "then((it) => console.log(...Object.keys(it.INITS)))"
    code = f'import("{(LAB / "experiment.js").as_uri()}").{names}'
    done = subprocess.run(
        [shutil.which("node", path=path), "--eval", code],
        capture_output=True,
        text=True,
        check=True,
    )
    assert tuple(done.stdout.split()) == get_args(get_type_hints(Config)["init"])


def test_the_page_and_its_charts_have_the_same_colours():
    css = (LAB / "lab.css").read_text("utf-8")
    told = dict(re.findall(r"--(a|b): var\(--([\w-]+)\);", css))
    assert [COLOURS[told[side]] for side in "ab"] == lab_charts.GROUP_COLOURS
