"""What is to be built: where its modules are, and what they depend on."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Any, Dict, List, NamedTuple, Optional


class BuildError(Exception):
    """Why there is no component. It says what to do."""


class Project(NamedTuple):
    """A project that can be built."""

    #: Of the component.
    name: str
    #: What locations in errors are relative to, in which modules lie.
    folder: Path
    #: The folder that modules are imported from.
    source: Path
    #: Those that are imported, by their names.
    modules: List[str]
    #: As in a requirements.txt.
    requirements: List[str]
    #: The requirements.txt, if there is one.
    requirements_file: Optional[Path]


#: Folders and files that are no part of what runs.
LEFT_OUT = {"tests", "test", "docs", "build", "dist", "target", "venv", "env", "node_modules", "site-packages"}
NOT_MODULES = {"setup", "conftest", "noxfile", "tasks"}


def find(path: Path) -> Project:
    """The project at a path.

    Raises `BuildError` where there is none, or where it is not plain what its modules are.
    """
    if path.is_file():
        if path.suffix != ".py":
            raise BuildError(f"{path} is no Python file: give a .py file, or a folder with a pyproject.toml")
        if not path.stem.isidentifier():
            raise BuildError(
                f"{path.name} can not be imported: name it as a module, such as {_identifier(path.stem)}.py"
            )
        return _project(path.stem, path.parent, path.parent, [path.stem], {})
    if not path.is_dir():
        raise BuildError(f"there is no {path}")
    manifest = path / "pyproject.toml"
    if not manifest.is_file():
        files = sorted(file for file in path.glob("*.py") if _is_module(file))
        if len(files) == 1:
            return find(files[0])
        raise BuildError(f"{path} has no pyproject.toml: add one, or name the .py file to be built")
    table = _toml(manifest)
    name = table.get("project", {}).get("name") or path.resolve().name
    source = path / "src" if (path / "src").is_dir() else path
    wanted = table.get("tool", {}).get("arrowbox", {}).get("modules")
    if wanted is None:
        wanted = _modules(source, name, manifest)
    elif isinstance(wanted, str):
        wanted = [wanted]
    for module in wanted:
        place = source.joinpath(*module.split("."))
        if not place.with_suffix(".py").is_file() and not place.is_dir():
            raise BuildError(f"{manifest}: there is no module {module} in {source}")
    return _project(name, path, source, list(wanted), table.get("project", {}))


def _project(name: str, folder: Path, source: Path, modules: List[str], said: Dict[str, Any]) -> Project:
    for module in modules:
        if module.split(".")[0] in {*sys.stdlib_module_names, "arrowbox", "arrowbox_app", "arrowbox_world"}:
            raise BuildError(f"the module {module} of {source} has the name of one that Python or the SDK has: rename it")
    file: Optional[Path] = folder / "requirements.txt"
    if not file.is_file():
        file = None
    requirements = [each for each in said.get("dependencies", []) if not is_own(each)]
    return Project(name, folder, source, modules, requirements, file)


def is_own(requirement: str) -> bool:
    """Whether a requirement is this SDK, which every component has."""
    return re.match(r"arrowbox[-_.]sdk\b", requirement.strip(), re.IGNORECASE) is not None


def _modules(source: Path, name: str, manifest: Path) -> List[str]:
    """The module or package of a project: the only one, or the one that is named as the project."""
    found = sorted(
        entry.stem
        for entry in source.iterdir()
        if (entry.suffix == ".py" and _is_module(entry))
        or (entry.is_dir() and (entry / "__init__.py").is_file() and entry.name not in LEFT_OUT)
    )
    if len(found) == 1:
        return found
    if _identifier(name) in found:
        return [_identifier(name)]
    if not found:
        raise BuildError(f"{source} has no Python module to build")
    raise BuildError(
        f"{source} has several modules ({', '.join(found)}), and none is named {_identifier(name)}: say in "
        f'{manifest} which of them have functions: [tool.arrowbox] modules = ["{found[0]}"]'
    )


def _is_module(file: Path) -> bool:
    stem = file.stem
    is_test = stem.startswith("test_") or stem.endswith("_test")
    return file.is_file() and stem.isidentifier() and not is_test and stem not in NOT_MODULES


def _identifier(name: str) -> str:
    return re.sub(r"\W", "_", name).lower()


def _toml(manifest: Path) -> Dict[str, Any]:
    try:
        import tomllib
    except ModuleNotFoundError:
        try:
            import tomli as tomllib  # type: ignore[no-redef]
        except ModuleNotFoundError:
            raise BuildError(
                "Python 3.10 can not read pyproject.toml: pip install tomli, or use a newer Python"
            ) from None
    try:
        return tomllib.loads(manifest.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BuildError(f"{manifest}: {error}") from None
