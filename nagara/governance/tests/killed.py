"""Run in a process of its own by `test_killed.py`, on a database of its own: `python -m nagara.governance.tests.killed <step>`.

`prepare` makes a meeting that is ready to resolve; `die` adopts and is killed by the kernel in the middle; `adopt` adopts;
`tell` prints what the database holds.
"""

import json
import os
import signal
import sys

import django


def prepare() -> None:
    from django.core.management import call_command

    from nagara.governance import actions
    from nagara.governance.tests.stage import clock, draft, make_stage, plan, put, sit, trees

    call_command("migrate", verbosity=0)
    stage = make_stage()
    with trees():
        meeting = plan(stage)
        item = put(stage, meeting, matters=[("test.trees", "oak")])
        sit(stage, meeting, *range(1, 8))
        actions.open_item(item, by=stage.secretary, at=clock(10))
        draft(stage, item, clock(10))


def _adopt(*, dying: bool) -> None:
    from nagara.governance import actions
    from nagara.governance.models import Body, Resolution
    from nagara.governance.tests.stage import clock, trees
    from nagara.people.models import User
    from nagara.people.tests.cast import fresh_proof

    with trees() as programme:
        if dying:
            # A row of the programme is written, then the process is gone: no exception, no rollback of ours.
            def die(resolution, refs, *, by, at):  # type: ignore[no-untyped-def]
                Body.objects.create(code="planted", name={"th": "ปลูก"}, kind="committee")
                os.kill(os.getpid(), signal.SIGKILL)

            programme.adopt = die  # type: ignore[method-assign]
        secretary = User.objects.get(email="secretary.of.committee@example.org")
        actions.adopt(Resolution.objects.get(), by=secretary, at=clock(10, 5), proof=fresh_proof(clock(10, 5)))


def tell() -> None:
    from nagara.audit.models import Entry
    from nagara.audit.verify import verify
    from nagara.governance.models import AgendaItem, Body, Resolution

    found = {
        "drafts": Resolution.objects.filter(draft=True).count(),
        "adopted": Resolution.objects.filter(draft=False).count(),
        "item": AgendaItem.objects.get().state,
        "planted": Body.objects.filter(code="planted").count(),
        "entries": Entry.objects.filter(did="governance.adopt").count(),
        "chain_faults": verify().faults,
    }
    print(json.dumps(found))  # noqa: T201


if __name__ == "__main__":
    django.setup()
    step = sys.argv[1]
    if step == "prepare":
        prepare()
    elif step == "tell":
        tell()
    else:
        _adopt(dying=step == "die")
