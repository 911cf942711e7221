"""The mkdocs hook: adds to the pages what is not written by hand.

Libraries from node_modules, the figures' specs and pictures, and formulas drawn beforehand.
"""

import logging
import socket
from pathlib import Path
from urllib.parse import urljoin

import jinja2
from jupyter_client.connect import ConnectionFileMixin
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import PluginError
from mkdocs.livereload import LiveReloadServer
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page
from mkdocs.utils import get_relative_url

from export.charts.lab import lab_specs
from export.site import card, depth, style
from export.site.cache import fingerprint, memory
from export.site.draw import draw_figures
from export.site.feed import feed
from export.site.fonts import slim_font
from export.site.formulas import draw_formulas
from export.site.notebooks import fill_in, tidy_notebook

# Folder of the site -> files of node_modules that a browser asks for.
VENDOR = {
    "fonts": [
        f"@fontsource-variable/inter/files/inter-{script}-wght-normal.woff2"
        for script in ("latin", "greek")
    ],
    "katex/fonts": ["katex/dist/fonts/*.woff2"],
    "ort": [
        "onnxruntime-web/dist/ort.wasm.min.mjs",
        "onnxruntime-web/dist/ort-wasm-simd-threaded.mjs",
        "onnxruntime-web/dist/ort-wasm-simd-threaded.wasm",
    ],
    "vega": [
        "vega/build/vega.min.js",
        "vega-lite/build/vega-lite.min.js",
        "vega-embed/build/vega-embed.min.js",
    ],
}

# mkdocs-macros tells all that it knows at every build; its warnings are enough.
logging.getLogger("mkdocs.plugins.mkdocs_macros").setLevel(logging.WARNING)


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Run notebooks again when the data that they read has changed, and not through open ports."""
    ConnectionFileMixin.transport.default_value = "ipc"
    data = fingerprint(Path(config.docs_dir, "data"))
    config.plugins["mkdocs-jupyter"].config["cache_dir"] = f".cache/notebooks/{data[:16]}"
    return config


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the libraries, the figures and the lab's charts."""
    node_modules = Path(config.config_file_path).parent / "node_modules"
    for folder, patterns in VENDOR.items():
        for pattern in patterns:
            found = sorted(node_modules.glob(pattern))
            if not found:
                raise PluginError(
                    f"node_modules/{pattern} is missing: run 'make serve', which gets it with npm"
                )
            for path in found:
                name = f"assets/vendor/{folder}/{path.name}"
                files.append(_vendored(config, folder, name, path))
    try:
        files.append(File.generated(config, style.NAME, content=style.style(config, node_modules)))
    except ValueError as error:
        raise PluginError(str(error)) from None
    config.extra_css = [style.NAME]
    for name, drawing in draw_figures(Path(config.docs_dir, "data")).items():
        for width, view in drawing.views.items():
            for suffix, content in {
                ".json": view.spec,
                "-light.svg": view.light,
                "-dark.svg": view.dark,
            }.items():
                path = f"assets/figures/{name}-{width}{suffix}"
                files.append(File.generated(config, path, content=content))
    for name, spec in lab_specs(Path(config.docs_dir, "data")).items():
        files.append(File.generated(config, f"assets/lab/{name}.json", content=spec))
    changes = Path(config.docs_dir, "changes.md").read_text("utf-8")
    atom = feed(changes, config.site_name, config.site_author, config.site_url or "")
    files.append(File.generated(config, "feed.xml", content=atom))
    files.append(
        File.generated(config, card.NAME, content=card.card(Path(config.docs_dir, "data")))
    )
    return files


def _vendored(config: MkDocsConfig, folder: str, name: str, path: Path) -> File:
    if folder == "fonts":
        return File.generated(config, name, content=slim_font(path))
    return File.generated(config, name, abs_src_path=str(path))


def on_env(env: jinja2.Environment, config: MkDocsConfig, files: Files) -> jinja2.Environment:
    """Keep the theme's templates compiled: half the time of a rebuild."""
    folder = Path(".cache/templates")
    folder.mkdir(parents=True, exist_ok=True)
    env.bytecode_cache = jinja2.FileSystemBytecodeCache(str(folder))
    return env


def on_page_content(html: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Draw the formulas, say for whom boxes are; in a notebook, fill in numbers and figures."""
    if page.file.src_path.endswith(".py"):
        macros = config.plugins["macros"]
        html = fill_in(tidy_notebook(html), macros.env, macros.variables)
    try:
        return draw_formulas(depth.say_for_whom(html))
    except ValueError as error:
        raise PluginError(f"{page.file.src_path}: {error}") from None


def on_post_page(output: str, page: Page, config: MkDocsConfig) -> str:
    """Name what the theme leaves without a name; say what a link to the page is to show."""
    named = output.replace('role="dialog"', 'role="dialog" aria-label="Search"', 1)
    title = page.meta.get("title", page.title)
    description = page.meta.get("description", config.site_description)
    image = urljoin(config.site_url, card.NAME) if config.site_url else _relative(card.NAME, page)
    feed_link = (
        f'<link rel="alternate" type="application/atom+xml" title="{config.site_name}" '
        f'href="{_relative("feed.xml", page)}">'
    )
    head = card.head(title, description, page.canonical_url or "", image)
    return named.replace("</head>", f"{head}\n{feed_link}\n</head>", 1)


def _relative(path: str, page: Page) -> str:
    return get_relative_url(path, page.url)


def on_post_build(config: MkDocsConfig) -> None:
    """Forget drawings that nobody asked for lately."""
    memory.reduce_size(bytes_limit="50M")


def on_serve(server: LiveReloadServer, config: MkDocsConfig, builder: object) -> None:
    """Say it in a sentence if something else answers where the site is to be served."""
    with socket.socket() as other:
        if other.connect_ex(config.dev_addr) == 0:
            port = config.dev_addr.port
            raise PluginError(f"port {port} is in use: try 'make serve PORT={port + 1}'")
