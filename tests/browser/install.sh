#!/bin/sh
# A browser for the tests, where there is none: Debian's own as root on Debian, else Playwright's.
# Usage: install.sh BIN, with BIN the virtual environment's folder of programs.
for browser in chromium chromium-browser google-chrome; do
    command -v "$browser" >/dev/null && exit 0
done
if [ "$(id -u)" = 0 ] && [ -f /etc/debian_version ]; then
    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium
else
    "$1/playwright" install chromium
fi
