"""What the checks share: which files there are, and their code without comments and strings."""
import fnmatch
import os
import re
import shutil
import subprocess
import sys

ROOMS = ("engine", "kernels", "scenes", "bench", "tests")
CXX = (".h", ".hpp", ".cpp")


def ignored_names(root):
    """Patterns of .gitignore: those of the top level (they begin with /), and those of any."""
    path = os.path.join(root, ".gitignore")
    lines = read(root, ".gitignore").split() if os.path.exists(path) else []
    return ([line.strip("/") for line in lines if line.startswith("/")],
            [line.strip("/") for line in lines if not line.startswith("/")])


def files_without_git(root):
    top, anywhere = ignored_names(root)
    names = set()
    for folder, folders, files in os.walk(root):
        patterns = [".git", *anywhere, *(top if folder == root else [])]
        kept = [name for name in folders + files
                if not any(fnmatch.fnmatch(name, pattern) for pattern in patterns)]
        folders[:] = [name for name in folders if name in kept]
        names.update(os.path.relpath(os.path.join(folder, name), root)
                     for name in files if name in kept)
    return names


def repository_files(root):
    """Paths relative to root: what git tracks or would add; without git all that it would list."""
    if os.path.exists(os.path.join(root, ".git")) and shutil.which("git"):
        listed = subprocess.run(
            ["git", "-C", root, "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
            capture_output=True, check=True)
        names = {os.fsdecode(name) for name in listed.stdout.split(b"\0") if name}
    else:
        names = files_without_git(root)
    return sorted(name for name in names if os.path.isfile(os.path.join(root, name)))


def read(root, path):
    with open(os.path.join(root, path), encoding="utf-8", errors="replace") as file:
        return file.read()


def room(path):
    return path.split("/")[0]


TOKEN = re.compile(
    r'//[^\n]*|/\*.*?\*/|R"(?P<d>[^(\s]*)\(.*?\)(?P=d)"'
    r'|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])+\'', re.DOTALL)


def code_only(text):
    """The text with comments and literals blanked out; #include lines keep their names."""
    def blank(match):
        start = text.rfind("\n", 0, match.start()) + 1
        if text[start:match.start()].lstrip().startswith("#include"):
            return match.group() if match.group()[0] == '"' else ""
        if match.group()[0] == "'" and match.start() and text[match.start() - 1].isalnum():
            return match.group()                      # a digit separator: 1'000'000
        return re.sub(r"[^\n]", " ", match.group())
    return TOKEN.sub(blank, text)


def main(violations):
    """Runs a check on the folder named on the command line and exits 1 when it found something."""
    found = violations(sys.argv[1] if len(sys.argv) > 1 else ".")
    for line in found:
        print(line)
    sys.exit(1 if found else 0)
