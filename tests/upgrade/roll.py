"""Two instances go from one version to another under traffic, one by one, and one of them back; what happens is printed."""

import subprocess
import sys
import tempfile
import time
from pathlib import Path

from harness import process
from harness.backend import PostgresBackend
from harness.generations import Steady
from harness.instances import Instances
from harness.people import People
from harness.postgres import Postgres
from harness.redis import Redis
from harness.server import StartFailed

PAUSE = 0.5  # seconds, for requests that are on their way to an instance that is taken out


class Roll:
    def __init__(self, old: str, new: str, folder: Path, backend):
        self.old, self.new = old, new
        self.instances = Instances(folder, backend)
        self.served = list(self.instances)
        self._turn = 0
        for member in self.instances:
            member.program = old

    def port(self) -> int:
        self._turn += 1
        return self.served[self._turn % len(self.served)].port

    def migrate(self, program: str, *arguments: str) -> str:
        member = self.instances[0]
        done = subprocess.run(
            [program, "migrate", *arguments],
            cwd=member.folder,
            env=process.environment(member.settings),
            capture_output=True,
            text=True,
            check=False,
        )
        return f"migrate {' '.join(arguments)}: {done.returncode}: {(done.stdout + done.stderr).strip()}"

    def replace(self, number: int, program: str) -> str:
        """Taken out, ended, started as another version, put back."""
        member = self.instances[number]
        self.served = [one for one in self.instances if one is not member]
        time.sleep(PAUSE)
        if member.is_running:
            member.stop()
        member.program = program
        try:
            member.start()
        except StartFailed as refused:
            return f"instance {number} does not start: {refused.output.strip().splitlines()[-1]}"
        self.served = list(self.instances)
        return f"instance {number} replaced"


def main(old: str, new: str) -> int:
    for name, program in (("old", old), ("new", new)):
        print(
            f"{name}: {subprocess.run([program, 'version'], capture_output=True, text=True, check=True).stdout.strip()}"
            f"  {program}"
        )
    with tempfile.TemporaryDirectory() as folder, Postgres() as postgres, Redis() as redis:
        roll = Roll(old, new, Path(folder), PostgresBackend(postgres, redis))
        roll.instances.start()
        print("old:", roll.migrate(old, "current"))
        accounts = [People(roll.instances[0]).verified() for _ in range(4)]
        with Steady(roll.port, roll.instances[0].authority, accounts) as load:

            def step(line: str) -> None:
                load.goes_on(200)
                print(f"{line}\n  {load.answered} answered, {len(load.failed)} failed", flush=True)

            step("both old, old schema")
            step(roll.migrate(new, "upgrade"))
            step(roll.migrate(new, "check"))
            step(roll.replace(0, new))
            step(roll.replace(1, new))
            step("back: " + roll.replace(1, old))
            if roll.instances[1] not in roll.served:
                step("forth again: " + roll.replace(1, new))
        roll.instances.stop()
        print(*load.failed[:10], sep="\n")
    return 1 if load.failed else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
