"""The command line of the build."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from ._build import BuildError, build


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m arrowbox.build",
        description="Makes a component of functions in Python, for Arrowbox to run.",
        epilog="example: python -m arrowbox.build examples/geometric-mean/python -o geometric-mean.wasm",
    )
    parser.add_argument("project", type=Path, help="a folder with a pyproject.toml, or a single .py file")
    parser.add_argument("-o", "--output", type=Path, help="the component, or its folder (default: the current one)")
    parser.add_argument("-q", "--quiet", action="store_true", help="say nothing but errors and where the component is")
    arguments = parser.parse_args()

    def progress(step: str) -> None:
        if not arguments.quiet:
            print(step, file=sys.stderr, flush=True)

    try:
        made = build(arguments.project, arguments.output, progress)
    except BuildError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    print(made)
    return 0


if __name__ == "__main__":
    sys.exit(main())
