#!/usr/bin/env bash
# Gets what this machine lacks, and nothing else. Asks no questions; run again, it takes a moment.
#   deploy/bootstrap.sh python   the Python environment only
#   deploy/bootstrap.sh run      and PostgreSQL with PostGIS, Redis, npm and the files for the maps
#   deploy/bootstrap.sh test     and Chromium with fonts, promtool for the alert rules, and PgBouncer
#   deploy/bootstrap.sh elsewhere  all of it, a Java for Spark, and what speaks with a bucket
set -euo pipefail
cd "$(dirname "$0")/.."
what=${1:-run}
unset PYTHONDONTWRITEBYTECODE
mkdir -p .local

say() { printf '%s\n' "$*" >&2; }
fail() { say "$@"; exit 1; }
have() { command -v "$1" >/dev/null 2>&1; }
is_set() { [ -n "${!1:-}" ] || grep -qsE "^$1=.+" .env; }

# --- Debian's packages -------------------------------------------------------------------------------------
wanted=()

want_postgres() {
  is_set DATABASE_URL && return
  local newest
  newest=$(find /usr/lib/postgresql -mindepth 1 -maxdepth 1 -printf '%f\n' 2>/dev/null | sort -n | tail -n 1 || true)
  if [ -n "$newest" ] && [ -x "/usr/lib/postgresql/$newest/bin/initdb" ]; then
    [ -e "/usr/share/postgresql/$newest/extension/postgis.control" ] || wanted+=("postgresql-$newest-postgis-3")
  elif have initdb && [ -e "$(pg_config --sharedir 2>/dev/null)/extension/postgis.control" ]; then
    return
  else
    wanted+=(postgresql postgresql-postgis)
  fi
}

want() {  # want PROGRAM PACKAGE...
  have "$1" || wanted+=("${@:2}")
}

want_packages() {
  if ! have_uv; then
    python3 -c 'import ensurepip' 2>/dev/null || wanted+=(python3-venv)
  fi
  [ "$what" = python ] && return
  want_postgres
  is_set REDIS_URL || want redis-server redis-server
  want npm npm
  [ "$what" = elsewhere ] && want java default-jre-headless
  if [ "$what" != run ]; then
    have chromium || have chromium-browser || have google-chrome || wanted+=("$(browser_package)")
    [ -d /usr/share/fonts/truetype/dejavu ] || wanted+=(fonts-dejavu-core)
    want promtool prometheus
    want pgbouncer pgbouncer
    want curl curl
  fi
}

browser_package() {  # Ubuntu has it under the older name only
  if grep -qs '^ID=ubuntu' /etc/os-release; then echo chromium-browser; else echo chromium; fi
}

as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi
}

install_packages() {
  [ ${#wanted[@]} = 0 ] && return
  local missing="${wanted[*]}"
  have apt-get || fail "This machine lacks: $missing. Install them with its own package manager and start again; or set DATABASE_URL and REDIS_URL."
  if [ "$(id -u)" != 0 ] && ! { have sudo && { sudo -n true 2>/dev/null || [ -t 0 ]; }; }; then
    fail "This machine lacks: $missing. Ask an administrator to run: apt-get install $missing"
  fi
  say "Installing $missing ..."
  export DEBIAN_FRONTEND=noninteractive
  # We run servers of our own: what Debian would start beside them is not wanted.
  if [ ! -e /usr/sbin/policy-rc.d ]; then
    trap 'as_root rm -f /usr/sbin/policy-rc.d' EXIT
    printf '#!/bin/sh\nexit 101\n' | as_root tee /usr/sbin/policy-rc.d >/dev/null
    as_root chmod 755 /usr/sbin/policy-rc.d
  fi
  local log=.local/packages.log
  if ! { as_root env DEBIAN_FRONTEND=noninteractive apt-get update -q \
    && as_root env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends -o DPkg::Lock::Timeout=300 "${wanted[@]}"; } \
    >"$log" 2>&1 </dev/null; then
    tail -n 5 "$log" >&2
    fail "apt-get could not install $missing (the whole log is $log). Install them by hand and start again."
  fi
}

# --- Python ------------------------------------------------------------------------------------------------
have_uv() {
  [ -x .local/tools/bin/uv ] || uv --version >/dev/null 2>&1
}

uv_() {
  if [ -x .local/tools/bin/uv ]; then .local/tools/bin/uv "$@"; else uv "$@"; fi
}

interpreter() {  # The distribution's own where it is new enough: built with its compiler's profile, it is a tenth quicker than one made by hand
  if /usr/bin/python3 -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' 2>/dev/null; then echo /usr/bin/python3; else echo ">=3.11,<3.14"; fi
}

python_environment() {
  local stamp=.venv/.synced more=()
  [ "$what" = elsewhere ] && stamp=.venv/.synced-elsewhere more=(--group elsewhere --extra spark --extra s3)
  [ "$stamp" -nt uv.lock ] && [ "$stamp" -nt pyproject.toml ] && [ -x .venv/bin/hotleads ] && return
  if ! have_uv; then
    have python3 || fail "Python 3.11 or newer is missing. On Debian or Ubuntu: apt-get install python3 python3-venv."
    say "Getting uv ..."
    python3 -m venv .local/tools
    .local/tools/bin/python -m pip install --quiet --disable-pip-version-check uv
  fi
  say "Setting up the Python environment ..."
  uv_ sync --frozen --quiet --python "$(interpreter)" "${more[@]}" || fail "uv could not set up the environment; its words are above. Is a package index reachable?"
  .venv/bin/python -c 'import cli.wsgi, jobs.worker, dashboard.asgi'  # compiled once, before several parts start at once
  rm -f .venv/.synced-elsewhere  # whoever syncs without the extras takes them away
  touch .venv/.synced "$stamp"
}

# --- files for the pages' maps and type ----------------------------------------------------------------------
browser_files() {
  local lock=dashboard/package-lock.json stamp=dashboard/node_modules/.package-lock.json
  [ -e "$lock" ] || return 0
  [ "$stamp" -nt "$lock" ] && return
  say "Getting the files that maps and type need ..."
  if npm ci --prefix dashboard --no-audit --no-fund --ignore-scripts --loglevel=error >.local/npm.log 2>&1 </dev/null; then
    touch "$stamp"
  else
    say "npm could not get them (see .local/npm.log): areas are then set by ZIP, radius or upload instead of drawing."
    [ "$what" = run ] || exit 1
  fi
}

want_packages
install_packages
python_environment
[ "$what" = python ] || browser_files
