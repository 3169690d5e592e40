"""One file holds the installation; restored into an empty one it is the same, and a damaged one is refused before it does harm."""

import gzip
import io
import json
import os
import shutil
import subprocess
import sys
import tarfile
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.db import connection

from nagara.config.backups.actions import back_up_to, restore
from nagara.config.backups.archive import ABOUT, DIGESTS, FORMAT, About, Writer, unpack
from nagara.people.tests.cast import make_user
from nagara.toolkit.refusal import Refusal

ROOT = Path(__file__).resolve().parents[3]


def about(**changes: object) -> About:
    facts = {
        "format": FORMAT, "version": "0.1.0", "made_at": datetime(2026, 11, 21, tzinfo=UTC), "engine": "sqlite",
        "migrations": [("people", "0001_initial")], "record_seq": 7, "record_digest": "f" * 64,
    }  # fmt: skip
    return About(**{**facts, **changes})


def make_archive(tmp_path: Path, **contents: str) -> bytes:
    """A backup with these files in its folder `files`."""
    folder = tmp_path / "source"
    folder.mkdir(exist_ok=True)
    for name, text in contents.items():
        (folder / name).write_text(text)
    stream = io.BytesIO()
    writer = Writer(stream, about())
    writer.add_folder("files", folder)
    writer.close()
    return stream.getvalue()


def repacked(content: bytes, change: dict[str, bytes | None]) -> bytes:
    """The same backup with some members replaced (or left out), their digests left as they were."""
    out = io.BytesIO()
    with tarfile.open(fileobj=io.BytesIO(content)) as old, tarfile.open(fileobj=out, mode="w:gz") as new:
        for info in old:
            held = old.extractfile(info).read()
            held = change.get(info.name, held)
            if held is not None:
                info.size = len(held)
                new.addfile(info, io.BytesIO(held))
    return out.getvalue()


# The file


def test_what_is_packed_is_unpacked(tmp_path: Path):
    content = make_archive(tmp_path, a="one", b="two")
    target = tmp_path / "target"
    assert unpack(io.BytesIO(content), target) == about()
    assert {path.name: path.read_text() for path in (target / "files").iterdir()} == {"a": "one", "b": "two"}


@pytest.mark.parametrize("share", [0.3, 0.7, 0.99])
def test_a_backup_that_was_cut_short_is_refused(share: float, tmp_path: Path):
    content = make_archive(tmp_path, a=os.urandom(30_000).hex())
    with pytest.raises(Refusal) as refused:
        unpack(io.BytesIO(content[: int(len(content) * share)]), tmp_path / "target")
    assert refused.value.code == "backup-damaged"


@pytest.mark.parametrize("change", [{"files/a": b"another"}, {"files/a": None}, {DIGESTS: None}, {DIGESTS: b"{}"}])
def test_a_backup_that_is_not_what_was_written_is_refused(change: dict[str, bytes | None], tmp_path: Path):
    content = repacked(make_archive(tmp_path, a="one"), change)
    with pytest.raises(Refusal) as refused:
        unpack(io.BytesIO(content), tmp_path / "target")
    assert refused.value.code == "backup-damaged"


@pytest.mark.parametrize("name", ["../outside", "/etc/outside", "files/../../outside"])
def test_no_member_leads_out_of_its_folder(name: str, tmp_path: Path):
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w:gz") as tar:
        for member, held in ((ABOUT, make_about()), (name, b"x")):
            info = tarfile.TarInfo(member)
            info.size = len(held)
            tar.addfile(info, io.BytesIO(held))
    with pytest.raises(Refusal):
        unpack(io.BytesIO(stream.getvalue()), tmp_path / "inner" / "target")
    assert not (tmp_path / "outside").exists()
    assert not (tmp_path / "inner" / "outside").exists()


def make_about() -> bytes:
    import msgspec

    return msgspec.json.encode(about())


def test_no_link_is_followed(tmp_path: Path):
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w:gz") as tar:
        info = tarfile.TarInfo(ABOUT)
        info.size = len(make_about())
        tar.addfile(info, io.BytesIO(make_about()))
        link = tarfile.TarInfo("files/a")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        tar.addfile(link)
    with pytest.raises(Refusal):
        unpack(io.BytesIO(stream.getvalue()), tmp_path / "target")


@pytest.mark.parametrize("content", [b"", b"no tar at all", gzip.compress(b"x" * 2000)], ids=["nothing", "words", "compressed"])
def test_another_file_is_no_backup(content: bytes, tmp_path: Path):
    with pytest.raises(Refusal):
        unpack(io.BytesIO(content), tmp_path / "target")


def test_a_backup_of_a_format_to_come_is_refused(tmp_path: Path):
    import msgspec

    content = repacked(make_archive(tmp_path, a="one"), {ABOUT: msgspec.json.encode(about(format=FORMAT + 1))})
    with pytest.raises(Refusal, match=str(FORMAT + 1)):
        unpack(io.BytesIO(content), tmp_path / "target")


def test_a_backup_is_never_written_over_another(db, noon, tmp_path: Path):
    path = tmp_path / "friday.nagara"
    path.write_text("an earlier one")
    with pytest.raises(Refusal):
        back_up_to(path, at=noon)
    assert path.read_text() == "an earlier one"


def test_a_backup_that_fails_leaves_nothing_under_its_name(emptied_afterwards, noon, tmp_path: Path, monkeypatch):
    def full(*args: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Writer, "add_folder", full)
    with pytest.raises(OSError, match="No space"):
        back_up_to(tmp_path / "friday.nagara", at=noon)
    assert list(tmp_path.glob("friday*")) == []


def test_an_installation_with_accounts_is_not_restored_over(db, tmp_path: Path):
    make_user("mali")
    with pytest.raises(Refusal) as refused:
        restore(io.BytesIO(make_archive(tmp_path, a="one")))
    assert refused.value.code == "not-empty"


# The whole way, as an operator walks it


class Installation:
    """An installation of its own, in processes of its own."""

    def __init__(self, data: Path, database: str = "") -> None:
        self.data = data
        self.env = {key: value for key, value in os.environ.items() if key not in ("DATABASE_URL", "PYTHONDONTWRITEBYTECODE")}
        self.env |= {"NAGARA_DATA": str(data), "DJANGO_SETTINGS_MODULE": "nagara.config.settings"}
        if database:
            self.env["DATABASE_URL"] = database

    def nagara(self, *words: str, fails: bool = False) -> str:
        done = subprocess.run([sys.executable, "-m", "nagara.config", *words], env=self.env, cwd=ROOT, capture_output=True, text=True)
        assert bool(done.returncode) == fails, done.stdout + done.stderr
        return done.stdout + done.stderr

    def python(self, code: str) -> str:
        done = subprocess.run(
            [sys.executable, "-c", f"import django; django.setup()\n{code}"], env=self.env, cwd=ROOT, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()


FACTS = """
from django.apps import apps
from nagara.people.adapter import SecondFactorAdapter
from allauth.mfa.models import Authenticator
import json
counts = {model._meta.label: model._base_manager.count() for model in apps.get_models() if model._meta.app_label not in ("contenttypes", "auth", "sessions")}
secrets = [SecondFactorAdapter().decrypt(row.data["secret"]) for row in Authenticator.objects.filter(type="totp").order_by("pk")]
from nagara.audit.models import Head
print(json.dumps([counts, secrets, Head.objects.get().digest], sort_keys=True))
"""


def walk(source: Installation, target: Installation, tmp_path: Path) -> None:
    """Sign, back up, restore elsewhere: the same rows, the same secrets, the same record, and it goes on."""
    source.nagara("audit", "checkpoint")
    backup = tmp_path / "friday.nagara"
    source.nagara("backup", str(backup))
    assert backup.stat().st_mode & 0o777 == 0o600
    assert "The backup is whole." in target.nagara("restore", "--check", str(backup))

    said = target.nagara("restore", str(backup))
    assert "Restored. The record of acts is whole." in said
    assert "1 checkpoints agree" in said
    assert target.python(FACTS) == source.python(FACTS)

    # The numbers of new rows go on after the last one, and the record after its last entry.
    target.nagara("administrator", "first@example.org")
    assert json.loads(target.nagara("audit", "verify", "--json").splitlines()[0])["whole"] is True


@pytest.mark.slow
def test_an_installation_on_sqlite_comes_back_as_it_was(installation: Path, tmp_path: Path):
    shutil.copytree(installation, tmp_path / "a")
    walk(Installation(tmp_path / "a"), Installation(tmp_path / "b"), tmp_path)


@pytest.fixture
def two_databases(django_db_setup: None, django_db_blocker) -> Iterator[tuple[str, str]]:
    """Two empty PostgreSQL databases beside that of the tests."""
    names = [f"nagara_backup_{uuid.uuid4().hex[:8]}" for _ in range(2)]
    facts = connection.get_connection_params()

    def address(name: str) -> str:
        rest = "".join(f"&{key}={facts[key]}" for key in ("port", "password") if facts.get(key))
        return f"postgresql://{facts.get('user', '')}@/{name}?host={facts.get('host', 'localhost')}{rest}"

    import psycopg

    def execute(*statements: str) -> None:
        known = {key: facts[key] for key in ("host", "port", "user", "password") if facts.get(key)}
        with psycopg.connect(**known, dbname="postgres", autocommit=True) as server:
            for statement in statements:
                server.execute(statement)

    execute(*[f'CREATE DATABASE "{name}"' for name in names])
    yield address(names[0]), address(names[1])
    execute(*[f'DROP DATABASE "{name}" WITH (FORCE)' for name in names])


@pytest.mark.slow
@pytest.mark.skipif(connection.vendor != "postgresql", reason="needs PostgreSQL: named in DATABASE_URL")
def test_an_installation_on_postgresql_comes_back_as_it_was(two_databases: tuple[str, str], tmp_path: Path):
    source = Installation(tmp_path / "a", two_databases[0])
    source.nagara("setup")
    source.nagara("demo")
    walk(source, Installation(tmp_path / "b", two_databases[1]), tmp_path)


@pytest.mark.slow
@pytest.mark.skipif(connection.vendor != "postgresql", reason="needs PostgreSQL: named in DATABASE_URL")
def test_a_backup_of_another_kind_of_database_is_refused(two_databases: tuple[str, str], tmp_path: Path):
    source, target = Installation(tmp_path / "a"), Installation(tmp_path / "b", two_databases[1])
    source.nagara("setup")
    source.nagara("backup", str(tmp_path / "x.nagara"))
    target.nagara("restore", str(tmp_path / "x.nagara"), fails=True)
