#!/bin/sh
# vosk-transcriber, one of the programs that we are measured against, needs the ffmpeg program. Where we may
# install it, we do; elsewhere that benchmark says that it is skipped.
set -eu
if command -v ffmpeg >/dev/null; then exit 0; fi
if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
    echo "note: no ffmpeg here, and no right to install it: vosk-transcriber is not compared" >&2
    exit 0
fi
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq </dev/null
apt-get install -y -qq --no-install-recommends ffmpeg </dev/null >/dev/null
