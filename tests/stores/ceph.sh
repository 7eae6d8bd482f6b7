#!/usr/bin/env bash
# A Ceph S3 gateway of one monitor, one storage daemon (in memory) and one gateway, all on 127.0.0.1.
#   ceph.sh FOLDER S3PORT MONPORT      prints the daemons' process ids; two users: owner and stranger
# Needs root and Debian's radosgw ceph-mon ceph-osd ceph-common.
set -euo pipefail
folder=$1 port=$2 monitor="v2:127.0.0.1:$3/0"
mkdir -p "$folder"/{mon,osd,run,log}
export CEPH_CONF=$folder/ceph.conf
cat >"$CEPH_CONF" <<CONF
[global]
fsid = $(cat /proc/sys/kernel/random/uuid)
mon host = [$monitor]
public addr = 127.0.0.1
cluster addr = 127.0.0.1
auth cluster required = cephx
auth service required = cephx
auth client required = cephx
auth allow insecure global id reclaim = false
osd pool default size = 1
osd pool default min size = 1
mon allow pool size one = true
osd crush chooseleaf type = 0
osd pool default pg num = 8
osd pool default pgp num = 8
osd pool default pg autoscale mode = off
mon max pg per osd = 1000
mon data avail warn = 1
mon data avail crit = 0
run dir = $folder/run
log file = $folder/log/\$name.log
admin socket = $folder/run/\$name.asok
pid file = $folder/run/\$name.pid
keyring = $folder/keyring
[mon]
mon data = $folder/mon
mon initial members = a
[osd]
osd objectstore = memstore
memstore device bytes = 4294967296
osd data = $folder/osd
keyring = $folder/osd/keyring
osd class load list = *
osd class default list = *
osd heartbeat grace = 60
[client.admin]
rgw frontends = beast endpoint=127.0.0.1:$port
rgw num rados handles = 1
CONF
{
    ceph-authtool --create-keyring "$folder/keyring" --gen-key -n mon. --cap mon 'allow *'
    ceph-authtool "$folder/keyring" --gen-key -n client.admin --cap mon 'allow *' --cap osd 'allow *' --cap mgr 'allow *'
    monmaptool --create --fsid "$(ceph-conf fsid)" --addv a "[$monitor]" "$folder/monmap"
    ceph-mon --mkfs -i a --monmap "$folder/monmap" --keyring "$folder/keyring"
    ceph-mon -i a
    uuid=$(cat /proc/sys/kernel/random/uuid)
    secret=$(ceph-authtool --gen-print-key)
    echo "{\"cephx_secret\": \"$secret\"}" | ceph osd new "$uuid" -i -
    ceph-authtool --create-keyring "$folder/osd/keyring" --name osd.0 --add-key "$secret"
    ceph-osd -i 0 --mkfs --osd-uuid "$uuid"
    ceph-osd -i 0
    for _ in $(seq 300); do [[ $(ceph osd stat) == *'1 up'* ]] && break; sleep 0.2; done
    for user in owner stranger; do
        timeout 120 radosgw-admin user create --uid=$user --display-name=$user --access-key="AK$user" --secret-key="very-secret-$user"
    done
    radosgw -n client.admin
    for _ in $(seq 900); do (: <"/dev/tcp/127.0.0.1/$port") && break; sleep 0.1; done
} >"$folder/log/start" 2>&1
cat "$folder"/run/*.pid
