"""Who may import whom, and that the rules can break: each contract meets its own violation."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[1]
SETTINGS = tomllib.loads((PROJECT / "pyproject.toml").read_text("utf-8"))
CONTRACTS = [contract["id"] for contract in SETTINGS["tool"]["importlinter"]["contracts"]]
SOURCES = ("app", "core", "resources", "installers", "tests")

#: What the shell may know of the core; every other room is forbidden to it.
OPEN_TO_THE_SHELL = {"model", "messages", "study", "figures", "errors"}

#: Contract -> files added to a copy, each of which must break that contract by itself.
VIOLATIONS: dict[str, list[dict[str, str]]] = {
    "shell-on-core": [{"core/model/seed.py": "import app.settings"}],
    "core-layers": [
        {"core/model/seed.py": "import core.messages"},
        {"core/statistics/seed.py": "import core.synthesis"},
        {"core/quality/seed.py": "import core.protocol"},
        {"core/attic.py": "'A room that nobody put in its layer.'"},
    ],
    "app-layers": [
        {"app/link/seed.py": "import app.presenters"},
        {"app/presenters/seed.py": "import app.views"},
        {"app/attic.py": "'A room that nobody put in its layer.'"},
    ],
    "core-without-qt": [
        {"core/figures/seed.py": "from PySide6 import QtGui"},
        {"core/worker/seed.py": "def late() -> None:\n    import PySide6.QtCore"},
    ],
    "shell-sees-no-patients": [
        {"app/views/seed.py": "import pandas"},
        {"app/link/seed.py": "import core.worker"},
        {"app/views/seed.py": "import core.study.seed", "core/study/seed.py": "import scipy"},
    ],
    "one-door-to-mpyc": [
        {"core/worker/seed.py": "from mpyc.runtime import mpc"},
        {"core/protocol/seed.py": "import mpyc"},
    ],
    "oracles-stay-in-tests": [
        {"core/privacy/seed.py": "import dp_accounting"},
        {"core/privacy/seed.py": "import mpmath"},
    ],
    "ledger-hands": [
        {"core/release/seed.py": "import core.privacy.ledger"},
        {"core/synthesis/seed.py": "from core.privacy import ledger"},
    ],
    "protocol-knows-no-budget": [
        {"core/protocol/seed.py": "import core.privacy"},
        {"core/protocol/seed.py": "import core.statistics.seed"}
        | {"core/statistics/seed.py": "import core.cohort"},
    ],
    "no-cycles": [
        {"core/model/seed.py": "import core.model.sprout"}
        | {"core/model/sprout.py": "import core.model.seed"},
    ],
}


def lint(folder: Path, *contracts: str) -> subprocess.CompletedProcess[str]:
    """Run import-linter's command on the packages in ``folder``."""
    script = (
        "import sys; from importlinter.cli import lint_imports_command; lint_imports_command()"
    )
    options = ["--config", str(PROJECT / "pyproject.toml"), "--no-cache", "--no-logo"]
    options += [word for contract in contracts for word in ("--contract", contract)]
    return subprocess.run(
        [sys.executable, "-c", script, *options],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(folder), "COLUMNS": "200"},
        capture_output=True,
        text=True,
        check=False,
        timeout=100,
    )


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("copy")
    for package in ("app", "core"):
        shutil.copytree(
            PROJECT / package, folder / package, ignore=shutil.ignore_patterns("__pycache__")
        )
    return folder


def test_the_contracts_are_kept(copy: Path) -> None:
    result = lint(copy)
    assert result.returncode == 0, result.stdout + result.stderr
    assert f"{len(CONTRACTS)} kept, 0 broken" in result.stdout


def test_every_contract_has_its_violation() -> None:
    assert sorted(VIOLATIONS) == sorted(CONTRACTS)


@pytest.mark.parametrize(
    ("contract", "seeds"),
    [(contract, seeds) for contract, several in VIOLATIONS.items() for seeds in several],
    ids=[
        f"{contract}-{number}"
        for contract, several in VIOLATIONS.items()
        for number in range(len(several))
    ],
)
def test_a_violation_breaks_its_contract(copy: Path, contract: str, seeds: dict[str, str]) -> None:
    """Every seed names a place that exists, so a moved room cannot turn the test into air."""
    files = [copy / name for name in seeds]
    try:
        for file, text in zip(files, seeds.values(), strict=True):
            assert file.parent.joinpath("__init__.py").exists()
            assert not file.exists()
            file.write_text(text + "\n", "utf-8")
        result = lint(copy, contract)
    finally:
        for file in files:
            file.unlink(missing_ok=True)
    assert result.returncode == 1, result.stdout + result.stderr
    # "Could not run" has the same status: the verdict itself must be there, and name the file.
    assert "0 kept, 1 broken" in result.stdout
    assert all(file.stem in result.stdout for file in files)


def test_every_room_that_is_not_open_to_the_shell_is_closed_by_name() -> None:
    rooms = {
        path.stem
        for path in (PROJECT / "core").iterdir()
        if path.suffix == ".py" or (path / "__init__.py").exists()
    }
    contracts = {c["id"]: c for c in SETTINGS["tool"]["importlinter"]["contracts"]}
    forbidden = contracts["shell-sees-no-patients"]["forbidden_modules"]
    closed = {name.removeprefix("core.") for name in forbidden if name.startswith("core.")}
    assert closed == rooms - OPEN_TO_THE_SHELL - {"__init__"}


# --- what importlib.import_module could smuggle past the contracts ---


def loaded_by(module: str, watched: tuple[str, ...]) -> list[str]:
    """Import ``module`` in a process of its own and return which watched packages came along."""
    script = f"import sys, {module}; print(*(w for w in {watched!r} if w in sys.modules))"
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", script],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=False,
        timeout=100,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


def test_the_window_loads_nothing_that_reads_patients() -> None:
    watched = ("mpyc", "pandas", "scipy", "sklearn", "core.worker", "core.privacy", "core.cohort")
    assert loaded_by("app.main", watched) == []


@pytest.mark.parametrize("module", ["core.worker", "core.worker.__main__", "core.cli"])
def test_the_worker_and_the_command_line_load_no_qt(module: str) -> None:
    assert loaded_by(module, ("PySide6", "shiboken6")) == []


@pytest.mark.parametrize("module", ["core.worker.serving", "core.cli"])
def test_a_worker_starts_without_what_few_of_its_tasks_need(module: str) -> None:
    heavy = (
        "scipy",
        "sklearn",
        "pandas",
        "pyarrow",
        "h5py",
        "anndata",
        "matplotlib",
        "reportlab",
        "fontTools",
    )
    assert loaded_by(module, heavy) == []


def test_the_watch_sees_what_is_loaded() -> None:
    assert loaded_by("numpy", ("numpy", "pandas")) == ["numpy"]


# --- sizes, names, places ---


def modules() -> list[Path]:
    found = [path for top in SOURCES for path in sorted((PROJECT / top).rglob("*.py"))]
    assert len(found) > 20
    return found


def test_no_module_is_longer_than_400_lines() -> None:
    lengths = {
        str(path.relative_to(PROJECT)): len(path.read_text("utf-8").splitlines())
        for path in modules()
    }
    assert {name: length for name, length in lengths.items() if length > 400} == {}


def test_no_file_is_called_after_nothing() -> None:
    banned = {"utils", "util", "helpers", "helper", "common", "manager", "managers", "misc"}
    parts = {
        part for path in modules() for part in path.relative_to(PROJECT).with_suffix("").parts
    }
    assert parts & banned == set()


def test_no_file_knows_the_machine_it_was_written_on() -> None:
    # Nobody's machine has a user called steward: the pictures may show that home.
    homes = "(?:home|root|work|Users|farm)"
    place = re.compile(rf"(?<![\w.:/-])/{homes}/(?!steward\b)[\w.-]+|[A-Z]:\\Users")
    assert place.search('open("/' + 'work/main/x")')
    assert not place.search("see https://example.org/home/page and app/work/room")
    found = []
    suffixes = {".py", ".md", ".toml", ".txt", ".sh", ".cmd", ".json", ".svg", ".html", ".qss", ""}
    for top in (*SOURCES, ".ci"):
        for path in sorted((PROJECT / top).rglob("*")):
            if path.is_file() and path.suffix in suffixes and "__pycache__" not in path.parts:
                text = path.read_text("utf-8", errors="replace")
                found += [f"{path.name}: {match[0]}" for match in place.finditer(text)]
    assert found == []


def test_only_one_module_touches_a_generator() -> None:
    """Ruff bans the imports; this also finds them behind ``importlib`` and attribute access."""
    words = re.compile(
        r"\b(?:np|numpy)\.random\b|\bsecrets\.|\bimport random\b|\bpickle\.loads?\b"
    )
    users = [
        str(path.relative_to(PROJECT))
        for top in ("app", "core")
        for path in sorted((PROJECT / top).rglob("*.py"))
        if words.search(path.read_text("utf-8"))
    ]
    assert users == ["core/randomness.py"]


def test_the_programs_in_pyproject_exist() -> None:
    project = SETTINGS["project"]
    for place in (project["scripts"] | project["gui-scripts"]).values():
        module, _, function = place.partition(":")
        spec = importlib.util.find_spec(module)
        assert spec is not None
        assert f"def {function}(" in Path(str(spec.origin)).read_text("utf-8")
