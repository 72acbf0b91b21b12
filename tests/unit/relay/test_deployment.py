"""The files that put a relay on a server fit the program."""

from __future__ import annotations

import argparse
import json
import shlex
import subprocess
import sys
import tomllib
from pathlib import Path

from core.worker.commands.relay import add_relay, listen_place

PROJECT = Path(__file__).resolve().parents[3]
FOLDER = PROJECT / "installers" / "relay"
MODULE = "core.worker.commands.relay"


def parsed(words):
    parser = argparse.ArgumentParser(exit_on_error=False)
    add_relay(parser)
    return parser.parse_args(words)


def test_the_systemd_unit_starts_the_relay():
    unit = (FOLDER / "syncohort-relay.service").read_text()
    line = next(x for x in unit.splitlines() if x.startswith("ExecStart="))
    words = shlex.split(line.removeprefix("ExecStart="))
    assert words[1:3] == ["-m", MODULE]
    arguments = parsed(words[3:])
    assert listen_place(arguments.listen) == ("0.0.0.0", 8443)  # noqa: S104 - it is what it does
    assert arguments.home == Path("/var/lib") / "syncohort-relay"


def test_the_container_starts_the_relay():
    lines = (FOLDER / "Containerfile").read_text().splitlines()
    entry = next(x for x in lines if x.startswith("ENTRYPOINT "))
    words = json.loads(entry.removeprefix("ENTRYPOINT "))
    assert words[:3] == ["python", "-m", MODULE]
    more = json.loads(next(x for x in lines if x.startswith("CMD ")).removeprefix("CMD "))
    assert parsed([*words[3:], *more]).metrics


def test_its_requirements_are_the_projects_versions():
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text())["project"]
    for line in (FOLDER / "requirements.txt").read_text().split():
        assert line in project["dependencies"]


def test_the_relay_loads_nothing_but_its_requirements():
    script = f"import sys, {MODULE}; print(*sorted({{n.partition('.')[0] for n in sys.modules}}))"
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=PROJECT, capture_output=True, text=True, check=True
    )
    foreign = set(done.stdout.split()) - set(sys.stdlib_module_names) - {"__main__"}
    assert {n for n in foreign if not n.startswith(("_", "sitecustomize"))} <= {
        *("core", "cryptography", "platformdirs", "cffi"),
    }
