"""What happens at once: a double submit, two editors, two presses that give out the same sheet. Really committed, on both databases."""

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from nagara.assessment import actions
from nagara.assessment.actions import Written
from nagara.assessment.models import AnswerRevision, Assignment, Submission, TeamMember
from nagara.assessment.tests import world
from nagara.assessment.tests.world import NOON
from nagara.audit.models import Entry
from nagara.audit.verify import verify as verify_audit
from nagara.people.models import User
from nagara.people.roles import Role
from nagara.people.tests.cast import fresh_proof, make_user

pytestmark = pytest.mark.usefixtures("emptied_afterwards")


def at_once(*acts: Callable[[], Any]) -> list[Any]:
    """Run each in a thread with a connection of its own, begun at the same moment; what each gave or raised."""
    gate = threading.Barrier(len(acts))
    answers: list[Any] = [None] * len(acts)

    def run(number: int, act: Callable[[], Any]) -> None:
        gate.wait()
        try:
            answers[number] = act()
        except Exception as error:
            answers[number] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


def test_a_double_submit_gives_one_receipt():
    application, officer = world.start(world.make_round(world.make_office()))
    world.fill(application, officer)
    receipts = at_once(*[lambda: actions.submit(application, by=User.objects.get(pk=officer.pk), at=NOON)] * 2)
    assert {receipt.receipt for receipt in receipts} == {"round-1/2026-0001"}
    assert Submission.objects.count() == 1
    assert Entry.objects.filter(did="assessment.submit").count() == 1
    assert verify_audit().whole


def test_two_editors_of_one_field_keep_both_texts():
    application, officer = world.start(world.make_round(world.make_office()))
    engineer = make_user("engineer", Role.CITY_OFFICER)
    TeamMember.objects.create(application=application, user=engineer, part="co_applicant", joined_at=NOON)
    actions.write(application, {"C1.vision": Written("ร่าง", 0)}, by=officer, at=NOON)
    soon = NOON + timedelta(seconds=9)
    wrote = at_once(
        lambda: actions.write(application, {"C1.vision": Written("ของหัวหน้า", 1)}, by=User.objects.get(pk=officer.pk), at=soon),
        lambda: actions.write(application, {"C1.vision": Written("ของวิศวกร", 1)}, by=User.objects.get(pk=engineer.pk), at=soon),
    )
    assert sorted(len(each.clashes) for each in wrote) == [0, 1]
    kept = set(AnswerRevision.objects.values_list("value", flat=True))
    assert {"ของหัวหน้า", "ของวิศวกร"} <= kept
    assert AnswerRevision.objects.filter(set_aside=True).count() == 1
    assert verify_audit().whole


def test_a_sheet_given_twice_at_once_is_one():
    round_ = world.make_round(world.make_office())
    application, _officer = world.in_review(round_)
    assessor = world.make_assessor(round_, "assessor 1")
    office = User.objects.get(email="office@example.org")

    def give() -> Assignment:
        return actions.assign(application, assessor, by=User.objects.get(pk=office.pk), at=NOON, proof=fresh_proof(NOON))

    sheets = at_once(give, give)
    assert {sheet.pk for sheet in sheets} == {Assignment.objects.get().pk}


def test_two_applications_begun_at_once_for_an_area_are_one():
    round_ = world.make_round(world.make_office())
    area = world.make_area()
    officer = world.make_officer(area)
    begun = at_once(*[lambda: world.start(round_, area, User.objects.get(pk=officer.pk))[0].pk] * 2)
    assert begun[0] == begun[1]
