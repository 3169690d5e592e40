"""Long lists and long choices."""

import pytest
from django import forms

from nagara.people.models import Organisation
from nagara.people.tests.cast import make_organisation
from nagara.toolkit.forms import LongSelect
from nagara.toolkit.pagination import page_of_joined


class Chosen(forms.Form):
    one = forms.ChoiceField(choices=[("a", "A & B"), ("b", "<b>")], widget=LongSelect, required=False)


def test_a_long_choice_is_written_like_any_other() -> None:
    drawn = str(Chosen({"one": "b"})["one"])
    assert drawn == (
        '<select id="id_one" name="one"><option value="a">A &amp; B</option><option value="b" selected>&lt;b&gt;</option></select>'
    )


@pytest.mark.django_db
def test_a_page_of_joined_rows_holds_whole_rows_in_their_order(django_assert_num_queries) -> None:
    for number in range(7):
        make_organisation(f"o{number}")
    with django_assert_num_queries(3):  # count, keys, rows
        page = page_of_joined(Organisation.objects.select_related("source").order_by("-code"), "2", size=3)
    assert ([row.code for row in page], page.number, page.paginator.count) == (["o3", "o2", "o1"], 2, 7)
    assert [row.code for row in page_of_joined(Organisation.objects.order_by("code"), "nonsense", size=3)] == ["o0", "o1", "o2"]
