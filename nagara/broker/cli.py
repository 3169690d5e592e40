"""`nagara broker`: serve, keep the keys, say how long history is kept, copy the data."""

from __future__ import annotations

import argparse
import ipaddress
import logging
import os
import sys
from dataclasses import replace
from pathlib import Path
from urllib.parse import unquote

from nagara.broker.copying import CopyRefused, copy
from nagara.broker.doors.keys import SCOPES, KeyRefused, Keys
from nagara.broker.history.segments import keep_days, told
from nagara.broker.settings import Limits, Settings, Tokens
from nagara.broker.store.schema import connect

_LIMITS = Limits()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="nagara broker", description="The NGSI-LD context broker (ETSI GS CIM 009). Serves, unless told 'keys'."
    )
    parser.add_argument(
        "--data", type=Path, default=Path("var/broker"), help="folder of the entities, the history and the keys (var/broker)"
    )
    parser.add_argument(
        "--history", type=Path, metavar="FOLDER", help="folder of the files of the older history, perhaps on shared storage (DATA/history)"
    )
    parser.add_argument(
        "--instances",
        type=int,
        default=_LIMITS.instances,
        metavar="N",
        help=f"instances of attributes in one answer with history, after which it is partial ({_LIMITS.instances})",
    )
    parser.add_argument("--host", default="127.0.0.1", help="address to listen at (127.0.0.1)")
    parser.add_argument("--port", type=int, default=9090, help="port to listen at (9090)")
    parser.add_argument(
        "--open",
        action="store_true",
        help="ask for no key, and let outgoing calls reach this machine too: for trials and tests; listens on loopback only",
    )
    parser.add_argument(
        "--allow-host",
        action="append",
        default=[],
        metavar="HOST",
        help="a private host or address that outgoing calls (contexts, notifications, registrations) may reach; repeat for more",
    )
    parser.add_argument("--base-url", default="", help="how clients reach this broker, such as https://data.example.org")
    parser.add_argument("--alias", default="", help="name of this broker among others (contextSourceAlias); one of its own by default")
    parser.add_argument("--default-context", default="", metavar="URL", help="@context assumed where a request names none")
    parser.add_argument("--jwks", default="", metavar="URL-OR-FILE", help="public keys of the issuer whose bearer tokens are accepted")
    parser.add_argument("--issuer", default="", help="the issuer that a token must name")
    parser.add_argument("--audience", default="", help="the audience that a token must name")
    parser.add_argument("--max-body", type=int, default=_LIMITS.body, metavar="BYTES", help=f"largest request body ({_LIMITS.body})")
    parser.add_argument("--rate", type=float, default=0.0, metavar="N", help="requests a second that one key or address may make (0: any)")
    parser.add_argument("--verbose", action="store_true", help="log more")
    what = parser.add_subparsers(dest="what", metavar="keys|history|copy")
    keys = what.add_parser("keys", help="add, list or revoke keys")
    keys.add_argument("do", choices=("add", "list", "revoke"))
    keys.add_argument("id", nargs="?", help="the key to revoke")
    # SUPPRESS: a --data before the word `keys` counts as well.
    keys.add_argument("--data", type=Path, default=argparse.SUPPRESS, help="folder of the broker")
    keys.add_argument("--label", default="", help="who or what uses the key")
    keys.add_argument("--tenant", default="default", help="the tenant it opens: a name, 'default', or '*' for all")
    keys.add_argument("--scopes", default="read", help=f"what it may do: some of {','.join(SCOPES)}")
    keys.add_argument("--expires", help="until when it opens, such as 2027-01-01T00:00:00Z")
    history = what.add_parser("history", help="how much history there is, and for how long it is kept")
    history.add_argument("--data", type=Path, default=argparse.SUPPRESS, help="folder of the broker")
    history.add_argument("--tenant", default="", help="of this tenant alone: a name, or 'default'")
    history.add_argument("--keep", metavar="DAYS", help="keep the history of the tenant for so many days, or 'forever'")
    copying = what.add_parser("copy", help="copy the data of a broker, which may run meanwhile, into an empty folder")
    copying.add_argument("to", type=Path, help="the folder of the copy; `nagara broker --data` serves it")
    copying.add_argument("--data", type=Path, default=argparse.SUPPRESS, help="folder of the broker")
    copying.add_argument("--history", type=Path, default=argparse.SUPPRESS, help="folder of the files of the older history")
    return parser


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def main(argv: list[str]) -> None:
    """Run `nagara broker` with these words."""
    parser = _parser()
    options = parser.parse_args(argv)
    if options.what == "keys":
        sys.exit(_keys(options))
    if options.what == "history":
        sys.exit(_history(options))
    if options.what == "copy":
        sys.exit(_copy(options))
    if options.open and not _is_loopback(options.host):
        parser.error(
            "--open asks for no key, so it goes with a loopback address only; leave out --host, or leave out --open and make a key."
        )
    logging.basicConfig(
        level=logging.DEBUG if options.verbose else os.environ.get("NAGARA_LOG", "INFO"),
        format="%(asctime)s %(levelname)s %(name)s: %(message)s",
    )
    settings = Settings(
        data=options.data,
        history=options.history,
        host=options.host,
        port=options.port,
        open=options.open,
        allow_hosts=frozenset(host.lower() for host in options.allow_host),
        base_url=options.base_url,
        alias=options.alias,
        default_context=options.default_context,
        tokens=Tokens(options.jwks, options.issuer, options.audience),
        limits=replace(_LIMITS, instances=max(1, options.instances), body=options.max_body, rate=options.rate, burst=options.rate * 2),
    )
    from nagara.broker.serve import serve  # the server is loaded only to serve, not to list keys

    serve(settings)


def _history(options: argparse.Namespace) -> int:
    """Beside a running broker, which heeds within seconds what is changed here."""
    files = sorted((options.data / "tenants").glob("*.sqlite"))
    names = {("default" if path.name == "_.sqlite" else unquote(path.name.removesuffix(".sqlite"))): path for path in files}
    if options.keep is not None and not options.tenant:
        print("Say whose history: --tenant NAME, or --tenant default.", file=sys.stderr)  # noqa: T201 (this is what was asked for)
        return 1
    if options.tenant and options.tenant not in names:
        print(f"There is no tenant {options.tenant}; there are {', '.join(names) or 'none'}.", file=sys.stderr)  # noqa: T201
        return 1
    if options.keep is not None and options.keep != "forever" and not (options.keep.isdecimal() and 1 <= int(options.keep) <= 36_500):
        print(f"--keep takes days from 1 to 36500, or 'forever', not {options.keep!r}.", file=sys.stderr)  # noqa: T201
        return 1
    for name, path in names.items():
        if options.tenant in ("", name):
            connection = connect(path, write=options.keep is not None)
            if options.keep is not None:
                keep_days(connection, None if options.keep == "forever" else int(options.keep))
            found = told(connection)
            connection.close()
            kept = "for ever" if found["keepDays"] is None else f"for {found['keepDays']} days"
            days = f"{found['firstDay']} to {found['lastDay']}" if found["files"] else "no day yet"
            print(  # noqa: T201
                f"{name}: kept {kept}; {found['fileInstances']:,} instances in {found['files']} files ({found['fileBytes']:,} bytes), {days}; "
                f"{found['unsealedWrites']:,} writes not in files yet"
            )
    return 0


def _copy(options: argparse.Namespace) -> int:
    try:
        found = copy(options.data, options.to, options.history)
    except (CopyRefused, FileNotFoundError) as e:
        print(e, file=sys.stderr)  # noqa: T201 (as above)
        return 1
    print(f"{options.to}: {found.stores} stores and {found.files} files of history ({found.bytes:,} bytes)")  # noqa: T201
    return 0


def _keys(options: argparse.Namespace) -> int:
    keys = Keys(options.data)
    try:
        if options.do == "add":
            secret, key = keys.add(
                label=options.label,
                scopes=[scope.strip() for scope in options.scopes.split(",") if scope.strip()],
                tenant=options.tenant,
                expires=options.expires,
            )
            print(f"{secret}\nKey {key.id} for {key.label}: shown once, now; keep it.")  # noqa: T201 (this is what was asked for)
        elif options.do == "revoke":
            if not options.id:
                raise KeyRefused("Say which key: nagara broker keys revoke ID --data FOLDER.")
            keys.revoke(options.id)
            print(f"Key {options.id} opens nothing any more.")  # noqa: T201
        else:
            for key in keys.all():
                details = key.details()
                scopes = ",".join(scope for scope in SCOPES if scope in key.scopes)
                state = "revoked" if key.revoked else f"until {details['expiresAt'] or 'revoked'}"
                print(f"{key.id}  {details['tenant']}  {scopes}  {state}  last used {details['lastUsedAt'] or 'never'}  {key.label}")  # noqa: T201
    except KeyRefused as e:
        print(e, file=sys.stderr)  # noqa: T201
        return 1
    finally:
        keys.close()
    return 0
