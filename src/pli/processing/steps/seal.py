"""The organisation's seal. This step only says how: the key never enters the sandbox, the runner signs afterwards."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from pli.processing.plugs import Box, Done, Gives, Outcome, Stage, Work


class SealOptions(BaseModel):
    """How the seal is put."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    level: Literal["B-B", "B-T"] = Field(
        default="B-B",
        title="Niveau",
        description="B-B : cachet seul. B-T : avec un horodatage par document.",
        json_schema_extra={"control": "choice"},
    )
    is_visible: bool = Field(
        default=False,
        title="Cachet visible",
        description="Le nom de l’organisation et la date sont dessinés sur la page.",
        json_schema_extra={"control": "flag"},
    )
    page: int = Field(
        default=1,
        ge=-1,
        le=500,
        title="Page du cachet",
        description="1 : la première ; -1 : la dernière.",
        json_schema_extra={"control": "number"},
    )
    box: Box = Field(
        default=(0.62, 0.88, 0.94, 0.95),
        title="Place du cachet",
        description="Où le dessiner quand il est visible.",
        json_schema_extra={"control": "box"},
    )
    reason: str = Field(
        default="",
        max_length=120,
        title="Motif du cachet",
        description="Écrit dans le cachet ; laissé vide si rien n’est à dire.",
        json_schema_extra={"control": "text"},
    )

    @field_validator("box")
    @classmethod
    def _is_a_box(cls, value: Box) -> Box:
        if not (0 <= value[0] < value[2] <= 1 and 0 <= value[1] < value[3] <= 1):
            raise ValueError("Cette zone sort de la page.")
        return value

    @field_validator("page")
    @classmethod
    def _is_a_page(cls, value: int) -> int:
        if value == 0:
            raise ValueError("Les pages se comptent à partir de 1.")
        return value


class SealStep:
    """See the module. Its place in the recipe is its promise: nothing after it rewrites the bytes."""

    slug: ClassVar[str] = "seal"
    version: ClassVar[int] = 1
    stage: ClassVar[Stage] = Stage.MAKE
    name_fr: ClassVar[str] = "Apposer le cachet"
    name_en: ClassVar[str] = "Seal"
    needs: ClassVar[frozenset[Gives]] = frozenset()
    gives: ClassVar[frozenset[Gives]] = frozenset({Gives.SEAL})
    rewrites: ClassVar[bool] = True
    Options: ClassVar[type[BaseModel]] = SealOptions

    def run(self, work: Work, options: SealOptions) -> Outcome:
        """Nothing to do here: the place is made when the piece is written, and filled by whoever has the key."""
        return Done()
