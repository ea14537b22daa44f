"""Programs run as somebody without rights, in temporary folders of that user: PostgreSQL refuses root, and so do we."""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path


def account(*preferred: str) -> pwd.struct_passwd:
    """Who a program runs as: the caller, or for root the first of these that exists, else nobody."""
    if os.geteuid() != 0:
        return pwd.getpwuid(os.geteuid())
    known = {entry.pw_name: entry for entry in pwd.getpwall()}
    return next(known[name] for name in (*preferred, "nobody") if name in known)


def make_folder(name: str, owner: pwd.struct_passwd) -> Path:
    """Below the system's temporary folder and not pytest's, which is closed to other users; a short path, since that of
    a Unix socket may have 107 bytes. Its maker removes it."""
    folder = Path(tempfile.mkdtemp(prefix=f"secureauth-{name}-"))
    folder.chmod(0o711)
    give(folder, owner)
    return folder


def give(path: Path, owner: pwd.struct_passwd) -> None:
    if os.geteuid() == 0:
        os.chown(path, owner.pw_uid, owner.pw_gid)


def remove_folder(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)


def _as(owner: pwd.struct_passwd) -> dict:
    if os.geteuid() != 0:
        return {}
    return {"user": owner.pw_uid, "group": owner.pw_gid, "extra_groups": []}


def _environment() -> dict[str, str]:
    return {"PATH": os.environ.get("PATH", "/usr/bin:/bin:/usr/sbin"), "LC_ALL": "C.UTF-8", "TZ": "UTC"}


def spawn(arguments: list, owner: pwd.struct_passwd, folder: Path, log: Path) -> subprocess.Popen:
    """Starts a server that stays in the foreground; both outputs are added to `log`."""
    with log.open("ab") as output:
        return subprocess.Popen(
            [str(argument) for argument in arguments],
            cwd=folder,
            env=_environment(),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            **_as(owner),
        )


def run(arguments: list, owner: pwd.struct_passwd, folder: Path, timeout: float = 60, **environment: str) -> str:
    """Runs a command to its end; its output, or an AssertionError with it."""
    done = subprocess.run(
        [str(argument) for argument in arguments],
        cwd=folder,
        env=_environment() | environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=timeout,
        check=False,
        **_as(owner),
    )
    assert done.returncode == 0, f"{arguments[0]} ended with {done.returncode}:\n{done.stdout[-3000:]}"
    return done.stdout


def children(pid: int) -> list[int]:
    """Processes started by `pid`; PostgreSQL's leave its process group, so that the kernel's table is read."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue  # it ended meanwhile
        if int(fields[1]) == pid:
            found.append(int(stat.parent.name))
    return found


def signal_all(pid: int, number: signal.Signals) -> None:
    """Signals a server and its children, the server held still meanwhile so that it starts no other."""
    os.kill(pid, signal.SIGSTOP)
    for process in (*children(pid), pid):
        try:
            os.kill(process, number)
        except ProcessLookupError:
            pass
