# Sourced by the root scripts: sets ROOT and PYTHON (3.11 or newer), or says in one line what to install.
ROOT="$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd)"
PYTHON=""
for candidate in ${PLI_PYTHON:+"$PLI_PYTHON"} python3 /usr/bin/python3 python3.13 python3.12 python3.11; do
    if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
        PYTHON="$candidate"
        break
    fi
done
if [ -z "$PYTHON" ]; then
    echo "Pli a besoin de Python 3.11 ou plus récent. Sur Debian : apt-get install python3 python3-venv" >&2
    exit 1
fi
