#!/usr/bin/env bash
# Checks the layout of every C++ file with clang-format 19, the one version that lays them out.
# usage: format.sh [--fix]        --fix writes the files instead
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/../.."
formatter=$(command -v clang-format-19) || {
  echo "skipped: clang-format-19 is not installed"
  exit 77
}
mapfile -t files < <(
  git ls-files --cached --others --exclude-standard -- '*.h' '*.hpp' '*.cpp' '*.c')
if [[ ${1-} == --fix ]]; then
  exec "$formatter" -i "${files[@]}"
fi
exec "$formatter" --dry-run -Werror "${files[@]}"
