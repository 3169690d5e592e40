"""A frozen report stays as it was, whatever happens to the record."""

import hashlib
from datetime import date
from io import StringIO

import pytest
from django.core.exceptions import PermissionDenied
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction

from nagara.audit.models import Entry
from nagara.network.models import CityMembership
from nagara.people.roles import Role
from nagara.people.tests.cast import fresh_proof, make_user
from nagara.places.models import City
from nagara.plans.actions import projects
from nagara.plans.models import Project
from nagara.plans.tests.make import LOADER, NOON
from nagara.reports import document, guards
from nagara.reports.actions import correct, freeze
from nagara.reports.models import FrozenReport, FrozenRow
from nagara.reports.states import Kind
from nagara.reports.tests.make import DAY, NEXT, ascn, frozen, member, project
from nagara.toolkit.refusal import Refusal

pytestmark = pytest.mark.django_db


def whole(report: FrozenReport) -> bytes:
    return b"".join(document.stored(report))


def test_the_document_has_the_digest_that_was_written_down():
    project("P-1")
    project("P-2", area="civic-social")
    report = frozen()
    assert (report.number, report.size) == ("ASCN-ME-2025-1", len(whole(report)))
    assert hashlib.sha256(whole(report)).hexdigest() == report.digest
    assert document.is_sound(report)


def test_what_changes_afterwards_changes_no_frozen_report():
    one, city = project("P-1"), member()
    report = frozen()
    before = whole(report)
    projects.leave(one, on=date(2025, 9, 1), left="cancelled", words="Counted by mistake", by=LOADER, at=NOON)
    project("P-9", entered_on=date(2025, 1, 1))
    city.name = {"th": "ชื่อใหม่", "en": "New name"}
    city.save()
    assert whole(FrozenReport.objects.get(pk=report.pk)) == before
    assert document.content_of(report)["figures"]["projects"] == 1


def test_the_database_refuses_to_change_or_remove_what_was_frozen():
    project("P-1")
    report = frozen()
    for statement in (
        lambda: FrozenReport.objects.filter(pk=report.pk).update(content="{}"),
        lambda: FrozenRow.objects.filter(report=report).update(content="{}"),
        lambda: FrozenRow.objects.filter(report=report)._raw_delete("default"),
    ):
        with pytest.raises(DatabaseError, match="correct it by a new one"), transaction.atomic():
            statement()


def test_a_row_that_was_changed_behind_the_database_is_found():
    project("P-1")
    report = frozen()
    with connection.cursor() as cursor:
        guards.remove(cursor)
        FrozenRow.objects.filter(report=report).update(content='{"id":1}')
        guards.install(cursor)
    assert not document.is_sound(report)
    with pytest.raises(CommandError, match=r"Not what was frozen: ASCN-ME-2025-1\."):
        call_command("report", "verify", stdout=StringIO())


def test_the_command_finds_every_report_whole():
    project("P-1")
    report = frozen()
    out = StringIO()
    call_command("report", "verify", stdout=out)
    assert out.getvalue() == f"{report.number}  {report.digest}  whole\n"


def test_the_same_report_is_not_frozen_twice():
    project("P-1")
    report = frozen()
    with pytest.raises(Refusal) as refused:
        frozen()
    assert (refused.value.code, refused.value.back) == ("frozen-already", f"/reports/{report.number}")
    assert frozen(kind=Kind.SUMMIT).number == "ASCN-SUMMIT-2025-1"


def test_a_day_to_come_is_refused():
    with pytest.raises(Refusal, match="2570"):
        frozen(date(2027, 1, 1))
    assert not FrozenReport.objects.exists()


def test_a_correction_is_a_new_report_that_names_the_old_one_which_stays():
    one = project("P-1")
    report = frozen()
    before = whole(report)
    projects.leave(one, on=date(2025, 9, 1), left="duplicate", words="Entered twice", by=LOADER, at=NOON)
    new = correct(report, why="P-1 had been entered twice", by=LOADER, at=NOON)
    assert (new.number, new.corrects, new.why) == ("ASCN-ME-2025-2", report, "P-1 had been entered twice")
    assert document.content_of(new)["figures"]["projects"] == 0
    assert document.content_of(new)["head"]["corrects"] == "ASCN-ME-2025-1"
    assert whole(report) == before
    with pytest.raises(Refusal, match="ASCN-ME-2025-2"):
        correct(report, why="Again", by=LOADER, at=NOON)
    with pytest.raises(Refusal) as refused:
        correct(new, why="  ", by=LOADER, at=NOON)
    assert list(refused.value.fields) == ["why"]


def test_the_change_since_the_last_report_is_told_row_by_row_with_reasons():
    project("SAME")
    cancelled, moved, filed = project("CANCELLED"), project("MOVED"), project("FILED")
    other = member("siem-reap", "KH")
    project("GONE-WITH-CITY", other)
    last = frozen()
    projects.leave(cancelled, on=date(2026, 1, 1), left="cancelled", words="No money", by=LOADER, at=NOON)
    projects.set_stage(moved, stage="ongoing", status="", on=date(2026, 2, 1), by=LOADER, at=NOON)
    Project.objects.filter(pk=filed.pk).update(main_area="civic-social")
    CityMembership.objects.filter(city=other).update(ended=date(2026, 3, 1))
    project("NEW", entered_on=date(2026, 4, 1))
    report = frozen(NEXT)
    assert document.content_of(report)["change"] == {
        "number": last.number,
        "as_of": "2025-09-30",
        "before": 5,
        "added": 1,
        "left": 2,
        "moved": 1,
        "filed": 1,
        "now": 4,
    }
    changes = dict(FrozenRow.objects.filter(report=report).values_list("code", "change"))
    assert changes == {"SAME": "", "MOVED": "moved", "FILED": "filed", "NEW": "added", "CANCELLED": "left", "GONE-WITH-CITY": "left"}
    left = document.orjson.loads(whole(report))["left"]
    assert [(row["key"], row["why"], row["words"], row["on"]) for row in left] == [
        ("GONE-WITH-CITY", "city-left", "", ""),
        ("CANCELLED", "cancelled", "No money", "2026-01-01"),
    ]
    assert "siem-reap" in document.content_of(report)["cities"]


def test_a_report_compares_with_the_newest_correction_of_the_last_one():
    one = project("P-1")
    report = frozen()
    projects.leave(one, on=date(2025, 9, 1), left="duplicate", words="Entered twice", by=LOADER, at=NOON)
    new = correct(report, why="P-1 had been entered twice", by=LOADER, at=NOON)
    assert frozen(NEXT).previous == new


def test_freezing_is_for_the_secretariat_of_that_network_with_a_second_factor():
    project("P-1")
    secretariat = make_user("secretariat of the network", (Role.NETWORK_SECRETARIAT, "network:ascn"))
    for other in (
        make_user("city officer", (Role.CITY_OFFICER, "city:rayong")),
        make_user("programme office", Role.OFFICE),
        make_user("auditor", Role.AUDITOR),
        make_user("secretariat of another network", (Role.NETWORK_SECRETARIAT, "network:other")),
    ):
        with pytest.raises(PermissionDenied):
            freeze(ascn(), Kind.MONITORING, DAY, by=other, at=NOON, proof=fresh_proof(NOON))
    with pytest.raises(Refusal) as refused:
        freeze(ascn(), Kind.MONITORING, DAY, by=secretariat, at=NOON, proof=None)
    assert refused.value.code == "second-factor-needed"
    assert not FrozenReport.objects.exists()
    report = freeze(ascn(), Kind.MONITORING, DAY, by=secretariat, at=NOON, proof=fresh_proof(NOON))
    entry = Entry.objects.get(did="reports.freeze")
    assert (entry.by, entry.about) == (secretariat.audit_key, f"reports.frozenreport:{report.pk}")
    assert report.digest in entry.after


def test_no_name_of_a_person_is_frozen():
    officer = make_user("Somchai", (Role.CITY_OFFICER, "city:rayong"))
    city = member()
    assert City.objects.get(pk=city.pk).slug == "rayong"
    projects.set_stage(project("P-1"), stage="ongoing", status="", on=date(2025, 2, 1), by=officer, at=NOON)
    report = frozen()
    found = whole(report).decode()
    assert "Somchai" not in found and officer.audit_key not in found
    assert document.content_of(report)["offices"] == {"city_officer": {"th": "เจ้าหน้าที่เมือง", "en": "city officer"}}
