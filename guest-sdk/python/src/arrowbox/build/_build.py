"""The steps from source to a component."""

from __future__ import annotations

import ast
import importlib.util
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Callable, List, Optional

import arrowbox

from . import _dependencies as dependencies
from ._project import LEFT_OUT, BuildError, Project, find

INTERFACES = ("scalar", "aggregate", "window", "table", "map-batches", "grouped", "reader", "writer")
PACKAGE = "arrowbox:udf"
VERSION = "0.1.0"


def build(path: Path, output: Optional[Path] = None, progress: Callable[[str], None] = lambda step: None) -> Path:
    """Makes a component of the project at `path`, and says where it is: in `output`, or under its name if that is a
    folder.

    Raises `BuildError`.
    """
    project = find(Path(path))
    output = Path(output or ".")
    if output.is_dir():
        output /= f"{project.name}.wasm"
    check_syntax(project)
    command = componentizer()
    with tempfile.TemporaryDirectory(prefix="arrowbox-build-") as folder:
        stage = Path(folder)
        packages = stage / "packages"
        packages.mkdir()
        dependencies.install(project, packages, progress)
        progress(f"making a component of {', '.join(project.modules)}, which takes some seconds")
        copy_source(project, stage / "source")
        copy_sdk(stage / "sdk", project.modules)
        made = stage / "component.wasm"
        run(command, stage, made)
        output.parent.mkdir(parents=True, exist_ok=True)
        part = output.with_name(f"{output.name}.new")
        shutil.copyfile(made, part)
        part.replace(output)
    return output


def check_syntax(project: Project) -> None:
    """Finds errors of syntax before anything that takes time."""
    for module in project.modules:
        place = project.source.joinpath(*module.split("."))
        files = sorted(place.rglob("*.py")) if place.is_dir() else [place.with_suffix(".py")]
        for file in files:
            shown = _shown(file, project)
            try:
                ast.parse(file.read_bytes(), str(file))
            except SyntaxError as error:
                column = f":{error.offset}" if error.offset else ""
                line = f"\n    {error.text.strip()}" if error.text else ""
                raise BuildError(f"{shown}:{error.lineno}{column}: {type(error).__name__}: {error.msg}{line}") from None
            except (UnicodeDecodeError, ValueError) as error:
                raise BuildError(f"{shown}: {error}") from None


def _shown(file: Path, project: Project) -> str:
    try:
        return str(file.relative_to(project.source))
    except ValueError:
        return str(file)


def componentizer() -> List[str]:
    """How componentize-py is called.

    Raises `BuildError` where it is not there.
    """
    if importlib.util.find_spec("componentize_py") is not None:
        return [sys.executable, "-c", "import sys; from componentize_py import script; sys.exit(script())"]
    found = shutil.which("componentize-py")
    if found is not None:
        return [found]
    raise BuildError(
        f"componentize-py is not there, which makes components of Python: {sys.executable} -m pip install "
        "'arrowbox-sdk[build]'"
    )


def copy_source(project: Project, into: Path) -> None:
    """The author's code, without what is no part of it; what stands beside it can be read while it is imported."""

    def left_out(folder: str, names: List[str]) -> List[str]:
        top = Path(folder) == project.source
        return [
            name
            for name in names
            if name.startswith(".")
            or name == "__pycache__"
            or (top and name in LEFT_OUT)
            or name.endswith((".wasm", ".pyc"))
        ]

    packages = [module.split(".")[0] for module in project.modules]
    if project.source == project.folder and not (project.folder / "pyproject.toml").is_file():
        # A single file in a folder of other things: it and the modules beside it.
        into.mkdir()
        for entry in project.source.iterdir():
            if entry.suffix == ".py" or entry.stem in packages:
                if entry.is_file():
                    shutil.copyfile(entry, into / entry.name)
            elif entry.is_dir() and (entry / "__init__.py").is_file() and entry.name not in LEFT_OUT:
                shutil.copytree(entry, into / entry.name, ignore=left_out)
        return
    shutil.copytree(project.source, into, ignore=left_out)


def copy_sdk(into: Path, modules: List[str]) -> None:
    """This package, and what is imported first."""
    own = Path(arrowbox.__file__).parent
    shutil.copytree(own, into / "arrowbox", ignore=shutil.ignore_patterns("__pycache__", "build", "wit"))
    (into / "arrowbox_app.py").write_text(
        f"from arrowbox import _start\n_start.load({modules!r})\nfrom arrowbox._component import Library\n"
    )


def run(command: List[str], stage: Path, made: Path) -> None:
    """Calls componentize-py.

    Raises `BuildError` with what the author's code says.
    """
    wit = Path(arrowbox.__file__).parent / "wit"
    if not (wit / "worlds.wit").is_file():
        raise BuildError(f"{wit} is not there: this installation of arrowbox-sdk is not whole, install it again")
    arguments = ["--wit-path", str(wit), "--world", "portable", "--world-module", "arrowbox_world"]
    for interface in INTERFACES:
        name = f"arrowbox_{interface.replace('-', '_')}"
        arguments += ["--export-interface-name", f"{PACKAGE}/{interface}@{VERSION}={name}"]
    arguments += ["componentize", "arrowbox_app", "--output", str(made)]
    for folder in ("source", "sdk", "packages"):
        arguments += ["--python-path", str(stage / folder)]
    # Nothing that happens to be installed here is part of the component.
    nothing = stage / "nothing"
    (nothing / "lib" / "site-packages").mkdir(parents=True)
    environment = {**os.environ, "VIRTUAL_ENV": str(nothing)}
    environment.pop("PYTHONPATH", None)
    ran = subprocess.run([*command, *arguments], capture_output=True, text=True, env=environment, cwd=stage)
    if ran.returncode != 0 or not made.is_file():
        raise BuildError(said(ran.stdout + ran.stderr))


def said(output: str) -> str:
    """What went wrong, for people: the author's own error if it is one."""
    from .._start import MARK

    at = output.find(MARK)
    if at < 0:
        lines = [line for line in output.strip().splitlines() if line.strip()]
        return "componentize-py failed:\n" + "\n".join(lines[-20:])
    error, _ = json.JSONDecoder().raw_decode(output[at + len(MARK) :])
    place = f"{error['file']}:{error['line']}: " if error.get("file") else ""
    message = error["message"]
    missing = error.get("missing")
    if missing:
        package = missing.split(".")[0]
        if dependencies.is_native(package):
            return f"{place}{dependencies.refusal(package)}"
        if package in sys.stdlib_module_names:
            return f"{place}{message}: the Python of components does not have this module of the standard library"
        message += (
            "; if it is a package, add it to requirements.txt (those of pure Python can be packaged), and if it is a module "
            "of yours, put it beside the others"
        )
    return f"{place}{message}"
