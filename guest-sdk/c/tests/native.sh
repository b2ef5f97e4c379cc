#!/bin/sh
# Runs the library outside of a sandbox, under the sanitizers of the compiler.
here=$(realpath "$(dirname "$0")") && folder=$(mktemp -d) && trap 'rm -rf "$folder"' EXIT || exit 1
library=$(ls "$here"/../src/*.c | grep -vE '/(exports|host|libc)\.c$')
gcc -std=c11 -g -Wall -Wextra -Wno-missing-field-initializers -fsanitize=address,undefined -I"$here/../include" \
    -I"$here/../src" -o "$folder/native" "$here/native.c" "$here/functions.c" $library -lm && "$folder/native"
