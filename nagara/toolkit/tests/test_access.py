"""One rule serves a list, a single page and an action."""

import pytest
from django.core.exceptions import PermissionDenied
from django.db.models import Q

from nagara.people.models import User
from nagara.toolkit import access


@pytest.fixture
def own_account():
    access.rows("test.own_account", User)(lambda user: Q(pk=user.pk))
    access.may("test.open")(lambda user: user.email.startswith("a"))
    yield
    del access._rows["test.own_account"], access._plain["test.open"]


@pytest.mark.django_db
def test_list_and_single_page_agree(own_account):
    anna, bert = (User.objects.create_user(f"{name}@example.org") for name in ("anna", "bert"))
    assert list(access.visible(anna, "test.own_account")) == [anna]
    assert access.allowed(anna, "test.own_account", anna)
    with pytest.raises(PermissionDenied):
        access.require(anna, "test.own_account", bert)


@pytest.mark.django_db
def test_a_plain_rule_needs_no_row(own_account):
    access.require(User.objects.create_user("anna@example.org"), "test.open")
    with pytest.raises(PermissionDenied):
        access.require(User.objects.create_user("bert@example.org"), "test.open")


def test_two_rules_cannot_share_a_name(own_account):
    with pytest.raises(ValueError, match="two rules"):
        access.may("test.own_account")(lambda user: True)
