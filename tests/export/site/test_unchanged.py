"""While the site is served: what is built after an edit is what a new process would build."""

import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[3]

# Builds as `mkdocs serve` does, again in the same process after edits of a page, then of what is
# cited: at last the site as it is. Prints for each build how many entries of the search are the
# edits', and which Markdown pages were converted.
REBUILD = """
import sys
from pathlib import Path
from mkdocs.commands.build import build
from mkdocs.config import load_config
from mkdocs.structure.pages import Page

converted, render = [], Page.render
Page.render = lambda page, *args: (converted.append(page.file.src_uri), render(page, *args))
docs, site = Path(sys.argv[1]), sys.argv[2]
article, references = docs / "article.md", docs / "references.bib"
text, cited = article.read_text("utf-8"), references.read_text("utf-8")
for headings, title in (("Another", "Raffle"), ("", "Raffle"), ("", "Lottery")):
    converted.clear()
    article.write_text(text.replace("## ", f"## {headings} "), "utf-8")
    references.write_text(cited.replace("Lottery", title), "utf-8")
    config = load_config(config_file="mkdocs.yml", docs_dir=str(docs), site_dir=site)
    config.plugins.on_startup(command="serve", dirty=False)
    build(config)
    search = Path(site, "search/search_index.json").read_text("utf-8")
    print(search.count('"title":"Another '), "Raffle" in search, *converted)
"""


def test_what_is_built_after_an_edit_is_what_a_new_process_builds(site: Path, tmp_path: Path):
    docs, again = tmp_path / "docs", tmp_path / "site"
    shutil.copytree(ROOT / "docs", docs)
    shutil.copy(ROOT / "package.json", tmp_path)  # says that the scripts are modules
    command = [sys.executable, "-c", REBUILD, str(docs), str(again)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    headings = (docs / "article.md").read_text("utf-8").count("## ")
    first, second, third = done.stdout.splitlines()
    assert first.startswith(f"{headings} True")
    assert second == "0 True article.md", "only this page has changed, also in the search"
    assert third == "0 False article.md", "only this page cites"
    names = [{file.relative_to(folder) for file in folder.rglob("*")} for folder in (site, again)]
    assert names[0] == names[1]
    files = {name for name in names[0] if (site / name).is_file()}
    differ = {
        str(name) for name in files if (site / name).read_bytes() != (again / name).read_bytes()
    }
    # The first says when it was made; the other, for other sites to link to the reference, is no
    # part of the pages, and lists only what is converted.
    assert differ <= {"sitemap.xml.gz", "objects.inv"}
