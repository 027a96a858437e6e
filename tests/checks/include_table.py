#!/usr/bin/env python3
"""Checks every #include against the table of rooms, and that each library enters by its one door.

usage: include_table.py [ROOT]
"""
import fnmatch
import re

import sources

MAY_INCLUDE = {
    "engine": {"engine"},
    "kernels": {"engine", "kernels"},
    "scenes": {"engine", "kernels", "scenes"},
    "bench": {"engine", "kernels", "scenes", "bench"},
    "tests": {"engine", "kernels", "scenes", "bench", "tests"},
}

# Library header -> the files that may include it.
DOORS = {
    "oneapi/tbb/*": ["engine/parallel_tbb.cpp"],
    "tbb/*": ["engine/parallel_tbb.cpp"],
    "xxhash.h": ["engine/hash.cpp"],
    "zlib.h": ["engine/compress.cpp"],
    "zstd.h": ["engine/compress.cpp"],
    "xsimd/*": ["kernels/simd.h"],
    "Eigen/*": ["kernels/eigen.h", "*/include/quadrille/eigen.h", "tests/*"],
    "*intrin.h": ["kernels/simd.h"],
    "cpuid.h": ["engine/clock.cpp"],
    "expat.h": ["scenes/input/graphml.cpp", "tests/*"],
    "png.h": ["scenes/picture_png.cpp", "tests/*"],
    "CLI/*": ["bench/*"],
    "nlohmann/*": ["bench/*", "tests/*"],
    "fmt/*": ["bench/*"],
    "urcu.h": ["bench/peers/frame_rcu.cpp"],
    "benchmark/*": ["bench/*"],
    "mimalloc.h": ["bench/peers/heap_mimalloc.cpp"],
    "jemalloc/*": ["bench/peers/heap_jemalloc.cpp"],
    "boost/*": ["bench/peers/heap_boost_pool.cpp", "bench/peers/graph_boost.cpp",
                "bench/peers/space_boost.cpp",
                "bench/peers/space_cgal.cpp"],  # which needs some before its own headers
    "nanoflann.hpp": ["bench/peers/space_nanoflann.cpp"],
    "CGAL/*": ["bench/peers/space_cgal.cpp"],
    "geos/*": ["bench/peers/space_geos.cpp"],
    "box2d/*": ["bench/peers/physics_box2d.cpp"],
    "spatialindex/*": ["bench/peers/space_spatialindex.cpp"],
    "igraph/*": ["bench/peers/graph_igraph.cpp"],
    "GraphBLAS.h": ["bench/peers/graph_graphblas.cpp"],
    "metis.h": ["bench/peers/graph_metis.cpp"],
    "relacy/*": ["tests/model/*"],
    "gtest/*": ["tests/*"],
    "gmock/*": ["tests/*"],
}

# The operating system is a library too. Who may call it, and for what.
SYSTEM_DOORS = [
    "engine/region*.cpp",             # memory, also that which processes share
    "engine/mapped_file*.cpp",        # files as memory
    "engine/replace_file*.cpp",       # files written whole or not at all
    "engine/futex*.cpp",              # sleeping readers
    "engine/probes.h",                # <sys/sdt.h>, which calls nothing
    "bench/*", "tests/*",
]
SYSTEM = ["sys/*", "linux/*", "unistd.h", "fcntl.h", "pthread.h", "sched.h", "poll.h", "signal.h",
          "spawn.h", "dirent.h", "dlfcn.h", "link.h", "gnu/*", "malloc.h", "execinfo.h",
          "sanitizer/*"]

STANDARD = set("""
algorithm any array atomic barrier bit bitset cassert cctype cerrno cfenv cfloat charconv chrono
cinttypes climits clocale cmath codecvt compare complex concepts condition_variable coroutine
csetjmp csignal cstdarg cstddef cstdint cstdio cstdlib cstring ctime cuchar cwchar cwctype deque
exception execution filesystem format forward_list fstream functional future initializer_list
iomanip ios iosfwd iostream istream iterator latch limits list locale map memory memory_resource
mutex new numbers numeric optional ostream queue random ranges ratio regex scoped_allocator
semaphore set shared_mutex source_location span sstream stack stdexcept stop_token streambuf string
string_view strstream syncstream system_error thread tuple type_traits typeindex typeinfo
unordered_map unordered_set utility valarray variant vector version
""".split())

C_HEADERS = {"stddef.h", "stdint.h", "stdbool.h"}   # for the C interface

INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*([<"])([^>"]+)[>"]', re.MULTILINE)


def matches(path, patterns):
    return any(fnmatch.fnmatchcase(path, pattern) for pattern in patterns)


def public_header_rooms(files):
    return {path.split("/include/", 1)[1]: sources.room(path)
            for path in files if "/include/quadrille/" in path}


def complaint(path, quote, name, files, public):
    """What is wrong with one include of one file; None when nothing is."""
    mine, is_public = sources.room(path), "/include/quadrille/" in path
    allowed = MAY_INCLUDE[mine]
    if quote == '"':
        theirs = sources.room(name)
        if is_public:
            return f'a public header must not include the private "{name}"'
        if theirs not in sources.ROOMS or "/include/" in name:
            return f'"{name}" is not spelled "room/file.h" (private) or <quadrille/file.h> (public)'
        if name not in files:
            return f'"{name}" is not a file of the repository'
        return None if theirs in allowed else f'{mine} must not include {theirs} ("{name}")'
    if name.startswith("quadrille/"):
        if name not in public:
            return f"<{name}> is no public header"
        theirs = public[name]
        return None if theirs in allowed else f"{mine} must not include {theirs} (<{name}>)"
    for header, doors in DOORS.items():
        if fnmatch.fnmatchcase(name, header):
            return None if matches(path, doors) else f"<{name}> is for {', '.join(doors)} alone"
    if matches(name, SYSTEM):
        doors = ", ".join(SYSTEM_DOORS)
        return None if matches(path, SYSTEM_DOORS) else f"<{name}>: only {doors} call the system"
    if name in STANDARD or name in C_HEADERS:
        return None
    return f"<{name}> is of no library in the table"


def violations(root):
    files = sources.repository_files(root)
    known, public, found = set(files), public_header_rooms(files), []
    for path in files:
        if not path.endswith((*sources.CXX, ".c")) or sources.room(path) not in sources.ROOMS:
            continue
        if path.startswith(("tests/package/", "bench/examples/")):
            found += [f'{path}: a user\'s program cannot include the private "{name}"'
                      for quote, name in INCLUDE.findall(sources.read(root, path))
                      if quote == '"' and "/" in name]
            continue
        text = sources.read(root, path)
        for match in INCLUDE.finditer(sources.code_only(text)):
            wrong = complaint(path, *match.groups(), known, public)
            if wrong:
                found.append(f"{path}:{text.count(chr(10), 0, match.start()) + 1}: {wrong}")
    return found


if __name__ == "__main__":
    sources.main(violations)
