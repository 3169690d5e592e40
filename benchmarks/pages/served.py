"""The real server, `nagara serve`: pages end to end over HTTP, memory after a crawl of the public pages, and people who write at once."""

import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import Counter, deque
from pathlib import Path
from statistics import median
from urllib.parse import urlsplit

from benchmarks.pages.table import AIM_MB, AIM_MS

PAGES, SECONDS, WRITERS, SAVES = 300, 60, 8, 20
PROCESSES = {
    "resource_tracker": "",
    "config.front": "front and broker",
    "--pages-only": "keeper of the pages",
    "config work": "outbox",
}
"""What a process does, by a word of its command line."""
FILES = re.compile(r"\.(pdf|csv|xlsx|docx|zip|jpg|png|css|js|woff2|svg|ico)$")


def run() -> None:
    port = free_port()
    server = subprocess.Popen(
        [sys.executable, "-m", "nagara.config", "serve"],
        env={**os.environ, "PORT": str(port), "NAGARA_HOSTS": "127.0.0.1,localhost"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        wait(port)
        idle = memory(server.pid)
        print(f"\nThe server (nagara serve, one worker, 4 threads): {told(idle)} before the first page", flush=True)
        crawled(port)
        after = memory(server.pid)
        print(f"  memory after the crawl: {told(after)}; aim {AIM_MB} MB: {'met' if max(after.values()) < AIM_MB else 'MISSED'} by each,")
        print(f"  {sum(after.values()):.0f} MB together", flush=True)
        writers(port)
        print(f"  memory after the writers: {told(memory(server.pid))}", flush=True)
    finally:
        server.send_signal(signal.SIGTERM)
        try:
            server.wait(15)
        except subprocess.TimeoutExpired:
            server.kill()


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


def wait(port: int) -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        try:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
            connection.request("GET", "/health.json")
            connection.getresponse().read()
            return
        except OSError:
            time.sleep(0.1)
    sys.exit("The server did not start.")


def memory(pid: int) -> dict[str, float]:
    """Megabytes that each process of the server holds (its share of what several hold: PSS), by what it does."""
    found = {}
    for child in [pid, *children(pid)]:
        words = Path(f"/proc/{child}/cmdline").read_bytes().replace(b"\0", b" ").decode()
        name = next((name for mark, name in PROCESSES.items() if mark in words), "start")
        share = re.search(r"^Pss:\s+(\d+)", Path(f"/proc/{child}/smaps_rollup").read_text(), re.MULTILINE)
        if share and name:
            found["pages" if name in found else name] = int(share[1]) / 1024
    return found


def children(pid: int) -> list[int]:
    direct = [int(child) for task in Path(f"/proc/{pid}/task").iterdir() for child in (task / "children").read_text().split()]
    return [one for child in direct for one in (child, *children(child))]


def told(found: dict[str, float]) -> str:
    return ", ".join(f"{name} {size:.0f} MB" for name, size in found.items())


def crawled(port: int) -> None:
    """Follow every public link from the two first pages, breadth first, and time each page as a visitor gets it."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    waiting, seen, kinds = deque(["/", "/en/"]), {"/", "/en/"}, Counter[str]()
    times, statuses, slow = [], Counter[int](), []
    until = time.monotonic() + SECONDS
    while waiting and len(times) < PAGES and time.monotonic() < until:
        address = waiting.popleft()
        begun = time.perf_counter()
        connection.request("GET", address)
        answer = connection.getresponse()
        content = answer.read()
        took = (time.perf_counter() - begun) * 1000
        times.append(took)
        statuses[answer.status] += 1
        slow.append((took, address))
        if answer.status >= 400:
            print(f"  answered {answer.status}: {address}")
        if "html" not in (answer.getheader("Content-Type") or ""):
            continue
        for found in re.findall(rb'href="(/[^"#]*)', content):
            link = found.decode().replace("&amp;", "&")
            # Ten of each kind of page, so that every kind is seen and not ten thousand areas.
            kind = re.sub(r"[^/?=&]*\d[^/?=&]*|(?<=areas/)[^/?.]+", "N", link)
            if link not in seen and not FILES.search(urlsplit(link).path) and "/static/" not in link and kinds[kind] < 10:
                kinds[kind] += 1
                seen.add(link)
                waiting.append(link)
    times.sort()
    late = times[round(0.95 * (len(times) - 1))]
    print(f"  crawl: {len(times)} public pages of {len(kinds)} kinds; answers {dict(statuses)}; median {median(times):.0f} ms, ", end="")
    print(f"p95 {late:.0f} ms, aim {AIM_MS}: {'met' if late <= AIM_MS else 'MISSED'}; the slowest:")
    for took, address in sorted(slow, reverse=True)[:5]:
        print(f"    {took:6.0f} ms {address}", flush=True)


def writers(port: int) -> None:
    """Eight teams save a field of their drafts again and again at once; each save is a transaction with its entry in the record."""
    from nagara.assessment.models import Application, Round

    opened = Round.objects.order_by("-opens_at")[0]
    drafts = Application.objects.filter(round=opened, state="draft", team__user__email__endswith="@size.example").order_by("pk")
    chosen = [(draft.pk, cookies(draft.started_by)) for draft in drafts.select_related("started_by")[:WRITERS]]
    statuses, times, begun = Counter[int](), list[float](), time.perf_counter()

    def write(pk: int, kept: dict[str, str], number: int) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        head = {
            "Cookie": "; ".join(f"{name}={value}" for name, value in kept.items()),
            "X-CSRFToken": kept["csrftoken"],
            "Content-Type": "application/x-www-form-urlencoded",
        }
        revision = 0
        for turn in range(SAVES):
            before = time.perf_counter()
            form = f"key=C1.goals&value=writer+{number}+turn+{turn}&base={revision}&writer=page-{number}"
            connection.request("POST", f"/en/applications/{pk}/save", body=form, headers=head)
            answer = connection.getresponse()
            said = json.loads(answer.read() or b"{}") if answer.status in (200, 409) else {}
            # The first one may find an earlier text (409): it goes on from there, as the page does.
            revision = said.get("revision") or said.get("clash", {}).get("revision", revision)
            times.append((time.perf_counter() - before) * 1000)
            statuses[answer.status] += 1

    threads = [threading.Thread(target=write, args=(pk, kept, number)) for number, (pk, kept) in enumerate(chosen)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    took = time.perf_counter() - begun
    times.sort()
    broken = sum(count for status, count in statuses.items() if status >= 500)
    print(
        f"  {len(threads)} who write at once: {len(times)} saves in {took:.1f} s, answers {dict(statuses)}, median {median(times):.0f} ms, ",
        end="",
    )
    print(
        f"p95 {times[round(0.95 * (len(times) - 1))]:.0f} ms; answered with an error: {broken} ({'MISSED' if broken else 'met'})",
        flush=True,
    )


def cookies(user: object) -> dict[str, str]:
    """The session of somebody who has signed in, and the token that their forms carry."""
    from django.middleware.csrf import _get_new_csrf_string
    from django.test import Client

    client = Client()
    client.force_login(user)  # type: ignore[arg-type]
    return {"sessionid": client.session.session_key or "", "csrftoken": _get_new_csrf_string()}
