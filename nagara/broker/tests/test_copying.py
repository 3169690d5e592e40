"""A copy of the data of a running broker is a broker."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from nagara.broker.cli import main
from nagara.broker.doors.keys import Keys
from nagara.broker.tests.conftest import Running, station

ONE = "entities/urn:ngsi-ld:Station:1"


def test_a_copy_made_under_load_holds_all_that_was_acknowledged_before(
    start: Callable[..., Running], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data, target = tmp_path / "data", tmp_path / "copy"
    keys = Keys(data)
    secret, _ = keys.add(label="all", scopes=["read", "write", "manage"], tenant="*")
    keys.close()
    api = start("--history", str(tmp_path / "files"), data=data).api("city_a", **{"X-API-Key": secret})
    for value in range(3):
        api.made(station(1, a=value))
    assert api.post("history/seal").json == {"writes": 3}
    api.made(station(2, a=1))
    stop = threading.Event()
    writer = threading.Thread(target=lambda: [api.made(station(n, a=n)) for n in range(100, 5_000) if not stop.is_set()])
    writer.start()
    words = ["copy", str(target), "--data", str(data), "--history", str(tmp_path / "files")]
    with pytest.raises(SystemExit) as ended:
        main(words)
    stop.set()
    writer.join()
    assert ended.value.code == 0 and "1 files of history" in capsys.readouterr().out
    other = start(data=target).api("city_a", **{"X-API-Key": secret})
    assert other.get("entities/urn:ngsi-ld:Station:2").status == 200
    query = {"attrs": "a", "timerel": "after", "timeAt": "2000-01-01T00:00:00Z", "timeproperty": "modifiedAt", "format": "temporalValues"}
    assert [value for value, _ in other.get(f"temporal/{ONE}", query=query).json["a"]["values"]] == [0, 1, 2]
    with pytest.raises(SystemExit) as again:
        main(words)
    assert again.value.code == 1 and "not empty" in capsys.readouterr().err
