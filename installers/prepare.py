"""Make SynCohort's environment complete: packages from constraints.txt, libraries for Qt.

Runs on the standard library alone, with any Python from 3.11 to 3.13. A complete environment holds
a stamp with the fingerprint of what it was made from; then nothing is installed and nothing is
fetched.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[1]
INPUTS = ("pyproject.toml", "constraints.txt")
STAMP = "syncohort-stamp"
#: Folders of packages that are compiled only if somebody asks for them.
OWN_TESTS = r"[/\\]tests?[/\\]"

#: Shared library -> package of Debian and Ubuntu that brings it.
PACKAGES = {
    "libEGL.so.1": "libegl1",
    "libGL.so.1": "libgl1",
    "libGLX.so.0": "libglx0",
    "libOpenGL.so.0": "libopengl0",
    "libICE.so.6": "libice6",
    "libSM.so.6": "libsm6",
    "libX11-xcb.so.1": "libx11-xcb1",
    "libX11.so.6": "libx11-6",
    "libdbus-1.so.3": "libdbus-1-3",
    "libfontconfig.so.1": "libfontconfig1",
    "libfreetype.so.6": "libfreetype6",
    "libglib-2.0.so.0": "libglib2.0-0",
    "libgobject-2.0.so.0": "libglib2.0-0",
    "libgio-2.0.so.0": "libglib2.0-0",
    "libgthread-2.0.so.0": "libglib2.0-0",
    "libgssapi_krb5.so.2": "libgssapi-krb5-2",
    "libwayland-client.so.0": "libwayland-client0",
    "libwayland-cursor.so.0": "libwayland-cursor0",
    "libwayland-egl.so.1": "libwayland-egl1",
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxcb-glx.so.0": "libxcb-glx0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-image.so.0": "libxcb-image0",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-randr.so.0": "libxcb-randr0",
    "libxcb-render-util.so.0": "libxcb-render-util0",
    "libxcb-render.so.0": "libxcb-render0",
    "libxcb-shape.so.0": "libxcb-shape0",
    "libxcb-shm.so.0": "libxcb-shm0",
    "libxcb-sync.so.1": "libxcb-sync1",
    "libxcb-util.so.1": "libxcb-util1",
    "libxcb-xfixes.so.0": "libxcb-xfixes0",
    "libxcb-xkb.so.1": "libxcb-xkb1",
    "libxcb.so.1": "libxcb1",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
    "libxkbcommon.so.0": "libxkbcommon0",
    "libz.so.1": "zlib1g",
    "libzstd.so.1": "libzstd1",
}


class SetupError(Exception):
    """The set-up cannot go on; its text says why and what to do, in one sentence."""


def say(text: str) -> None:
    """Tell the person at the terminal."""
    print(text, file=sys.stderr, flush=True)


def run_logged(command: Sequence[str], problem: str) -> None:
    """Run a command quietly.

    Raises:
        SetupError: If it fails; its own words are kept in a file that the text names.
    """
    done = subprocess.run(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )
    if done.returncode:
        with tempfile.NamedTemporaryFile(
            "w", prefix="syncohort-setup-", suffix=".log", delete=False, encoding="utf-8"
        ) as log:
            log.write(done.stdout)
        raise SetupError(f"{problem} (details: {log.name}).")


# --- the environment ---


def environment_python(environment: Path) -> Path:
    """Return where the environment's interpreter is or will be."""
    if sys.platform == "win32":
        return environment / "Scripts" / "python.exe"
    return environment / "bin" / "python"


def fingerprint() -> str:
    """Return the hash of all that decides what an environment must hold."""
    digest = hashlib.sha256(os.fsencode(PROJECT))
    for name in INPUTS:
        digest.update(b"\0" + (PROJECT / name).read_bytes())
    return digest.hexdigest()


def is_complete(environment: Path, *, test: bool) -> bool:
    """Say whether the environment was finished from these very inputs and still starts."""
    try:
        stamp = (environment / STAMP).read_text("utf-8").split()
    except OSError:
        return False
    if stamp[:1] != [fingerprint()] or (test and "test" not in stamp):
        return False
    return works(environment_python(environment))


def works(python: Path) -> bool:
    """Say whether an interpreter starts and is one that we support."""
    question = "import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))"
    try:
        return (
            subprocess.run([python, "-c", question], check=False, capture_output=True).returncode
            == 0
        )
    except OSError:
        return False


def make_environment(environment: Path, *, test: bool) -> None:
    """Create or repair the environment and install the frozen packages.

    Raises:
        SetupError: If the folder is somebody else's or a step fails.
    """
    if environment.exists() and any(environment.iterdir()):
        if not (environment / "pyvenv.cfg").exists():
            raise SetupError(
                f"{environment} holds other files:"
                " set SYNCOHORT_ENV to a new folder and start again."
            )
        (environment / STAMP).unlink(missing_ok=True)
    say("Setting up SynCohort's own environment (once; some minutes, about 1 GB) ...")
    python = environment_python(environment)
    if not works(python):
        require_venv()
        run_logged(
            [sys.executable, "-m", "venv", "--clear", str(environment)],
            f"The environment could not be made in {environment}:"
            " check the free space and your rights",
        )
    target = f"{PROJECT}[test]" if test else str(PROJECT)
    constraints = str(PROJECT / "constraints.txt")
    pip = [str(python), "-m", "pip", "--disable-pip-version-check", "--no-input"]
    how = ["--quiet", "--no-compile", "--prefer-binary"]
    run_logged(
        [*pip, "install", *how, "-c", constraints, "-e", target],
        "The packages could not be installed: check the connection to the internet"
        " and the free space, and start again",
    )
    compile_packages(python)
    unfinished = environment / f"{STAMP}.part"
    unfinished.write_text(fingerprint() + (" test" if test else "") + "\n", "utf-8")
    unfinished.replace(environment / STAMP)


def compile_packages(python: Path) -> None:
    """Compile the packages on all cores; pip would do it on one, and their own tests as well.

    What is left out, or does not compile, is compiled when it is first imported.
    """
    question = "import sysconfig; print(sysconfig.get_path('purelib'))"
    found = subprocess.run([python, "-c", question], check=True, capture_output=True, text=True)
    how = ["-m", "compileall", "-q", "-j", "0", "-x", OWN_TESTS]
    subprocess.run([python, *how, found.stdout.strip()], check=False, capture_output=True)


def require_venv() -> None:
    """See to it that this Python can make environments (Debian splits that off).

    Raises:
        SetupError: If it cannot and we may not install the package.
    """
    probe = [sys.executable, "-c", "import ensurepip, venv"]
    if subprocess.run(probe, check=False, capture_output=True).returncode == 0:
        return
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    install_packages([f"python{version}-venv"], "This Python cannot make environments")


# --- what Qt needs from the system ---


def platform_plugin(variables: Mapping[str, str]) -> str:
    """Return the Qt platform plugin that these environment variables lead to."""
    chosen = variables.get("QT_QPA_PLATFORM", "").split(":")[0].split(";")[0]
    if not chosen:
        chosen = "wayland" if variables.get("WAYLAND_DISPLAY") else "xcb"
    return f"libq{chosen}.so"


def missing_libraries(environment: Path, plugin: str) -> list[str]:
    """Return the shared libraries that Qt would look for in vain, sorted."""
    folders = sorted(environment.glob("lib/python3*/site-packages/PySide6"))
    if not folders:
        return []
    qt = folders[-1] / "Qt"
    binaries = [qt / "plugins" / "platforms" / plugin, qt / "lib" / "libQt6Widgets.so.6"]
    missing: set[str] = set()
    for binary in (*binaries, *folders[-1].glob("QtSvg.*.so")):
        if binary.exists():
            listed = subprocess.run(["ldd", binary], check=False, capture_output=True, text=True)
            missing |= unresolved(listed.stdout)
    return sorted(missing)


def unresolved(listing: str) -> set[str]:
    """Return the names that ``ldd`` could not find."""
    lines = (line.split() for line in listing.splitlines() if line.endswith("=> not found"))
    return {words[0] for words in lines}


def packages_for(libraries: Iterable[str]) -> list[str]:
    """Return the packages of Debian and Ubuntu for these libraries, sorted.

    Raises:
        SetupError: If a library is not known.
    """
    libraries = sorted(libraries)
    unknown = [name for name in libraries if name not in PACKAGES]
    if unknown:
        raise SetupError(
            f"The window needs the system libraries {', '.join(libraries)}:"
            " install them and start again."
        )
    return sorted({PACKAGES[name] for name in libraries})


def require_window(environment: Path) -> None:
    """See to it that Qt finds its system libraries.

    Raises:
        SetupError: If one is missing and we may not install it.
    """
    if sys.platform != "linux" or not shutil.which("ldd"):
        return
    plugin = platform_plugin(os.environ)
    missing = missing_libraries(environment, plugin)
    if not missing:
        return
    if not shutil.which("apt-get"):
        raise SetupError(
            f"The window needs the system libraries {', '.join(missing)}:"
            " install them with your system's package manager and start again."
        )
    install_packages(packages_for(missing), "The window needs some system libraries")
    missing = missing_libraries(environment, plugin)
    if missing:
        raise SetupError(
            f"The window still misses the system libraries {', '.join(missing)}:"
            " install them and start again."
        )


def install_packages(packages: Sequence[str], reason: str) -> None:
    """Install packages of Debian or Ubuntu when we are root.

    Raises:
        SetupError: If we are not, with the exact command; or if the installation fails.
    """
    line = ["apt-get", "install", "-y", "--no-install-recommends", *packages]
    if not shutil.which("apt-get"):
        raise SetupError(f"{reason}: install {', '.join(packages)} and start again.")
    if os.name != "posix" or os.geteuid() != 0:
        raise SetupError(
            f"{reason}: run 'sudo apt-get install {' '.join(packages)}' and start again."
        )
    say(f"{reason}; installing {', '.join(packages)} ...")
    os.environ["DEBIAN_FRONTEND"] = "noninteractive"
    first = subprocess.run(line, check=False, capture_output=True)
    if first.returncode:  # a fresh machine has no package lists, an old one has stale ones
        subprocess.run(["apt-get", "update"], check=False, capture_output=True)
        run_logged(line, f"{reason}, but 'apt-get install {' '.join(packages)}' failed")


# --- the command ---


def main(arguments: Sequence[str] | None = None) -> int:
    """Prepare the environment; return 0, or 1 after one sentence on stderr."""
    parser = argparse.ArgumentParser(description="Make SynCohort's environment complete.")
    parser.add_argument("environment", type=Path)
    parser.add_argument("--test", action="store_true", help="with what the tests need")
    parser.add_argument("--window", action="store_true", help="with the libraries that Qt needs")
    chosen = parser.parse_args(arguments)
    try:
        if not is_complete(chosen.environment, test=chosen.test):
            make_environment(chosen.environment, test=chosen.test)
        if chosen.window:
            require_window(chosen.environment)
    except SetupError as wrong:
        say(str(wrong))
        return 1
    except OSError as wrong:
        say(f"The set-up failed: {wrong.strerror or wrong} ({wrong.filename or 'no file'}).")
        return 1
    except KeyboardInterrupt:
        say("Stopped; start again to go on.")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
