from django.apps import AppConfig


class JourneyConfig(AppConfig):
    name = "pli.journey"
    label = "journey"

    def ready(self) -> None:
        """Subscribe the handlers, and answer the rooms' gates."""
        from pli.journey import metering, quotes, stations  # noqa: F401

        metering.answer_gates()
