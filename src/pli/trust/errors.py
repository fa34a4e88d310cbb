"""What the trust room refuses, and why. Codes TRU-0xx."""

from __future__ import annotations

from pli.kit.errors import PliError


class UnableToSeal(PliError):
    """The file could not be sealed; ``permanent`` says whether trying again is useless. The source is untouched."""

    code = "TRU-001"
    status = 422
    message = "Le document n’a pas pu être scellé : %(reason)s."
    kept = "Le document d’origine est conservé intact."
    remedy = "Si le fichier vient d’un autre logiciel, réenregistrez-le en PDF et recommencez."

    def __init__(self, *, reason: str, permanent: bool = True) -> None:
        # Among the details, so that it crosses the sandbox's border.
        super().__init__(reason=reason, permanent=permanent)
        self.permanent = permanent


class UnableToNormalise(PliError):
    """The file cannot be rewritten into a form that accepts signatures."""

    code = "TRU-002"
    status = 422
    message = "Ce fichier PDF ne peut pas être préparé pour la signature : %(reason)s."
    kept = "Le document d’origine est conservé intact."
    remedy = "Réenregistrez le document en PDF avec un autre logiciel, puis déposez-le à nouveau."


class UnableToImportSeal(PliError):
    """A certificate file (PKCS#12) was refused."""

    code = "TRU-003"
    status = 422
    message = "Ce certificat n’a pas été importé : %(reason)s."
    kept = "Le cachet en place n’a pas changé."
    remedy = "Vérifiez le fichier et son mot de passe, ou demandez un certificat RSA 3072 bits ou ECDSA P-256."


class UnableToReachDevice(UnableToSeal):
    """The device that holds the key (PKCS#11) refuses or does not answer."""

    code = "TRU-006"
    status = 503
    message = "Le dispositif qui garde la clé du cachet n’a pas signé : %(reason)s."
    kept = "Les documents attendent leur cachet ; rien n’est perdu."
    remedy = "L’administrateur du serveur vérifie le dispositif et son code PIN (« pli seal check »), puis relance."


class NoDevice(PliError):
    """No key of a device was put at this organisation's disposal."""

    code = "TRU-007"
    status = 409
    message = "Aucun dispositif de signature n’est à la disposition de cette organisation."
    kept = "Le cachet en place n’a pas changé."
    remedy = "Demandez à qui administre le serveur : « pli seal offer » met une clé à votre disposition."


class NoSeal(PliError):
    """The organisation has no seal yet."""

    code = "TRU-004"
    status = 409
    message = "Cette organisation n’a pas encore de cachet."
    remedy = "Un administrateur peut en créer un dans les réglages de l’organisation."


class UnableToOpenKeys(PliError):
    """The key files are missing a part, unreadable, or the passphrase is wrong."""

    code = "TRU-005"
    status = 500
    message = "Les clés de l’installation n’ont pas pu être ouvertes : %(reason)s."
    remedy = "Vérifiez PLI_KEYS_PASSPHRASE et les droits du dossier des clés ; « pli doctor » dit lesquels."


class SignatureNotTheirs(PliError):
    """What came back is not the signature of what was given to sign, by the certificate's key."""

    code = "TRU-008"
    status = 422
    message = "Cette signature n’est pas celle de la clé attendue, sur ce document."
    kept = "Rien n’a été ajouté au document."
    remedy = "Vérifiez quelle carte ou clé USB est branchée, puis signez de nouveau."
