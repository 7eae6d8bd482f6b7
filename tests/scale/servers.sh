#!/bin/sh
# servers.sh: sees to it that there are PostgreSQL and Redis. As root on Debian or Ubuntu it installs them, and starts
# neither.
set -eu
missing=
command -v redis-server >/dev/null || missing="redis-server"
command -v initdb >/dev/null || ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || missing="$missing postgresql"
if [ -n "$missing" ] && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    export DEBIAN_FRONTEND=noninteractive RUNLEVEL=1
    # shellcheck disable=SC2086
    { apt-get update -qq && apt-get install -qq -y --no-install-recommends $missing; } >/dev/null ||
        echo "$missing could not be installed." >&2
fi
