# shellcheck shell=sh
# Shared by installers/run and installers/test: find a Python, hand over to prepare.py.
# POSIX sh. Sourced with $here set to this folder.

# shellcheck disable=SC2154 # $here comes from the caller
project=$(CDPATH='' cd -- "$here/.." && pwd -P)
environment=${SYNCOHORT_ENV:-$project/.venv}
case $environment in
  /*) ;;
  *) environment=$PWD/$environment ;;
esac

# Nothing of the caller's Python set-up, and no folder called "app" where we happen to stand.
unset PYTHONPATH PYTHONHOME
PYTHONSAFEPATH=1
export PYTHONSAFEPATH

say() { printf '%s\n' "$*" >&2; }

stop() {
  say "$*"
  exit 1
}

# suits PYTHON [MODULE]: is it a Python that we support (and has it the module)?
suits() {
  "$1" -c "import sys, ${2:-sys}; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))" \
    >/dev/null 2>&1
}

# Sets $python. One that can make environments by itself goes first.
find_python() {
  for wanted in ensurepip sys; do
    for python in "${SYNCOHORT_PYTHON:-python3.13}" python3.13 python3.12 python3.11 python3 python
    do
      if suits "$python" "$wanted"; then return 0; fi
    done
  done
  return 1
}

is_root() { [ "$(id -u)" = 0 ]; }

apt_install() {
  DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "$@" >/dev/null 2>&1
}

# Debian and Ubuntu without any Python, started by root (a container, a fresh server).
install_python() {
  say "Installing Python (once) ..."
  apt-get update >/dev/null 2>&1 || true
  for version in 3 3.13 3.12 3.11; do
    if apt_install "python$version" "python$version-venv" && find_python; then return 0; fi
  done
  return 1
}

# prepare ARGUMENTS OF prepare.py: afterwards $environment is complete.
prepare() {
  python=$environment/bin/python
  if ! suits "$python" && ! find_python; then
    if ! command -v apt-get >/dev/null 2>&1; then
      stop "SynCohort needs Python 3.11, 3.12 or 3.13 and found none:" \
        "install one from https://www.python.org/downloads/ and start this again."
    elif ! is_root; then
      stop "SynCohort needs Python 3.11, 3.12 or 3.13 and found none:" \
        "run 'sudo apt-get install python3 python3-venv' and start this again."
    elif ! install_python; then
      stop "SynCohort needs Python 3.11, 3.12 or 3.13 and this system's packages have none:" \
        "install one from https://www.python.org/downloads/ and start this again."
    fi
  fi
  "$python" "$here/prepare.py" "$environment" "$@" || exit 1
}
