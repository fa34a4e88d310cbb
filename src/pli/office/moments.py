"""Instants as people say them: relative in lists, exact in proofs, always on the clocks of France."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from pli.kit.clock import PARIS, paris_day

MINUTE, HOUR, DAY = 60, 3600, 86400


def exact(instant: datetime) -> str:
    """``5 décembre 2026 à 14:32:07``, in Europe/Paris."""
    local = instant.astimezone(PARIS)
    return _("%(day)s à %(time)s") % {"day": date_format(local, "DATE_FORMAT"), "time": f"{local:%H:%M:%S}"}


def relative(instant: datetime, now: datetime) -> str:
    """« il y a 2 h », « dans 3 jours », « hier à 14:32 »; a date beyond a week."""
    seconds = (now - instant).total_seconds()
    if abs(seconds) < MINUTE:
        return _("à l’instant") if seconds >= 0 else _("dans un instant")
    amount = _amount(abs(seconds))
    days = (paris_day(now) - paris_day(instant)).days
    clock = f"{instant.astimezone(PARIS):%H:%M}"
    if amount and days in {-1, 0, 1}:
        return _("il y a %(amount)s") % {"amount": amount} if seconds > 0 else _("dans %(amount)s") % {"amount": amount}
    if days == 1:
        return _("hier à %(time)s") % {"time": clock}
    if days == -1:
        return _("demain à %(time)s") % {"time": clock}
    return relative_day(paris_day(instant), paris_day(now))


def _amount(seconds: float) -> str:
    """Minutes below an hour, hours below twelve, nothing beyond."""
    if seconds < HOUR:
        return _("%(n)s min") % {"n": int(seconds // MINUTE)}
    return _("%(n)s h") % {"n": int(seconds // HOUR)} if seconds < 12 * HOUR else ""


def relative_day(day: date, today: date) -> str:
    """« aujourd’hui », « demain », « il y a 3 jours », « 5 déc. 2026 »."""
    days = (today - day) // timedelta(days=1)
    near = {0: _("aujourd’hui"), 1: _("hier"), -1: _("demain")}
    if days in near:
        return near[days]
    if 0 < days < 7:
        return ngettext("il y a %(n)s jour", "il y a %(n)s jours", days) % {"n": days}
    if -7 < days < 0:
        return ngettext("dans %(n)s jour", "dans %(n)s jours", -days) % {"n": -days}
    return date_format(day, "j N Y" if day.year != today.year else "j N")
