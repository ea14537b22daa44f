"""The README's tour works word for word; only the port differs here."""

import json
import pathlib
import re
import subprocess

README = pathlib.Path(__file__).parents[2] / "README.md"


def tour(port: int) -> list[str]:
    section = README.read_text().split("## A tour", 1)[1].split("\n## ", 1)[0]
    block = re.search(r"```sh\n(.*?)```", section, re.S).group(1)
    sign_out = re.search(r"`(curl [^`]*logout[^`]*)`", section).group(1)
    lines = block.strip().splitlines() + [sign_out]
    return [line.replace("localhost:8000", f"localhost:{port}") for line in lines]


def test_the_tour_of_the_readme(start_server, tmp_path):
    server = start_server()
    register, token, verify, login, me, sign_out = tour(server.port)
    # Each command on its own line of output, as a reader would see it.
    script = "\n".join(["set -eu", register, "echo", token, verify, "echo", login, "echo", me, "echo", sign_out])
    done = subprocess.run(["bash", "-c", script], cwd=tmp_path, capture_output=True, text=True, timeout=30)
    assert done.returncode == 0, done.stderr

    registered, verified, signed_in, who, signed_out = [json.loads(line) for line in done.stdout.split("\n") if line]
    assert registered["email"] == "me@example.org"
    assert verified == {"ok": True}
    assert signed_in == {"mfa_required": False, "methods": []}
    assert who["email"] == "me@example.org" and who["email_verified"] is True and who["amr"] == ["pwd"]
    assert signed_out == {"ok": True}
