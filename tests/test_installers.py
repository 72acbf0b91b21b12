"""The two commands of the README, without a network: what they say, call and refuse."""

from __future__ import annotations

import os
import re
import shutil
import stat
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from installers import prepare

PROJECT = Path(__file__).resolve().parents[1]
PROGRAMS = ("installers/run", "installers/test", "installers/associate", ".ci/run")
posix = pytest.mark.skipif(os.name != "posix", reason="run.cmd is the command on Windows")


# --- pins ---


def pins(lines: list[str]) -> dict[str, str]:
    found = {}
    for line in lines:
        match = re.fullmatch(r"([\w.-]+)==([\w.]+)(?: ; [\w ]+ [<>=]+ \"[\w.]+\")?", line)
        assert match, f"not a plain exact pin: {line}"
        found[re.sub(r"[-_.]+", "-", match[1]).lower()] = match[2]
    return found


def frozen() -> dict[str, str]:
    lines = (PROJECT / "constraints.txt").read_text("utf-8").splitlines()
    return pins([line for line in lines if not line.startswith("#")])


def test_what_we_ask_for_is_what_is_frozen() -> None:
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text("utf-8"))["project"]
    asked = pins(project["dependencies"] + project["optional-dependencies"]["test"])
    assert asked.items() <= frozen().items()


def test_every_dependency_gives_its_reason() -> None:
    text = (PROJECT / "pyproject.toml").read_text("utf-8")
    block = text.partition("\ndependencies = [\n")[2].partition("\n]")[0]
    assert len(block.splitlines()) > 10
    assert [line for line in block.splitlines() if not re.search(r'",\s+# \w.{15,}', line)] == []


# --- prepare.py ---


def test_ldd_names_what_is_missing() -> None:
    listing = (
        "\tlinux-vdso.so.1 (0x00007ffd)\n"
        "\tlibxcb-icccm.so.4 => not found\n"
        "\tlibGL.so.1 => /lib/x86_64-linux-gnu/libGL.so.1 (0x00007f)\n"
        "\tlibxcb-icccm.so.4 => not found\n"
        "\tlibEGL.so.1 => not found\n"
    )
    missing = prepare.unresolved(listing)
    assert missing == {"libxcb-icccm.so.4", "libEGL.so.1"}
    assert prepare.packages_for(missing) == ["libegl1", "libxcb-icccm4"]


def test_an_unknown_library_is_named() -> None:
    with pytest.raises(prepare.SetupError, match=r"libodd\.so\.7"):
        prepare.packages_for(["libEGL.so.1", "libodd.so.7"])


@pytest.mark.parametrize(
    ("variables", "plugin"),
    [
        ({}, "libqxcb.so"),
        ({"DISPLAY": ":0"}, "libqxcb.so"),
        ({"DISPLAY": ":0", "WAYLAND_DISPLAY": "wayland-0"}, "libqwayland.so"),
        ({"DISPLAY": ":0", "QT_QPA_PLATFORM": "offscreen"}, "libqoffscreen.so"),
        ({"QT_QPA_PLATFORM": "wayland;xcb"}, "libqwayland.so"),
        ({"QT_QPA_PLATFORM": "vnc:size=800x600"}, "libqvnc.so"),
    ],
)
def test_the_plugin_that_is_checked_is_the_one_that_will_run(
    variables: dict[str, str], plugin: str
) -> None:
    assert prepare.platform_plugin(variables) == plugin


def test_without_rights_the_exact_command_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prepare.shutil, "which", lambda name: "/usr/bin/" + name)
    monkeypatch.setattr(prepare.os, "geteuid", lambda: 1000, raising=False)
    with pytest.raises(prepare.SetupError, match="sudo apt-get install libegl1 libgl1") as refused:
        prepare.install_packages(["libegl1", "libgl1"], "The window needs some system libraries")
    assert str(refused.value).count(".") == 1


def test_root_installs_and_refreshes_stale_lists(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[list[str]] = []

    def run(command: list[str], **_: object) -> subprocess.CompletedProcess[str]:
        calls.append(command[:2])
        first = calls.count(["apt-get", "install"]) == 1 and command[1] == "install"
        return subprocess.CompletedProcess(command, 100 if first else 0, "", "")

    monkeypatch.setattr(prepare.shutil, "which", lambda name: "/usr/bin/" + name)
    monkeypatch.setattr(prepare.os, "geteuid", lambda: 0, raising=False)
    monkeypatch.setattr(prepare.subprocess, "run", run)
    prepare.install_packages(["libegl1"], "The window needs some system libraries")
    assert calls == [["apt-get", "install"], ["apt-get", "update"], ["apt-get", "install"]]


def test_a_folder_with_other_files_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("mine")
    assert prepare.main([str(tmp_path)]) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_a_changed_pin_makes_the_environment_incomplete(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = tmp_path / "project"
    project.mkdir()
    for name in prepare.INPUTS:
        shutil.copy(PROJECT / name, project)
    monkeypatch.setattr(prepare, "PROJECT", project)
    environment = environment_in(tmp_path / "env", prepare.fingerprint())
    assert prepare.is_complete(environment, test=False)
    assert not prepare.is_complete(environment, test=True)
    (environment / prepare.STAMP).write_text(prepare.fingerprint() + " test\n")
    assert prepare.is_complete(environment, test=True)
    assert prepare.is_complete(environment, test=False)
    with (project / "constraints.txt").open("a") as pinned:
        pinned.write("six==1.17.0\n")
    assert not prepare.is_complete(environment, test=False)


def test_without_a_connection_the_next_step_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """A real environment and a real pip, which finds no packages."""
    nowhere = tmp_path / "empty"
    nowhere.mkdir()
    for name, value in {"NO_INDEX": "1", "FIND_LINKS": str(nowhere)}.items():
        monkeypatch.setenv(f"PIP_{name}", value)
    monkeypatch.setattr(prepare.tempfile, "tempdir", str(tmp_path))
    environment = tmp_path / "our env"
    assert prepare.main([str(environment)]) == 1
    said = capfd.readouterr().err.splitlines()
    assert len(said) == 2
    assert said[1].startswith("The packages could not be installed: check the connection")
    log = Path(said[1].partition("details: ")[2].removesuffix(")."))
    assert "ERROR" in log.read_text("utf-8")
    assert prepare.works(prepare.environment_python(environment))
    assert not prepare.is_complete(environment, test=False)


def test_packages_are_compiled_but_for_their_own_tests(tmp_path: Path) -> None:
    packages = tmp_path / "packages"
    for name in ("one/__init__.py", "one/tests/test_one.py", "one/broken.py", "two/part.py"):
        file = packages / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("{%" if "broken" in name else "X = 1\n")
    python = tmp_path / "python"
    body = f'case "$2" in *purelib*) echo "{packages}";; *) exec "{sys.executable}" "$@";; esac'
    program(python, body)
    prepare.compile_packages(python)
    compiled = {p.name.split(".")[0] for p in packages.rglob("*.pyc")}
    assert compiled == {"__init__", "part"}


def environment_in(folder: Path, stamp: str) -> Path:
    """Make what looks like a finished environment: its Python works, `-m app` is only recorded."""
    python = folder / "bin" / "python"
    program(
        python,
        f'case "$1 $2" in "-m app"|"-m pytest"|"-m mypy"|"-m ruff") echo "called: $*";; '
        f'*) exec "{sys.executable}" "$@";; esac\n'
        'case "$*" in *$FAIL*) exit 1;; esac',
    )
    program(folder / "bin" / "syncohort-cli", 'echo "called: $*" >&2; [ "$FAIL" != cli ]')
    program(folder / "bin" / "lint-imports", 'echo "called: lint-imports"')
    (folder / "pyvenv.cfg").touch()
    (folder / prepare.STAMP).write_text(stamp + "\n")
    return folder


def program(path: Path, body: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(0o755)


# --- run and test ---


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A copy of the project with a space in its name and a finished environment."""
    folder = tmp_path / "our project"
    for name in ("installers", ".ci"):
        shutil.copytree(
            PROJECT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__")
        )
    for name in prepare.INPUTS:
        shutil.copy(PROJECT / name, folder)
    sample = folder / "resources" / "sample"
    sample.mkdir(parents=True)
    for name in ("hospital-a.csv", "hospital-b.csv", "notes.csv"):
        (sample / name).touch()
    script = (
        "import sys; sys.path[:0] = sys.argv[1:]; import prepare; print(prepare.fingerprint())"
    )
    fingerprint = subprocess.run(
        [sys.executable, "-c", script, folder / "installers"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    environment_in(folder / ".venv", f"{fingerprint.strip()} test")
    return folder


def start(
    project: Path, name: str, *arguments: str, cwd: Path, **variables: str
) -> subprocess.CompletedProcess[str]:
    ours = ("DISPLAY", "WAYLAND_DISPLAY", "SYNCOHORT_", "PYTHON")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    kept |= {"QT_QPA_PLATFORM": "", "FAIL": "nothing", "PIP_NO_INDEX": "1"}
    return subprocess.run(
        [project / name, *arguments],
        cwd=cwd,
        env=kept | variables,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


@posix
@pytest.mark.parametrize("name", PROGRAMS)
def test_the_programs_can_be_started(name: str) -> None:
    assert (PROJECT / name).stat().st_mode & stat.S_IXUSR
    shell = (PROJECT / name).read_text("utf-8").splitlines()[0].split("/")[-1].split()[-1]
    subprocess.run([shell, "-n", PROJECT / name], check=True)


@posix
def test_without_a_display_run_says_so_and_rehearses(project: Path, tmp_path: Path) -> None:
    done = start(project, "installers/run", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    said = done.stderr.splitlines()
    assert said[0].startswith("There is no display here")
    sample = project / "resources" / "sample"
    out = Path(done.stdout.rstrip("\n"))
    assert said[1] == (
        f"called: rehearse --cohort {sample}/hospital-a.csv --cohort {sample}/hospital-b.csv"
        f" --label diagnosis --out {out}"
    )
    assert out.parent == tmp_path
    assert re.fullmatch(r"syncohort-rehearsal-\d{8}-\d{6}", out.name)


@posix
def test_the_result_goes_where_it_is_asked_to(project: Path, tmp_path: Path) -> None:
    out = tmp_path / "new folder" / "result"
    done = start(project, "installers/run", cwd=tmp_path, SYNCOHORT_OUT=str(out))
    assert done.stdout == f"{out}\n"
    assert done.stderr.splitlines()[1].endswith(f"--out {out}")


@posix
def test_a_failed_rehearsal_is_not_announced_as_done(project: Path, tmp_path: Path) -> None:
    done = start(project, "installers/run", cwd=tmp_path, FAIL="cli")
    assert done.returncode == 1
    assert done.stdout == ""
    assert "Done" not in done.stderr


@posix
def test_a_folder_that_cannot_be_written_is_said_first(project: Path, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    done = start(project, "installers/run", cwd=tmp_path, SYNCOHORT_OUT=f"{tmp_path}/file/out")
    assert done.returncode == 1
    assert "set SYNCOHORT_OUT" in done.stderr
    assert "called" not in done.stderr


@posix
def test_an_incomplete_copy_is_said(project: Path, tmp_path: Path) -> None:
    shutil.rmtree(project / "resources")
    done = start(project, "installers/run", cwd=tmp_path)
    assert done.returncode == 1
    assert "sample cohort is missing" in done.stderr


@posix
def test_with_a_display_the_window_opens(project: Path, tmp_path: Path) -> None:
    (tmp_path / "app").mkdir()
    done = start(project, "installers/run", cwd=tmp_path, QT_QPA_PLATFORM="offscreen")
    assert (done.returncode, done.stdout, done.stderr) == (0, "called: -m app\n", "")


@posix
def test_without_python_the_next_step_is_named(project: Path, tmp_path: Path) -> None:
    shutil.rmtree(project / ".venv")
    bare = tmp_path / "bin"
    bare.mkdir()
    for tool in ("sh", "dirname", "uname", "id", "date"):
        (bare / tool).symlink_to(str(shutil.which(tool)))
    done = start(project, "installers/run", cwd=tmp_path, PATH=str(bare))
    assert done.returncode == 1
    assert done.stderr.splitlines()[1].startswith("SynCohort needs Python 3.11, 3.12 or 3.13")
    assert "python.org/downloads" in done.stderr


@posix
@pytest.mark.parametrize("name", ["installers/test", ".ci/run"])
def test_the_tests_get_their_arguments_and_the_last_word(
    project: Path, tmp_path: Path, name: str
) -> None:
    done = start(project, name, "tests/unit", "-k", "a b", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    called = done.stdout.splitlines()
    assert [line.split()[1:3] for line in called[:3]] == [["-m", "ruff"]] * 2 + [["-m", "mypy"]]
    assert called[3:] == ["called: lint-imports", "called: -m pytest tests/unit -k a b"]


@posix
@pytest.mark.parametrize("fails", ["mypy", "pytest"])
def test_a_failed_check_or_test_fails_the_command(
    project: Path, tmp_path: Path, fails: str
) -> None:
    done = start(project, "installers/test", cwd=tmp_path, FAIL=fails)
    assert done.returncode == 1
    whole = "called: -m pytest --cov --numprocesses auto --maxprocesses 4 --dist worksteal"
    assert done.stdout.splitlines()[-1] == whole
    assert ("These checks failed: types." in done.stderr) == (fails == "mypy")


def test_the_windows_command_names_what_it_needs() -> None:
    text = (PROJECT / "installers" / "run.cmd").read_text("utf-8")
    for word in ("py -3.13", "py -3.11", "prepare.py", "syncohort.exe", "SYNCOHORT_ENV"):
        assert word in text
