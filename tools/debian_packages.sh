#!/bin/sh
# Debian packages that tests (and, with "bench", benchmarks) start for real. Installs what is
# missing when it may; otherwise says what will be skipped, and tests skip it.
set -eu
need=""
want() { # command, package, what goes without it
    command -v "$1" >/dev/null 2>&1 || [ -x "/usr/sbin/$1" ] || need="$need $2"
}
want mosquitto mosquitto
want snmpd snmpd
want snmpget snmp
[ -n "$(ls -d /usr/lib/postgresql/*/bin/initdb 2>/dev/null)" ] || need="$need postgresql"
want chromium chromium
[ -n "$(ls -d /usr/share/fonts/opentype/noto/NotoSansCJK* 2>/dev/null)" ] || need="$need fonts-noto-cjk"
want docker-compose docker-compose
want iperf3 iperf3
want victoria-metrics victoria-metrics
want prometheus prometheus
want tc iproute2
if [ "${1:-}" = bench ]; then
    want gcc gcc
    want prometheus-snmp-exporter prometheus-snmp-exporter
fi
[ -n "$need" ] || exit 0
if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
    echo "Not installed, and this user may not install them:$need" >&2
    echo "Tests that need them are skipped. As root: apt-get install$need" >&2
    exit 0
fi
echo "Installing Debian packages for the tests:$need"
# Services that Debian starts by itself would take the ports and the memory; tests start their own.
policy=/usr/sbin/policy-rc.d
made=""
if [ ! -e "$policy" ]; then
    printf '#!/bin/sh\nexit 101\n' >"$policy" && chmod 755 "$policy" && made=1
fi
trap '[ -z "$made" ] || rm -f "$policy"' EXIT
log=$(mktemp)
if ! { apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends $need; } >"$log" 2>&1; then
    tail -5 "$log" >&2
    echo "Could not install:$need. Tests that need them are skipped." >&2
fi
rm -f "$log"
