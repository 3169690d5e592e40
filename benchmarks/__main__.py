"""`python -m benchmarks [PART …]`: run the measurements of each part, or of those named."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path


def main() -> None:
    here = Path(__file__).parent
    parts = sorted(path.parent.name for path in here.glob("*/__main__.py")) + sorted(path.stem for path in here.glob("bench_*.py"))
    named = [word for word in sys.argv[1:2] if not word.startswith("-")]
    for part in named or parts:
        if part not in parts:
            sys.exit(f"There is no benchmark {part!r}; there are {', '.join(parts)}.")
        module = importlib.import_module(f"benchmarks.{part}.__main__" if (here / part).is_dir() else f"benchmarks.{part}")
        module.main(sys.argv[2:] if named else [])


main()
