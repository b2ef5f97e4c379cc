"""Packages that functions import: those that are Python and nothing else."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Iterator, List, Tuple

from ._project import BuildError, Project, is_own

#: The Python in a component.
PYTHON = "3.14"

#: Packages that many would reach for and that are made of machine code.
NATIVE = {
    "numpy",
    "pandas",
    "pyarrow",
    "polars",
    "scipy",
    "scikit-learn",
    "sklearn",
    "numba",
    "torch",
    "tensorflow",
    "jax",
    "xgboost",
    "lightgbm",
    "duckdb",
    "cython",
    "orjson",
    "lxml",
    "pillow",
    "opencv-python",
    "cryptography",
    "pydantic-core",
    "rapidfuzz",
    "spacy",
    "tokenizers",
    "grpcio",
    "psycopg2",
    "matplotlib",
    "shapely",
    "h3",
}


def refusal(package: str) -> str:
    """That a package can not run in a component."""
    return (
        f"{package} is made of machine code for one kind of computer, which does not run in a component. Whole columns "
        "are computed with `arrowbox.Column`, whose operations the engine runs where the data is, and with the bytes of "
        "`arrowbox.Array`; packages of pure Python work"
    )


def is_native(package: str) -> bool:
    return _normal(package) in NATIVE


def _normal(package: str) -> str:
    return re.sub(r"[-_.]+", "-", package).lower()


def _listed(project: Project) -> Iterator[Tuple[str, str]]:
    """Each requirement, and where it is written."""
    for requirement in project.requirements:
        yield requirement, "pyproject.toml"
    if project.requirements_file is not None:
        text = project.requirements_file.read_text(encoding="utf-8")
        for number, line in enumerate(text.splitlines(), 1):
            line = line.split("#")[0].strip()
            if line and not line.startswith("-"):
                yield line, f"{project.requirements_file.name}:{number}"


def install(project: Project, into: Path, progress) -> None:
    """Puts what the project depends on into a folder.

    Raises `BuildError` where something is not pure Python, or is not there.
    """
    wanted: List[str] = []
    for requirement, place in _listed(project):
        name = re.match(r"[\w.-]+", requirement)
        if name is not None and is_native(name.group()):
            raise BuildError(f"{place}: {refusal(name.group())}")
        if not is_own(requirement):
            wanted.append(requirement)
    if not wanted:
        return
    progress(f"packaging {', '.join(wanted)}")
    command = [
        sys.executable,
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
        "--no-compile",
        "--target",
        str(into),
        "--only-binary=:all:",
        "--platform",
        "any",
        "--implementation",
        "py",
        "--abi",
        "none",
        "--python-version",
        PYTHON,
        *wanted,
    ]
    ran = subprocess.run(command, capture_output=True, text=True, cwd=project.folder)
    if ran.returncode != 0:
        raise BuildError(_said(ran.stderr, sys.executable))
    for file in into.rglob("*"):
        if file.suffix in (".so", ".pyd", ".dylib", ".dll"):
            raise BuildError(refusal(file.relative_to(into).parts[0]))


def _said(stderr: str, python: str) -> str:
    """What pip said, for people."""
    if "No module named pip" in stderr:
        return f"there is no pip for {python}, which packages dependencies: {python} -m ensurepip"
    missing = re.search(r"No matching distribution found for (\S+)", stderr)
    if missing is not None:
        name = missing.group(1)
        if "from versions: none" in stderr or "none)" in stderr:
            return (
                f"there is no wheel of {name} that is pure Python: it is not there, or it is made of machine code, which "
                "does not run in a component (for whole columns there is `arrowbox.Column`)"
            )
        return f"there is no version of {name} that is pure Python and runs on Python {PYTHON}"
    lines = [line for line in stderr.splitlines() if line.startswith("ERROR")] or stderr.splitlines()[-3:]
    return "pip could not package the dependencies:\n" + "\n".join(lines)
