#!/bin/sh
# Makes the two secrets docker-compose.yml reads; keeps those that exist.
set -eu
umask 077
cd "$(dirname "$0")"
mkdir -p secrets
[ -s secrets/postgres_password ] || head -c 24 /dev/urandom | base64 | tr -d '/+=\n' >secrets/postgres_password
[ -s secrets/fleet_secret_key ] || head -c 32 /dev/urandom | base64 | tr '/+' '_-' | tr -d '\n' >secrets/fleet_secret_key
echo "secrets are in deploy/secrets (mode 600); keep a copy of fleet_secret_key with your backups"
