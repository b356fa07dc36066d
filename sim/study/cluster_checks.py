"""Who may take part in a run on a Dask cluster: the scheduler's address, and whether its workers are of the same versions.

Whatever is wrong is an InputError with what to do; numbers from other versions could have other bytes.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import re
import socket
import time
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from sim.config import InputError, Located
from sim.config.errors import refuse
from sim.config.source import PACKAGE
from sim.declare import Problem
from sim.study import provenance

if TYPE_CHECKING:
    from distributed import Client

ADDRESS: Final = re.compile(r"(?:(?P<kind>[a-z]+)://)?(?P<host>\[[0-9a-fA-F:.]+\]|[^\s/:\[\]]+):(?P<port>\d{1,5})")
KINDS: Final = ("tcp", "tls")
PAUSE: Final = 0.2
"""Seconds between attempts to reach a scheduler."""
CODE: Final = ("chain/*.py", "config/*.py", "dilemma/*.py", "games/*.py", "study/tidy.py", "study/work.py")
"""Files of the program that the numbers of a run depend on."""
SAME: Final = "Give every machine the same versions: requirements.lock names those that are tested."


# ---- the scheduler


def located(address: str) -> str:
    """The address with what it leaves out; that of a scheduler's file is in it.  Raises InputError."""
    told = address
    if address.endswith(".json"):
        try:
            told = str(json.loads(Path(address).read_text(encoding="utf-8"))["address"])
        except OSError as error:
            hint = "`dask scheduler --scheduler-file FILE` writes it when the scheduler starts."
            raise refused(address, f"the scheduler's file cannot be read ({error.strerror})", hint) from None
        except (ValueError, KeyError, TypeError):
            hint = "It is what `dask scheduler --scheduler-file FILE` writes."
            raise refused(address, "is no file of a Dask scheduler", hint) from None
    found = ADDRESS.fullmatch(told)
    if found is None or (found["kind"] or "tcp") not in KINDS or not 0 < int(found["port"]) < 2**16:
        hint = "Write tcp://host:8786, as the scheduler says when it starts, or name the scheduler's file (NAME.json)."
        raise refused(address, "is no address of a Dask scheduler", hint)
    return f"{found['kind'] or 'tcp'}://{found['host']}:{found['port']}"


def knock(where: str, seconds: float) -> None:
    """Waits until something answers as Dask does: it speaks first.  (Dask's own client waits for ever for one that is silent.)

    Raises OSError.
    """
    kind, place = where.split("://")
    host, port = place.rsplit(":", 1)
    end = time.monotonic() + seconds
    while True:
        try:
            with socket.create_connection((host.strip("[]"), int(port)), max(0.1, end - time.monotonic())) as there:
                if kind == "tcp" and not there.recv(1):
                    raise ConnectionResetError(errno.ECONNRESET, os.strerror(errno.ECONNRESET))
                return
        except TimeoutError:
            raise TimeoutError("nothing is heard from there") from None
        except OSError:
            if time.monotonic() + PAUSE > end:
                raise
            time.sleep(PAUSE)


def unreachable(address: str, where: str, seconds: float, error: Exception) -> InputError:
    """The error of an address where no scheduler answered within some seconds."""
    why = str(error).splitlines()[0] if str(error) else type(error).__name__
    hint = (
        "Check that it runs, that this is the address it said when it started (its port is 8786 unless told otherwise; 8787 is "
        f"its web page), and that no firewall is between. Found: {why}"
    )
    return refused(address, f"no Dask scheduler answers at {where} within {seconds:g} s", hint)


# ---- versions


def here() -> dict[str, str]:
    """What the numbers of this process depend on: versions, and a digest of the code."""
    return {**provenance.engine(), "code": _code()}


@cache
def _code() -> str:
    digest = hashlib.sha256()
    for path in sorted(path for files in CODE for path in PACKAGE.glob(files)):
        digest.update(path.name.encode() + path.read_bytes().replace(b"\r\n", b"\n"))
    return digest.hexdigest()[:12]


def check(client: Client, address: str) -> None:
    """Raises InputError unless there are workers, and all are of this version of the program and of what it computes with."""
    try:
        client.run_on_scheduler(here)
    except Exception as error:
        raise InputError([lacking(address, "the scheduler", error)]) from None
    found: Any = client.run(here, on_error="return")
    if not found:
        raise refused(address, "the scheduler has no workers", f"Start some and try again: dask worker {located(address)}")
    silent = [lacking(address, f"worker {name}", e) for name, e in sorted(found.items()) if isinstance(e, Exception)]
    wrong = silent + different(address, {f"worker {k}": v for k, v in sorted(found.items()) if isinstance(v, dict)})
    if wrong:
        raise InputError(wrong)


def lacking(address: str, who: str, error: BaseException) -> Located:
    """The problem of one that cannot even say which versions it has."""
    missing = re.search(
        r"No module named 'sim\b[^']*'|'\w+' on <module 'sim\b[^']*'", str(error)
    )  # Dask puts the error in another
    if missing is not None:
        message = f"{who} does not have this version of the program ({missing[0]})"
    else:
        message = f"{who} does not say which versions it has ({type(error).__name__}: {error})"
    return _located(address, message, SAME)


def different(address: str, found: Mapping[str, Mapping[str, str]]) -> list[Located]:
    """A problem for each of those whose versions are not those of this process."""
    own, out = here(), []
    for who, versions in found.items():
        names = [name for name in own if versions.get(name) != own[name]]
        said = ", ".join(f"{n} {versions.get(n, 'none')} (here {own[n]})" for n in names)
        if names:
            out.append(_located(address, f"{who} would give other numbers: it has {said}", SAME))
    return out


def _located(address: str, message: str, hint: str) -> Located:
    return Located(f"--scheduler {address}", Problem((), message, hint=hint))


def refused(address: str, message: str, hint: str) -> InputError:
    """The error of an address, and what to do."""
    return refuse(f"--scheduler {address}", message, hint=hint)
