"""The site's own scripts, each with all that it imports in one file: esbuild makes them.

A browser that had to ask for each module would wait for the network at each import of an import.
The names on the site are those of the sources, so a module that builds addresses from
`import.meta.url` has to lie where these do.
"""

import tempfile
from pathlib import Path

from mkdocs.structure.files import File, Files

from export.site import node
from export.site.cache import fingerprint, memory

FOLDERS = ("javascripts", "lab")
# What pages and workers ask for, by path from `docs`.
OWN = (
    "javascripts/main.js",
    "lab/start.js",
    "lab/main.js",
    "lab/worker.js",
    "lab/own_data_worker.js",
    "lab/service_worker.js",
)
LIBRARIES = ("javascripts/vega.js", "lab/vega.js")  # large, and the same after most edits
OPTIONS = (
    "--bundle",
    "--minify",
    "--format=esm",
    "--target=es2022",  # what browsers have since 2022; see also jsconfig.json
    "--external:./vega.js",  # loaded when it is needed
    "--legal-comments=inline",
    "--log-level=error",
)


def sources(files: Files) -> list[File]:
    """The scripts as they are written: what is in FOLDERS."""
    return [
        file
        for file in files
        if file.src_uri.endswith(".js")
        and file.src_uri.startswith(tuple(f"{name}/" for name in FOLDERS))
    ]


def bundled(docs: Path, node_modules: Path) -> dict[str, str]:
    """The code that the site serves, by its name there.

    Raises:
        ValueError: a script cannot be read, or what it imports is missing; the message says where.
    """
    edited = fingerprint(*(docs / name for name in FOLDERS), names="*.js")
    libraries = fingerprint(*(docs / name for name in FOLDERS), names="vega.js")
    return _bundled(OWN, docs, node_modules, edited) | _bundled(
        LIBRARIES, docs, node_modules, libraries
    )


@memory.cache
def _bundled(names: tuple[str, ...], docs: Path, node_modules: Path, digest: str) -> dict[str, str]:
    esbuild = node_modules / "esbuild/bin/esbuild"
    if not esbuild.is_file():
        raise ValueError(
            "node_modules/esbuild is missing: run 'make serve', which gets it with npm"
        )
    with tempfile.TemporaryDirectory() as folder:
        # The sources may lie elsewhere, where no node_modules is above them.
        done = node.run(
            esbuild, *(docs / name for name in names), *OPTIONS,
            f"--outbase={docs}", f"--outdir={folder}",
            environment={"NODE_PATH": str(node_modules)},
        )  # fmt: skip
        if done.returncode:
            raise ValueError(_first_error(done.stderr))
        return {name: Path(folder, name).read_text("utf-8") for name in names}


def _first_error(told: str) -> str:
    """The first of esbuild's errors, in one line that begins with its place."""
    what, place, *_ = [*(line.strip() for line in told.splitlines() if line.strip()), ""]
    return f"{place} {what.removeprefix('✘ [ERROR] ')}".strip()
