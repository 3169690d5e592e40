"""The console script `nagara`: what an operator types.

`nagara broker …` starts without Django; every other word is a management command of one of the parts.
"""

import os
import sys


def main() -> None:
    if len(sys.argv) > 1 and sys.argv[1] == "broker":
        from nagara.broker.cli import main as broker  # Django must not be imported for the broker

        broker(sys.argv[2:])
        return
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "nagara.config.settings")
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)
