"""Steps a second of the lab in a browser, against native onnxruntime and TensorFlow.js.

    python tests/benchmarks/browser_steps.py

All train the default experiment in float32 on one thread, and take turns, so that a busy machine
slows them alike. "browser" is onnxruntime-web with step.onnx, as in the lab, and "native" runs the
same file outside the browser. TensorFlow.js (wasm backend) trains four times: with the arithmetic
of step.onnx; in closed form, the gradient written by hand; the same with the matrices turned as it
multiplies them fastest; and with automatic gradients, as its guides do (the last loss of these
three is that of one step before). It is not part of the site; npm puts it into .cache/ the first
time.
"""

import statistics
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import urlsplit

import numpy as np
import onnxruntime
from playwright.sync_api import sync_playwright
from rich.progress import track

from export.onnx_models import step_model
from racing_core import network, tasks
from racing_core.config import Config
from racing_core.descent import Rotation

ROOT = Path(__file__).parents[2]
sys.path.append(str(ROOT / "tests"))
from chromium import find_browser  # noqa: E402

ROUNDS = 5
STEPS = 250
STEPS_PER_CALL = 50
TFJS = ROOT / ".cache" / "tfjs"
PACKAGES = {"@tensorflow/tfjs": "4.22.0", "@tensorflow/tfjs-backend-wasm": "4.22.0"}

PAGE = """<!doctype html>
<script src="/tfjs/tfjs/dist/tf.min.js"></script>
<script src="/tfjs/tfjs-backend-wasm/dist/tf-backend-wasm.min.js"></script>
<script type="module">
  import * as sides from "/browser_steps.js";
  window.sides = sides;
</script>"""
SIDES = {
    "browser": "ours",
    "TensorFlow.js, same arithmetic": "sameArithmetic",
    "TensorFlow.js, closed form": "closedForm",
    "TensorFlow.js, form turned": "closedFormTurned",
    "TensorFlow.js, textbook": "textbook",
}
FOLDERS = {
    "/ort/": ROOT / "node_modules/onnxruntime-web/dist",
    "/tfjs/": TFJS / "node_modules/@tensorflow",
    "/": ROOT / "tests/benchmarks",
}
TYPES = {".js": "text/javascript", ".mjs": "text/javascript", ".wasm": "application/wasm"}


def serve(route):
    """Answer the page's requests from the folders: nothing here listens on a port."""
    path = urlsplit(route.request.url).path
    if path == "/":
        route.fulfill(body=PAGE, content_type="text/html")
    elif path == "/data/step.onnx":
        route.fulfill(body=step_model().SerializeToString())
    else:
        prefix = next(prefix for prefix in FOLDERS if path.startswith(prefix))
        file = FOLDERS[prefix] / path.removeprefix(prefix)
        if file.is_file():
            route.fulfill(path=file, content_type=TYPES.get(file.suffix))
        else:
            route.fulfill(status=404)


def native(x, labels, start, lr):
    """Rate and last loss of onnxruntime in this process."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(step_model().SerializeToString(), options)
    arrays = {**start._asdict(), "x": x, "y": np.eye(2)[labels], "lr": lr, "bias_on": 1}
    feeds = {name: np.asarray(values, np.float32) for name, values in arrays.items()}
    feeds["steps"] = np.array(STEPS_PER_CALL)

    def call():
        feeds["w_in"], feeds["b"], feeds["w_out"], loss, *_ = session.run(None, feeds)
        return loss

    call()
    began = time.perf_counter()
    for _ in range(STEPS // STEPS_PER_CALL):
        loss = call()
    return {"rate": STEPS / (time.perf_counter() - began), "loss": float(loss)}


def install_tfjs():
    if not (TFJS / "node_modules").exists():
        print("Installing TensorFlow.js into .cache/tfjs ...")
        names = [f"{name}@{version}" for name, version in PACKAGES.items()]
        quiet = ["--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
        subprocess.run(["npm", "install", "--prefix", TFJS, *quiet, *names], check=True)


def main():
    install_tfjs()
    config = Config()
    task = tasks.load(config.task)
    rotation = Rotation(task.x)
    x, inputs = rotation.to_span(task.x), task.x.shape[1]
    shape = {"width": config.width, "inputs": inputs}
    scheme = {"seed": 0, "init": config.init, "init_scale": config.init_scale}
    start = network.initial(rank=rotation.rank, **shape, **scheme)
    start = start._replace(w_in=start.w_in[:, : rotation.rank])
    experiment = {
        "x": x.ravel().tolist(),
        "labels": task.y.tolist(),
        "w_in": start.w_in.ravel().tolist(),
        "w_out": start.w_out.ravel().tolist(),
        "config": shape | scheme | {"lr": config.lr},
        "steps": STEPS,
        "stepsPerCall": STEPS_PER_CALL,
    }
    results = {name: [] for name in ("native", *SIDES)}
    path = find_browser()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=path, args=["--no-sandbox", "--disable-background-networking"]
        )
        page = browser.new_page()
        page.route("**/*", serve)
        page.goto("http://localhost/")
        for _ in track(range(ROUNDS), "Taking turns"):
            results["native"].append(native(x, task.y, start, config.lr))
            for name, side in SIDES.items():
                turn = page.evaluate(f"(experiment) => sides.{side}(experiment)", experiment)
                results[name].append(turn)
        version = browser.version
        browser.close()

    print(f"{config.width} neurons, {len(x)} samples, {rotation.rank} inputs, Chromium {version}")
    print(f"steps/s on one thread, median (lowest to highest) of {ROUNDS} turns of {STEPS} steps:")
    for name, turns in results.items():
        rates = [turn["rate"] for turn in turns]
        print(
            f"{name:31}{statistics.median(rates):7.0f} ({min(rates):.0f} to {max(rates):.0f}), "
            f"last loss {turns[-1]['loss']:.6f}"
        )
    ours = results.pop("browser")
    for name, theirs in results.items():
        pairs = zip(ours, theirs, strict=True)
        ratios = [browser["rate"] / other["rate"] for browser, other in pairs]
        print(f"browser / {name}: {statistics.median(ratios):.2f}")


if __name__ == "__main__":
    main()
