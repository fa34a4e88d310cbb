"""The entrance of delivery."""

from pli.delivery.models import Delivery
from pli.delivery.services import Parcel, deliver_by_email, deliver_by_portal, deliveries_of, settle_delivery
from pli.delivery.states import DELIVERY, DeliveryState

__all__ = [
    "DELIVERY",
    "Delivery",
    "DeliveryState",
    "Parcel",
    "deliver_by_email",
    "deliver_by_portal",
    "deliveries_of",
    "settle_delivery",
]
