# What bench/run, tests/run, .ci/run and .ci/long share; sourced, not run by itself: the one list of
# Debian packages, building a preset, running its tests, and running stages. The working directory
# is the repository's.
# shellcheck shell=bash

build_packages=(
  g++ cmake ninja-build pkg-config python3
  libtbb-dev libxsimd-dev libeigen3-dev libgtest-dev libbenchmark-dev libcli11-dev libfmt-dev
  nlohmann-json3-dev libxxhash-dev zlib1g-dev libzstd-dev libexpat1-dev libpng-dev
  libboost-dev libjemalloc-dev libmimalloc-dev liburcu-dev
  systemtap-sdt-dev protobuf-compiler python3-protobuf
)
# g++-12-multilib, not g++-multilib: that one conflicts with cross compilers.
check_packages=(git clang-19 libclang-rt-19-dev clang-format-19 g++-12-multilib
  spin relacy-dev)

readonly tests_failed=8   # as an exit code: everything was built, and a test failed

missing_packages() {   # those of "$@" that are not installed, a line each
  local installed
  installed=$(dpkg-query -W -f='${db:Status-Status} ${Package}\n' "$@" 2>/dev/null |
    sed -n 's/^installed //p' || true)
  comm -23 <(printf '%s\n' "$@" | sort -u) <(sort -u <<<"$installed")
}

# Installs what is missing of "$@". Exits 3 with the line to type where it cannot.
install_packages() {
  local missing=() as_root=() line
  if ! command -v dpkg-query >/dev/null; then
    echo "This is not a Debian system. Install what these Debian packages hold, then pass" >&2
    echo "--no-install: $*" >&2
    exit 3
  fi
  mapfile -t missing < <(missing_packages "$@")
  (( ${#missing[@]} )) || return 0
  line="apt-get update && apt-get install -y --no-install-recommends ${missing[*]}"
  if (( EUID != 0 )); then
    if ! command -v sudo >/dev/null; then
      echo "Packages are missing, and neither root nor sudo is there. Type as root:" >&2
      echo "$line" >&2
      exit 3
    fi
    as_root=(sudo)
  fi
  echo "Installing ${missing[*]}" >&2
  local log
  log=$(mktemp)
  # Only if that fails are the package lists fetched anew: they may be old or not there at all.
  if ! apt_get install -y --no-install-recommends "${missing[@]}" >"$log" 2>&1 &&
     ! { apt_get update &&
         apt_get install -y --no-install-recommends "${missing[@]}"; } >"$log" 2>&1; then
    cat "$log" >&2
    echo "The packages could not be installed. Type as root: $line" >&2
    exit 3
  fi
  rm -f "$log"
}

apt_get() {
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q "$@" </dev/null
}

# Configures build/PRESET where that was not done since the presets last changed, then builds the
# targets given (none: all). Silent when nothing is to do; else quiet unless it fails or someone is
# waiting at a terminal.
build_preset() {   # PRESET [TARGET...]
  local dir="build/$1" preset=$1 log="build/$1/build.log" targets=()
  shift
  (( $# )) && targets=(--target "$@")
  mkdir -p "$dir"
  if [[ ! -f $dir/build.ninja || CMakePresets.json -nt $dir/configured ]]; then
    echo "Configuring $dir" >&2
    if ! cmake --preset "$preset" >"$log" 2>&1; then
      cat "$log" >&2
      echo "Configuring preset '$preset' failed." >&2
      return 1
    fi
    touch "$dir/configured"
  fi
  if ninja -C "$dir" -n "$@" 2>/dev/null | grep -q 'no work to do'; then return 0; fi
  echo "Building $dir" >&2
  if [[ -t 2 ]]; then
    cmake --build --preset "$preset" "${targets[@]}" >&2
  elif ! cmake --build --preset "$preset" "${targets[@]}" >"$log" 2>&1; then
    grep -E -A 12 '[Ee]rror|FAILED|undefined reference' "$log" | head -n 100 >&2
    echo "Building preset '$preset' failed; all of it is in $log." >&2
    return 1
  fi
}

# Runs the tests of a built preset in parallel; prints what failed, why tests were skipped, and a
# line of counts after LABEL (which may be empty). Further arguments are ctest's.
run_tests() {   # PRESET LABEL [CTEST ARGS...]
  local preset=$1 label=$2 dir=build/$1
  local results=$PWD/$dir/tests.xml
  local limit_s=600
  [[ ${QUADRILLE_LONG:-} == 1 ]] && limit_s=3600
  local options=(--test-dir "$dir" --parallel "$(nproc)" --timeout "$limit_s" --no-tests=error)
  shift 2
  rm -f "$results"
  if [[ -t 1 ]]; then
    ctest "${options[@]}" --progress --output-junit "$results" "$@" || true
  else
    ctest "${options[@]}" --output-junit "$results" "$@" >"$dir/tests.log" 2>&1 || true
  fi
  if [[ ! -f $results ]]; then
    cat "$dir/tests.log" >&2 || true
    echo "ctest left no results for preset '$preset'." >&2
    return 1
  fi
  python3 tests/summarize.py --label "$label" "$results" || return $tests_failed
}

# Runs functions of these names one after the other and goes on after one that failed, so that one
# run shows everything. Ends with the sum of all their tests; fails when anything did.
run_stages() {   # NAME...
  local stage before code failed=() other_failures=0 started=$SECONDS
  rm -f build/*/tests.xml
  for stage in "$@"; do
    printf '\n==== %s\n' "$stage"
    before=$SECONDS
    set +e   # errexit would not hold inside a condition
    ( set -e; "$stage" )
    code=$?
    set -e
    (( code == 0 )) || failed+=("$stage")
    (( code == 0 || code == tests_failed )) || other_failures=$((other_failures + 1))
    printf '==== %s: %s, %d s\n' "$stage" "$( (( code )) && echo "FAILED ($code)" || echo ok)" \
      $((SECONDS - before))
  done
  printf '\n==== all: %d s on %d cores\n' $((SECONDS - started)) "$(nproc)"
  (( ${#failed[@]} == 0 )) || printf 'stages that failed: %s\n' "${failed[*]}"
  local results=()
  mapfile -t results < <(compgen -G 'build/*/tests.xml')
  python3 tests/summarize.py --quiet --other-failures "$other_failures" "${results[@]}"
}
