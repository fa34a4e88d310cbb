"""Why Pli can't start, or can't go on: each with its cure. The catalogue of ``RUN-…`` codes."""

from __future__ import annotations

from pli.kit.errors import PliError


class RunError(PliError):
    """Base of what stops the command line; it leaves with exit code 1."""

    code = "RUN-000"
    status = 503


class HomeInUse(RunError):
    """Another supervisor holds the folder's lock."""

    code = "RUN-001"
    message = "Le dossier %(home)s est déjà utilisé par un autre Pli (processus %(pid)s)."
    kept = "Rien n’a été modifié."
    remedy = "Arrêtez l’autre Pli, ou indiquez un autre dossier dans PLI_HOME et un autre port dans PLI_PORT."


class HomeNotWritable(RunError):
    """PLI_HOME can't be made or written."""

    code = "RUN-002"
    message = "Impossible d’écrire dans le dossier %(home)s : %(reason)s."
    remedy = "Indiquez dans PLI_HOME un dossier qui vous appartient, ou corrigez ses droits."


class PortTaken(RunError):
    """A door's port is used by another program."""

    code = "RUN-003"
    message = "Le port %(port)s (%(host)s) est déjà pris par un autre programme."
    kept = "Rien n’a été démarré."
    remedy = "Arrêtez ce programme, ou choisissez un autre port : %(variable)s=%(suggestion)s."


class PortForbidden(RunError):
    """A port or an address that this user may not take."""

    code = "RUN-004"
    message = "Impossible d’écouter sur %(host)s, port %(port)s : %(reason)s."
    remedy = "Choisissez un port supérieur à 1023 et une adresse de cette machine (%(variable)s, PLI_HOST)."


class DiskFull(RunError):
    """No room left to work safely."""

    code = "RUN-005"
    message = "Le disque qui porte %(folder)s est plein : il reste %(free)s Mo, il en faut au moins %(needed)s."
    kept = "Ce qui était enregistré l’est toujours."
    remedy = "Libérez de la place, ou déplacez PLI_HOME sur un disque plus grand, puis relancez."


class NoPostgres(RunError):
    """No usable PostgreSQL on the machine."""

    code = "RUN-006"
    message = "Aucun PostgreSQL utilisable (version 15 ou plus récente) n’a été trouvé."
    remedy = "Installez-le (sur Debian : apt-get install postgresql), ou indiquez un serveur dans PLI_DATABASE_URL."


class OtherPostgresVersion(RunError):
    """The cluster on disk was made by another major version than the programs at hand."""

    code = "RUN-007"
    message = (
        "La base de %(folder)s est au format PostgreSQL %(cluster)s ; les programmes présents sont en %(present)s."
    )
    kept = "La base n’a pas été touchée."
    remedy = (
        "Installez les programmes de cette version (sur Debian : apt-get install postgresql-%(cluster)s), relancez, "
        "faites « pli backup FICHIER », puis « pli restore FICHIER » dans un nouveau PLI_HOME avec la version récente."
    )


class HomeOutOfReach(RunError):
    """Started as root, the database runs as another user, who can't enter the folder."""

    code = "RUN-008"
    message = "La base de données tourne sous l’utilisateur « %(user)s », qui ne peut pas entrer dans %(folder)s."
    kept = "Aucun droit n’a été changé sur vos dossiers."
    remedy = (
        "Autorisez le passage (chmod o+x sur ce dossier et ceux qui le contiennent), ou choisissez un autre PLI_HOME."
    )


class DatabaseFailed(RunError):
    """PostgreSQL did not start, for a reason of its own."""

    code = "RUN-009"
    message = "La base de données n’a pas pu démarrer : %(reason)s"
    kept = "Les données n’ont pas été modifiées."
    remedy = "Le détail est dans %(log)s."


class DatabaseUnreachable(RunError):
    """The server named by PLI_DATABASE_URL does not answer, or refuses us."""

    code = "RUN-010"
    message = "La base de données de PLI_DATABASE_URL ne répond pas : %(reason)s"
    remedy = "Vérifiez l’adresse, le nom, le mot de passe, et que le serveur est démarré."


class PreparationFailed(RunError):
    """Migrations, static files or a first-start step failed."""

    code = "RUN-011"
    message = "La préparation a échoué : %(reason)s"
    kept = "Chaque étape est soit faite entièrement, soit pas du tout."
    remedy = "Le détail est dans %(log)s ; une fois la cause levée, relancez."


class SettingsContradict(RunError):
    """Environment variables that can't be followed."""

    code = "RUN-012"
    message = "Ce réglage ne peut pas être suivi : %(reason)s"
    remedy = "Voyez docs/running.md pour les valeurs possibles."


class TlsUnusable(RunError):
    """The certificate and key can't be served."""

    code = "RUN-013"
    message = "Le certificat TLS ne peut pas servir : %(reason)s"
    remedy = "Vérifiez PLI_TLS_CERT (chaîne complète, PEM) et PLI_TLS_KEY (clé du même certificat, PEM)."


class NoAnswer(RunError):
    """The command needs a running Pli."""

    code = "RUN-014"
    message = "Pli ne tourne pas dans %(home)s."
    remedy = "Démarrez-le (./run ou pli serve), ou indiquez son dossier dans PLI_HOME."


class UnableToBackUp(RunError):
    """The backup was not made."""

    code = "RUN-015"
    message = "La sauvegarde n’a pas été faite : %(reason)s"
    kept = "Aucun fichier incomplet n’a été laissé."
    remedy = "Corrigez la cause, puis relancez la sauvegarde."


class UnableToRestore(RunError):
    """The backup was not restored."""

    code = "RUN-016"
    message = "La restauration n’a pas été faite : %(reason)s"
    kept = "La sauvegarde n’a pas été modifiée."
    remedy = "Restaurez dans un PLI_HOME vide, depuis une sauvegarde intacte."
