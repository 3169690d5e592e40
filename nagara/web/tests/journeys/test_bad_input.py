"""Bad input on the pages that people use: a clear word, the right status, nothing lost.

Its neighbours stand where the thing itself lies: README.md of this folder lists every item of bad input with the test that proves it.
"""

from datetime import datetime, timedelta

import pytest
from django.test import Client
from django.urls import reverse

from nagara.assessment.models import Application, Submission
from nagara.assessment.states import ApplicationState
from nagara.assessment.tests import world
from nagara.assessment.tests.world import CLOSES

pytestmark = pytest.mark.django_db


@pytest.fixture
def clock(monkeypatch):
    """The clock of the server, to be put to an instant."""

    def put(at: datetime) -> None:
        monkeypatch.setattr("django.utils.timezone.now", lambda: at)

    return put


@pytest.fixture
def team(clock) -> tuple[Client, Application]:
    """An officer who has everything written, a minute before the round closes."""
    round_ = world.make_round(world.make_office())
    application, officer = world.start(round_)
    world.fill(application, officer)
    clock(CLOSES - timedelta(minutes=1))
    client = Client()
    client.force_login(officer)
    return client, application


def page(client: Client, name: str, *args: object) -> str:
    return client.get(reverse(f"assessment:{name}", args=args)).content.decode()


def test_the_clock_passes_the_deadline_while_the_form_is_open(team, clock):
    client, application = team
    assert "disabled" not in page(client, "check", application.pk).partition("as-gap")[2].partition("</form>")[0]
    writing = page(client, "write", application.pk, "C1")
    assert 'name="C1.vision"' in writing

    clock(CLOSES)
    answer = client.post(reverse("assessment:submit", args=[application.pk]))
    assert answer.status_code == 409
    words = answer.content.decode()
    assert "17.00.00 น." in words
    assert "30 พฤศจิกายน 2569 เวลา 17.00 น." in words

    # What stands typed in the other window is still saved, and the page says that the round is not open.
    base = world.revision(application, "C1.vision")
    saved = client.post(reverse("assessment:save", args=[application.pk]), {"key": "C1.vision", "base": base, "value": "เขียนต่อ"})
    assert (saved.status_code, saved.json()["revision"]) == (200, base + 1)
    application.refresh_from_db()
    assert (application.state, Submission.objects.count()) == (ApplicationState.DRAFT, 0)
    assert application.answers.get(field="C1.vision").value == "เขียนต่อ"


def test_hand_in_pressed_twice_gives_one_receipt_and_two_answers_that_lead_to_it(team):
    client, application = team
    answers = [client.post(reverse("assessment:submit", args=[application.pk])) for _press in range(2)]
    assert [answer.status_code for answer in answers] == [302, 302]
    assert {answer.headers["Location"] for answer in answers} == {reverse("assessment:submission", args=[application.pk, 1])}
    assert Submission.objects.count() == 1


@pytest.mark.parametrize("typed", ["20/11/2569", "20 พ.ย. 2569", "20/11/2026", "2026-11-20"])
def test_a_day_of_2569_and_of_2026_is_the_same_day_and_its_reading_is_shown(client: Client, typed: str):
    english, thai = (client.get(f"{lang}/register", {"as_of": typed}).content.decode() for lang in ("/en", ""))
    assert "20 November 2026" in english
    assert "20 พฤศจิกายน 2569" in thai


def test_29_february_2566_is_refused_with_its_reading_and_what_was_typed_stays(client: Client):
    words = client.get("/en/register", {"as_of": "29 ก.พ. 2566"}).content.decode()
    assert "There is no such day: “29 ก.พ. 2566”. Read as day 29, month 2, year 2566 (2023 CE)." in words
    assert 'value="29 ก.พ. 2566" aria-invalid="true"' in words
