from django.apps import AppConfig


class JourneyConfig(AppConfig):
    name = "pli.journey"
    label = "journey"

    def ready(self) -> None:
        """Subscribe the handlers, and answer the rooms' gates."""
        from pli.journey import mail_gateway, metering, quotes, stations  # noqa: F401

        mail_gateway.connect()
        metering.answer_gates()
