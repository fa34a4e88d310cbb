from django.apps import AppConfig


class GatewayConfig(AppConfig):
    name = "pli.gateway"
    label = "gateway"

    def ready(self) -> None:
        """Show in the local outbox what this room relayed nowhere."""
        from pli.gateway.local import relayed_here
        from pli.notifications.api import add_local_source

        add_local_source(relayed_here)
