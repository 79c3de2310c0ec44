#!/bin/sh
# `hotleads backup` copies the server's files as a replica would; PostgreSQL's image allows that from its own host only.
set -eu
echo "host replication hotleads all scram-sha-256" >>"$PGDATA/pg_hba.conf"
