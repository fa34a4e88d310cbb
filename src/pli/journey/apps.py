from django.apps import AppConfig


class JourneyConfig(AppConfig):
    name = "pli.journey"
    label = "journey"

    def ready(self) -> None:
        """Subscribe the handlers."""
        from pli.journey import mail_gateway, stations  # noqa: F401

        mail_gateway.connect()
