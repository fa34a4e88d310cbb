"""Who uses Pli and whom they exchange documents with."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models.functions import Lower

from pli.kit.ids import new_id


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
    email = models.EmailField(unique=True)
    name = models.CharField(max_length=200, blank=True)
    language = models.CharField(max_length=2, default="fr")
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True)

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []
    objects = AccountManager()

    class Meta:
        constraints = [models.UniqueConstraint(Lower("email"), name="account_email_once")]

    def __str__(self) -> str:
        return self.email


class Role(models.TextChoices):
    """What a member may do in the organisation, strongest first."""

    ADMIN = "ADMIN", "Administrateur"
    MANAGER = "MANAGER", "Responsable"
    MEMBER = "MEMBER", "Collaborateur"
    AUDITOR = "AUDITOR", "Auditeur"


class Member(models.Model):
    """An account's place among an organisation's staff."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="members")
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="memberships")
    role = models.CharField(max_length=10, choices=Role.choices, default=Role.MEMBER)
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organisation", "account"], name="member_once")]

    def __str__(self) -> str:
        return f"{self.account_id} ({self.role})"


class PartyKind(models.TextChoices):
    """Why an organisation exchanges documents with a party."""

    CLIENT = "CLIENT", "Client"
    EMPLOYEE = "EMPLOYEE", "Salarié"
    SUPPLIER = "SUPPLIER", "Fournisseur"


class Consent(models.TextChoices):
    """Where the party stands on receiving documents electronically."""

    UNKNOWN = "UNKNOWN", "Jamais demandé"
    ASKED = "ASKED", "Demandé"
    ACCEPTED = "ACCEPTED", "Accepté"
    REFUSED = "REFUSED", "Refusé"


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
    email = models.EmailField(blank=True)
    email_quotes = models.EmailField(blank=True)
    email_invoices = models.EmailField(blank=True)
    email_reminders = models.EmailField(blank=True)
    mobile = models.CharField(max_length=16, blank=True, help_text="E.164")
    language = models.CharField(max_length=2, default="fr")
    consent = models.CharField(max_length=10, choices=Consent.choices, default=Consent.UNKNOWN)
    consent_at = models.DateTimeField(null=True, blank=True)
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organisation", "kind", "code"], name="party_code_once")]
        indexes = [models.Index(fields=["organisation", "kind", "name"], name="party_by_name")]

    def __str__(self) -> str:
        return f"{self.name} ({self.code})"


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
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["party", "account"], name="portal_access_once")]

    def __str__(self) -> str:
        return f"{self.account_id} → {self.party_id}"
