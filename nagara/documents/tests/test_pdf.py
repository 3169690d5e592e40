"""Papers: the same data gives the same bytes, text can be read back, and the page has ink on it."""

import io
import shutil
import subprocess
from pathlib import Path

import pytest
from pypdf import PdfReader

from nagara.documents.pdf import typeset

SAMPLE = Path(__file__).parent / "typst" / "sample.typ"
DATA = {
    "title": {"th": "หนังสือรับรองเมืองอัจฉริยะ", "en": "Certificate of a smart city"},
    "lead": {"th": "คณะกรรมการมีมติเห็นชอบ", "en": "The committee approved on 9 November 2022"},
    "province": {"th": "ระยอง", "en": "Rayong"},
    "number": "16/2565",
    "rows": [{"code": "C1", "title": {"th": "ขอบเขต", "en": "Boundary"}, "score": "80.00"}],
    "foot": {"address": "https://example.org/verify/16-2565", "day": "21 November 2026", "digest": "ab" * 32},
}


def read_back(made: bytes) -> str:
    return "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(made)).pages)


def test_the_same_data_gives_the_same_bytes():
    assert typeset(SAMPLE, DATA, lang="th") == typeset(SAMPLE, DATA, lang="th")
    assert typeset(SAMPLE, DATA, lang="th") != typeset(SAMPLE, {**DATA, "number": "17/2565"}, lang="th")


def test_the_text_of_an_english_paper_can_be_read_back():
    text = read_back(typeset(SAMPLE, DATA, lang="en"))
    for words in (
        "Certificate of a smart city",
        "Rayong",
        "16/2565",
        "not on record",
        "80.00",
        "https://example.org/verify/16-2565",
        "ab" * 32,
    ):
        assert words in text
    assert "Page 1 of 1" in text


def test_a_thai_paper_is_in_thai_and_its_numbers_can_be_read_back():
    reader = PdfReader(io.BytesIO(typeset(SAMPLE, DATA, lang="th")))
    assert reader.root_object["/Lang"] == "th"
    assert reader.metadata is not None
    assert reader.metadata.title == "หนังสือรับรองเมืองอัจฉริยะ"
    assert "16/2565" in reader.pages[0].extract_text()


def test_only_our_fonts_are_used():
    fonts = {
        str(font.get_object()["/BaseFont"]).split("+")[-1]
        for page in PdfReader(io.BytesIO(typeset(SAMPLE, DATA, lang="th"))).pages
        for font in page["/Resources"]["/Font"].values()
    }
    assert {name.split("-")[0] for name in fonts} == {"Sarabun"}


def test_a_paper_tells_no_clock():
    assert "/CreationDate" not in (PdfReader(io.BytesIO(typeset(SAMPLE, DATA, lang="en"))).metadata or {})


@pytest.mark.skipif(not shutil.which("pdftoppm"), reason="pdftoppm is not installed: the page is not looked at")
def test_the_page_has_ink_within_its_margins(tmp_path):
    (tmp_path / "a.pdf").write_bytes(typeset(SAMPLE, {**DATA, "repeat": 80}, lang="th"))
    subprocess.run(["pdftoppm", "-r", "40", "-gray", str(tmp_path / "a.pdf"), str(tmp_path / "page")], check=True)
    from PIL import Image

    pages = sorted(tmp_path.glob("page*.pgm"))
    assert len(pages) >= 2
    for path in pages:
        with Image.open(path) as page:
            dark = page.point(lambda grey: 255 if grey < 128 else 0).getbbox()
            assert dark is not None
            assert dark[0] > page.width * 0.09
            assert dark[2] < page.width * 0.91
