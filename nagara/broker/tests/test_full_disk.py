"""A disk that fills up, a real one: a small filesystem in a mount namespace of its own."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys

import pytest

_ABLE = shutil.which("unshare") is not None and subprocess.run(["unshare", "-rm", "true"], capture_output=True, check=False).returncode == 0


@pytest.mark.skipif(not _ABLE, reason="a filesystem of a few MB needs a mount namespace, which this machine does not grant")
def test_a_full_disk_refuses_writes_loses_nothing_and_recovers() -> None:
    done = subprocess.run(
        ["unshare", "-rm", sys.executable, "-m", "nagara.broker.tests.full_disk"], capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert set(found["refusals"]) <= {503, 507}
    assert found["acknowledged"] > 50
    assert found["present"] == found["present_after_restart"] == found["acknowledged"]
    assert (found["query"], found["after_room"], found["after_restart"]) == (200, 201, 200)
