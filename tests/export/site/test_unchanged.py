"""While the site is served: what is built after an edit is what a new process would build."""

import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[3]

# Builds as `mkdocs serve` does, again in the same process after an edit: at last the site as it is.
# Prints which Markdown pages are then converted, and how many entries of the search are the edit's.
REBUILD = """
import sys
from pathlib import Path
from mkdocs.commands.build import build
from mkdocs.config import load_config
from mkdocs.structure.pages import Page

converted, entries, render = [], [], Page.render
Page.render = lambda page, *args: (converted.append(page.file.src_uri), render(page, *args))
docs, site = Path(sys.argv[1]), sys.argv[2]
article = docs / "article.md"
text = article.read_text("utf-8")
for edited in (text.replace("## ", "## Another "), text):
    converted.clear()
    article.write_text(edited, "utf-8")
    config = load_config(config_file="mkdocs.yml", docs_dir=str(docs), site_dir=site)
    config.plugins.on_startup(command="serve", dirty=False)
    build(config)
    search = Path(site, "search/search_index.json").read_text("utf-8")
    entries.append(search.count('"title":"Another '))
print(*converted, *entries)
"""


def test_what_is_built_after_an_edit_is_what_a_new_process_builds(site: Path, tmp_path: Path):
    docs, again = tmp_path / "docs", tmp_path / "site"
    shutil.copytree(ROOT / "docs", docs)
    shutil.copy(ROOT / "package.json", tmp_path)  # says that the scripts are modules
    command = [sys.executable, "-c", REBUILD, str(docs), str(again)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    headings = (docs / "article.md").read_text("utf-8").count("## ")
    expected = ["article.md", str(headings), "0"]
    assert done.stdout.split() == expected, "only this page has changed, also in the search"
    names = [{file.relative_to(folder) for file in folder.rglob("*")} for folder in (site, again)]
    assert names[0] == names[1]
    files = {name for name in names[0] if (site / name).is_file()}
    differ = {
        str(name) for name in files if (site / name).read_bytes() != (again / name).read_bytes()
    }
    # The first says when it was made; the other, for other sites to link to the reference, is no
    # part of the pages, and lists only what is converted.
    assert differ <= {"sitemap.xml.gz", "objects.inv"}
