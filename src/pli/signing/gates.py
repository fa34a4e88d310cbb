"""What signing asks from above before it acts."""

from __future__ import annotations

from uuid import UUID

from pli.kit.gates import Gate

# Before a request goes out: may this organisation send anything new? (journey has the prepaid account answer)
SENDING: Gate[[UUID]] = Gate()
