"""One rule serves a list, a single page and an action."""

import pytest
from django.contrib.auth.models import Group
from django.core.exceptions import PermissionDenied
from django.db.models import Q

from nagara.toolkit import access


@pytest.fixture
def rules():
    """Rules about any small table: here a "user" is the name of the group that it may see."""
    access.rows("test.own_group", Group)(lambda user: Q(name=user))
    access.may("test.open")(lambda user: user == "anna")
    yield
    del access._rows["test.own_group"], access._plain["test.open"]


@pytest.mark.django_db
def test_list_and_single_page_agree(rules):
    anna, bert = (Group.objects.create(name=name) for name in ("anna", "bert"))
    assert list(access.visible("anna", "test.own_group")) == [anna]
    assert access.allowed("anna", "test.own_group", anna)
    with pytest.raises(PermissionDenied):
        access.require("anna", "test.own_group", bert)


def test_a_plain_rule_needs_no_row(rules):
    access.require("anna", "test.open")
    with pytest.raises(PermissionDenied):
        access.require("bert", "test.open")


def test_two_rules_cannot_share_a_name(rules):
    with pytest.raises(ValueError, match="two rules"):
        access.may("test.own_group")(lambda user: True)
