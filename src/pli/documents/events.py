"""What documents tells the journal."""

from pli.journal.api import declare

DOCUMENT_FILED = declare(
    "documents.document-filed",
    "A document was created with its original bytes and put in a folder.",
    fields=("kind", "folder_id", "party_id", "sha256", "size", "page_count", "replaces"),
    personal=("title", "file_name"),
)
DOCUMENT_CLASSIFIED = declare(
    "documents.document-classified",
    "A document was given another kind, party or title, and its folder with it.",
    fields=("kind", "party_id", "folder_id"),
    personal=("title",),
)
DOCUMENT_PUBLISHED = declare(
    "documents.document-published", "A document became visible in its party’s portal.", fields=("party_id",)
)
RENDITION_ADDED = declare(
    "documents.rendition-added",
    "New bytes of a document were kept beside the former ones.",
    fields=("role", "sha256", "size", "made_by"),
)
FACTS_CHANGED = declare(
    "documents.facts-changed", "Index values of a document were changed.", fields=("names",), personal=("facts",)
)
DOCUMENT_MOVED = declare(
    "documents.document-moved", "A document was put in another folder.", fields=("from_folder_id", "to_folder_id")
)
FOLDER_CREATED = declare(
    "documents.folder-created", "A folder was made.", fields=("parent_id", "party_id"), personal=("name",)
)
GRANT_CHANGED = declare(
    "documents.grant-changed", "Rights on a folder were given or taken.", fields=("to", "right", "change")
)
BLOB_DAMAGED = declare(
    "documents.blob-damaged", "A stored file no longer has the digest its name promises.", fields=("sha256",)
)
KIND_SAVED = declare(
    "documents.kind-saved",
    "A kind of documents was made or changed.",
    fields=("slug", "changed", "before", "after"),
)
