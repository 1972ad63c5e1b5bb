#!/bin/sh
# Boots systemd in a Debian root, in namespaces of its own but for the network. `boot.sh ROOT`, inside of `unshare`.
set -e
mount --make-rprivate /
mount --bind "$1" "$1"
cd "$1"
mount -t proc proc proc
mount -t tmpfs tmpfs run
mount -t tmpfs tmpfs tmp
mount -t tmpfs tmpfs sys
mkdir -p sys/fs/cgroup
mount -t cgroup2 cgroup2 sys/fs/cgroup
mount --bind /dev dev
exec chroot . /usr/bin/env -i container=siaga PATH=/usr/sbin:/usr/bin:/sbin:/bin /lib/systemd/systemd --show-status=no
