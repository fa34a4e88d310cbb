from django.apps import AppConfig


class OfficeConfig(AppConfig):
    name = "pli.office"
    label = "office"
