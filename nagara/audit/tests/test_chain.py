"""The record: written with its act, never changed, and every way of tampering is found."""

import json
from datetime import datetime, timedelta
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction

from nagara.audit import checkpoints, guards
from nagara.audit.models import GENESIS, Entry, Head, digest_of
from nagara.audit.record import System, record
from nagara.audit.verify import verify

pytestmark = pytest.mark.django_db

BY = System("test")


def write(at: datetime, count: int = 5) -> None:
    with transaction.atomic():
        for number in range(count):
            record(by=BY, did="test.act", about=f"test.thing:{number}", at=at, before={"n": number}, after={"n": number + 1}, why="because")


@pytest.fixture
def tampering():
    """Somebody with the rights of the database's owner: the triggers are gone."""
    with connection.cursor() as cursor:
        guards.remove(cursor)


def sql(statement: str, *values: object) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


def tampered(**columns: object) -> None:
    """Change entry 3, with its digest made to fit or not."""
    Entry.objects.filter(seq=3).update(**columns)


# The chain


def test_an_empty_chain_is_whole():
    assert verify().whole


def test_a_chain_is_whole_and_ends_at_its_head(noon: datetime):
    write(noon)
    found = verify()
    assert (found.faults, found.entries, found.last) == ([], 5, 5)
    assert found.head == Head.objects.get().digest == Entry.objects.get(seq=5).digest


def test_an_entry_belongs_to_the_transaction_of_its_act(noon: datetime):
    with pytest.raises(ValueError, match="the act failed"), transaction.atomic():
        record(by=BY, did="test.act", about="test.thing:1", at=noon)
        raise ValueError("the act failed")
    assert (Entry.objects.count(), Head.objects.get().seq) == (0, 0)


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("emptied_afterwards")
def test_an_entry_outside_a_transaction_is_refused(noon: datetime):
    with pytest.raises(RuntimeError, match="one transaction"):
        record(by=BY, did="test.act", about="test.thing:1", at=noon)


def test_no_value_can_pass_for_the_end_of_a_column(noon: datetime):
    with transaction.atomic():
        entry = record(by=BY, did="test.act", about="a\x1fb", at=noon, why="c\x1fd\x00e")
    assert (entry.about, entry.why) == ("a b", "c de")
    assert verify().whole


# The database refuses


@pytest.mark.parametrize(
    "statement",
    ["UPDATE audit_entry SET why = 'another' WHERE seq = 3", "DELETE FROM audit_entry WHERE seq = 3", "DELETE FROM audit_entry"],
)
def test_the_database_itself_refuses_to_change_or_remove(statement: str, noon: datetime):
    write(noon)
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        sql(statement)
    assert verify().whole


def test_the_model_too_is_refused(noon: datetime):
    write(noon)
    entry = Entry.objects.get(seq=3)
    entry.why = "another"
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        entry.save()
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        entry.delete()


@pytest.mark.skipif(connection.vendor != "postgresql", reason="only PostgreSQL empties a table in one act")
def test_the_database_itself_refuses_to_be_emptied(noon: datetime):
    write(noon)
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        sql("TRUNCATE audit_entry")


# What tampering leaves behind


@pytest.mark.usefixtures("tampering")
@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("by", "user:99"),
        ("by_name", "Somebody Else"),
        ("on_behalf_of", "user:98"),
        ("did", "test.other"),
        ("about", "test.thing:99"),
        ("proof", "totp 2026-01-01T00:00:00+00:00"),
        ("why", "another reason"),
        ("before", '{"n":9}'),
        ("after", '{"n":9}'),
    ],
)
def test_a_changed_entry_is_found(column: str, value: str, noon: datetime):
    write(noon)
    tampered(**{column: value})
    assert verify().faults == ["รายการที่ 3 ถูกแก้ไข ค่าย่อยไม่ตรงกับเนื้อหา"]


@pytest.mark.usefixtures("tampering")
def test_a_changed_time_is_found(noon: datetime):
    write(noon)
    tampered(at=noon - timedelta(days=1))
    assert len(verify().faults) == 1


@pytest.mark.usefixtures("tampering")
def test_a_changed_entry_whose_digest_was_made_to_fit_breaks_the_link(noon: datetime):
    write(noon)
    entry = Entry.objects.get(seq=3)
    digest = digest_of(
        3,
        entry.at,
        entry.by,
        entry.by_name,
        "",
        "test.other",
        entry.about,
        entry.proof,
        entry.why,
        entry.before,
        entry.after,
        entry.previous,
    )
    tampered(did="test.other", digest=digest)
    assert verify().faults == ["รายการที่ 4 ไม่ต่อจากรายการก่อนหน้า"]


@pytest.mark.usefixtures("tampering")
def test_a_removed_entry_in_the_middle_is_found(noon: datetime):
    write(noon)
    Entry.objects.filter(seq=3).delete()
    assert verify().faults == ["รายการที่ 3 ถึง 3 หายไป"]


@pytest.mark.usefixtures("tampering")
def test_removed_entries_at_the_beginning_are_found(noon: datetime):
    write(noon)
    Entry.objects.filter(seq__lte=2).delete()
    assert verify().faults == ["รายการที่ 1 ถึง 2 หายไป"]


@pytest.mark.usefixtures("tampering")
def test_removed_entries_at_the_end_are_found_by_the_head(noon: datetime):
    write(noon)
    Entry.objects.filter(seq__gte=4).delete()
    assert len(verify().faults) == 1
    assert "3" in verify().faults[0]


def _copy_of(entry: Entry, seq: int) -> Entry:
    return Entry(**{**{field.attname: getattr(entry, field.attname) for field in Entry._meta.concrete_fields}, "seq": seq})


@pytest.mark.usefixtures("tampering")
@pytest.mark.parametrize("seq", [0, 6, 100])
def test_an_inserted_entry_is_found(seq: int, noon: datetime):
    write(noon)
    _copy_of(Entry.objects.get(seq=3), seq).save(force_insert=True)
    assert not verify().whole


def test_an_entry_that_fits_but_did_not_move_the_head_is_found(noon: datetime):
    write(noon)
    last = Entry.objects.get(seq=5)
    forged = _copy_of(last, 6)
    forged.previous = last.digest
    forged.digest = digest_of(
        6, last.at, last.by, last.by_name, "", last.did, last.about, last.proof, last.why, last.before, last.after, last.digest
    )
    forged.save(force_insert=True)
    assert len(verify().faults) == 1


def test_a_replaced_head_is_found(noon: datetime):
    write(noon)
    Head.objects.update(digest="f" * 64)
    assert len(verify().faults) == 1


def test_a_missing_head_is_found(noon: datetime):
    write(noon)
    Head.objects.all().delete()
    assert len(verify().faults) == 1


@pytest.mark.usefixtures("tampering")
def test_many_faults_are_not_all_listed(noon: datetime):
    write(noon, 50)
    Entry.objects.update(why="another")
    assert len(verify(most_faults=20).faults) == 21


# What only something kept elsewhere shows


def _rewrite(noon: datetime) -> None:
    """The whole chain anew, without entry 3, head included: whole in itself."""
    with connection.cursor() as cursor:
        guards.remove(cursor)
    Entry.objects.all().delete()
    Head.objects.update(seq=0, digest=GENESIS)
    with transaction.atomic():
        for number in (0, 1, 3, 4):
            record(
                by=BY, did="test.act", about=f"test.thing:{number}", at=noon, before={"n": number}, after={"n": number + 1}, why="because"
            )


def test_a_replaced_chain_is_found_by_a_checkpoint(noon: datetime):
    write(noon)
    checkpoints.write(at=noon)
    assert (verify().whole, verify().checkpoints) == (True, 1)
    _rewrite(noon)
    assert verify().faults == ["รายการที่ 5 หายไป ทั้งที่จุดรับรองเมื่อ 2026-11-21T12:00:00+07:00 ยืนยันว่ามี แสดงว่าท้ายสายบันทึกถูกตัด"]
    write(noon, 3)
    assert "ถูกแทนที่" in verify().faults[0]


@pytest.mark.usefixtures("tampering")
def test_a_chain_cut_short_with_its_head_is_found_by_a_checkpoint(noon: datetime):
    write(noon)
    checkpoints.write(at=noon)
    Entry.objects.filter(seq__gte=4).delete()
    Head.objects.update(seq=3, digest=Entry.objects.get(seq=3).digest)
    assert len(verify().faults) == 1


def test_a_replaced_chain_is_found_by_a_digest_that_was_written_down(noon: datetime):
    write(noon)
    digest = Head.objects.get().digest
    _rewrite(noon)
    assert verify().whole
    with pytest.raises(CommandError, match="NOT whole"):
        call_command("audit", "verify", head=digest, stdout=StringIO())


def _file(settings) -> Path:
    return Path(settings.CHECKPOINTS) / "audit.jsonl"


def test_a_checkpoint_that_was_changed_is_found(noon: datetime, settings):
    write(noon)
    checkpoints.write(at=noon)
    line = json.loads(_file(settings).read_text())
    for change in ({"digest": "0" * 64}, {"seq": 4}, {"at": "2020-01-01"}, {"signature": "AAAA"}):
        _file(settings).write_text(json.dumps({**line, **change}) + "\n")
        assert verify().faults == ["จุดรับรองที่ 1 ไม่ใช่จุดที่ระบบนี้ลงนาม"]


def test_a_checkpoint_that_was_removed_between_two_is_found(noon: datetime, settings):
    for day in range(3):
        write(noon, 2)
        checkpoints.write(at=noon + timedelta(days=day))
    lines = _file(settings).read_text().splitlines()
    _file(settings).write_text(f"{lines[0]}\n{lines[2]}\n")
    assert verify().faults == ["จุดรับรองที่ 2 ไม่ต่อจากจุดก่อนหน้า"]


def test_a_checkpoint_of_another_key_is_found(noon: datetime, settings):
    write(noon)
    checkpoints.write(at=noon)
    (Path(settings.KEYS) / "audit-checkpoints.pem").unlink()
    assert len(verify().faults) == 1


def test_only_what_came_since_a_checkpoint_can_be_read(noon: datetime):
    write(noon)
    checkpoint = checkpoints.write(at=noon)
    write(noon, 2)
    found = verify(after=checkpoint)
    assert (found.whole, found.first, found.entries, found.last) == (True, 6, 2, 7)


# The command


def test_the_command_says_whole_or_not(noon: datetime):
    write(noon)
    out = StringIO()
    call_command("audit", "verify", json=True, stdout=out)
    assert json.loads(out.getvalue()) == {
        "entries": 5, "head": Head.objects.get().digest, "checkpoints": 0, "whole": True, "faults": [],
    }  # fmt: skip
    _rewrite(noon)
    Entry.objects.filter(seq=2).update(why="another")
    with pytest.raises(CommandError, match="NOT whole"):
        call_command("audit", "verify", stdout=StringIO())


def test_the_command_compares_with_a_copy_kept_elsewhere(noon: datetime, settings, tmp_path: Path):
    write(noon)
    call_command("audit", "checkpoint", stdout=StringIO())
    copy = tmp_path / "copy.jsonl"
    copy.write_bytes(_file(settings).read_bytes())
    call_command("audit", "verify", checkpoints=copy, stdout=StringIO())
    _file(settings).unlink()
    _rewrite(noon)
    call_command("audit", "verify", stdout=StringIO())
    with pytest.raises(CommandError, match="NOT whole"):
        call_command("audit", "verify", checkpoints=copy, stdout=StringIO())


def test_no_checkpoint_is_signed_over_a_broken_chain(noon: datetime, settings):
    write(noon)
    call_command("audit", "checkpoint", stdout=StringIO())
    write(noon, 2)
    with connection.cursor() as cursor:
        guards.remove(cursor)
    Entry.objects.filter(seq=6).update(why="another")
    with pytest.raises(CommandError, match="NOT whole"):
        call_command("audit", "checkpoint", stdout=StringIO())
    assert len(_file(settings).read_text().splitlines()) == 1
