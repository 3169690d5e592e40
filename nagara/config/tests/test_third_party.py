"""Nothing of others is here without its licence being named."""

import re

from nagara.config.messages import ROOT
from nagara.config.third_party import FILE, VENDORED, licence_of, locked


def test_every_library_of_the_lock_file_is_named_with_its_licence():
    text = FILE.read_text(encoding="utf-8")
    named = set(re.findall(r"^\| ([a-z0-9._-]+) \| ", text.partition("installed to run")[2], re.MULTILINE)) - {"library"}
    assert named == set(locked()), "run nagara thirdparty"
    assert [name for name in locked() if licence_of(name) == ("", "")] == []


def test_no_library_is_under_the_affero_licence():
    assert [name for name in locked() if "AGPL" in licence_of(name)[0] or "Affero" in licence_of(name)[0]] == []


def test_every_vendored_file_is_there_and_every_vendor_folder_is_named():
    assert [one.path for one in VENDORED if not (ROOT.parent / one.path).exists()] == []
    folders = [path for path in ROOT.rglob("vendor") if path.is_dir() and ".venv" not in path.parts]
    for folder in folders:
        lead = folder.relative_to(ROOT.parent).as_posix()
        assert any(one.path.startswith(lead) for one in VENDORED), lead
