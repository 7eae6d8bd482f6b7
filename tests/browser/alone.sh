#!/bin/sh
# alone.sh COMMAND...: runs a command where no network but loopback can be reached, and ends with it whatever it has
# started. /mnt is an empty folder in memory there, and this folder is seen as /mnt/provider, so that paths in pictures
# say nothing of this machine. Where the kernel does not allow it, the command runs as it is.
set -eu
new="unshare --net --mount --pid --fork --kill-child --mount-proc"
[ "$(id -u)" = 0 ] || new="$new --user --map-root-user"
case $PWD/ in /mnt/*) folder= ;; *) folder=/mnt ;; esac
# shellcheck disable=SC2086,SC2016
if $new sh -c 'ip link set lo up' 2>/dev/null; then
    exec $new sh -c '
        ip link set lo up
        if [ -n "$0" ]; then
            mount -t tmpfs tmpfs "$0" && mkdir "$0/provider" && mount --rbind . "$0/provider" && cd "$0/provider"
            export LDUSAGE_FOLDER="$0"
        fi
        exec "$@"' "$folder" "$@"
fi
echo "No namespace of its own: the servers listen on loopback of this machine." >&2
exec "$@"
