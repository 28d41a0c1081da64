#!/bin/sh
# Browser journeys need Chromium and letters with Vietnamese marks. Where we may install, we do;
# elsewhere pytest shows the journeys as skipped, with the reason.
set -eu
if command -v chromium >/dev/null && fc-list 2>/dev/null | grep -q .; then exit 0; fi
if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
    echo "note: no chromium here, and no right to install it: browser journeys are skipped" >&2
    exit 0
fi
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq </dev/null
apt-get install -y -qq --no-install-recommends chromium fontconfig fonts-noto-core </dev/null >/dev/null
