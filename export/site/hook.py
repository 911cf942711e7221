"""The mkdocs hook: adds to the pages what is not written by hand.

Libraries from node_modules, the scripts, the figures' specs and pictures, and formulas drawn
beforehand. The functions stand in the order in which mkdocs calls them.
"""

import logging
import os
import re
import socket
from html import unescape
from pathlib import Path
from urllib.parse import urlsplit

import jinja2
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import PluginError
from mkdocs.livereload import LiveReloadServer
from mkdocs.plugins import event_priority
from mkdocs.structure.files import File, Files
from mkdocs.structure.nav import Navigation
from mkdocs.structure.pages import Page
from mkdocs.utils import get_relative_url
from mkdocs.utils.meta import get_data
from watchdog.observers.polling import PollingObserver

from export.site import depth, lab_files, policy, scripts, style, tables, theme_script, unchanged
from export.site.breaks import breakable_code
from export.site.cache import CACHE, ROOT, fingerprint, keep_newest, memory
from export.site.drawings import drawn
from export.site.feed import feed
from export.site.fonts import formula_fonts, slim_font, slim_formula_fonts
from export.site.formulas import draw_formulas, name_formulas
from export.site.links import to_pages
from export.site.notebooks import fill_in, run_beside_others, tidy_notebook

# Folder of the site -> files of node_modules that a browser asks for. Modules are served as .js:
# not every server knows .mjs.
VENDOR = {
    "fonts": [
        f"@fontsource-variable/inter/files/inter-{script}-wght-normal.woff2"
        for script in ("latin", "greek")
    ],
    "katex/fonts": ["katex/dist/fonts/*.woff2"],
    # 1.22 on purpose: the lightest of the later versions that know what step.onnx needs (2.9 MB
    # compressed, where 1.30 has 3.7 MB), and as fast as any.
    "ort": [
        "onnxruntime-web/dist/ort.wasm.min.mjs",
        "onnxruntime-web/dist/ort-wasm-simd-threaded.mjs",
        "onnxruntime-web/dist/ort-wasm-simd-threaded.wasm",
    ],
}

LOOK = 0.05  # seconds between two looks for edits
SETTLED = 0.02  # seconds without an edit, before the site is built again

taken = policy.Taken()
drawn_pages: list[str] = []  # with their formulas
made_from: tuple = ()  # what every page depends on, beside its own text
filled_in_from: tuple = ()  # the same, and what macros tell of

# mkdocs-macros tells all that it knows at every build; its warnings are enough.
logging.getLogger("mkdocs.plugins.mkdocs_macros").setLevel(logging.WARNING)


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Tell the notebooks where the data is, and run them again when it has changed."""
    global taken
    taken = policy.Taken()
    drawn_pages.clear()
    run_beside_others()
    data = Path(config.docs_dir, "data")
    os.environ["DOCS_DATA"] = str(data)
    results = CACHE / "notebooks" / fingerprint(data)[:16]
    config.plugins["mkdocs-jupyter"].config["cache_dir"] = str(results)
    unchanged.read_once(config.plugins["material/search"].search_index)
    configuration = Path(config.config_file_path).read_text("utf-8")
    templates = fingerprint(ROOT / "export/site/theme")
    unchanged.keep_environment(config.theme, (configuration, templates))
    return config


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the libraries, the scripts, the style, all that is drawn, and the feed."""
    global made_from, filled_in_from
    code = fingerprint(ROOT / "racing_core", ROOT / "export", Path(config.docs_dir, "reference"))
    made_from = (code, Path(config.config_file_path).read_text("utf-8"), frozenset(files.src_uris))
    filled_in_from = (*made_from, *_told(config))
    unchanged.fill_in_once(config.plugins["macros"], filled_in_from)
    _keep_compiled(config.plugins["mkdocstrings"].get_handler("python").env)
    node_modules = Path(config.config_file_path).parent / "node_modules"
    try:
        for name, path in _libraries(node_modules):
            files.append(_library(config, name, path))
            if name.endswith(".wasm"):
                packed = lab_files.compressed(path)
                files.append(File.generated(config, f"{name}.gz", content=packed))
        for file in scripts.sources(files):
            files.remove(file)
        for name, script in scripts.bundled(Path(config.docs_dir), node_modules).items():
            files.append(File.generated(config, name, content=script))
        for file in [file for file in files if theme_script.NAME.fullmatch(file.src_uri)]:
            light = theme_script.light(Path(file.abs_src_path).read_text("utf-8"))
            files.remove(file)
            files.append(File.generated(config, file.src_uri, content=light))
        files.append(File.generated(config, style.NAME, content=_style(config, node_modules)))
        drawings = drawn(Path(config.docs_dir, "data"))
        for path in sorted(drawings.glob("assets/**/*.*")):
            name = path.relative_to(drawings).as_posix()
            files.append(File.generated(config, name, abs_src_path=str(path)))
        files.append(File.generated(config, "feed.xml", content=_feed(config, files)))
    except ValueError as error:
        raise PluginError(str(error)) from None
    return files


def _told(config: MkDocsConfig) -> tuple[str, ...]:
    """What the macros tell of: data, and whom the pages cite."""
    docs = Path(config.docs_dir)
    cited = docs / "references.bib", Path(config.config_file_path).with_name("CITATION.cff")
    return fingerprint(docs / "data"), *(file.read_text("utf-8") for file in cited)


def _libraries(node_modules: Path) -> list[tuple[str, Path]]:
    """(name on the site, file) of all of VENDOR."""
    found = []
    for folder, patterns in VENDOR.items():
        for pattern in patterns:
            paths = sorted(node_modules.glob(pattern))
            if not paths:
                raise ValueError(
                    f"node_modules/{pattern} is missing: run 'make serve', which gets it with npm"
                )
            found += [(f"assets/vendor/{folder}/{_served(path.name)}", path) for path in paths]
    return found


def _served(name: str) -> str:
    return name.removesuffix(".mjs") + ".js" if name.endswith(".mjs") else name


def _library(config: MkDocsConfig, name: str, path: Path) -> File:
    if name.startswith("assets/vendor/fonts/"):
        return File.generated(config, name, content=slim_font(path))
    return File.generated(config, name, abs_src_path=str(path))


def _style(config: MkDocsConfig, node_modules: Path) -> str:
    """The one style file, which takes the place of those that mkdocs.yml names."""
    one = style.style(config, node_modules)
    config.extra_css = [style.NAME]
    return one


def _feed(config: MkDocsConfig, files: Files) -> str:
    changes, _ = get_data(Path(config.docs_dir, "changes.md").read_text("utf-8"))
    page = files.get_file_from_path("changes.md").url
    return feed(changes, config.site_name, config.site_author, config.site_url or "", page)


@event_priority(-100)  # once the macros are filled in
def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Take a page as it was, if nothing has changed of what it is made from."""
    if page.file.src_path.endswith(".md"):
        unchanged.restore(page, (markdown, repr(page.meta), made_from), files)
    return markdown


def on_page_content(html: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Say for whom boxes are, box tables, name formulas; fill in a notebook; links."""
    if unchanged.restored(page):
        return html
    if page.file.src_path.endswith(".py"):
        macros, notebook = config.plugins["macros"], html
        html = unchanged.once(
            (page.file.src_uri, "content"),
            (notebook, page.url, filled_in_from),
            lambda: fill_in(tidy_notebook(notebook), macros.env, macros.variables),
        )
    page.meta.setdefault("description", first_sentences(html) or config.site_description)
    # A reader with a keyboard goes from link to link, not from mark to mark of every heading, and
    # a screen reader reads the heading alone.
    mark = 'class="headerlink"'
    html = html.replace(mark, f'{mark} tabindex="-1" aria-hidden="true"')
    try:
        html = to_pages(html, page, files)
    except ValueError as error:
        raise PluginError(str(error)) from None
    return name_formulas(tables.boxed(depth.say_for_whom(html)))


def first_sentences(html: str, limit: int = 200) -> str:
    """What a page's first paragraph says, in whole sentences of at most so many letters in all."""
    paragraph = re.search(r"<p\b[^>]*>(.*?)</p>", html, re.DOTALL)
    said = " ".join(unescape(re.sub(r"<[^>]+>", "", paragraph[1])).split()) if paragraph else ""
    told = ""
    for sentence in re.findall(r".+?[.!?](?=\s|$)", said):
        if told and len(told) + len(sentence) > limit:
            break
        told = f"{told} {sentence.strip()}".strip()
    return told.replace('"', "'")


@event_priority(-100)  # once the references between the pages are filled in
def on_env(env: jinja2.Environment, config: MkDocsConfig, files: Files) -> jinja2.Environment:
    """Keep the pages as they are now, and the theme's templates compiled."""
    unchanged.keep(files)
    _keep_compiled(env)
    return env


def _keep_compiled(env: jinja2.Environment) -> None:
    folder = CACHE / "templates"
    folder.mkdir(parents=True, exist_ok=True)
    env.bytecode_cache = jinja2.FileSystemBytecodeCache(str(folder))


@event_priority(-50)  # once the search has read the page
def on_page_context(context: dict, page: Page, config: MkDocsConfig, nav: Navigation) -> dict:
    """Draw the formulas, say where code may break."""
    try:
        page.content = breakable_code(draw_formulas(page.content))
    except ValueError as error:
        raise PluginError(f"{page.file.src_path}: {error}") from None
    drawn_pages.append(page.content)
    context["formula_fonts"] = formula_fonts(page.content)
    return context


def on_post_page(output: str, page: Page, config: MkDocsConfig) -> str:
    """Name the search, which the theme leaves without a name; say what kind of page it is.

    Style that asks for what a page contains would be computed anew at every change within it.
    """
    output = output.replace('role="dialog"', 'role="dialog" aria-label="Search"', 1)
    if "kind" in page.meta:
        output = output.replace('class="no-js"', f'class="no-js kind-{page.meta["kind"]}"', 1)
    return _finished(output, get_relative_url(".", page.url) + "/")


def on_post_template(output: str, template_name: str, config: MkDocsConfig) -> str:
    """Of the pages that mkdocs makes by itself: the one for what is not found."""
    if template_name != "404.html":
        return output
    return _finished(output, urlsplit(config.site_url or "/").path)


def _finished(html: str, root: str) -> str:
    """A page with the theme's script by itself, and with all that the policy forbids in files."""
    return taken.out_of(theme_script.by_itself(html), root)


def on_post_build(config: MkDocsConfig) -> None:
    """Write what depends on all pages, list the lab's files, forget what is old."""
    site = Path(config.site_dir)
    taken.write(site, style.NAME)
    fonts = Path(config.config_file_path).parent / "node_modules/katex/dist/fonts"
    slim_formula_fonts(fonts, site / "assets/vendor/katex/fonts", drawn_pages)
    lab_files.write(site)
    memory.reduce_size(bytes_limit="50M")
    keep_newest(CACHE / "notebooks", 8)


def on_serve(server: LiveReloadServer, config: MkDocsConfig, builder: object) -> None:
    """Say it in a sentence if something else answers where the site is to be served; see edits."""
    with socket.socket() as other:
        if other.connect_ex(config.dev_addr) == 0:
            port = config.dev_addr.port
            raise PluginError(f"port {port} is in use: try 'make serve PORT={port + 1}'")
    # mkdocs looks for edits twice per second, and has no setting for it. One look takes 1 ms.
    server.build_delay = SETTLED
    watched = list(server._watched_paths)
    for path in watched:
        server.unwatch(path)
    server.observer = PollingObserver(timeout=LOOK)
    for path in watched:
        server.watch(path)
