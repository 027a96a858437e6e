#!/usr/bin/env bash
# Runs clang-tidy over the sources of the rooms, as many at once as there are cores.
# usage: tidy.sh CLANG_TIDY BUILD_FOLDER [FILE...]
set -euo pipefail

tidy=$1 build=$2
shift 2
(( $# )) || mapfile -t files < <(git ls-files -- {engine,kernels,scenes,bench}'/*.cpp')
printf '%s\0' "${@:-${files[@]}}" | xargs -0 -n 1 -P "$(nproc)" "$tidy" -p "$build" --quiet
