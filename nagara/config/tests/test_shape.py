"""The shape of the system: layers, closed pages, translations, migrations."""

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from django.apps import apps
from django.core.management import call_command
from django.urls import URLPattern, URLResolver, get_resolver

from nagara.config.messages import untranslated

ROOT = Path(__file__).resolve().parents[3]
OPEN = Path(__file__).parent / "open_pages.txt"


def _layers() -> list[set[str]]:
    contract = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"][0]
    return [{part.strip(" ()") for part in layer.split("|")} for layer in contract["layers"]]


def test_no_foreign_key_points_upwards():
    level = {part: number for number, layer in enumerate(_layers()) for part in layer}
    wrong = []
    for model in apps.get_models():
        here = model.__module__.split(".")
        if here[0] != "nagara":
            continue
        for field in model._meta.get_fields():
            target = getattr(field, "related_model", None)
            if not (field.concrete and target) or not target.__module__.startswith("nagara."):
                continue
            there = target.__module__.split(".")[1]
            if there != here[1] and level[there] <= level[here[1]]:
                wrong.append(f"{model._meta.label}.{field.name} points up to {target._meta.label}")
    assert wrong == []


def test_every_part_has_a_readme():
    parts = sorted(path.parent for path in (ROOT / "nagara").glob("*/apps.py"))
    assert [part.name for part in parts if not (part / "README.md").exists() and part.name != "config"] == []


def _addresses(resolver: URLResolver, lead: str = "") -> list[tuple[str, object]]:
    found = []
    for entry in resolver.url_patterns:
        path = lead + str(entry.pattern)
        if isinstance(entry, URLPattern):
            found.append((path, entry.callback))
        else:
            found += _addresses(entry, path)
    return found


def test_open_pages_are_the_reviewed_ones():
    """Pages are closed unless marked open. Whoever opens one adds it to open_pages.txt, where a reviewer sees it."""
    found = {path for path, view in _addresses(get_resolver()) if not getattr(view, "login_required", True)}
    reviewed = {line.strip() for line in OPEN.read_text().splitlines() if line.strip() and not line.startswith("#")} | {""}
    assert found - reviewed == set(), "open, but not reviewed"
    assert reviewed - found == set(), "reviewed as open, but closed or gone"


def test_every_text_has_its_thai():
    assert untranslated() == []


@pytest.mark.django_db
def test_no_migration_is_missing():
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)


def test_the_broker_imports_no_django():
    code = "import sys, pkgutil, importlib, nagara.broker as b\n"
    code += "[importlib.import_module(m.name) for m in pkgutil.walk_packages(b.__path__, 'nagara.broker.') if '.tests' not in m.name and not m.name.endswith('__main__')]\n"
    code += "print([m for m in sys.modules if m == 'django' or m.startswith('django.')])"
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "[]"
