"""A monkey in the lab: python tests/benchmarks/lab_monkey.py [--seeds 3] [--actions 250]

Builds the site and lets a monkey, the same for the same seed, use the lab: it presses, chooses,
slides, types, drags and resizes, faster than the lab can follow. After that Play must train, or a
sentence must say why not; a seed with which it does neither, or with an error in the page, is told
with its last actions, and ends the program with exit code 1.
"""

import argparse
import random
import subprocess
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Error, Page, sync_playwright
from quiet_server import serve
from tqdm import tqdm

ROOT = Path(__file__).parents[2]
sys.path.append(str(ROOT / "tests"))
from chromium import find_browser  # noqa: E402

PATIENCE = 60_000  # ms
KEYS = ("Tab", "Enter", "Space", "ArrowLeft", "ArrowUp", "End", "Home", "Delete", "Escape")
# Uses the control of this number, with a number from 0 to 1 to choose by; returns what it did.
USE = """([number, share]) => {
  const all = [...document.querySelectorAll(".lab :is(button, input, select, summary, canvas)")]
    .filter((at) => at.checkVisibility());
  const at = all[number % all.length];
  if (at.matches(":disabled")) return "";
  const tell = (kind) => at.dispatchEvent(new Event(kind, { bubbles: true }));
  if (at instanceof HTMLSelectElement) {
    at.selectedIndex = Math.floor(share * at.options.length);
    tell("change");
  } else if (at.type === "range") {
    at.value = Number(at.min) + share * (at.max - at.min);
    tell("input");
  } else if (at.type === "number") {
    at.value = Math.round(share * 700) - 50;
    tell("change");
  } else if (at instanceof HTMLCanvasElement) {
    const box = at.getBoundingClientRect();
    const [clientX, clientY] = [box.left + share * box.width, box.bottom - share * box.height];
    const place = { clientX, clientY, buttons: 1, bubbles: true, pointerId: 1 };
    for (const kind of ["pointerdown", "pointermove", "pointerup"])
      at.dispatchEvent(new PointerEvent(kind, place));
    at.dispatchEvent(new MouseEvent("click", place));
  } else at.click();
  return `${at.id || at.textContent.trim() || at.closest("[id]").id} ${share.toFixed(2)}`;
}"""


def act(page: Page, choose: random.Random) -> str:
    """One action; "" where there was nothing to do."""
    kind = choose.random()
    if kind < 0.1:
        key = choose.choice(KEYS)
        page.keyboard.press(key)
        return f"key {key}"
    if kind < 0.12:
        size = {"width": choose.choice((390, 768, 1280)), "height": choose.choice((390, 844))}
        page.set_viewport_size(size)
        return str(size)
    return page.evaluate(USE, [choose.randrange(10_000), choose.random()])


def trial(page: Page, address: str, seed: int, actions: int) -> list[str]:
    """What went wrong, with the last actions; empty if nothing."""
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(f"error in the page: {error}"))
    choose = random.Random(seed)
    page.goto(address)
    page.wait_for_function("!document.querySelector('#controls').disabled", timeout=PATIENCE)
    done = []
    for _ in tqdm(range(actions), desc=f"seed {seed}", leave=False):
        done.append(act(page, choose))
        page.wait_for_timeout(choose.choice((0, 0, 20, 200)))
    if not plays(page):
        said = page.locator("#trouble").inner_text()
        line = page.locator("#engine").inner_text()
        errors.append(f"Play does nothing; the page says {said!r} and {line!r}")
    return [*errors, f"last actions: {done[-12:]}", f"address: {page.url}"] if errors else []


def plays(page: Page) -> bool:
    """Whether Play moves the run, or a sentence says why it cannot."""
    step = "document.querySelector('#out-step').value"
    page.wait_for_timeout(2000)  # what is under way comes to rest
    page.evaluate("document.querySelector('#pause').click()")
    page.wait_for_timeout(1000)
    before = page.evaluate(step)
    page.evaluate("document.querySelector('#play').click()")
    told = "/diverged|smaller|cannot|stops here/.test(document.querySelector('#trouble').innerText)"
    try:
        page.wait_for_function(f"{step} !== '{before}' || {told}", timeout=PATIENCE)
    except Error:
        return False
    return True


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--actions", type=int, default=250)
    parser.add_argument("--site", help="a folder with the built site; without, it is built")
    asked = parser.parse_args()
    path = find_browser()
    failed = 0
    with tempfile.TemporaryDirectory() as folder:
        if not asked.site:
            command = [sys.executable, "-m", "mkdocs", "build", "-q", "--site-dir", folder]
            subprocess.run(command, cwd=ROOT, check=True)
        address = serve(asked.site or folder) + "lab/"
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
            for seed in range(asked.seeds):
                page = browser.new_page()
                wrong = trial(page, address, seed, asked.actions)
                page.close()
                failed += bool(wrong)
                print(f"seed {seed}: {'Play works' if not wrong else '; '.join(wrong)}")
            browser.close()
    sys.exit(failed > 0)


if __name__ == "__main__":
    main()
