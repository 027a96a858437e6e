#!/usr/bin/env python3
"""Each check finds a fault planted in a small repository, and is silent without one."""
import os
import shutil
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import forbidden_words
import include_table
import limits
import options_in_readmes
import readme_links
import sources
import top_level
import weak_symbols

CLEAN = {
    "CMakeLists.txt": "# -march=native would be wrong here\n",
    "README.md": "## A heading\n\n[down](#a-heading), [room](engine/), [code](engine/slab.cpp)\n",
    "engine/include/quadrille/slab.h": "#pragma once\n#include <cstdint>\n",
    "engine/slab.cpp": '#include <quadrille/slab.h>\n// std::shuffle is not used: "rsqrt"\n',
    "kernels/simd.h": "#include <xsimd/xsimd.hpp>\nfloat f() { return std::sqrt(1\'000.f); }\n",
    "scenes/walk.cpp": '#include "kernels/simd.h"\nvoid g(Trace& t) { t.log(1); log_event(2); }\n',
}


class CheckTest(unittest.TestCase):
    def setUp(self):
        self.root = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, self.root)
        for path, text in CLEAN.items():
            self.write(path, text)

    def write(self, path, text):
        full = os.path.join(self.root, path)
        os.makedirs(os.path.dirname(full), exist_ok=True)
        with open(full, "w", encoding="utf-8") as file:
            file.write(text)

    def finds(self, check, path, text, *parts):
        """One violation, in that file, that says each of `parts`."""
        self.assertEqual(check.violations(self.root), [])
        self.write(path, text)
        found = check.violations(self.root)
        self.assertEqual(len(found), 1, found)
        for part in (path, *parts):
            self.assertIn(part, found[0])

    def accepts(self, check, path, text):
        self.write(path, text)
        self.assertEqual(check.violations(self.root), [])


class IncludeTable(CheckTest):
    def test_finds_a_room_that_looks_the_wrong_way(self):
        self.finds(include_table, "engine/a.cpp", '\n#include "kernels/simd.h"\n',
                   ":2:", "must not include kernels")

    def test_finds_a_public_header_of_a_room_above(self):
        self.write("scenes/include/quadrille/scene.h", "")
        self.finds(include_table, "kernels/a.h", "#include <quadrille/scene.h>\n",
                   "must not include scenes")

    def test_finds_a_private_header_in_a_public_one(self):
        self.write("engine/slab.h", "")
        self.finds(include_table, "engine/include/quadrille/b.h", '#include "engine/slab.h"\n',
                   "private")

    def test_finds_a_library_beside_its_door(self):
        self.finds(include_table, "scenes/a.cpp", "#include <zlib.h>\n", "engine/compress.cpp")

    def test_finds_a_library_that_no_table_names(self):
        self.finds(include_table, "bench/a.cpp", "#include <poco/any.hpp>\n", "no library")

    def test_finds_a_system_call_beside_its_doors(self):
        self.finds(include_table, "scenes/a.cpp", "#include <sys/mman.h>\n", "call the system")

    def test_finds_a_path_that_is_not_spelled_from_the_repository(self):
        self.finds(include_table, "kernels/a.cpp", '#include "simd.h"\n', "not spelled")

    def test_finds_a_file_that_is_not_there(self):
        self.finds(include_table, "kernels/a.cpp", '#include "kernels/gone.h"\n', "not a file")

    def test_finds_a_private_header_in_a_users_program(self):
        self.finds(include_table, "tests/package/main.cpp", '#include "kernels/simd.h"\n',
                   "user")

    def test_skips_an_include_in_a_comment(self):
        self.accepts(include_table, "engine/a.cpp", '/*\n#include "kernels/simd.h"\n*/\n')


class ForbiddenWords(CheckTest):
    def test_finds_each_word(self):
        for code, word in (
                ("r = _mm256_rsqrt_ps(x);", "_mm256_rsqrt_ps"), ("r = xsimd::rsqrt(x);", "rsqrt"),
                ("y = std::fma(a, b, c);", "fma"), ("y = xsimd::fma(a, b, c);", "fma"),
                ("y = _mm256_fmadd_ps(a, b, c);", "fmadd"), ("y = fmaf(a, b, c);", "fma"),
                ("y = __builtin_fmaf(a, b, c);", "fma"), ("y = __builtin_sinf(x);", "sinf"),
                ("y = std::sin(x);", "std::sin"), ("y = expf(x);", "expf"),
                ("y = xsimd::exp(x);", "exp"), ("std::shuffle(a, b, c);", "std::shuffle"),
                ("std::uniform_int_distribution<int> d;", "uniform_int_distribution"),
                ("std::unordered_map<int, int> m;", "unordered_map"), ("int i = rand();", "rand"),
                ("s = std::reduce(a, b);", "std::reduce"), ("long double d;", "long double"),
                ("s = hadd(batch);", "hadd"), ("s = _mm_rcp_ps(x);", "_mm_rcp_ps")):
            with self.subTest(code):
                self.write("kernels/a-inl.h", "")
                self.finds(forbidden_words, "kernels/a-inl.h", f"\nvoid f() {{ {code} }}\n",
                           ":2:", word)

    def test_finds_a_flag_in_a_build_file(self):
        self.finds(forbidden_words, "kernels/CMakeLists.txt",
                   "add_compile_options(-march=native)\n", "-march=native")

    def test_skips_rooms_that_compute_no_state(self):
        self.accepts(forbidden_words, "bench/a.cpp", "double x = std::log(2.0);\n")

    def test_skips_names_that_only_look_alike(self):
        self.accepts(forbidden_words, "scenes/a.cpp",
                     "float forward(int exponent); int operand(int); x.pow(2);\n")


class Limits(CheckTest):
    def test_finds_a_long_line(self):
        self.finds(limits, "engine/a.h", "x" * 101 + "\n", ":1:", "101 columns")

    def test_counts_characters_not_bytes(self):
        self.accepts(limits, "engine/a.h", "// " + "ä" * 97 + "\n")

    def test_finds_a_long_file(self):
        self.finds(limits, "tests/a.py", "\n" * 600, "601 lines")


class TopLevel(CheckTest):
    def test_finds_another_folder(self):
        self.finds(top_level, "docs", "")

    def test_accepts_dotfiles(self):
        self.accepts(top_level, ".ci/run", "")

    def test_accepts_what_git_would_ignore_where_there_is_no_git(self):
        self.write(".gitignore", "/build-*/\n/report.json\n__pycache__/\n")
        self.accepts(top_level, "report.json", "{}")
        self.accepts(top_level, "build-old/CMakeCache.txt", "")
        self.accepts(top_level, "__pycache__/a.pyc", "")
        self.finds(top_level, "report.csv", "")


class ReadmeLinks(CheckTest):
    def test_finds_a_link_to_nothing(self):
        self.finds(readme_links, "engine/README.md", "see [this](../engine/gone.h)\n", "gone.h")

    def test_finds_a_picture_that_is_not_there(self):
        self.finds(readme_links, "engine/README.md", '<img src="galaxy.png">\n', "galaxy.png")

    def test_finds_a_heading_that_is_not_there(self):
        self.finds(readme_links, "engine/README.md", "[up](../README.md#another)\n", "heading")

    def test_skips_code_and_other_places(self):
        self.accepts(readme_links, "engine/README.md",
                     "```\n[a](b)\n```\n`[a](b)` <https://a.b> [c](https://d.e)\n")


class OptionsInReadmes(CheckTest):
    def test_finds_an_option_that_no_readme_explains(self):
        self.finds(options_in_readmes, "bench/options.cpp",
                   'add_parsed<Odd>(\n      app, "--odd", parse_odd, "");\n', "--odd")

    def test_finds_the_long_name_of_an_option_with_two(self):
        self.finds(options_in_readmes, "bench/options.cpp",
                   'app->add_flag("-e,--even", even, "");\n', "--even")

    def test_is_content_with_either_readme(self):
        self.write("scenes/README.md", "`--odd N`\n")
        self.accepts(options_in_readmes, "bench/options.cpp",
                     'add_number(app, "--odd", odd, {0, 1}, "");\n')


class WeakSymbols(CheckTest):
    def compile(self, code):
        self.write("a.cpp", code)
        built = os.path.join(self.root, "a.o")
        source = os.path.join(self.root, "a.cpp")
        subprocess.run(["c++", "-O0", "-c", source, "-o", built], check=True)
        return weak_symbols.violations([built])

    def test_finds_an_inline_function_of_any_namespace(self):
        found = self.compile("namespace a { inline int f(int x) { return x; } }\n"
                             "int g() { return a::f(1); }\n")
        self.assertEqual(len(found), 1, found)
        self.assertIn("a::f(int)", found[0])

    def test_is_silent_on_internal_linkage(self):
        self.assertEqual(self.compile("namespace { inline int f() { return 1; } }\n"
                                      "int g() { return f(); }\n"), [])


class CodeOnly(unittest.TestCase):
    def test_keeps_lines_and_code(self):
        code = sources.code_only('a /* b\nc */ d // e\n"f // g" h \'"\' i R"(j "k" l)" m\n'
                                 '#include "n/o.h"\n')
        self.assertEqual(code.split(), ["a", "d", "h", "i", "m", "#include", '"n/o.h"'])
        self.assertEqual(code.count("\n"), 4)


if __name__ == "__main__":
    unittest.main()
