"""The entrance of delivery."""

from pli.delivery.errors import UnableToRetry
from pli.delivery.events import DELIVERY_MADE
from pli.delivery.models import Delivery
from pli.delivery.queries import (
    DeliveryFilter,
    deliveries_for,
    deliveries_of,
    failed_deliveries,
    find_deliveries,
    get_delivery,
)
from pli.delivery.services import (
    Parcel,
    abandon_delivery,
    deliver_by_email,
    deliver_by_portal,
    retry_delivery,
    settle_delivery,
)
from pli.delivery.states import DELIVERY, DeliveryState
from pli.delivery.ticked import abandon_deliveries, retry_deliveries

__all__ = [
    "DELIVERY",
    "DELIVERY_MADE",
    "Delivery",
    "DeliveryFilter",
    "DeliveryState",
    "Parcel",
    "UnableToRetry",
    "abandon_deliveries",
    "abandon_delivery",
    "deliver_by_email",
    "deliver_by_portal",
    "deliveries_for",
    "deliveries_of",
    "failed_deliveries",
    "find_deliveries",
    "get_delivery",
    "retry_deliveries",
    "retry_delivery",
    "settle_delivery",
]
