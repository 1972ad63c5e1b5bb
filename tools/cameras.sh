#!/usr/bin/env bash
# What `make cameras` needs and nothing else does: GStreamer's RTSP server from Debian, a simulated ONVIF device from PyPI.
set -euo pipefail

missing=()
for package in gir1.2-gst-rtsp-server-1.0 gstreamer1.0-plugins-good gstreamer1.0-plugins-base python3-gi; do
  dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
done
if [ ${#missing[@]} -ne 0 ]; then
  echo "==> Installing ${missing[*]} with apt"
  sudo=()
  [ "$(id -u)" -eq 0 ] || sudo=(sudo -n)
  "${sudo[@]}" apt-get update -qq
  "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
fi

# It names opencv-python, which clashes with the headless one that Siaga uses, so that its requirements stay out.
.venv/bin/python -m pip install --quiet --no-deps --target .run/ipycam ipycam==1.3.0
