#!/bin/sh
# Installs Chromium and a CJK font with apt where they are absent and that is possible; the browser tests skip otherwise.
command -v chromium >/dev/null 2>&1 && fc-list 2>/dev/null | grep -qi cjk && exit 0
command -v apt-get >/dev/null 2>&1 && [ "$(id -u)" = 0 ] || { echo "no Chromium, and no apt-get as root: the browser tests will be skipped" >&2; exit 0; }
echo "installing Chromium for the browser tests …" >&2
export DEBIAN_FRONTEND=noninteractive
{ apt-get update -q && apt-get install -y -q --no-install-recommends chromium fonts-noto-cjk fontconfig; } >/dev/null 2>&1 \
  || { echo "Chromium could not be installed: the browser tests will be skipped" >&2; exit 0; }
# Most tests take the one without windows where it is to be had, which is faster.
apt-get install -y -q --no-install-recommends chromium-headless-shell >/dev/null 2>&1
exit 0
