#!/bin/sh
# system-packages.sh run|test|bench: installs what the program, its tests or its benchmarks need of
# the system. On Debian and its kin it installs what is missing; elsewhere it names it.
set -eu
what=${1:?run, test or bench}

run="python3-venv libegl1 libgl1 libxkbcommon0 libfontconfig1 libfreetype6 libglib2.0-0 libdbus-1-3
libbrotli1 libgssapi-krb5-2 libx11-6 libx11-xcb1 libzstd1 libnss3 libnspr4 libasound2 libexpat1
libgbm1 libudev1 libxcb1 libxcb-dri3-0 libxcb-cursor0 libxcb-glx0 libxcb-icccm4 libxcb-image0
libxcb-keysyms1 libxcb-randr0 libxcb-render-util0 libxcb-render0 libxcb-shape0 libxcb-shm0
libxcb-sync1 libxcb-util1 libxcb-xfixes0 libxcb-xkb1 libxcomposite1 libxdamage1 libxext6 libxfixes3
libxkbcommon-x11-0 libxkbfile1 libxrandr2 libxtst6 fonts-dejavu-core"
test="$run dovecot-imapd dovecot-lmtpd gnome-keyring dbus dbus-daemon
strace xvfb xauth fonts-noto-cjk postgresql redis-server"
bench="$test isync maildir-utils notmuch python3-notmuch2"

case $what in
run) packages=$run ;;
test) packages=$test ;;
bench) packages=$bench ;;
*) echo "usage: $0 run|test|bench" >&2; exit 2 ;;
esac

case $(uname -s) in
Linux) ;;
*)
    # The wheels bring what the program itself needs on Windows and macOS.
    [ "$what" = run ] || echo "On this system the tests need Dovecot 2.3, gnome-keyring, PostgreSQL and Redis; run them on Debian or Ubuntu."
    exit 0 ;;
esac

if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
    echo "This is not Debian. Please see to it that your system has the like of:"
    echo "$packages"
    exit 0
fi

# Ubuntu and newer Debian renamed some libraries (libasound2 → libasound2t64): a provided name counts.
installed=$(dpkg-query -W -f '${db:Status-Abbrev}|${Package}|${Provides}\n' | sed -n 's/^ii *|//p' | tr ',|' '  ' | sed 's/([^)]*)//g')
missing=
for package in $packages; do
    echo "$installed" | tr -s ' \n' '\n\n' | grep -qx "$package" || missing="$missing $package"
done
[ -n "$missing" ] || exit 0

echo "Installing:$missing"
as_root=
if [ "$(id -u)" != 0 ]; then
    command -v sudo >/dev/null || { echo "Please install as root: apt-get install$missing" >&2; exit 1; }
    as_root=sudo
fi
$as_root apt-get update -qq
# shellcheck disable=SC2086
$as_root env DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends $missing >/dev/null
