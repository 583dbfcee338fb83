#!/bin/sh
# Makes the passwords and tokens that docker-compose.yml reads; keeps those that exist.
set -eu
umask 077
cd "$(dirname "$0")/.."
random() { head -c 24 /dev/urandom | base64 | tr -d '/+=\n'; }
ensure() { # name of a line in .env
    if grep -q "^$1=." .env 2>/dev/null; then
        echo ".env has $1 already; kept"
    else
        echo "$1=$(random)" >>.env
        echo "wrote $1 to .env (mode 600)"
    fi
}
ensure POSTGRES_PASSWORD
ensure GRAFANA_PASSWORD
ensure FLEET_METRICS_TOKEN
# Prometheus runs as a user of its own inside its container and has to read this one.
secrets=deploy/prometheus/secrets
mkdir -p "$secrets"
sed -n 's/^FLEET_METRICS_TOKEN=//p' .env | tr -d '\n' >"$secrets/metrics_token"
[ -e "$secrets/fleet_token" ] || : >"$secrets/fleet_token"
chmod 755 "$secrets"
chmod 644 "$secrets"/*
echo "wrote $secrets/metrics_token; for the figures of the fleet see docs/monitoring.md"
