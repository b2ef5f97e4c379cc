"""Runs the functions in QuickJS, which the package `quickjs-ng` brings: `native_quickjs.py <folder>`.

As `native.js` does in Node.js; but QuickJS alone makes no text of bytes, so that text comes as JSON, which is read within the
time, and goes as one text.
"""

import json
import re
import sys
from array import array
from importlib.metadata import version
from pathlib import Path
from time import perf_counter_ns

import quickjs

HERE = Path(__file__).resolve().parent

LOOPS = """
function words(text) { return BigInt64Array.from(JSON.parse(text), BigInt); }
var make = {
  add_one(x) {
    const values = words(x);
    return () => {
      const results = new BigInt64Array(values.length);
      for (let i = 0; i < values.length; i++) results[i] = addOne(values[i]);
      return results;
    };
  },
  gcd(x, y) {
    const [a, b] = [words(x), words(y)];
    return () => {
      const results = new BigInt64Array(a.length);
      for (let i = 0; i < a.length; i++) results[i] = gcd(a[i], b[i]);
      return results;
    };
  },
  upper(x) {
    return () => {
      const values = JSON.parse(x);
      const results = new Array(values.length);
      for (let i = 0; i < values.length; i++) results[i] = upper(values[i]);
      return [results.join('')];
    };
  },
};
var runs = {}, result;
function begin(name, ...columns) { runs[name] = make[name](...columns); }
function run(name, rounds) { for (let round = 0; round < rounds; round++) result = runs[name](); }
function told() { return JSON.stringify(Array.from(result, String)); }
"""


def columns(folder, name):
    """The columns of a function, as JSON."""
    buffers = [path.read_bytes() for path in sorted((folder / name).glob("argument-*"))]
    if name != "upper":
        return [json.dumps(array("q", buffer).tolist()) for buffer in buffers]
    ends, text = array("i", buffers[0]), buffers[1]
    return [json.dumps([text[start:end].decode() for start, end in zip(ends, ends[1:])])]


def main(folder):
    print(f"QuickJS-ng {version('quickjs-ng')}", flush=True)
    context = quickjs.Context()
    context.eval(re.sub(r"^export ", "", (HERE / "plain.js").read_text(), flags=re.MULTILINE))
    context.eval(LOOPS)
    begin, run, told = context.get("begin"), context.get("run"), context.get("told")
    begun = set()
    for line in sys.stdin:
        name, rounds = line.split()
        if name not in begun:
            begin(name, *columns(folder, name))
            begun.add(name)
        began = perf_counter_ns()
        run(name, int(rounds))
        took = perf_counter_ns() - began
        values = json.loads(told())
        result = "".join(values).encode() if name == "upper" else array("q", map(int, values)).tobytes()
        (folder / name / "result").write_bytes(result)
        print(took, flush=True)


main(Path(sys.argv[1]))
