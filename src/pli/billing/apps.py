from django.apps import AppConfig


class BillingConfig(AppConfig):
    name = "pli.billing"
    label = "billing"
    default_auto_field = "django.db.models.BigAutoField"
