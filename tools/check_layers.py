#!/usr/bin/env python3
"""Holds the code to the layering law in tools/layers.txt.

    tools/check_layers.py [--root DIR]
    tools/check_layers.py --self-test

Checked: an area of src/ includes itself, the areas its line names and public headers;
cli, bindings and examples include public headers and their own files; public headers
include public headers; conditionals on the platform stand in src/base/os alone.
Prints FILE:LINE and the rule for each violation; exits 1 when there is one.
"""

import argparse
import os
import re
import sys
import tempfile

SOURCE = (".c", ".h", ".def", ".inc")
PLATFORM_HOME = "src/base/os"
PLATFORM = re.compile(
    r"\b(__linux__|__linux|linux|__gnu_linux__|__unix__|__unix|unix|_WIN32|_WIN64|__CYGWIN__"
    r"|__MINGW32__|__MINGW64__|__APPLE__|__MACH__|TARGET_OS_\w+|__ANDROID__|__FreeBSD__"
    r"|__OpenBSD__|__NetBSD__|__DragonFly__|__sun|__HAIKU__|__EMSCRIPTEN__|__wasi__"
    r"|__GLIBC__|__BIONIC__)\b")
# Strings are matched so that what looks like a comment in one is left alone.
COMMENT = re.compile(r'//(?:\\\n|[^\n])*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"', re.DOTALL)
INCLUDE = re.compile(r'^\s*#\s*include\s*(["<])([^">]+)[">]')
CONDITION = re.compile(r"^\s*#\s*(?:if|ifdef|ifndef|elif)\b(.*)")


def read_law(path):
    """{area: set of areas it may include}; None instead of a set: public headers only."""
    law = {}
    with open(path, encoding="utf-8") as lines:
        for number, line in enumerate(lines, 1):
            line = line.split("#")[0].strip()
            if not line:
                continue
            name, colon, rest = (part.strip() for part in line.partition(":"))
            if not colon or not re.fullmatch(r"\w+", name) or name in law:
                sys.exit(f"{path}:{number}: expected one new 'area : areas'")
            if rest == "include/stint only":
                law[name] = None
            elif rest == "everything above":
                law[name] = {area for area, may in law.items() if may is not None}
            else:
                law[name] = set(rest.split())
                unknown = sorted(law[name] - law.keys())
                if unknown:
                    sys.exit(f"{path}:{number}: {unknown[0]} is not on a line above")
    return law


def code_lines(path):
    """(number, line) without comments; a continued line is one, at its first number."""
    with open(path, encoding="utf-8", errors="replace") as file:
        text = file.read()

    def blank(match):
        found = match.group(0)
        return found if found[0] == '"' else " " + "\n" * found.count("\n")

    pending, start = "", 0
    for number, line in enumerate(COMMENT.sub(blank, text).split("\n"), 1):
        start = start if pending else number
        if line.endswith("\\"):
            pending += line[:-1] + " "
            continue
        yield start, pending + line
        pending = ""


def source_files(root, *folders):
    for folder in folders:
        for where, names, files in os.walk(os.path.join(root, folder)):
            names.sort()
            for file in sorted(files):
                if file.endswith(SOURCE):
                    yield os.path.relpath(os.path.join(where, file), root).replace(os.sep, "/")


class Checker:
    def __init__(self, root, law):
        self.root, self.law, self.violations = root, law, []
        self.areas = {area for area, may in law.items() if may is not None}

    def exists(self, *parts):
        return os.path.isfile(os.path.join(self.root, *parts))

    def violate(self, path, number, rule):
        self.violations.append(f"{path}:{number}: {rule}")

    def target(self, path, quote, name):
        """What an include names: 'stint', an area, 'own', 'system' or None (not found)."""
        folder = os.path.dirname(path)
        beside = os.path.normpath(os.path.join(folder, name)).replace(os.sep, "/")
        first = name.split("/")[0]
        if quote == '"' and self.exists(beside):
            parts = beside.split("/")
            if parts[0] == "src":
                return parts[1]
            if parts[:2] == ["include", "stint"]:
                return "stint"
            return "own" if parts[0] == path.split("/")[0] else "/".join(parts[:-1])
        if first == "stint":
            return "stint"
        if first in self.areas and "/" in name:
            return first
        return "system" if quote == "<" else None

    def check_area(self, path, number, area, quote, name):
        target = self.target(path, quote, name)
        if target in ("stint", "system", area) or target in self.law[area]:
            return
        if target is None:
            self.violate(path, number, f'"{name}" is neither "area/…" nor a file beside this one')
        elif target not in self.areas:
            self.violate(path, number, f"src/ includes nothing of {target}")
        else:
            may = " ".join(sorted(self.law[area])) or "nothing else"
            self.violate(path, number, f"{area} may not include {target}: {area} : {may}")

    def check_public_only(self, path, number, where, quote, name):
        if self.target(path, quote, name) not in ("stint", "own", "system"):
            self.violate(path, number, f"{where} includes public headers only, not \"{name}\"")

    def check(self):
        outsiders = [area for area, may in self.law.items() if may is None]
        for path in source_files(self.root, "src", "include", *outsiders):
            parts = path.split("/")
            area = parts[1] if parts[0] == "src" else None
            if area is not None and area not in self.areas:
                self.violate(path, 1, f"src/{area} is no area of tools/layers.txt")
                continue
            for number, line in code_lines(os.path.join(self.root, path)):
                include, condition = INCLUDE.match(line), CONDITION.match(line)
                if include and area:
                    self.check_area(path, number, area, *include.groups())
                elif include:
                    self.check_public_only(path, number, parts[0], *include.groups())
                elif condition and not path.startswith(PLATFORM_HOME + "/"):
                    macro = PLATFORM.search(condition.group(1))
                    if macro:
                        self.violate(path, number, f"{macro.group(0)}: conditionals on the "
                                     f"platform stand in {PLATFORM_HOME} alone")
        return self.violations


def self_test(law):
    good = {
        "include/stint/base.h": "#include <stdint.h>\n",
        "src/base/str.h": "#include \"stint/base.h\"\n#ifdef __AVX2__\n#endif\n",
        "src/base/os/os.c": "#include \"base/os/os.h\"\n#ifdef __linux__\n#endif\n",
        "src/base/os/os.h": "/* #include \"model/model.h\" */\n",
        "src/model/model.h": "#include <stint/base.h>\n#include \"base/str.h\"\n",
        "src/model/ridge.c": "#include \"model.h\"\nconst char *s = \"/*\";\n",
        "src/experiment/run.c": "#include \"model/model.h\"\n#include <yaml.h>\n",
        "cli/cli.h": "#include <stint/base.h>\n",
        "cli/main.c": "#include \"cli.h\"\n#include \"stint/base.h\"\n",
    }
    bad = [
        ("src/base/a.c", "\n#include \"model/model.h\"\n", 2),
        ("src/data/a.c", "/*\n*/ #include \"model/model.h\"\n", 2),
        ("src/plot/a.c", "#include \"../model/model.h\"\n", 1),
        ("src/search/a.c", "#include <model/model.h>\n", 1),
        ("src/search/b.c", "#include \"nowhere.h\"\n", 1),
        ("src/search/c.c", "#include \"../../cli/cli.h\"\n", 1),
        ("src/attic/a.c", "int x;\n", 1),
        ("src/data/b.c", "#if 0\n#elif \\\n    defined(__linux__)\n#endif\n", 2),
        ("cli/cmd_run.c", "#include \"base/str.h\"\n", 1),
        ("cli/cmd_plan.c", "#ifdef _WIN32\n#endif\n", 1),
        ("examples/a.c", "#include \"../src/base/str.h\"\n", 1),
        ("include/stint/a.h", "#include \"base/str.h\"\n", 1),
    ]

    def violations(files):
        with tempfile.TemporaryDirectory() as root:
            for path, text in files.items():
                os.makedirs(os.path.dirname(os.path.join(root, path)), exist_ok=True)
                with open(os.path.join(root, path), "w", encoding="utf-8") as file:
                    file.write(text)
            return Checker(root, law).check()

    failures = [f"clean tree: {found}" for found in violations(good)]
    for path, text, line in bad:
        found = violations({**good, path: text})
        if len(found) != 1 or not found[0].startswith(f"{path}:{line}: "):
            failures.append(f"{path}:{line}: expected one violation there, found {found}")
    for failure in failures:
        print(f"self-test: {failure}")
    return 1 if failures else 0


def main():
    here = os.path.dirname(os.path.abspath(__file__))
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--root", default=os.path.dirname(here), help="the checkout")
    parser.add_argument("--self-test", action="store_true", help="prove that violations are caught")
    options = parser.parse_args()
    law = read_law(os.path.join(here, "layers.txt"))
    if options.self_test:
        return self_test(law)
    violations = Checker(options.root, law).check()
    for violation in violations:
        print(violation)
    return 1 if violations else 0


if __name__ == "__main__":
    sys.exit(main())
