#!/bin/sh
# Builds the examples that are written in C, and compares what they give: examples.sh <arrowbox> [<variables of make>]
arrowbox=$(realpath "$1") sdk=$(realpath "$(dirname "$0")/..") && shift
build=$(mktemp -d) && trap 'rm -rf "$build"' EXIT
failed=0
for folder in "$sdk"/../../examples/*/c; do
    cd "$folder/.." && name=$(basename "$PWD")
    make -s -f "$sdk/Makefile" SOURCES="$(echo c/*.c)" OUT="$build/$name.wasm" BUILD="$build" "$@" >"$build/log" 2>&1 &&
        "$arrowbox" sql --format csv --component "$build/$name.wasm" "$(cat example.sql)" 2>&1 | diff - expected.csv &&
        echo "$name: as expected" || { echo "$name: FAILED" && cat "$build/log" && failed=1; }
done
exit $failed
