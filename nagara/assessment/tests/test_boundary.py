"""The boundary of an area goes with its application: one click from it, and frozen with what is handed in."""

import pytest
from django.test import Client
from shapely.geometry import box

from nagara.assessment import actions
from nagara.assessment.tests.world import NOON, fill, make_round, start
from nagara.people.tests.cast import sign_in
from nagara.places.actions import propose_boundary

pytestmark = pytest.mark.django_db


def test_the_way_to_the_boundary_stands_among_the_parts_of_the_application(client: Client):
    application, officer = start(make_round())
    sign_in(client, officer)
    page = client.get(f"/en/applications/{application.pk}").content.decode()
    assert f'/en/areas/rayong/boundary?next=/en/applications/{application.pk}"' in page
    assert "to be drawn or uploaded" in page
    propose_boundary(application.area, box(101.2, 12.6, 101.3, 12.7), by=officer, at=NOON)
    assert "proposed boundary" in client.get(f"/en/applications/{application.pk}").content.decode()


def test_what_is_handed_in_names_the_boundary_by_its_digest_and_shows_it(client: Client):
    application, officer = start(make_round())
    proposal = propose_boundary(application.area, box(101.2, 12.6, 101.3, 12.7), by=officer, at=NOON)
    fill(application, officer)
    submission = actions.submit(application, by=officer, at=NOON)
    said = submission.plain()["boundary"]
    assert said == {"digest": proposal.digest, "square_kilometres": proposal.square_kilometres, "proposal": 1}
    propose_boundary(application.area, box(101.2, 12.6, 101.4, 12.7), by=officer, at=NOON)
    sign_in(client, officer)
    page = client.get(f"/en/applications/{application.pk}/submissions/{submission.number}").content.decode()
    assert "120 km²" in page.replace("</span>", "").replace('<span class="nb">', "")
    assert 'class="pl-shape"' in page
