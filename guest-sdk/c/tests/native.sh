#!/bin/sh
# Runs the library outside of a sandbox, under the sanitizers of the compiler.
here=$(realpath "$(dirname "$0")") && folder=$(mktemp -d) && trap 'rm -rf "$folder"' EXIT || exit 1
library=$(ls "$here"/../src/*.c | grep -vE '/(exports|host|libc)\.c$')
flags="-g -Wall -Wextra -Wno-missing-field-initializers -fsanitize=address,undefined -I$here/../include -I$here/../src"
gcc -std=c11 $flags -o "$folder/native" "$here/native.c" "$here/functions.c" $library -lm && "$folder/native" || exit 1
# Memory that is free is used again at once, as outside of the sanitizers.
ASAN_OPTIONS=quarantine_size_mb=0:thread_local_quarantine_size_kb=0 "$folder/native" || exit 1

# Functions of C++ in a file, and what uses them in another.
command -v g++ >/dev/null || exit 0
cd "$folder" && gcc -std=c11 $flags -c "$here/../testing/host.c" $library &&
    g++ -std=c++17 $flags -o separate "$here/sample.cpp" "$here/separate.cpp" ./*.o && ./separate
