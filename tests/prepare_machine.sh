#!/bin/sh
# What the tests need beside Python packages: a browser with Chinese letters, and GDAL's own
# command line as an outside witness. Installed where that is possible, else named.
missing=""
command -v chromium >/dev/null 2>&1 || missing="$missing chromium"
command -v ogrinfo >/dev/null 2>&1 || missing="$missing gdal-bin"
fc-list 2>/dev/null | grep -qi "CJK" || missing="$missing fonts-noto-cjk"
[ -z "$missing" ] && exit 0

if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
  echo "Installing what the tests need:$missing"
  apt-get update -qq &&
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing fontconfig >/dev/null && exit 0
fi
echo "Not installed, so the tests that need it are skipped:$missing"
