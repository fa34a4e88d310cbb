from django.apps import AppConfig


class ApiConfig(AppConfig):
    name = "pli.api"
    label = "api"
