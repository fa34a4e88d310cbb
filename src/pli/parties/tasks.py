"""Jobs of parties."""

from uuid import UUID

from procrastinate.contrib.django import app

from pli.parties.importing import applying, services


@app.task(name="parties.check_lines", retry=5)
def check_lines(*, import_id: str) -> None:
    """Read and plan every line of an import."""
    services.run_check(UUID(import_id))


@app.task(name="parties.apply_lines", retry=5)
def apply_lines(*, import_id: str) -> None:
    """Write the confirmed lines of an import."""
    applying.run_import(UUID(import_id))
