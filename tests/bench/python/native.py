"""Runs the functions in the Python of this machine: `native.py <folder>`.

Each line that comes is a function and how many rounds it is to run over the columns that lie in the folder; each line that
goes is how many nanoseconds that took. The first one says what runs. The result lies beside the columns.
"""

import platform
import sys
from array import array
from itertools import accumulate
from pathlib import Path
from time import perf_counter_ns

REPOSITORY = Path(__file__).resolve().parents[3]
sys.path.insert(0, str(REPOSITORY / "examples/geometric-mean/python"))

import functions  # noqa: E402
from geometric_mean import GeometricMean  # noqa: E402


def add_one(x):
    x, f = memoryview(x).cast("q"), functions.add_one
    return array("q", [f(value) for value in x.tolist()]).tobytes()


def gcd(a, b):
    a, b, f = memoryview(a).cast("q"), memoryview(b).cast("q"), functions.gcd
    return array("q", [f(x, y) for x, y in zip(a.tolist(), b.tolist())]).tobytes()


def upper(offsets, text):
    ends, f = memoryview(offsets).cast("i").tolist(), functions.upper
    results = [f(text[start:end].decode()).encode() for start, end in zip(ends, ends[1:])]
    array("i", accumulate(map(len, results), initial=0)).tobytes()
    return b"".join(results)


def geometric_mean(x):
    state = GeometricMean()
    for value in memoryview(x).cast("d").tolist():
        state.update(value)
    return array("d", [state.evaluate()]).tobytes()


RUNS = {"add_one": add_one, "gcd": gcd, "upper": upper, "geometric_mean": geometric_mean}


def main(folder):
    print(f"CPython {platform.python_version()}", flush=True)
    for line in sys.stdin:
        name, rounds = line.split()
        columns = [path.read_bytes() for path in sorted((folder / name).glob("argument-*"))]
        run, rounds = RUNS[name], range(int(rounds))
        began = perf_counter_ns()
        for _ in rounds:
            result = run(*columns)
        took = perf_counter_ns() - began
        (folder / name / "result").write_bytes(result)
        print(took, flush=True)


main(Path(sys.argv[1]))
