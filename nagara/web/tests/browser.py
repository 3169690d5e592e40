"""A kit for tests in a real browser: a server of its own with the demonstration, Chromium, and a look at what every page owes.

    @pytest.mark.browser
    def test_the_officer_sees_the_call(site, page):
        sign_in(page, site, "city officer")
        check_page(page, site.url + "/en/rounds")

`site` is a server in a process of its own on a fresh `NAGARA_DATA`; it serves all tests of a worker, so a journey leaves
traces: begin with `fresh_site` where the count must be known.
"""

import fcntl
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Response, expect, sync_playwright

ROOT = Path(__file__).resolve().parents[3]
AXE = Path(__file__).parent / "vendor" / "axe.min.js"
PATIENCE = 60_000
"""Milliseconds that a page or a word on it may take: a loaded machine fails no journey, a quick one waits for nothing."""
WIDE = {"width": 1280, "height": 900}
PHONE = {"width": 390, "height": 844}
PATIENCE = 60_000
"""Milliseconds that a condition may take on a machine that has other work: a page that is well takes a thousandth of it."""
expect.set_options(timeout=PATIENCE)
_RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


def _chromium() -> str | None:
    named = os.environ.get("NAGARA_CHROMIUM")
    return named or next((found for name in ("chromium", "chromium-browser", "google-chrome") if (found := shutil.which(name))), None)


@dataclass
class Site:
    """A running installation: where it answers, where its data lies, and its operator's commands."""

    url: str
    data: Path
    env: dict[str, str] = field(repr=False)

    def run(self, *words: str) -> "subprocess.CompletedProcess[str]":
        """Run `nagara <words>` on this installation, whatever it says."""
        return subprocess.run([sys.executable, "-m", "nagara.config", *words], env=self.env, cwd=ROOT, capture_output=True, text=True)

    def nagara(self, *words: str) -> str:
        """What `nagara <words>` prints on this installation."""
        done = self.run(*words)
        if done.returncode:
            raise AssertionError(f"nagara {' '.join(words)}: {done.stdout}{done.stderr}")
        return done.stdout

    def python(self, code: str) -> str:
        """What `code` prints that is run inside this installation."""
        lead = "import django; django.setup()\n"
        done = subprocess.run([sys.executable, "-c", lead + code], env=self.env, cwd=ROOT, capture_output=True, text=True)
        if done.returncode:
            raise AssertionError(done.stdout + done.stderr)
        return done.stdout.strip()


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def installed(folder: Path) -> Path:
    """An installation with the demonstration as it was loaded, made in `folder` by the first who asks. Nobody changes it: copy it."""
    made = folder / "whole"
    folder.mkdir(parents=True, exist_ok=True)
    (ROOT / "build").mkdir(exist_ok=True)
    with (ROOT / "build" / ".lock").open("w") as lock:  # one worker makes it, and texts and static files, for all of them
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "made").exists():
            site = _site(made)
            site.nagara("setup")
            site.nagara("demo")
            (folder / "made").touch()
    return made


def _site(data: Path) -> Site:
    port = _free_port()
    env = {key: value for key, value in os.environ.items() if key not in ("DATABASE_URL", "PYTHONDONTWRITEBYTECODE", "NAGARA_ADDRESS")}
    env |= {"NAGARA_DATA": str(data), "PORT": str(port), "DJANGO_SETTINGS_MODULE": "nagara.config.settings"}
    return Site(f"http://localhost:{port}", data, env)


def copied(source: Path, data: Path) -> Site:
    """An installation of its own, copied from one that nothing serves."""
    shutil.copytree(source, data)
    return _site(data)


@contextmanager
def serving(site: Site) -> Iterator[Site]:
    """Serve an installation; stop it afterwards."""
    with (site.data / "serve.log").open("w") as log:
        server = subprocess.Popen([sys.executable, "-m", "nagara.config", "serve"], env=site.env, cwd=ROOT, stdout=log, stderr=log)
    try:
        _wait(site, server)
        yield site
    finally:
        server.send_signal(signal.SIGINT)
        try:
            server.wait(10)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


def _wait(site: Site, server: "subprocess.Popen[bytes]") -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        if server.poll() is not None:
            break
        try:
            urllib.request.urlopen(site.url + "/en/", timeout=5).close()
            return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.2)
    raise AssertionError(f"the server did not answer: {(site.data / 'serve.log').read_text()}")


@pytest.fixture(scope="session")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demonstration as it was loaded, made once for all workers of a run."""
    here = tmp_path_factory.getbasetemp()
    return installed((here.parent if "PYTEST_XDIST_WORKER" in os.environ else here) / "installation")


@pytest.fixture(scope="session")
def site(installation: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A server with the demonstration, shared by the tests of this worker."""
    _need_chromium()
    with serving(copied(installation, tmp_path_factory.mktemp("site") / "data")) as found:
        yield found


@pytest.fixture
def fresh_site(installation: Path, tmp_path: Path) -> Iterator[Site]:
    """A server with the demonstration as it was loaded, for one test alone."""
    _need_chromium()
    with serving(copied(installation, tmp_path / "site")) as found:
        yield found


def _need_chromium() -> str:
    found = _chromium()
    if found is None:
        words = "no Chromium is installed: pages were NOT looked at (apt install chromium, or name one in NAGARA_CHROMIUM)"
        if os.environ.get("NAGARA_REQUIRE_BROWSER") == "1":
            pytest.fail(words)
        pytest.skip(words)
    return found


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """Chromium, started once for a file of tests: the loop that Playwright keeps in this thread must end before tests that run one."""
    executable = _need_chromium()
    # Meanwhile Django would take every query for one inside that loop.
    before = os.environ.get("DJANGO_ALLOW_ASYNC_UNSAFE")
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=executable, args=["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-dev-shm-usage"]
        )
        yield browser
        browser.close()
    if before is None:
        os.environ.pop("DJANGO_ALLOW_ASYNC_UNSAFE", None)


@pytest.fixture
def visitors(chromium: Browser) -> Iterator["Visitors"]:
    """People in browsers of their own: `visitors.come()` for each."""
    found = Visitors(chromium)
    yield found
    found.leave()


@pytest.fixture
def page(visitors: "Visitors") -> Page:
    """One visitor's page, 1280 wide."""
    return visitors.come()


class Visitors:
    """Each visitor has cookies of her own. What the console complains of is kept in `page.complaints`."""

    def __init__(self, browser: Browser) -> None:
        self.browser = browser
        self.contexts: list[BrowserContext] = []

    def come(self, *, phone: bool = False, dark: bool = False, scripts: bool = True, site: Site | None = None) -> Page:
        context = self.browser.new_context(viewport=PHONE if phone else WIDE, java_script_enabled=scripts, locale="th-TH")  # type: ignore[arg-type]
        if dark and site:
            context.add_cookies([{"name": "theme", "value": "dark", "url": site.url}])
        self.contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(PATIENCE)
        expect.set_options(timeout=PATIENCE)
        complaints: list[str] = []
        page.complaints = complaints  # type: ignore[attr-defined]
        page.on("console", lambda message: complaints.append(message.text) if message.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        return page

    def leave(self) -> None:
        for context in self.contexts:
            context.close()


def sign_in(page: Page, site: Site, label: str, *, lang: str = "en") -> None:
    """Walk in through the door of the demonstration whose label is `label` (in the language of the page)."""
    page.goto(f"{site.url}{'/en' if lang == 'en' else ''}/accounts/login/")
    page.get_by_role("button").filter(has=page.get_by_text(label, exact=True)).click()
    page.wait_for_load_state()


def faults(page: Page) -> list[str]:
    """What axe finds on the open page."""
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found: dict[str, Any] = page.evaluate(
        "rules => axe.run(document, {runOnly: rules, resultTypes: ['violations'], preload: false})", _RULES
    )
    return [f"{one['id']} ({one['impact']}): {one['nodes'][0]['html'][:160]}" for one in found["violations"]]


def sideways(page: Page) -> int:
    """By how many pixels the page is wider than its window."""
    wide: int = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    return wide


def fits(page: Page, *sizes: dict[str, int]) -> list[str]:
    """Where the open page is wider than its window, at each of these sizes: resized, not loaded anew."""
    before, found = page.viewport_size, []
    for size in sizes or (PHONE, WIDE):
        page.set_viewport_size(size)  # type: ignore[arg-type]
        if sideways(page) > 0:
            found.append(f"{page.url} scrolls sideways by {sideways(page)} px at {size['width']} px")
    page.set_viewport_size(before)  # type: ignore[arg-type]
    return found


def check_page(page: Page, url: str | None = None, *, status: int = 200) -> Response | None:
    """What every page owes: it answers, axe finds nothing, nothing scrolls sideways, the console is silent."""
    response = None
    if url is not None:
        page.complaints.clear()  # type: ignore[attr-defined]
        response = page.goto(url)
        assert response is not None
        assert response.status == status, f"{url} answered {response.status}"
    assert faults(page) == [], page.url
    assert sideways(page) <= 0, f"{page.url} scrolls sideways by {sideways(page)} px"
    complaints = [one for one in page.complaints if status == 200 or f"status of {status}" not in one]  # type: ignore[attr-defined]
    assert complaints == [], page.url
    return response
