"""Who uses Pli and whom they exchange documents with."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models.functions import Lower
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _

from pli.kit.ids import new_id, new_readable_number
from pli.parties.folding import fold


def new_login_name() -> str:
    """What a person without e-mail types to log in; every account has one."""
    return new_readable_number("ID")


class Organisation(models.Model):
    """A company that uses Pli: owns everything below it; two organisations never see each other."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    slug = models.SlugField(max_length=60, unique=True)
    name = models.CharField(max_length=200)
    siren = models.CharField(max_length=9, blank=True)
    contact_email = models.EmailField(blank=True)
    logo_sha256 = models.CharField(max_length=64, blank=True)
    colour = models.CharField(max_length=7, blank=True)
    language = models.CharField(max_length=2, default="fr")
    settings = models.JSONField(default=dict, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.name


class AccountManager(BaseUserManager["Account"]):
    """Makes accounts; the e-mail is the user name."""

    def get_by_natural_key(self, username: str | None) -> Account:
        return self.get(email__iexact=username)

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> Account:
        account = self.model(email=self.normalize_email(email).lower(), **fields)
        account.set_password(password)
        account.save(using=self._db)
        return account


class Account(AbstractBaseUser):
    """A person who can log in, whatever they may then do: staff, client, employee or several of these."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    email = models.EmailField(blank=True, help_text="empty for a person who has none")
    login_name = models.CharField(max_length=40, unique=True, default=new_login_name, editable=False)
    name = models.CharField(max_length=200, blank=True)
    language = models.CharField(max_length=2, default="fr")
    is_active = models.BooleanField(default=True)
    session_epoch = models.PositiveIntegerField(default=0, help_text="raised to end every open session at once")
    created_at = models.DateTimeField(auto_now_add=True)

    USERNAME_FIELD = "login_name"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []
    objects = AccountManager()

    class Meta:
        constraints = [
            models.UniqueConstraint(Lower("email"), condition=~models.Q(email=""), name="account_email_once"),
        ]

    def __str__(self) -> str:
        return self.email or self.login_name

    def get_session_auth_hash(self) -> str:
        """What a session must carry to stay valid: changes with the password and with ``session_epoch``."""
        return self._hash_session()

    def get_session_auth_fallback_hash(self) -> Iterator[str]:
        """The same under former secret keys, so that rotating the key logs nobody out."""
        for secret in settings.SECRET_KEY_FALLBACKS:
            yield self._hash_session(secret=secret)

    def _hash_session(self, secret: str | bytes | None = None) -> str:
        value = f"{self.password}|{self.session_epoch}"
        return salted_hmac("pli.parties.Account.session", value, secret=secret, algorithm="sha256").hexdigest()


class Role(models.TextChoices):
    """What a member may do in the organisation, strongest first."""

    ADMIN = "ADMIN", _("Administrateur")
    MANAGER = "MANAGER", _("Responsable")
    MEMBER = "MEMBER", _("Collaborateur")
    AUDITOR = "AUDITOR", _("Auditeur")


class Member(models.Model):
    """An account's place among an organisation's staff."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="members")
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="memberships")
    role = models.CharField(max_length=10, choices=Role.choices, default=Role.MEMBER)
    is_active = models.BooleanField(default=True)
    is_pending = models.BooleanField(default=False, help_text="invited, has not accepted yet")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organisation", "account"], name="member_once")]

    def __str__(self) -> str:
        return f"{self.account_id} ({self.role})"


class PartyKind(models.TextChoices):
    """Why an organisation exchanges documents with a party."""

    CLIENT = "CLIENT", _("Client")
    EMPLOYEE = "EMPLOYEE", _("Salarié")
    SUPPLIER = "SUPPLIER", _("Fournisseur")


class Consent(models.TextChoices):
    """Where the party stands on receiving documents electronically."""

    UNKNOWN = "UNKNOWN", _("Jamais demandé")
    ASKED = "ASKED", _("Demandé")
    ACCEPTED = "ACCEPTED", _("Accepté")
    REFUSED = "REFUSED", _("Refusé")


class Party(models.Model):
    """A client, employee or supplier of one organisation, known by its code."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="parties")
    kind = models.CharField(max_length=10, choices=PartyKind.choices)
    code = models.CharField(max_length=40)
    name = models.CharField(max_length=200)
    siren = models.CharField(max_length=9, blank=True)
    siret = models.CharField(max_length=14, blank=True)
    vat_number = models.CharField(max_length=20, blank=True)
    ibans = models.CharField(max_length=190, blank=True, help_text="without spaces, behind commas")
    email = models.EmailField(blank=True)
    email_quotes = models.EmailField(blank=True)
    email_invoices = models.EmailField(blank=True)
    email_reminders = models.EmailField(blank=True)
    mobile = models.CharField(max_length=16, blank=True, help_text="E.164")
    language = models.CharField(max_length=2, default="fr")
    consent = models.CharField(max_length=10, choices=Consent.choices, default=Consent.UNKNOWN)
    consent_at = models.DateTimeField(null=True, blank=True)
    is_active = models.BooleanField(default=True)
    search_text = models.TextField(blank=True, editable=False, help_text="folded words to find it by")
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organisation", "kind", "code"], name="party_code_once")]
        indexes = [
            models.Index(fields=["organisation", "kind", "name", "id"], name="party_by_name"),
            models.Index(fields=["organisation", "kind", "-updated_at", "-id"], name="party_by_update"),
            GinIndex(fields=["search_text"], opclasses=["gin_trgm_ops"], name="party_by_search"),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.code})"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Keep ``search_text`` in step; bulk writers call :meth:`words_to_search` themselves."""
        self.search_text = self.words_to_search()
        if kwargs.get("update_fields") is not None:
            kwargs["update_fields"] = {*kwargs["update_fields"], "search_text"}
        super().save(*args, **kwargs)

    @property
    def bank_accounts(self) -> tuple[str, ...]:
        """Its IBANs, each without spaces."""
        return tuple(filter(None, (part.strip() for part in self.ibans.split(","))))

    def words_to_search(self) -> str:
        """What a search looks in: without accents or capitals."""
        return fold(" ".join([self.code, self.name, self.siren, self.siret, self.email]))


class Address(models.Model):
    """A postal address of a party: at most six lines of 38 characters (NF Z10-011)."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    party = models.ForeignKey(Party, on_delete=models.CASCADE, related_name="addresses")
    label = models.CharField(max_length=60, blank=True)
    lines = models.JSONField(default=list)
    postcode = models.CharField(max_length=12, blank=True)
    city = models.CharField(max_length=60, blank=True)
    country = models.CharField(max_length=2, default="FR")
    is_main = models.BooleanField(default=True)

    def __str__(self) -> str:
        return f"{self.postcode} {self.city}"


class Contact(models.Model):
    """A person at a party: who is asked to sign."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    party = models.ForeignKey(Party, on_delete=models.CASCADE, related_name="contacts")
    name = models.CharField(max_length=200)
    email = models.EmailField(blank=True)
    mobile = models.CharField(max_length=16, blank=True, help_text="E.164")
    job_title = models.CharField(max_length=100, blank=True)
    is_active = models.BooleanField(default=True)

    def __str__(self) -> str:
        return self.name


class PortalAccess(models.Model):
    """An account's key to one party's portal."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    party = models.ForeignKey(Party, on_delete=models.PROTECT, related_name="accesses")
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="portal_accesses")
    is_active = models.BooleanField(default=True)
    is_pending = models.BooleanField(default=False, help_text="invited, has not accepted yet")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["party", "account"], name="portal_access_once")]

    def __str__(self) -> str:
        return f"{self.account_id} → {self.party_id}"


class ActivationPurpose(models.TextChoices):
    """What an activation opens."""

    MEMBER = "MEMBER", _("Équipe")
    PORTAL = "PORTAL", _("Portail")


class Activation(models.Model):
    """A one-time key, sent once and stored hashed: by link for those who have an e-mail, by letter for the others."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="activations")
    member = models.ForeignKey(Member, on_delete=models.CASCADE, null=True, related_name="activations")
    access = models.ForeignKey(PortalAccess, on_delete=models.CASCADE, null=True, related_name="activations")
    digest = models.CharField(max_length=64, unique=True)
    is_letter = models.BooleanField(default=False)
    failed_tries = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField()
    created_by = models.CharField(max_length=80)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)
    voided_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(member=None, access__isnull=False) | models.Q(member__isnull=False, access=None),
                name="activation_opens_one_thing",
            ),
        ]
        indexes = [
            models.Index(fields=["account"], condition=models.Q(used_at=None, voided_at=None), name="activation_open"),
        ]

    def __str__(self) -> str:
        return f"{self.purpose} {self.account_id}"

    @property
    def purpose(self) -> ActivationPurpose:
        return ActivationPurpose.MEMBER if self.member_id else ActivationPurpose.PORTAL


class ImportState(models.TextChoices):
    """How far an import has come; ``importing.states`` holds the moves."""

    UPLOADED = "UPLOADED", _("Reçu")
    CHECKING = "CHECKING", _("Lecture en cours")
    CHECKED = "CHECKED", _("À confirmer")
    APPLYING = "APPLYING", _("Import en cours")
    APPLIED = "APPLIED", _("Importé")
    FAILED = "FAILED", _("Illisible")
    CANCELLED = "CANCELLED", _("Abandonné")


class PartyImport(models.Model):
    """One file of parties, kept as received, and what became of it.

    The bytes are in the database: any worker of any machine reads them, and a backup takes them along.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="party_imports")
    kind = models.CharField(max_length=10, choices=PartyKind.choices)
    file_name = models.CharField(max_length=200)
    sha256 = models.CharField(max_length=64)
    content = models.BinaryField()
    headers = models.JSONField(default=list)
    sample = models.JSONField(default=list, help_text="first lines, to choose the columns by")
    mapping = models.JSONField(default=dict, help_text="field → column position")
    clears_empty = models.BooleanField(default=False, help_text="an empty cell erases what is known")
    state = models.CharField(max_length=10, choices=ImportState.choices, default=ImportState.UPLOADED)
    problem = models.CharField(max_length=40, blank=True)
    total = models.PositiveIntegerField(default=0)
    done = models.PositiveIntegerField(default=0)
    created_by = models.CharField(max_length=80)
    created_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["organisation", "-created_at"], name="import_by_time")]

    def __str__(self) -> str:
        return self.file_name


class LineOutcome(models.TextChoices):
    """What a line of the file leads to."""

    CREATE = "CREATE", _("Création")
    UPDATE = "UPDATE", _("Mise à jour")
    UNCHANGED = "UNCHANGED", _("Sans changement")
    ERROR = "ERROR", _("Erreur")


class ImportLine(models.Model):
    """One line of an import: what it says, what it changes, what is wrong with it."""

    id = models.BigAutoField(primary_key=True)
    party_import = models.ForeignKey(PartyImport, on_delete=models.CASCADE, related_name="lines")
    number = models.PositiveIntegerField(help_text="as the spreadsheet counts them, header included")
    outcome = models.CharField(max_length=10, choices=LineOutcome.choices)
    code = models.CharField(max_length=200, blank=True)
    name = models.CharField(max_length=200, blank=True)
    values = models.JSONField(default=dict)
    changes = models.JSONField(default=list, help_text="[[field, old, new]]")
    problems = models.JSONField(default=list, help_text="[[field, code, details]]")
    applied_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["party_import", "number"], name="import_line_once")]
        indexes = [
            models.Index(fields=["party_import", "outcome", "number"], name="line_by_outcome"),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.outcome}"
