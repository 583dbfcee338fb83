#!/bin/sh
# Makes the database password that docker-compose.yml reads from .env; keeps one that exists.
set -eu
umask 077
cd "$(dirname "$0")/.."
if grep -q '^POSTGRES_PASSWORD=.' .env 2>/dev/null; then
    echo ".env has a password already; kept"
else
    echo "POSTGRES_PASSWORD=$(head -c 24 /dev/urandom | base64 | tr -d '/+=\n')" >>.env
    echo "wrote a new password to .env (mode 600)"
fi
