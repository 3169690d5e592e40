"""`make bench`: every measurement that is done within minutes; those that take longer are named. `python -m benchmarks NAME …` runs one.

A measurement is a module or a package of this folder that runs by itself (`python -m benchmarks.NAME`): each in a process of its
own, because each sets up an installation of its own.
"""

import ast
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent

SHORT: dict[str, list[str]] = {
    "broker": ["--seconds", "2"],
    "pages": [],
    "plans": ["--projects", "5000", "--cities", "100", "--sheet", "5000"],
    "reports": ["--projects", "5000", "--cities", "100", "--years", "3"],
}
"""What `make bench` runs, and at which size."""


def names() -> list[str]:
    packages = [path.parent.name for path in HERE.glob("*/__main__.py")]
    modules = [path.stem for path in HERE.glob("[!_]*.py")]
    return sorted({*packages, *modules})


def about(name: str) -> str:
    """The first line of what a measurement says of itself."""
    path = HERE / f"{name}.py"
    source = path if path.exists() else HERE / name / "__main__.py"
    return (ast.get_docstring(ast.parse(source.read_text())) or "").partition("\n")[0]


def run(name: str, arguments: list[str]) -> int:
    print(f"== {name}: {about(name)}", flush=True)
    return subprocess.run([sys.executable, "-m", f"benchmarks.{name}", *arguments], cwd=HERE.parent, check=False).returncode


def main() -> None:
    if len(sys.argv) > 1:
        name, *arguments = sys.argv[1:]
        if name not in names():
            sys.exit(f"There is no measurement {name!r}; there are {', '.join(names())}.")
        sys.exit(run(name, arguments))
    failed = [name for name in names() if name in SHORT and run(name, SHORT[name])]
    print("\nNot run, because they take longer or load the machine:")
    for name in names():
        more = "at its full size" if SHORT.get(name) else ""
        if name not in SHORT or more:
            print(f"  .venv/bin/python -m benchmarks {name:10} {more or about(name)}")
    sys.exit(f"Failed: {', '.join(failed)}" if failed else 0)


if __name__ == "__main__":
    main()
