#!/bin/bash
# deploy/try-on-debian.sh FOLDER [MIRROR [CA]]
#
# Makes a fresh Debian 12 in FOLDER, installs Stet there from a clean clone of the commit that is checked out here,
# as docs/running.md says, boots it with systemd as its first process, and lets the unit watch a pretend outlet:
# start, reload, kill -9, a stop, and what is left. Prints what was seen; the exit code says whether all of it was so.
#
# Needs root, debootstrap, systemd-nspawn and a way to a Debian mirror and to Python's packages. MIRROR is
# debootstrap's; CA a PEM file of the authorities to trust there. An existing FOLDER is used again.
set -euo pipefail

root=${1:?name a folder for the machine}
mirror=${2:-http://deb.debian.org/debian}
ca=${3:-}
source=$(cd "$(dirname "$0")/.." && pwd)
packages=systemd,systemd-sysv,dbus,ca-certificates,git,make,python3,python3-venv,curl

say() { printf '\n== %s\n' "$*"; }
give_up() {
    printf 'try-on-debian: %s\n' "$*" >&2
    exit 1
}

[ "$(id -u)" = 0 ] || give_up "run it as root"
[ -e "$root/etc/debian_version" ] || debootstrap --variant=minbase --include="$packages" bookworm "$root" "$mirror"
if [ -n "$ca" ]; then cat "$ca" >"$root/etc/ssl/certs/ca-certificates.crt"; fi
cp /etc/resolv.conf "$root/etc/resolv.conf"

say "a clean clone"
rm -rf "$root/usr/local/src/stet"
git clone --quiet --no-local "$source" "$root/usr/local/src/stet"
git -C "$root/usr/local/src/stet" log --oneline -1

say "boot"
log=$(mktemp)
systemd-nspawn --quiet -D "$root" --boot --register=no --keep-unit --console=pipe >"$log" 2>&1 &
nspawn=$!
leader=
# Told twice, it stops at once.
trap 'kill "$nspawn" 2>/dev/null || true; sleep 1; kill "$nspawn" 2>/dev/null || true; wait "$nspawn" 2>/dev/null || true; rm -f "$log"' EXIT
inside() { nsenter -t "$leader" -a -- /usr/bin/env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 bash -c "$1"; }
for _ in $(seq 60); do
    leader=$(pgrep -P "$nspawn" || true)
    if [ -n "$leader" ] && state=$(inside 'systemctl is-system-running --wait' 2>/dev/null); then break; fi
    sleep 1
done
[ "${state:-}" = running ] || give_up "the machine did not come up: $(cat "$log")"
inside '. /etc/os-release; echo "$PRETTY_NAME, $(systemctl --version | head -1), first process: $(cat /proc/1/comm), $(systemctl is-system-running)"'

say "install, as docs/running.md says"
inside 'cd /usr/local/src/stet && make install >/dev/null && /usr/local/lib/stet/bin/stet --version'
inside 'ln -sf /usr/local/lib/stet/bin/stet /usr/local/bin/stet
    id stet >/dev/null 2>&1 || useradd --system --home-dir /var/lib/stet --shell /usr/sbin/nologin stet
    cp /usr/local/src/stet/deploy/stet.service /etc/systemd/system/ && systemctl daemon-reload'

say "systemd-analyze"
inside 'systemd-analyze verify stet.service && echo "verify: no word against it"'
inside 'systemd-analyze security --no-pager stet.service | tail -1; systemd-analyze security --no-pager stet.service | grep "^✗"' || true

say "a home that watches a pretend outlet on this machine"
inside 'systemctl stop stet newspaper 2>/dev/null; systemctl reset-failed stet 2>/dev/null
    rm -rf /var/lib/stet /var/backups/stet; install -d -o stet -g stet -m 750 /var/lib/stet /var/backups/stet
    install -d /etc/stet && echo STET_DAEMON_BACKUPS=/var/backups/stet >/etc/stet/environment
    mkdir -p /etc/systemd/system/stet.service.d
    printf "[Service]\nReadWritePaths=/var/backups/stet\nLoadCredential=mail:/etc/stet/mail\n" >/etc/systemd/system/stet.service.d/home.conf
    (umask 077; echo a-password >/etc/stet/mail)
    systemctl daemon-reload'
inside 'cd /var/lib/stet && runuser -u stet -- stet init /var/lib/stet'
inside 'systemd-run --quiet --unit newspaper --working-directory=/usr/local/src/stet bash -c \
    "sleep infinity | /usr/local/lib/stet/bin/python -m scheduler.newsroom --stories 60 --port 8790"'
inside 'cat >>/var/lib/stet/stet.toml <<END
[daemon]
stop_within = "10s"
END
    sed -i "s/^delay = 10.0/delay = 0.2/; s/^allow_private_addresses = false/allow_private_addresses = true/" /var/lib/stet/stet.toml
    sed -i "/^\[crawl.connect_to\]/a \"outlet-00.example\" = \"127.0.0.1:8790\"" /var/lib/stet/stet.toml
    for _ in $(seq 30); do curl -fs -H "Host: outlet-00.example" http://127.0.0.1:8790/rss.xml >/dev/null && break; sleep 1; done
    runuser -u stet -- stet outlet add http://outlet-00.example/ --home /var/lib/stet'

say "start"
inside 'time systemctl start stet'
status() { inside 'systemctl show stet -p ActiveState -p SubState -p MainPID -p NRestarts -p StatusText -p Result'; }
status
for _ in $(seq 60); do
    kept=$(inside 'runuser -u stet -- stet articles --limit 999 --json --home /var/lib/stet | grep -c "\"versions\": [1-9]"' || true)
    [ "$kept" -ge 60 ] && break
    sleep 2
done
inside 'systemctl --no-pager status stet | head -20; curl -fsS http://127.0.0.1:8400/healthz; echo'
[ "$kept" -ge 60 ] || give_up "it kept $kept articles: $(inside 'journalctl -u stet --no-pager | tail -30')"
echo "articles kept: $kept, read by processes of its own (the unit forbids them nothing that they need):"
inside 'systemd-cgls --no-pager -u stet.service | cat; journalctl -u stet --no-pager -o cat | grep -E "\"level\": ?\"(WARNING|ERROR)" || echo "no warning"'
inside 'id=$(systemctl show -P MainPID stet); echo "secrets, as the service sees them:"
    nsenter -t "$id" -m -- ls -ln /run/credentials/stet.service/; stat -c "%a %U %n" /var/lib/stet /var/lib/stet/keys /var/backups/stet/*'

say "a second daemon on the same home is refused"
inside 'runuser -u stet -- stet run --home /var/lib/stet' && give_up "it was not refused"

say "reload"
inside 'sed -i "s/^delay = 0.2/delay = 0.3/" /var/lib/stet/stet.toml; systemctl reload stet; sleep 4; journalctl -u stet --no-pager -o cat | tail -3'
[ "$(inside 'systemctl is-active stet')" = active ] || give_up "it did not live through the reload"

say "kill -9: it comes back by itself"
inside 'systemctl kill -s KILL stet; sleep 25'
status
[ "$(inside 'systemctl is-active stet')" = active ] || give_up "it did not come back"

say "wrong settings: it does not try again"
inside 'echo "nonsense = 1" >>/var/lib/stet/stet.toml; systemctl restart stet; sleep 3
    systemctl show stet -p ActiveState -p Result -p ExecMainStatus -p NRestarts
    sed -i "/^nonsense/d" /var/lib/stet/stet.toml; systemctl reset-failed stet; systemctl start stet; sleep 3; systemctl is-active stet'

say "stop"
inside 'time systemctl stop stet; journalctl -u stet --no-pager -o cat | tail -4'
status

say "what is left"
inside 'runuser -u stet -- stet verify --home /var/lib/stet && ls /var/backups/stet && ls /var/lib/stet/warcs | head'
[ -z "$(inside 'find /var/lib/stet/warcs -name "*.open"')" ] || give_up "a file was left open"
say "all of it was so"
