"""A kill -9 in the middle of adopting leaves nothing half done, and two who adopt at once adopt once. On a real database of its own."""

import json
import os
import signal
import subprocess
import sys
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest
from django.db import connection

WHOLE = {"drafts": 1, "adopted": 0, "item": "open", "planted": 0, "entries": 0, "chain_faults": []}


@pytest.fixture
def env(tmp_path: Path) -> Iterator[dict[str, str]]:
    """The environment of a process with a fresh database: a file, or a database of the server that the tests use."""
    env = {key: value for key, value in os.environ.items() if key != "DATABASE_URL"}
    env |= {"NAGARA_DATA": str(tmp_path / "data"), "DJANGO_SETTINGS_MODULE": "nagara.config.settings"}
    if connection.vendor == "sqlite":
        yield env
        return
    name = f"nagara_killed_{uuid.uuid4().hex[:12]}"
    known = connection.get_connection_params()
    place = {key: known[key] for key in ("host", "port", "user", "password") if known.get(key)}
    with psycopg.connect(dbname="postgres", autocommit=True, **place) as server:
        server.execute(f'CREATE DATABASE "{name}"')
        env["DATABASE_URL"] = urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{name}").geturl()
        yield env
        server.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def run(step: str, env: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", "nagara.governance.tests.killed", step], env=env, capture_output=True, text=True)


def told(env: dict[str, str]) -> dict[str, object]:
    answer = run("tell", env)
    assert answer.returncode == 0, answer.stderr
    return json.loads(answer.stdout)


@pytest.mark.slow
@pytest.mark.django_db
def test_killed_in_the_middle_of_adopting_and_adopted_afterwards(env):
    prepared = run("prepare", env)
    assert prepared.returncode == 0, prepared.stderr
    assert told(env) == WHOLE

    assert run("die", env).returncode == -signal.SIGKILL
    assert told(env) == WHOLE

    with ThreadPoolExecutor(2) as both:
        ends = list(both.map(lambda _one: run("adopt", env), range(2)))
    assert [end.returncode for end in ends] == [0, 0], [end.stderr for end in ends]
    assert told(env) == {**WHOLE, "drafts": 0, "adopted": 1, "item": "resolved", "entries": 1}
