#!/bin/sh
# Cargo names crates after the folders they are in, and the compiler orders what it makes by those
# names. Here a crate for a guest is named after its package, which is the same everywhere.
rustc=$1
shift
case " $* " in
*" --target wasm32-unknown-unknown "*)
    for argument do
        shift
        case $argument in
        metadata=*) argument="metadata=$CARGO_PKG_NAME-$CARGO_PKG_VERSION" ;;
        esac
        set -- "$@" "$argument"
    done
    ;;
esac
exec "$rustc" "$@"
