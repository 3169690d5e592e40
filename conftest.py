"""Fixtures of every part."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import hypothesis
import pytest
from django.db import transaction
from django.utils import translation
from pytest_django.plugin import blocking_manager_key

pytest_plugins = ["nagara.web.tests.browser"]

hypothesis.settings.register_profile("nagara", deadline=None)  # a busy machine fails no test
hypothesis.settings.load_profile("nagara")

BANGKOK = ZoneInfo("Asia/Bangkok")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files that take minutes begin first, so that no worker ends long after the other; files that empty the database are last."""
    ranks: dict[Path, int] = {}
    for item in items:
        fixtures = getattr(item, "fixturenames", ())
        rank = 3 if "emptied_afterwards" in fixtures else 0 if "scene_site" in fixtures else 1 if "chromium" in fixtures else 2
        before = ranks.get(item.path, rank)
        ranks[item.path] = 3 if 3 in (rank, before) else min(rank, before)
    items.sort(key=lambda item: ranks[item.path])


@pytest.fixture
def noon() -> datetime:
    """An instant to act at: 21 November 2026, 12:00 in Bangkok."""
    return datetime(2026, 11, 21, 12, 0, tzinfo=BANGKOK)


@pytest.fixture(autouse=True)
def _plain_static(settings: Any) -> None:
    """Pages of a test need no collected files."""
    settings.STORAGES = {**settings.STORAGES, "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}


@pytest.fixture(autouse=True)
def _own_files(settings: Any, tmp_path: Path) -> None:
    """A test writes its files into a folder of its own."""
    settings.FILES = tmp_path / "files"
    settings.KEYS = tmp_path / "keys"
    settings.CHECKPOINTS = tmp_path / "checkpoints"
    settings.BROKER_DATA = tmp_path / "broker"
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"


@pytest.fixture(autouse=True)
def _own_language(settings: Any) -> Iterator[None]:
    """A page that one test asked for in English leaves the next one in the language of the installation."""
    with translation.override(settings.LANGUAGE_CODE):
        yield


@pytest.fixture(scope="module")
def _demo_world(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    from demo.load import load

    with django_db_blocker.unblock():
        whole = transaction.atomic()
        whole.__enter__()
        load(at=datetime(2026, 11, 21, 12, 0, tzinfo=BANGKOK))
        yield
        transaction.set_rollback(True)
        whole.__exit__(None, None, None)


@pytest.fixture
def demo_world(_demo_world: None, db: None) -> None:
    """The demonstration as it was loaded at noon of 21 November 2026: read once for a file of tests, changes of a test are undone."""


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> Iterator[None]:
    """The guards of the record are put back once a test has emptied the database."""
    yield
    if nextitem is not None and "emptied_afterwards" in getattr(item, "fixturenames", ()):
        from django.db import connection

        from nagara.audit import guards
        from nagara.reports import guards as frozen

        with item.config.stash[blocking_manager_key].unblock(), connection.cursor() as cursor:
            guards.install(cursor)
            frozen.install(cursor)


@pytest.fixture
def emptied_afterwards(transactional_db: None) -> None:
    """For a test whose transactions are real: the database is emptied after it, which the record refuses on its own."""
    from django.db import connection

    from nagara.audit import guards
    from nagara.audit.models import Head
    from nagara.reports import guards as frozen

    with connection.cursor() as cursor:
        guards.remove(cursor)
        frozen.remove(cursor)
    Head.objects.get_or_create(pk=1)
