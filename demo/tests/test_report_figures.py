"""The report of 2025, computed from the rows of the demonstration."""

import json
from io import StringIO

import pytest
from django.core.management import call_command

from demo import network_plans
from demo.load import load
from nagara.plans.models import Project


@pytest.mark.django_db
def test_the_134_projects_of_2025_are_counted_with_the_share_of_each_focus_area(noon):
    load(at=noon)
    if not Project.objects.exists():
        network_plans.load(at=noon)
    out = StringIO()
    call_command("report", "monitoring", "--network", "ascn", "--as-of", "2025-09-30", "--json", stdout=out)
    found = json.loads(out.getvalue())
    assert found["projects"] == 134
    assert [(line["title"], line["count"], line["share"]) for line in found["focus_areas"]] == [
        ("Civic & Social", 34, 25.4),
        ("Health & Well-being", 8, 6.0),
        ("Safety & Security", 19, 14.2),
        ("Quality Environment", 25, 18.7),
        ("Built Infrastructure", 32, 23.9),
        ("Industry & Innovation", 16, 11.9),
    ]
    assert [(line["code"], line["count"]) for line in found["stages"]] == [("completed", 18), ("ongoing_or_planning", 116)]
    assert sum(line["count"] for line in found["states"]) == 134
