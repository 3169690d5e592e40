"""One audit row, one score, one byte of a certificate, one line of the rulebook: somebody changes it behind the program, a command finds it.

The hand is that of a person who holds the server: files and database are changed as they lie there, triggers taken away first.
"""

import re
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from nagara.web.tests.browser import Site, copied

pytestmark = pytest.mark.slow

WALK = """
from django.utils import timezone
from demo.tests.walk import walk
walk(at=timezone.now())
"""
NUMBER = "SCT-0038-1"


@pytest.fixture(scope="module")
def walked(installation: Path, tmp_path_factory: pytest.TempPathFactory) -> Site:
    """An installation on which the line was walked to its certificate; no test changes it."""
    site = copied(installation, tmp_path_factory.mktemp("walked") / "data")
    site.python(WALK)
    return site


@pytest.fixture
def site(walked: Site, tmp_path: Path) -> Site:
    """A copy of it, to be tampered with."""
    data = shutil.copytree(walked.data, tmp_path / "copy")
    return Site(walked.url, data, walked.env | {"NAGARA_DATA": str(data)})


@pytest.fixture
def database(site: Site) -> Iterator[sqlite3.Connection]:
    """The database as its file lies there, its guards taken away."""
    connection = sqlite3.connect(site.data / "nagara.sqlite3", isolation_level=None)
    for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
        connection.execute(f'DROP TRIGGER "{name}"')
    yield connection
    connection.close()


def finds(site: Site, *words: str) -> str:
    """What the command says as it refuses, with an exit that a script sees."""
    done = site.run(*words)
    assert done.returncode == 1, done.stdout + done.stderr
    return done.stdout + done.stderr


def test_before_anybody_tampers_every_command_finds_everything_whole(walked: Site):
    said = walked.nagara("verify")
    assert [line.rpartition(": ")[2] for line in said.splitlines()] == ["whole"] * 7
    assert "The audit record is whole." in walked.nagara("audit", "verify")
    assert "every score as it was handed in" in walked.nagara("assessment", "verify")
    assert "The certificate is sound." in walked.nagara("certificate", "verify", NUMBER)
    assert "edition(s) are sound" in walked.nagara("rulebook", "check")


def test_one_audit_row(site: Site, database: sqlite3.Connection):
    [(seq,)] = database.execute("SELECT seq FROM audit_entry WHERE did = 'governance.adopt' ORDER BY seq LIMIT 1").fetchall()
    database.execute("UPDATE audit_entry SET after = replace(after, 'approve', 'decline') WHERE seq = ?", [seq])
    assert database.execute("SELECT changes()").fetchone() == (1,)
    said = finds(site, "audit", "verify")
    assert re.search(rf"\b{seq}\b", said)
    assert "The audit record is NOT whole." in said
    assert "The audit record is NOT whole." in finds(site, "audit", "verify", "--json")
    assert "audit record:" in finds(site, "verify").splitlines()


@pytest.mark.parametrize("act", ["DELETE FROM audit_entry WHERE seq = 40", "UPDATE audit_entry SET seq = 100000 WHERE seq = 40"])
def test_a_row_removed_or_moved(site: Site, database: sqlite3.Connection, act: str):
    database.execute(act)
    assert "The audit record is NOT whole." in finds(site, "audit", "verify")


def test_one_score(site: Site, database: sqlite3.Connection):
    [(pk, value)] = database.execute("SELECT id, value FROM assessment_score WHERE value = 4 ORDER BY id LIMIT 1").fetchall()
    database.execute("UPDATE assessment_score SET value = ? WHERE id = ?", [value + 1, pk])
    said = finds(site, "assessment", "verify")
    assert f"คะแนนคือ {value + 1} แต่บันทึกการกระทำระบุ {value}" in said
    assert "assessments:" in finds(site, "verify").splitlines()


def test_one_result(site: Site, database: sqlite3.Connection):
    database.execute("UPDATE assessment_result SET total = '99.99'")
    assert "99.99" in finds(site, "assessment", "verify")


def flip(path: Path) -> None:
    """Change one byte in the middle of a file."""
    path.chmod(0o600)
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def paper_of(site: Site, database: sqlite3.Connection) -> Path:
    """Where the Thai paper of the certificate lies."""
    query = "SELECT f.digest FROM recognition_certificate c JOIN documents_storedfile f ON f.id = c.file_th_id WHERE c.number = ?"
    [(digest,)] = database.execute(query, [NUMBER]).fetchall()
    [found] = (site.data / "files").rglob(digest)
    return found


def test_one_byte_of_a_kept_certificate(site: Site, database: sqlite3.Connection):
    flip(paper_of(site, database))
    for words in (("certificate", "verify", NUMBER), ("verify",)):
        assert "แฟ้มถูกเปลี่ยนหลังออกแล้ว" in finds(site, *words)
    assert "The certificate is NOT sound." in finds(site, "certificate", "verify", NUMBER)


def test_one_byte_of_a_certificate_that_somebody_brings(site: Site, database: sqlite3.Connection, tmp_path: Path):
    brought = shutil.copy(paper_of(site, database), tmp_path / "brought.pdf")
    assert "The certificate is sound." in site.nagara("certificate", "verify", str(brought))
    flip(brought)
    assert "The certificate is NOT sound." in finds(site, "certificate", "verify", str(brought))


def test_one_character_of_a_credential(site: Site, database: sqlite3.Connection):
    [(token,)] = database.execute("SELECT credential FROM recognition_certificate WHERE number = ?", [NUMBER]).fetchall()
    changed = token[:200] + ("A" if token[200] != "A" else "B") + token[201:]
    database.execute("UPDATE recognition_certificate SET credential = ? WHERE number = ?", [changed, NUMBER])
    assert "ข้อมูลรับรองถูกเปลี่ยนหลังออกแล้ว" in finds(site, "certificate", "verify", NUMBER)


def first_weight(text: str) -> str:
    """One line says that something weighs more."""
    return re.sub(r"(weight: {value: )(\d+)", lambda found: f"{found[1]}{int(found[2]) + 1}", text, count=1)


def first_comment(text: str) -> str:
    """One line that changes no number."""
    return text.replace("\n", "\n# nobody will notice\n", 1)


@pytest.mark.parametrize("change", [first_weight, first_comment])
def test_one_line_of_the_rulebook(site: Site, change: Callable[[str], str]):
    folder = shutil.copytree(Path(__file__).resolve().parents[4] / "rulebook", site.data / "rulebook")
    site.env["NAGARA_RULEBOOK"] = str(folder)
    edition = sorted((folder / "smart-city-thailand").glob("*.yaml"))[0]
    before = edition.read_text()
    edition.write_text(change(before))
    assert edition.read_text() != before
    said = finds(site, "rulebook", "check")
    assert edition.name in said
    assert "fault(s) in the rulebook" in said
    assert "rulebook:" in finds(site, "verify").splitlines()


def test_one_line_of_the_kept_edition_that_a_decision_was_made_under(site: Site, database: sqlite3.Connection):
    database.execute("UPDATE rulebook_edition SET content = replace(content, '60', '50')")
    assert "the kept edition was changed" in finds(site, "verify")
    assert "เกณฑ์ที่เก็บไว้ถูกแก้ไข" in finds(site, "assessment", "verify")
