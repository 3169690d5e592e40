"""The demonstration goes into an empty installation, whole or not at all."""

import pytest
from django.core.management import call_command

from demo.load import load
from nagara.audit.models import Entry
from nagara.documents.models import Source
from nagara.people.models import User
from nagara.people.tests.cast import make_user
from nagara.toolkit.refusal import Refusal

pytestmark = pytest.mark.django_db


def test_it_is_loaded_into_an_empty_installation_only(noon):
    make_user("somebody who works here")
    with pytest.raises(Refusal):
        load(at=noon)
    assert not Source.objects.exists()


def test_a_second_run_of_the_command_does_nothing(capsys):
    call_command("demo")
    entries = Entry.objects.count()
    call_command("demo")
    assert Entry.objects.count() == entries
    assert capsys.readouterr().out.splitlines()[-1] == "The demonstration is loaded."


def test_what_fails_half_way_leaves_nothing(noon, monkeypatch):
    def fall(_world: object) -> None:
        raise RuntimeError("the power went")

    monkeypatch.setattr("demo.load.load_open_round", fall)
    with pytest.raises(RuntimeError):
        load(at=noon)
    assert not Source.objects.exists()
    assert not User.objects.exists()
