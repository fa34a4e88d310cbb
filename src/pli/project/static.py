"""Served files under names that hold their content's hash, so that browsers keep them for ever."""

from __future__ import annotations

from whitenoise.storage import CompressedManifestStaticFilesStorage


class HashedStaticFiles(CompressedManifestStaticFilesStorage):  # type: ignore[misc]
    """Whitenoise's storage that also works before anything was collected (tests, ``pli manage runserver``)."""

    # Modules import each other by relative path: they too must find each other under hashed names.
    support_js_module_import_aggregation = True

    def stored_name(self, name: str) -> str:
        """The hashed name, or the plain one while there is no manifest at all."""
        if not self.hashed_files:
            return name
        return str(super().stored_name(name))
