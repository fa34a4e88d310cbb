from django.apps import AppConfig


class JourneyConfig(AppConfig):
    name = "pli.journey"
    label = "journey"
