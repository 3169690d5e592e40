"""One broker serves one data folder and one port."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from nagara.broker.tests.conftest import _RUN, Running, free_port


@pytest.mark.parametrize("shared", ["folder", "port"])
def test_a_second_broker_is_refused_in_words(start: Callable[..., Running], tmp_path: Path, shared: str) -> None:
    first = start("--open")
    port, data = (free_port(), first.data) if shared == "folder" else (first.port, tmp_path / "other")
    words = [sys.executable, "-c", _RUN, "--open", "--port", str(port), "--data", str(data)]
    second = subprocess.run(words, capture_output=True, text=True, timeout=60, check=False)
    assert second.returncode == 1
    assert ("Another broker serves" if shared == "folder" else f"127.0.0.1:{port} cannot be listened on") in second.stderr
    assert first.api().get("info/sourceIdentity").status == 200
