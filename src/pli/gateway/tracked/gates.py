"""What a tracked sending asks from above before it is prepared."""

from __future__ import annotations

from uuid import UUID

from pli.kit.gates import Gate

# May this organisation send anything new that is sold? (journey has the prepaid account answer)
TRACKING: Gate[[UUID]] = Gate()
