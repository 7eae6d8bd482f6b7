#!/bin/sh
# chromium.sh: sees to it that there is a Chromium or Chrome. As root on Debian or Ubuntu it installs one.
set -eu
for name in chromium chromium-browser google-chrome google-chrome-stable; do
    if command -v "$name" >/dev/null; then exit 0; fi
done
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    export DEBIAN_FRONTEND=noninteractive
    if { apt-get update -qq && apt-get install -qq -y --no-install-recommends chromium; } >/dev/null; then exit 0; fi
fi
echo "make test-browser needs Chromium or Google Chrome on the PATH. On Debian: apt-get install chromium" >&2
exit 1
