"""Documents, their bytes and who may see them."""

from __future__ import annotations

from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.utils.translation import gettext_lazy as _

from pli.kit.ids import new_id


class Blob(models.Model):
    """Bytes on disk, named by their SHA-256. The row appears only once the bytes are fsynced."""

    sha256 = models.CharField(primary_key=True, max_length=64)
    size = models.BigIntegerField()
    media_type = models.CharField(max_length=100)
    stored_at = models.DateTimeField(auto_now_add=True)
    checked_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.sha256


class Folder(models.Model):
    """A place in an organisation's tree. ``path`` is the ids from the root, ``/a/b/``: rights flow down it."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organisation = models.ForeignKey("parties.Organisation", on_delete=models.PROTECT, related_name="+")
    parent = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="children")
    party = models.ForeignKey("parties.Party", on_delete=models.PROTECT, null=True, related_name="+")
    name = models.CharField(max_length=200)
    path = models.TextField()
    has_own_rights = models.BooleanField(default=False, help_text="rights of the folders above stop here")
    rights_path = models.TextField(help_text="path of the nearest folder, this one included, where rights begin")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "parent", "name"], name="folder_name_once", nulls_distinct=False
            ),
            models.UniqueConstraint(
                fields=["organisation", "party"], condition=models.Q(party__isnull=False), name="folder_of_party_once"
            ),
        ]
        indexes = [
            models.Index(
                fields=["organisation", "path"], name="folder_by_path", opclasses=["uuid_ops", "text_pattern_ops"]
            )
        ]

    def __str__(self) -> str:
        return self.name


class Right(models.TextChoices):
    """What a grant gives, weakest first; each includes those before it."""

    READ = "READ", _("Consulter")
    WRITE = "WRITE", _("Déposer et modifier")
    MANAGE = "MANAGE", _("Gérer les droits")


class FolderGrant(models.Model):
    """A right on a folder and all below it, to one member or to every member of a role."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    folder = models.ForeignKey(Folder, on_delete=models.CASCADE, related_name="grants")
    member = models.ForeignKey("parties.Member", on_delete=models.CASCADE, null=True, related_name="+")
    role = models.CharField(max_length=10, blank=True)
    right = models.CharField(max_length=10, choices=Right.choices)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(member__isnull=False, role="") | models.Q(member__isnull=True) & ~models.Q(role=""),
                name="grant_to_one",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.right} on {self.folder_id}"


class DocumentKind(models.Model):
    """A « nature »: what its documents are called, which facts they carry, how long they are kept."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organisation = models.ForeignKey("parties.Organisation", on_delete=models.PROTECT, related_name="+")
    slug = models.SlugField(max_length=40)
    name_fr = models.CharField(max_length=80)
    name_en = models.CharField(max_length=80)
    fields = models.JSONField(default=list, help_text="[{name, label_fr, label_en, type, required}]")
    retention_years = models.PositiveSmallIntegerField(default=10)
    is_shown_in_portal = models.BooleanField(default=True)
    is_active = models.BooleanField(default=True)
    recipe_id = models.UUIDField(null=True, help_text="the recipe its files go through; processing has the row")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organisation", "slug"], name="kind_slug_once")]

    def __str__(self) -> str:
        return self.slug


class Document(models.Model):
    """The business thing. Its bytes are its renditions; its progress is each room's own record."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organisation = models.ForeignKey("parties.Organisation", on_delete=models.PROTECT, related_name="+")
    kind = models.ForeignKey(DocumentKind, on_delete=models.PROTECT, related_name="+")
    folder = models.ForeignKey(Folder, on_delete=models.PROTECT, related_name="documents")
    party = models.ForeignKey("parties.Party", on_delete=models.PROTECT, null=True, related_name="+")
    title = models.CharField(max_length=200)
    facts = models.JSONField(default=dict)
    page_count = models.PositiveIntegerField(default=0)
    is_published = models.BooleanField(default=False, help_text="shown in the party's portal")
    is_read = models.BooleanField(default=False, help_text="its text has been extracted")
    findings = models.JSONField(default=list, help_text="what the inspection said of the file")
    replaces = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="replaced_by")
    created_by = models.CharField(max_length=80)
    created_at = models.DateTimeField()
    search = SearchVectorField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["organisation", "-created_at", "-id"], name="document_by_time"),
            models.Index(fields=["folder", "-created_at"], name="document_by_folder"),
            models.Index(fields=["party", "-created_at"], name="document_by_party"),
            GinIndex(fields=["search"], name="document_search"),
        ]

    def __str__(self) -> str:
        return self.title


class RenditionRole(models.TextChoices):
    """What a set of bytes is to its document."""

    ORIGINAL = "ORIGINAL", _("Original")
    PROCESSED = "PROCESSED", _("Traité")
    ATTACHED = "ATTACHED", _("Pièce jointe")
    PREPARED = "PREPARED", _("Préparé pour signature")
    SIGNED = "SIGNED", _("Signé")
    EVIDENCE = "EVIDENCE", _("Fichier de preuve")
    EVIDENCE_DATA = "EVIDENCE_DATA", _("Fichier de preuve (données)")


class Rendition(models.Model):
    """One set of bytes of a document. Never changed, never removed while the document is kept."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    document = models.ForeignKey(Document, on_delete=models.PROTECT, related_name="renditions")
    blob = models.ForeignKey(Blob, on_delete=models.PROTECT, related_name="+")
    role = models.CharField(max_length=20, choices=RenditionRole.choices)
    file_name = models.CharField(max_length=200)
    made_by = models.CharField(max_length=80, help_text="room and record that made it, e.g. ceremony:<id>")
    created_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["document", "role", "blob"], name="rendition_once")]

    def __str__(self) -> str:
        return f"{self.role} {self.blob_id[:12]}"


class PageText(models.Model):
    """The text of one page of a document's original, for search, for screen readers and for indexing."""

    id = models.BigAutoField(primary_key=True)
    document = models.ForeignKey(Document, on_delete=models.CASCADE, related_name="pages")
    number = models.PositiveIntegerField()
    text = models.TextField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["document", "number"], name="page_once")]

    def __str__(self) -> str:
        return f"{self.document_id} p.{self.number}"
