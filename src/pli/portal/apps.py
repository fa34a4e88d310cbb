from django.apps import AppConfig


class PortalConfig(AppConfig):
    name = "pli.portal"
    label = "portal"
