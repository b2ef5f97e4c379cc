"""From Python source to a component: `python -m arrowbox.build <folder or file.py> -o functions.wasm`."""

from ._build import BuildError, build

__all__ = ["BuildError", "build"]
