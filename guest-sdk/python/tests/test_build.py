"""From source to a component, and what is said where there is none."""

import subprocess
import sys
from pathlib import Path

import pytest

from arrowbox.build import BuildError, build
from arrowbox.build._dependencies import _said
from arrowbox.build._project import find

SOURCE = Path(__file__).parent.parent / "src"


def project(folder: Path, **files: str) -> Path:
    for name, text in files.items():
        place = folder / name.replace("_dot_", ".")
        folder.mkdir(parents=True, exist_ok=True)
        place.write_text(text, encoding="utf-8")
    return folder


def refused(path: Path) -> str:
    with pytest.raises(BuildError) as error:
        build(path, path.parent / "out.wasm")
    assert not (path.parent / "out.wasm").exists()
    return str(error.value)


MANIFEST = '[project]\nname = "my-lib"\ndependencies = ["arrowbox-sdk"]\n'


def test_projects_are_found(tmp_path):
    single = project(tmp_path / "single", functions_dot_py="")
    assert find(single / "functions.py").modules == ["functions"]
    assert find(single).modules == ["functions"]
    flat = project(tmp_path / "flat", pyproject_dot_toml=MANIFEST, my_lib_dot_py="", helper_dot_py="", test_x_dot_py="")
    assert (find(flat).name, find(flat).modules, find(flat).requirements) == ("my-lib", ["my_lib"], [])
    package = project(tmp_path / "package", pyproject_dot_toml=MANIFEST)
    (package / "src" / "other").mkdir(parents=True)
    (package / "src" / "other" / "__init__.py").write_text("")
    assert find(package).source == package / "src"
    named = MANIFEST + '[tool.arrowbox]\nmodules = ["a", "b"]\n'
    chosen = project(tmp_path / "chosen", pyproject_dot_toml=named, a_dot_py="", b_dot_py="", c_dot_py="")
    assert find(chosen).modules == ["a", "b"]


def test_what_is_no_project_is_told(tmp_path):
    assert refused(tmp_path / "nowhere") == f"there is no {tmp_path / 'nowhere'}"
    text = project(tmp_path / "a", notes_dot_txt="")
    assert "is no Python file" in refused(text / "notes.txt")
    assert "has no pyproject.toml: add one" in refused(text)
    odd = project(tmp_path / "b")
    odd.mkdir()
    (odd / "my-functions.py").write_text("")
    assert "name it as a module, such as my_functions.py" in refused(odd / "my-functions.py")
    many = project(tmp_path / "c", pyproject_dot_toml=MANIFEST, a_dot_py="", b_dot_py="")
    assert "none is named my_lib: say in" in refused(many) and '[tool.arrowbox] modules = ["a"]' in refused(many)
    taken = project(tmp_path / "f", gc_dot_py="")
    assert "has the name of one that Python or the SDK has: rename it" in refused(taken / "gc.py")
    missing = project(tmp_path / "d", pyproject_dot_toml=MANIFEST + '[tool.arrowbox]\nmodules = ["nope"]\n')
    assert "there is no module nope" in refused(missing)
    broken = project(tmp_path / "e", pyproject_dot_toml="[project")
    assert "pyproject.toml: " in refused(broken)


def test_an_error_of_syntax_has_file_and_line(tmp_path):
    code = "from arrowbox import scalar\n\n@scalar\ndef f(x: int) -> int\n    return x\n"
    said = refused(project(tmp_path / "a", functions_dot_py=code) / "functions.py")
    assert said.startswith("functions.py:4:") and "SyntaxError" in said and "def f(x: int) -> int" in said


@pytest.mark.parametrize("package", ["numpy", "pandas>=2", "PyArrow", "scikit_learn==1.5"])
def test_machine_code_is_refused_and_told_what_there_is_instead(tmp_path, package):
    pytest.importorskip("componentize_py")
    folder = project(
        tmp_path / "a", pyproject_dot_toml=MANIFEST, my_lib_dot_py="", requirements_dot_txt=f"# those\n{package}\n"
    )
    said = refused(folder)
    assert said.startswith("requirements.txt:2: ") and "machine code" in said and "`arrowbox.Column`" in said


def test_what_pip_says_is_told():
    none = "ERROR: Could not find a version that satisfies the requirement ujson (from versions: none)\nERROR: No matching distribution found for ujson"
    assert _said(none, "python").startswith("there is no wheel of ujson that is pure Python")
    old = "ERROR: Could not find a version that satisfies the requirement six==99 (from versions: 1.0)\nERROR: No matching distribution found for six==99"
    assert _said(old, "python").startswith("there is no version of six==99 that is pure Python")
    assert "-m ensurepip" in _said("python: No module named pip", "python")


@pytest.mark.parametrize(
    "code,said",
    [
        (
            "from arrowbox import scalar\n\n@scalar\ndef f(x: set[int]) -> int:\n    return 1\n",
            "functions.py:3: `f`: parameter `x`: set[int] is not supported",
        ),
        (
            "import json\n\nimport requests\n",
            "functions.py:3: ModuleNotFoundError: No module named 'requests'; if it is a package, add it to requirements.txt",
        ),
        ("import numpy as np\n", "functions.py:1: numpy is made of machine code"),
        (
            "import ssl\n",
            "functions.py:1: ModuleNotFoundError: No module named '_ssl': the Python of components does not have",
        ),
        ("x = 1\n", "there is no function in functions: put @scalar"),
        ("def f():\n    return {}['a']\nf()\n", "functions.py:2: KeyError: 'a'"),
    ],
)
def test_errors_of_the_authors_code_have_file_and_line(tmp_path, code, said):
    pytest.importorskip("componentize_py")
    assert refused(project(tmp_path / "a", functions_dot_py=code) / "functions.py").startswith(said)


def test_without_componentize_py_it_is_told_how_to_get_it(tmp_path, monkeypatch):
    import arrowbox.build._build as steps

    monkeypatch.setattr(steps.importlib.util, "find_spec", lambda name: None)
    monkeypatch.setattr(steps.shutil, "which", lambda name: None)
    said = refused(project(tmp_path / "a", functions_dot_py="") / "functions.py")
    assert said.endswith("-m pip install 'arrowbox-sdk[build]'")


def test_the_command_says_where_the_component_is(tmp_path):
    pytest.importorskip("componentize_py")
    code = "import helper\nfrom arrowbox import scalar\n\n@scalar\ndef f(x: int) -> int:\n    return helper.more(x)\n"
    folder = project(tmp_path / "a", functions_dot_py=code, helper_dot_py="def more(x):\n    return x + 1\n")
    command = [
        sys.executable,
        "-m",
        "arrowbox.build",
        str(folder / "functions.py"),
        "-o",
        str(tmp_path / "made" / "f.wasm"),
    ]
    ran = subprocess.run(
        command, capture_output=True, text=True, cwd=tmp_path, env={"PYTHONPATH": str(SOURCE), "PATH": ""}
    )
    assert (ran.returncode, ran.stdout.strip()) == (0, str(tmp_path / "made" / "f.wasm")), ran.stderr
    assert "making a component of functions" in ran.stderr
    made = (tmp_path / "made" / "f.wasm").read_bytes()
    assert made[:8] == b"\0asm\r\0\1\0"
    assert sorted(path.name for path in folder.iterdir()) == ["functions.py", "helper.py"]
    command[3] = str(tmp_path / "nowhere")
    ran = subprocess.run(
        command, capture_output=True, text=True, cwd=tmp_path, env={"PYTHONPATH": str(SOURCE), "PATH": ""}
    )
    assert (ran.returncode, ran.stdout) == (1, "") and ran.stderr.startswith("error: there is no")
