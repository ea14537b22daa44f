"""The load: wrk in a closed loop, and a client that asks at a fixed pace."""

import json
import random
import resource
import subprocess
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from .child import plain_environment
from .machine import BenchError, cpu_seconds
from .service import PASSWORD, Service, Session, Workspace

SCRIPTS = Path("bench/wrk").resolve()
PACED_CLIENT = Path("build/release/bench/paced_client").resolve()
ARGON2_LOOP = Path("build/release/bench/argon2_loop").resolve()


@dataclass
class Round:
    per_second: float  # answers other than 4xx and 5xx
    answers: int  # of those
    seconds: float
    refused: int
    mean_us: float
    p50_us: float
    p99_us: float
    cpu_share: float  # of one core, by the server, over the round
    load_cpu_share: float  # of one core, by wrk; near 1, wrk is what limits the rate


def last_json_line(output: str, what: str) -> dict:
    for line in reversed(output.splitlines()):
        if line.startswith("{"):
            return json.loads(line)
    raise BenchError(f"{what} printed no result:\n{output[-1000:]}")


def _wrk_command(port: int, host: str, connections: int, seconds: float, script: str, path: str, cookie: str | None):
    command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds:g}s", "--timeout", "10s", "-s", str(SCRIPTS / script)]
    command += ["-H", f"Host: {host}"]
    if cookie is not None:
        command += ["-H", f"Cookie: {cookie}"]
    return [*command, f"http://127.0.0.1:{port}{path}"]


def _children_cpu_seconds() -> float:
    """Of the children that have ended."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def _measure(command: list[str], environment: dict[str, str], pid: int, seconds: float) -> Round:
    before, load_before = cpu_seconds(pid), _children_cpu_seconds()
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=seconds + 30)
    used, load_used = cpu_seconds(pid) - before, _children_cpu_seconds() - load_before
    if done.returncode != 0:
        raise BenchError(f"wrk failed: {done.stderr.strip() or done.stdout.strip()}")
    result = last_json_line(done.stdout, "wrk")
    if result["broken"]:
        raise BenchError(f"{result['broken']} connections broke or timed out under load")
    answered = result["requests"] - result["refused"]
    return Round(
        answered / result["seconds"],
        answered,
        result["seconds"],
        result["refused"],
        result["mean_us"],
        result["p50_us"],
        result["p99_us"],
        used / result["seconds"],
        load_used / result["seconds"],
    )


def ask(path: str, port: int, host: str, session: Session, pid: int, core: int, seconds: float) -> Round:
    """64 connections, from one pinned core, asking GET `path` of the server `pid`."""
    command = _wrk_command(port, host, 64, seconds, "summary.lua", path, session.cookie)
    result = _measure(["taskset", "-c", str(core), *command], plain_environment(), pid, seconds)
    if result.refused:
        raise BenchError(f"{result.refused} of the answers to GET {path} were not 200")
    return result


def ask_who(port: int, host: str, session: Session, pid: int, core: int, seconds: float) -> Round:
    return ask("/auth/me", port, host, session, pid, core, seconds)


def _login_environment(workspace: Workspace) -> dict[str, str]:
    return plain_environment() | {"BENCH_ACCOUNTS": str(workspace.accounts), "BENCH_PASSWORD": PASSWORD}


def sign_in_repeatedly(service: Service, workspace: Workspace, connections: int, seconds: float) -> Round:
    command = _wrk_command(service.port, service.host, connections, seconds, "login.lua", "/auth/login", None)
    return _measure(command, _login_environment(workspace), service.pid, seconds)


def ask_for_resets(service: Service, connections: int, seconds: float) -> Round:
    """For addresses without an account: an event each, and little else."""
    command = _wrk_command(
        service.port, service.host, connections, seconds, "reset_request.lua", "/auth/password/reset/request", None
    )
    return _measure(command, plain_environment(), service.pid, seconds)


def at_random(service: Service, script: str, path: str, connections: int, seconds: float, **settings) -> Round:
    """A load whose script picks an account or a session for each request; every answer must be 200."""
    command = _wrk_command(service.port, service.host, connections, seconds, script, path, None)
    seed = str(random.getrandbits(31))
    environment = plain_environment() | {name: str(value) for name, value in settings.items()} | {"BENCH_SEED": seed}
    result = _measure(command, environment, service.pid, seconds)
    if result.refused:
        raise BenchError(f"{result.refused} of the answers to {path} were refusals")
    return result


@contextmanager
def login_flood(service: Service, workspace: Workspace, at_most_seconds: float):
    """32 connections sign in while the block runs; it must not run longer than `at_most_seconds`."""
    command = _wrk_command(service.port, service.host, 32, at_most_seconds, "login.lua", "/auth/login", None)
    flood = subprocess.Popen(command, env=_login_environment(workspace), stdout=subprocess.DEVNULL)
    try:
        yield
        if flood.poll() is not None:
            raise BenchError("the login flood ended before the measurement did")
    finally:
        flood.terminate()
        flood.wait()


def ask_in_pace(service: Service, session: Session, seconds: int) -> dict:
    """200 requests a second over four connections; latencies in microseconds."""
    command = [PACED_CLIENT, str(service.port), service.host, session.cookie, "200", "4", str(seconds)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=seconds + 60)
    result = last_json_line(done.stdout, "paced_client")
    if result["failures"]:
        raise BenchError(f"{result['failures']} of {result['requests']} paced requests were not answered 200")
    return result


@dataclass
class BareRound:
    per_second: float
    cpu_share: float  # of one core, over the round


def bare_argon2(seconds: float, threads: int, nice: int) -> BareRound:
    """Verifications by libsodium alone, at the priority the service hashes at."""
    command = ["nice", "-n", str(nice), str(ARGON2_LOOP), str(seconds), str(threads)]
    before = _children_cpu_seconds()
    done = subprocess.run(command, capture_output=True, text=True, timeout=seconds + 30)
    used = _children_cpu_seconds() - before
    if done.returncode != 0:
        raise BenchError(f"argon2_loop failed: {done.stderr.strip()}")
    return BareRound(float(done.stdout), used / seconds)
