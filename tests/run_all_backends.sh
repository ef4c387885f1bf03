#!/usr/bin/env bash
# The whole fast suite on each backend; arguments go to pytest.
set -uo pipefail
cd "$(dirname "$0")/.."
export TF_CPP_MIN_LOG_LEVEL=3
status=0
for backend in jax torch tensorflow; do
    echo "== KERAS_BACKEND=$backend"
    KERAS_BACKEND=$backend python -m pytest -q -n 2 "$@" || status=1
done
exit $status
