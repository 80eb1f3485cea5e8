#!/bin/sh
set -eu
nginx
exec /srv/shop/healthz --serve
