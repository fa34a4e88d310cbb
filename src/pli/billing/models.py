"""Rows of the ledger. Entries, lines, usages and prices are written once: the database refuses to change them."""

from __future__ import annotations

from decimal import Decimal

from django.db import models
from django.utils.translation import gettext_lazy as _

from pli.kit.ids import new_id


class WhenEmpty(models.TextChoices):
    """What happens to new sendings when nothing is left."""

    GO_ON = "GO_ON", _("Les envois continuent, le solde passe sous zéro")
    REFUSE = "REFUSE", _("Les nouveaux envois sont refusés")


class Meter(models.TextChoices):
    """What is counted."""

    SIGNATURE = "SIGNATURE", _("Signature reçue")
    SMS = "SMS", _("SMS")
    LETTER = "LETTER", _("Courrier postal")
    TRACKED = "TRACKED", _("Envoi suivi avec preuves")


class EntryKind(models.TextChoices):
    """Why an entry was booked."""

    BY_HAND = "BY_HAND", _("Crédit manuel")
    TRANSFER = "TRANSFER", _("Virement")
    PAYMENT = "PAYMENT", _("Paiement en ligne")
    REFUND = "REFUND", _("Remboursement")
    CHARGE = "CHARGE", _("Consommation")
    REVERSAL = "REVERSAL", _("Annulation")
    ROUNDING = "ROUNDING", _("Arrondi de facture")


class Book(models.TextChoices):
    """The accounts of the ledger. PREPAID is what is owed to the organisation: its credit is their money."""

    PREPAID = "PREPAID", _("Compte prépayé")
    BY_HAND = "BY_HAND", _("Crédits manuels")
    BANK = "BANK", _("Banque")
    PROVIDER = "PROVIDER", _("Prestataire de paiement")
    REVENUE = "REVENUE", _("Ventes hors taxes")
    VAT = "VAT", _("TVA collectée")
    ROUNDING = "ROUNDING", _("Arrondis")


class PrepaidAccount(models.Model):
    """What is chosen about an organisation's account. Its balance stands in the ledger, nowhere else."""

    organisation = models.OneToOneField("parties.Organisation", on_delete=models.PROTECT, primary_key=True)
    transfer_reference = models.CharField(max_length=30, unique=True, help_text="what a bank transfer carries")
    when_empty = models.CharField(max_length=10, choices=WhenEmpty.choices, default=WhenEmpty.GO_ON)
    is_metered = models.BooleanField(default=True, help_text="off: nothing is counted, charged or blocked")
    threshold = models.DecimalField(max_digits=14, decimal_places=4, default=Decimal(10))
    is_told_low = models.BooleanField(default=False, help_text="told of this crossing of the threshold")
    is_told_empty = models.BooleanField(default=False)
    quota_bytes = models.BigIntegerField(null=True, help_text="NULL: no limit")
    stored_bytes = models.BigIntegerField(default=0, help_text="as last measured; signed files left out")
    measured_at = models.DateTimeField(null=True)
    buyer = models.JSONField(default=dict, help_text="who invoices are made out to: name, address, vat_number")
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.transfer_reference


class Price(models.Model):
    """What a thing costs from a day on, for one organisation or (without one) for all. Written once."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organisation = models.ForeignKey("parties.Organisation", on_delete=models.PROTECT, null=True, related_name="+")
    meter = models.CharField(max_length=12, choices=Meter.choices)
    amount = models.DecimalField(max_digits=14, decimal_places=4, help_text="EUR, without VAT, a unit")
    vat_rate = models.DecimalField(max_digits=5, decimal_places=2, help_text="percent")
    free_count = models.PositiveIntegerField(default=0, help_text="the first so many of any free_days are free")
    free_days = models.PositiveIntegerField(default=0)
    effective_from = models.DateField(help_text="first day, Europe/Paris")
    created_at = models.DateTimeField()
    created_by = models.CharField(max_length=80)

    class Meta:
        indexes = [models.Index(fields=["meter", "organisation", "-effective_from"], name="price_in_force")]

    def __str__(self) -> str:
        return f"{self.meter} {self.amount} from {self.effective_from}"


class Usage(models.Model):
    """One thing used, once: unique by what it is. Written once; what it cost is the entry that names it."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organisation = models.ForeignKey("parties.Organisation", on_delete=models.PROTECT, related_name="+")
    meter = models.CharField(max_length=12, choices=Meter.choices)
    key = models.CharField(max_length=120, help_text="the thing itself: a proof's number, a message's id")
    quantity = models.PositiveIntegerField(default=1)
    cause_type = models.CharField(max_length=40)
    cause_id = models.UUIDField()
    occurred_at = models.DateTimeField()
    noted_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organisation", "meter", "key"], name="usage_once")]
        indexes = [models.Index(fields=["organisation", "meter", "occurred_at"], name="usage_by_time")]

    def __str__(self) -> str:
        return f"{self.meter} {self.key}"


class Entry(models.Model):
    """One booking: what moved, why, and the balance it left. Its lines sum to zero; neither ever changes."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organisation = models.ForeignKey("parties.Organisation", on_delete=models.PROTECT, related_name="+")
    number = models.BigIntegerField(help_text="the organisation's running number, without gaps")
    kind = models.CharField(max_length=10, choices=EntryKind.choices)
    key = models.CharField(max_length=160, help_text="what makes it the only one: usage:<id>, transfer:<id>…")
    amount = models.DecimalField(max_digits=14, decimal_places=4, help_text="what the balance gained, VAT included")
    net = models.DecimalField(max_digits=14, decimal_places=4, default=0, help_text="sold, without VAT")
    vat = models.DecimalField(max_digits=14, decimal_places=4, default=0)
    vat_rate = models.DecimalField(max_digits=5, decimal_places=2, default=0)
    meter = models.CharField(max_length=12, choices=Meter.choices, blank=True)
    quantity = models.IntegerField(default=0)
    unit_price = models.DecimalField(max_digits=14, decimal_places=4, default=0)
    usage = models.OneToOneField(Usage, on_delete=models.PROTECT, null=True, related_name="entry")
    reverses = models.OneToOneField("self", on_delete=models.PROTECT, null=True, related_name="reversal")
    cause_type = models.CharField(max_length=40, blank=True)
    cause_id = models.UUIDField(null=True)
    reason = models.CharField(max_length=300, blank=True)
    created_by = models.CharField(max_length=80)
    occurred_at = models.DateTimeField(help_text="when it happened")
    booked_at = models.DateTimeField(help_text="when it was booked")
    line_count = models.PositiveSmallIntegerField()
    balance_after = models.DecimalField(max_digits=14, decimal_places=4)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation", "number"], name="ledger_number_once"),
            models.UniqueConstraint(fields=["organisation", "key"], name="ledger_key_once"),
        ]
        indexes = [models.Index(fields=["organisation", "booked_at"], name="ledger_by_time")]

    def __str__(self) -> str:
        return f"{self.number} {self.kind} {self.amount}"


class Line(models.Model):
    """One side of an entry: debits are positive, credits negative."""

    id = models.BigAutoField(primary_key=True)
    entry = models.ForeignKey(Entry, on_delete=models.PROTECT, related_name="lines")
    book = models.CharField(max_length=10, choices=Book.choices)
    amount = models.DecimalField(max_digits=14, decimal_places=4)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["entry", "book"], name="ledger_line_once")]

    def __str__(self) -> str:
        return f"{self.book} {self.amount}"


class BankFile(models.Model):
    """A statement of the bank that was read; the same bytes are read once."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    sha256 = models.CharField(max_length=64, unique=True)
    file_name = models.CharField(max_length=200)
    form = models.CharField(max_length=8, help_text="CSV or CAMT.053")
    imported_at = models.DateTimeField()
    imported_by = models.CharField(max_length=80)

    def __str__(self) -> str:
        return self.file_name


class MoneyState(models.TextChoices):
    """What became of money that arrived."""

    CREDITED = "CREDITED", _("Crédité")
    UNMATCHED = "UNMATCHED", _("À rattacher")
    DISMISSED = "DISMISSED", _("Écarté")


class MoneyIn(models.Model):
    """Money that arrived, by transfer or by a payment provider: credited, or waiting to be given to somebody."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    source = models.CharField(max_length=40, help_text="bank, or the provider's name")
    source_key = models.CharField(max_length=200, help_text="the bank's or provider's own name of this movement")
    bank_file = models.ForeignKey(BankFile, on_delete=models.PROTECT, null=True, related_name="movements")
    amount = models.DecimalField(max_digits=14, decimal_places=4)
    currency = models.CharField(max_length=3)
    day = models.DateField()
    text = models.CharField(max_length=500, blank=True, help_text="what the payer wrote")
    payer = models.CharField(max_length=140, blank=True)
    state = models.CharField(max_length=10, choices=MoneyState.choices)
    problem = models.CharField(max_length=20, blank=True)
    organisation = models.ForeignKey("parties.Organisation", on_delete=models.PROTECT, null=True, related_name="+")
    entry = models.OneToOneField(Entry, on_delete=models.PROTECT, null=True, related_name="money")
    received_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True)
    settled_by = models.CharField(max_length=80, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["source", "source_key"], name="money_once")]
        indexes = [models.Index(fields=["state", "-received_at"], name="money_by_state")]

    def __str__(self) -> str:
        return f"{self.source} {self.amount} {self.state}"


class Seller(models.Model):
    """Who sells: the one who runs this installation. One row."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1, editable=False)
    name = models.CharField(max_length=200, blank=True)
    address = models.CharField(max_length=400, blank=True, help_text="lines")
    siren = models.CharField(max_length=9, blank=True)
    vat_number = models.CharField(max_length=20, blank=True)
    legal = models.CharField(max_length=300, blank=True, help_text="form, capital, register")
    iban = models.CharField(max_length=34, blank=True)
    terms = models.CharField(max_length=600, blank=True, help_text="the mention of late payment")

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(id=1), name="one_seller")]

    def __str__(self) -> str:
        return self.name


class Invoice(models.Model):
    """What was used in a month, made once: its figures, who sold, who bought, and the two files."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organisation = models.ForeignKey("parties.Organisation", on_delete=models.PROTECT, related_name="+")
    series = models.PositiveSmallIntegerField(help_text="the year of issue")
    sequence = models.PositiveIntegerField(help_text="without gaps within the series")
    month = models.DateField(help_text="the first day of the month it is about")
    last_entry = models.BigIntegerField(help_text="entries up to this number are invoiced")
    issued_at = models.DateTimeField()
    seller = models.JSONField()
    buyer = models.JSONField()
    rows = models.JSONField(help_text="[{meter, quantity, unit_price, net, vat_rate}]")
    net = models.DecimalField(max_digits=14, decimal_places=2)
    vat = models.DecimalField(max_digits=14, decimal_places=2)
    total = models.DecimalField(max_digits=14, decimal_places=2)
    due = models.DecimalField(max_digits=14, decimal_places=2, help_text="what the account did not cover")
    pdf_sha256 = models.CharField(max_length=64)
    xlsx_sha256 = models.CharField(max_length=64)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["series", "sequence"], name="invoice_number_once"),
            models.UniqueConstraint(fields=["organisation", "month"], name="invoice_month_once"),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def number(self) -> str:
        """As people write it: ``PLI-2026-00042``."""
        return f"PLI-{self.series}-{self.sequence:05d}"
