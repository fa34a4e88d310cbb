from django.apps import AppConfig


class ApiConfig(AppConfig):
    name = "pli.api"
    label = "api"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Listen to what webhooks tell."""
        import pli.archive.api
        import pli.capture.api  # noqa: F401
        from pli.api.webhooks.queueing import subscribe_to_public_events

        subscribe_to_public_events()
