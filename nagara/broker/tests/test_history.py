"""The older history in files: whatever is sealed, merged, dropped and deleted, the answers stay the same, and a kill changes nothing."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from nagara.broker.cli import main
from nagara.broker.history import duck, keeping
from nagara.broker.history.keeping import Keeper
from nagara.broker.history.sealing import seal, work
from nagara.broker.history.segments import Segment
from nagara.broker.settings import Settings
from nagara.broker.store.tenant import Store
from nagara.broker.tests.conftest import Inside, Running, station

YEAR = "timerel=between&timeAt=2026-01-01T00:00:00Z&endTimeAt=2027-01-01T00:00:00Z"
QUESTIONS = (
    f"type=Station&{YEAR}",
    f"type=Station&{YEAR}&options=temporalValues,sysAttrs&lastN=2",
    f"type=Station&{YEAR}&attrs=a&lastN=3",
    f"type=Station&{YEAR}&q=a>50&attrs=b",
    f"type=Station&{YEAR}&datasetId=urn:x:d",
    "type=Station&timerel=after&timeAt=2026-01-01T00:00:00Z&timeproperty=modifiedAt",
    "type=Station&timerel=after&timeAt=2026-01-01T00:00:00Z&timeproperty=deletedAt",
    f"type=Station&{YEAR}&attrs=a&format=aggregatedValues&aggrMethods=avg,min,max,sum,totalCount,distinctCount&aggrPeriodDuration=P1D",
    f"type=Station&{YEAR}&attrs=b&format=aggregatedValues&aggrMethods=min,max,distinctCount&aggrPeriodDuration=P1M",
)


def _value(chance: random.Random) -> Any:
    return chance.choice([chance.randint(0, 99), round(chance.random() * 99, 2), True, "ลม", "north", [1, 2], {"x": 1}, 2**60])


def _instances(chance: random.Random) -> list[dict[str, Any]]:
    found = []
    for _ in range(chance.randint(1, 4)):
        at = f"2026-0{chance.randint(1, 3)}-01T{chance.randint(0, 23):02d}:00:00{chance.choice(['', '.5', '.125000'])}Z"
        one = {"type": "Property", "value": _value(chance), "observedAt": at}
        if chance.random() < 0.3:
            one["unitCode"] = "CEL"
        if chance.random() < 0.3:
            one["datasetId"] = "urn:x:d"
        if chance.random() < 0.2:
            one["accuracy"] = {"type": "Property", "value": 0.1}
        found.append(one)
    return found


def write(inside: Inside, chance: random.Random, times: int) -> None:
    """Writes of all kinds to a few stations, and corrections of their history."""
    for _ in range(times):
        id_ = f"urn:ngsi-ld:Station:{chance.randint(1, 5)}"
        kind = chance.random()
        numbers = [one | {"value": chance.randint(0, 99)} for one in _instances(chance)]
        if kind < 0.45:
            inside.ask("POST", "temporal/entities", {"id": id_, "type": "Station", "a": numbers, "b": _instances(chance)})
        elif kind < 0.7:
            body = station(
                id_.rpartition(":")[2], a={"type": "Property", "value": chance.randint(0, 99), "observedAt": "2026-03-09T00:00:00Z"}
            )
            inside.ask("POST", "entityOperations/upsert", [body])
        elif kind < 0.75:
            inside.ask("DELETE", f"entities/{id_}")
        elif kind < 0.8:
            inside.ask(
                "DELETE", f"temporal/entities/{id_}/attrs/{chance.choice('ab')}", query=f"deleteAll={chance.choice(['true', 'false'])}"
            )
        elif kind < 0.82:
            inside.ask("DELETE", f"temporal/entities/{id_}")
        else:
            there = inside.ask("GET", f"temporal/entities/{id_}", query="attrs=a").body
            some = json.loads(there).get("a", [])
            if some:
                place = f"temporal/entities/{id_}/attrs/a/{chance.choice(some)['instanceId']}"
                inside.ask("DELETE", place) if kind < 0.9 else inside.ask("PATCH", place, numbers[0])


def answers(inside: Inside) -> list[Any]:
    found = []
    for question in QUESTIONS:
        answer = inside.ask("GET", "temporal/entities", query=quote(question, safe="=&"))
        assert answer.status == 200, answer.body
        found.append(_sorted(answer.json))
    return found


def _sorted(entities: list[dict[str, Any]]) -> Any:
    """An answer whose attributes stand in no particular order."""
    return json.loads(json.dumps(entities, sort_keys=True))


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Inside]:
    """A broker of the test's own, within its process; so is what seals its history, as a process takes a second to begin."""

    async def here(keeper: Keeper, store: Store, job: dict[str, Any]) -> tuple[list[Segment], list[Segment]]:
        return work({**job, "path": str(store.path), "history": str(keeper._folder), "tenant": store.tenant})

    monkeypatch.setattr(Keeper, "_work", here)
    found = Inside(Settings(data=tmp_path / "data", open=True))
    yield found
    found.stop()


def keep(inside: Inside) -> Store:
    """Let the broker look after its history once."""
    store = inside.broker.tenants.get("")
    inside.do(inside.broker.keeper._keep(store))
    return store


@pytest.mark.parametrize("seed", range(2))
def test_what_is_answered_does_not_depend_on_what_is_sealed(own: Inside, seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    chance = random.Random(seed)
    store = own.broker.tenants.get("")
    for step in range(3):
        write(own, chance, 30)
        before = answers(own)
        assert own.ask("POST", "history/seal").json["writes"] > 0
        assert answers(own) == before
        write(own, chance, 5)
        before = answers(own)
        if step == 1:  # the rows leave the store, and what was deleted the files
            monkeypatch.setattr(keeping, "KEEP_US", 0)
            keep(own)
            assert answers(own) == before
        if step == 2:
            monkeypatch.setattr(keeping, "MERGE_FILES", 2)
            own.ask("POST", "history/seal")
            for _ in range(3):
                keep(own)
            groups = store.write.execute("SELECT count(*) FROM segment GROUP BY type, day").fetchall()
            assert groups and set(groups) == {(1,)}
            assert answers(own) == before
    assert store.write.execute("SELECT count(*) FROM observation").fetchone()[0] == 0


def test_what_was_deleted_leaves_the_files_too(own: Inside, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeping, "KEEP_US", 0)
    secret = [{"type": "Property", "value": "a name to forget", "observedAt": "2026-03-01T12:00:00Z"}]
    for n in (1, 2):
        own.ask("POST", "temporal/entities", station(n, a=secret))
    own.ask("POST", "history/seal")
    files = list(own.broker.history_folder.rglob("*.parquet"))
    count = f"SELECT count(*) FROM {duck.files(files)} WHERE text = 'a name to forget'"
    assert duck.cursor().execute(count).fetchone() == (2,)
    assert own.ask("DELETE", "temporal/entities/urn:ngsi-ld:Station:1").status == 204
    store = keep(own)
    keep(own)
    assert store.write.execute("SELECT count(*) FROM hidden").fetchone()[0] == 0
    named = [own.broker.history_folder / path for (path,) in store.write.execute("SELECT path FROM segment")]
    assert duck.cursor().execute(f"SELECT id FROM {duck.files(named)}").fetchall() == [("urn:ngsi-ld:Station:2",)]


def test_files_that_no_transaction_names_are_no_history(own: Inside) -> None:
    """As after a kill between the writing of the files and the transaction: nothing is there twice, and the next start removes them."""
    write(own, random.Random(7), 30)
    before = answers(own)
    store = own.broker.tenants.get("")
    top = store.write.execute("SELECT max(seq) FROM observation").fetchone()[0]
    left = seal(store.path, own.broker.history_folder, "", 0, top)
    (own.broker.history_folder / left[0].path).with_name(".half.tmp").write_bytes(b"half a file")
    assert left and answers(own) == before
    keep(own)
    assert [path for path in own.broker.history_folder.rglob("*") if path.is_file()] == []
    own.ask("POST", "history/seal")
    assert answers(own) == before and list(own.broker.history_folder.rglob("*.parquet")) != []


def test_a_kill_while_history_is_sealed_loses_and_doubles_nothing(start: Callable[..., Running], tmp_path: Path) -> None:
    data = tmp_path / "data"
    chance = random.Random(1)
    written = 0
    for _ in range(3):
        running = start("--open", data=data)
        api = running.api()
        for _ in range(5):
            made = [station(n, a={"type": "Property", "value": written + n, "observedAt": "2026-03-01T12:00:00Z"}) for n in range(40)]
            assert api.post("entityOperations/upsert", made).status in (201, 204)
            written += 40
        try:
            api._connection.timeout = chance.random() * 0.9
            api.post("history/seal")
        except TimeoutError:
            pass
        running.stop(signal.SIGKILL)
    api = start("--open", data=data).api()
    query = {"type": "Station", "timerel": "after", "timeAt": "2026-01-01T00:00:00Z", "attrs": "a", "limit": "100"}
    for moment in ("before", "after"):
        total = api.get("temporal/entities", query={**query, "format": "aggregatedValues", "aggrMethods": "totalCount,distinctCount"})
        assert sum(one["a"]["totalCount"][0][0] for one in total.json) == written, moment
        assert sum(one["a"]["distinctCount"][0][0] for one in total.json) == written, moment
        series = api.get("temporal/entities", query={**query, "format": "temporalValues"}).json
        assert sum(len(one["a"]["values"]) for one in series) == written
        api.post("history/seal")


def test_history_is_kept_as_long_as_the_tenant_says(own: Inside) -> None:
    days = ["2024-01-01", "2024-01-02", "2026-11-20"]
    for day in days:
        one = [{"type": "Property", "value": 1, "observedAt": f"{day}T12:00:00Z"}]
        own.ask("POST", "temporal/entities", station(1, a=one))
    own.ask("POST", "history/seal")
    told = own.ask("GET", "history").json
    assert (told["keepDays"], told["files"], told["firstDay"], told["lastDay"], told["unsealedWrites"]) == (None, 3, days[0], days[2], 0)
    for wrong in ({"keepDays": 0}, {"keepDays": "1"}, {"keepDays": True}, {"days": 1}, []):
        assert own.ask("PATCH", "history", wrong).is_problem(400)
    assert own.ask("PATCH", "history", {"keepDays": 600}).status == 204
    keep(own)
    told = own.ask("GET", "history").json
    assert (told["keepDays"], told["files"], told["firstDay"]) == (600, 1, days[2])
    assert own.ask("PATCH", "history", {"keepDays": None}).status == 204 and own.ask("GET", "history").json["keepDays"] is None


def test_the_command_says_how_much_there_is_and_for_how_long(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    inside = Inside(Settings(data=tmp_path, open=True))
    one = [{"type": "Property", "value": 1, "observedAt": "2026-03-01T12:00:00Z"}]
    inside.ask("POST", "temporal/entities", station(1, a=one), NGSILD_Tenant="city_a")

    def command(*words: str) -> tuple[int, str]:
        with pytest.raises(SystemExit) as ended:
            main(["history", "--data", str(tmp_path), *words])
        told = capsys.readouterr()
        return int(ended.value.code or 0), told.out + told.err

    assert command() == (
        0,
        "default: kept for ever; 0 instances in 0 files (0 bytes), no day yet; 0 writes not in files yet\n"
        "city_a: kept for ever; 0 instances in 0 files (0 bytes), no day yet; 1 writes not in files yet\n",
    )
    assert (
        command("--keep", "30")[0] == 1 and command("--tenant", "city_b")[0] == 1 and command("--tenant", "city_a", "--keep", "0")[0] == 1
    )
    assert "kept for 30 days" in command("--tenant", "city_a", "--keep", "30")[1]
    assert inside.ask("GET", "history", NGSILD_Tenant="city_a").json["keepDays"] == 30
    assert "kept for ever" in command("--tenant", "city_a", "--keep", "forever")[1]
    inside.stop()


def test_the_files_may_lie_elsewhere_and_say_what_they_hold(tmp_path: Path) -> None:
    elsewhere = tmp_path / "shared"
    inside = Inside(Settings(data=tmp_path / "data", history=elsewhere, open=True))
    one = [{"type": "Property", "value": 21.5, "unitCode": "CEL", "observedAt": "2026-03-01T12:00:00Z"}]
    inside.ask("POST", "temporal/entities", station(1, a=one), NGSILD_Tenant="city_a")
    assert inside.ask("POST", "history/seal", NGSILD_Tenant="city_a").json == {"writes": 1}
    pattern = elsewhere / "tenant=city_a" / "*" / "*" / "*.parquet"
    rows = duck.cursor().execute(
        "SELECT tenant, type, day::VARCHAR, id, attr, number, unit, observed::VARCHAR "
        f"FROM read_parquet({duck.quoted(pattern)}, hive_partitioning = true)"
    )
    base = "https://uri.etsi.org/ngsi-ld/default-context/"
    assert rows.fetchall() == [
        ("city_a", f"{base}Station", "2026-03-01", "urn:ngsi-ld:Station:1", f"{base}a", 21.5, "CEL", "2026-03-01 12:00:00")
    ]
    assert not (tmp_path / "data" / "history").exists()
    inside.stop()


def test_what_duckdb_cannot_hold_goes_into_the_data_folder(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from nagara.broker.core import Broker; from nagara.broker.settings import Settings;"
        "from nagara.broker.history import duck; Broker(Settings(data=Path(sys.argv[1]), open=True)); c = duck.cursor();"
        "c.execute(\"SET memory_limit = '20MB'\"); c.execute('CREATE TABLE t AS SELECT range AS a, hash(range) AS b FROM range(3000000)');"
        "print(c.execute(\"SELECT current_setting('temp_directory')\").fetchone()[0], any(Path(sys.argv[1], '.duckdb').iterdir()))"
    )
    started_in = tmp_path / "here"
    started_in.mkdir()
    root = str(Path(__file__).parents[3])
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "data")],
        cwd=started_in,
        env={**os.environ, "PYTHONPATH": root},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.split() == [str(tmp_path / "data" / ".duckdb"), "True"]
    assert list(started_in.iterdir()) == []
