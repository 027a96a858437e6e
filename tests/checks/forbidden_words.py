#!/usr/bin/env python3
"""Finds what would give other bytes on another machine, in the rooms that compute state.

usage: forbidden_words.py [ROOT]
"""
import fnmatch
import re

import sources

TRANSCENDENTAL = (
    "sin|cos|tan|asin|acos|atan|atan2|sinh|cosh|tanh|asinh|acosh|atanh|sincos|exp|exp2|exp10|expm1"
    "|log|log2|log10|log1p|pow|cbrt|hypot|erf|erfc|tgamma|lgamma")

# Pattern -> why it is not allowed. Square roots are: they are correctly rounded everywhere.
FORBIDDEN = {
    r"\w*rsqrt\w*": "an estimate that differs between processors",
    r"\w*\brcp\w*|_mm\w*_rcp\w*": "an estimate that differs between processors",
    r"\bfn?m[as][fl]?\s*\(|_mm\w*_fn?m(add|sub)\w*|__builtin_fma\w*":
        "rounds once where other processors round twice",
    rf"(\b(std|xsimd)::|(?<![\w:.>])|\b__builtin_)({TRANSCENDENTAL})[fl]?\s*\(":
        "differs between math libraries; fixed_math has what is needed",
    r"\bstd::\w+_distribution\b": "differs between standard libraries",
    r"\bstd::(shuffle|sample|random_shuffle)\b": "differs between standard libraries",
    r"\bstd::(random_device|default_random_engine|rand|srand)\b|(?<![\w:.>])s?rand\s*\(":
        "not our one generator",
    r"\bstd::unordered_\w+": "has an order of its own in each standard library",
    r"\bstd::hash\b": "differs between standard libraries",
    r"\bstd::(reduce|transform_reduce|execution)\b": "sums in no fixed order",
    r"\blong\s+double\b": "has another size on other machines",
    r"\bhadd\s*\(|\breduce_add\s*\(|_mm\w*_hadd\w*":
        "sums in an order that depends on the width of a register",
    r"\b__FAST_MATH__\b|-ffast-math|-Ofast|-funsafe-math\w*|-march=native":
        "lets a compiler change results",
}

# Where a rule does not hold, and why.
EXCEPTIONS = [
    # path, what may stand there, reason
    ("kernels/fixed_math*", TRANSCENDENTAL, "defines them"),
    ("scenes/input/graphml*", "std::unordered_map", "finds a node by its name; never walked"),
    ("scenes/input/graphml.cpp", "std::unordered_map", "looked up by name, never walked"),
    ("scenes/canvas*", "std::log1p", "computes the shades of a picture, no state"),
]


def excepted(path, word):
    return any(fnmatch.fnmatchcase(path, where) and re.search(rf"\b({what})\b", word)
               for where, what, _ in EXCEPTIONS)


def checked(path):
    if path.endswith("CMakeLists.txt"):
        return True
    return sources.room(path) in ("engine", "kernels", "scenes") and path.endswith(sources.CXX)


def violations(root):
    found = []
    for path in sources.repository_files(root):
        if not checked(path):
            continue
        text = sources.read(root, path)
        is_cxx = path.endswith(sources.CXX)
        code = sources.code_only(text) if is_cxx else re.sub(r"#[^\n]*", "", text)
        for pattern, why in FORBIDDEN.items():
            for match in re.finditer(pattern, code):
                if not excepted(path, match.group()):
                    line = code.count("\n", 0, match.start()) + 1
                    found.append(f"{path}:{line}: '{match.group().strip(' (')}' {why}")
    return found


if __name__ == "__main__":
    sources.main(violations)
