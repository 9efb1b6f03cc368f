#!/usr/bin/env bash
# Sets glbackend up on a fresh machine and runs one thing:
#   ./setup.sh demo   the main job: train, save, load, check, draw pictures into demo/
#   ./setup.sh test   the test-suite
#   ./setup.sh docs   the site, into docs/_build
#   ./setup.sh dev    set up only, with the developers' tools
set -euo pipefail
cd "$(dirname "$0")"
what=${1:-demo}

# Mesa's EGL, where no OpenGL loader is there and we may install it.
if [ "$(uname)" = Linux ] && ! ldconfig -p 2>/dev/null | grep -q libEGL.so.1; then
  if command -v apt-get >/dev/null && [ "$(id -u)" = 0 ]; then
    apt-get update -qq && apt-get install -y -qq --no-install-recommends libegl1 libgl1 libgl1-mesa-dri >/dev/null
  else
    echo "No libEGL was found: install a driver (Debian: apt install libegl1 libgl1 libgl1-mesa-dri)." >&2
  fi
fi

extra=demo
[ "$what" = test ] && extra=test
[ "$what" = dev ] && extra=dev
[ "$what" = docs ] && extra=docs
[ -x .venv/bin/python ] || python3 -m venv .venv || {
  [ "$(id -u)" = 0 ] && apt-get install -y -qq python3-venv >/dev/null && python3 -m venv .venv
}
stamp=.venv/.installed-$extra
if [ ! -e "$stamp" ] || [ pyproject.toml -nt "$stamp" ]; then
  .venv/bin/python -m pip install -q --disable-pip-version-check -e ".[$extra]"
  touch "$stamp"
fi

case "$what" in
  demo) exec .venv/bin/python -m glbackend demo ;;
  test) shift; exec .venv/bin/python -m pytest -n auto "$@" ;;
  docs) GLBACKEND_BACKEND=cpu exec .venv/bin/sphinx-build -q -W --keep-going -n -b html docs docs/_build ;;
  dev) ;;
  *) echo "usage: ./setup.sh [demo|test|docs|dev]" >&2; exit 2 ;;
esac
