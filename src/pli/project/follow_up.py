"""The doctor's look at what should have gone on by itself: « nothing stuck », promise by promise."""

from __future__ import annotations

from datetime import timedelta

from pli.capture.api import late_captures
from pli.journal.api import stuck_entries, waiting_anchors
from pli.kit.checks import Check, CheckState
from pli.kit.clock import SYSTEM_CLOCK
from pli.project.speech import _
from pli.signing.api import Ceremony, CeremonyState, due_evidence, overdue_evidence, stuck_ceremonies, waiting_renewals

# An anchor is asked for again every few minutes: beyond this the service is out, not slow.
PATIENCE = timedelta(hours=1)


def check_outbox() -> Check:
    """Every event has led to what had to follow."""
    name, found = _("Suites des événements"), stuck_entries()
    if not found:
        return Check(name, CheckState.OK, _("Tout ce qui devait suivre a suivi."))
    said = _("Suites qui échouent de façon répétée : %d (la première : %s).") % (len(found), found[0].handler)
    return Check(name, CheckState.FAIL, said, _("Voyez « À traiter », puis « Relancer » une fois la cause corrigée."))


def check_anchors() -> Check:
    """Every anchor of the journal has its timestamp."""
    name, found = _("Ancrages du journal"), waiting_anchors()
    if not found:
        return Check(name, CheckState.OK, _("Tous les ancrages du journal sont horodatés."))
    is_late = SYSTEM_CLOCK.now() - found[0].created_at > PATIENCE
    said = _("Ancrages du journal qui attendent leur horodatage : %d.") % len(found)
    cure = _("Pli redemande tout seul. Si cela dure, vérifiez l’adresse du service d’horodatage.")
    return Check(name, CheckState.WARN if is_late else CheckState.OK, said, cure)


def check_ceremonies() -> Check:
    """What is signed is sealed."""
    name, stuck = _("Scellements"), len(stuck_ceremonies(SYSTEM_CLOCK))
    failed = Ceremony.objects.filter(state=CeremonyState.SEAL_FAILED).count()
    if failed:
        said = _("Demandes signées qui n’ont pas pu être scellées : %d.") % failed
        return Check(
            name, CheckState.FAIL, said, _("Voyez « À traiter » : la raison et le bouton pour relancer y sont.")
        )
    if stuck:
        said = _("Demandes signées qui attendent leur scellement depuis plus de deux minutes : %d.") % stuck
        return Check(name, CheckState.WARN, said, _("Vérifiez l’horodatage et les traitements en arrière-plan."))
    return Check(name, CheckState.OK, _("Tout ce qui est signé est scellé."))


def check_renewals() -> Check:
    """Every proof still to be kept rests on timestamps that have not ended."""
    name = _("Horodatages des preuves")
    overdue, due = overdue_evidence().count(), due_evidence().count() + waiting_renewals()
    if overdue:
        said = _("Preuves dont les horodatages ont pris fin sans être renouvelés : %d.") % overdue
        cure = _("Vérifiez le service d’horodatage : Pli renouvelle chaque heure ce qu’il peut.")
        return Check(name, CheckState.FAIL, said, cure)
    if due:
        said = _("Preuves dont les horodatages prennent fin dans les six mois, à renouveler : %d.") % due
        return Check(name, CheckState.WARN, said, _("Pli s’en occupe chaque heure. Si cela dure, voyez l’horodatage."))
    return Check(name, CheckState.OK, _("Aucun horodatage de preuve ne prend fin dans les six mois."))


def check_captures() -> Check:
    """What is received is examined."""
    name, late = _("Fichiers reçus"), len(late_captures(SYSTEM_CLOCK))
    if late:
        said = _("Fichiers reçus qui attendent d’être lus depuis plus de deux minutes : %d.") % late
        return Check(name, CheckState.WARN, said, _("Vérifiez que les traitements en arrière-plan tournent."))
    return Check(name, CheckState.OK, _("Tous les fichiers reçus ont été lus."))
