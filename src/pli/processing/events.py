"""What processing tells the journal."""

from pli.journal.api import declare

RECIPE_SAVED = declare(
    "processing.recipe-saved",
    "A recipe was made or changed, or a former revision of it was brought back.",
    fields=("revision", "kind", "steps", "is_active", "brought_back"),
    personal=("name",),
)
RESOURCE_ADDED = declare(
    "processing.resource-added", "A file that recipes use was kept.", fields=("sha256",), personal=("name",)
)
LAYOUT_SAVED = declare(
    "processing.layout-saved",
    "A layout was made, changed or switched off.",
    fields=("kind", "fields", "is_active"),
    personal=("name",),
)
RESOURCE_SWITCHED = declare(
    "processing.resource-switched",
    "A file that recipes use is offered to them no more, or again.",
    fields=("is_active",),
)
RUN_STARTED = declare(
    "processing.run-started",
    "A captured file began to go through a recipe.",
    fields=("origin", "recipe_id", "revision", "sha256", "page_count", "replaces"),
    personal=("file_name",),
)
RUN_SPLIT = declare(
    "processing.run-split", "A file was read and cut into its documents.", fields=("pieces", "orphans", "dropped")
)
PIECES_FILED = declare(
    "processing.pieces-filed",
    "Pieces of a run became documents; sealed ones under this certificate.",
    fields=("document_ids", "sealed", "certificate", "level"),
)
RUN_FINISHED = declare(
    "processing.run-finished",
    "Nothing of a run is being worked on any more.",
    fields=("done", "to_index", "parked", "dismissed"),
)
RUN_PARKED = declare("processing.run-parked", "A run waits for a person, with its reason.", fields=("code",))
RUN_RETRIED = declare("processing.run-retried", "A parked run was started again.", fields=("recipe_id", "revision"))
RUN_CANCELLED = declare("processing.run-cancelled", "A run was cancelled; what it had filed stays.", fields=("left",))
RUN_RESUMED = declare(
    "processing.run-resumed",
    "The rest of a cancelled run was taken up: pages still to be read, or pieces that had been given up.",
    fields=("pages", "pieces"),
)
PIECE_TO_INDEX = declare(
    "processing.piece-to-index", "A piece waits for a person to say what it is.", fields=("piece_id", "code", "fields")
)
PIECE_PARKED = declare(
    "processing.piece-parked", "A piece waits for a person, with its reason.", fields=("piece_id", "code")
)
PIECE_COMPLETED = declare(
    "processing.piece-completed",
    "A person said what a piece is; it is made again.",
    fields=("piece_id", "kind", "party_id", "names"),
    personal=("facts",),
)
PIECE_RETRIED = declare("processing.piece-retried", "A piece is made again.", fields=("piece_id",))
PIECE_DISMISSED = declare("processing.piece-dismissed", "A person set a piece aside.", fields=("piece_id",))
PAGES_ATTACHED = declare(
    "processing.pages-attached",
    "A person said to which document pages that belonged to nobody belong.",
    fields=("piece_id", "to_piece_id", "pages"),
)
