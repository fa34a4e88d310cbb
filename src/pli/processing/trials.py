"""A layout tried on samples, at once: what each rule reads, which keywords are there, which other layouts match."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from uuid import UUID

from pli.documents.api import existing_blob_path, kinds_of
from pli.kit.errors import PliError
from pli.kit.sandbox import JobLimits, run_isolated
from pli.parties.api import Organisation, Role, StaffActor
from pli.processing import engine
from pli.processing.contexts import layout_spec, organisation_facts
from pli.processing.layouts import LayoutWishes, check_layout, clean_keywords
from pli.processing.models import Layout
from pli.processing.plainness import plain
from pli.processing.samples import Sample, measures
from pli.processing.wire import unpack_lines

MOST_PAGES = 5
MOST_COMPARED = 12
_MEBI = 1 << 20
LIMITS = JobLimits(wall_seconds=60, cpu_seconds=55, memory_bytes=1536 * _MEBI, result_bytes=64 * _MEBI)


@dataclass(frozen=True)
class RuleRead:
    """What one rule reads: the typed ``value`` and how sure one is of it, or only the ``text`` that stands there."""

    field: str
    value: str
    percent: int
    text: str
    page: int | None
    box: Sequence[float] | None


@dataclass(frozen=True)
class Trial:
    """A layout on one sample. ``said``: for each keyword, whether the first page says it."""

    rules: Sequence[RuleRead]
    values: Mapping[str, RuleRead]
    """What is kept for each field once its rules were tried in turn."""
    said: Mapping[str, bool]
    suggested: Sequence[str]
    others: Sequence[str]
    """Names of other layouts whose keywords are all there too."""
    is_recognised: bool
    """Its text comes from optical recognition."""

    @property
    def is_matched(self) -> bool:
        """Whether the sample would be recognised by its keywords."""
        return bool(self.said) and all(self.said.values())


def try_layout(actor: StaffActor, wishes: LayoutWishes, sample: Sample, *, layout_id: UUID | None = None) -> Trial:
    """What the layout reads on the sample, rules with a problem left out.

    :raises NotAllowed: for a member or an auditor; :raises SandboxKilled, SandboxFailed: the sample can't be read.
    """
    actor.require(Role.ADMIN, Role.MANAGER)
    wrong = {problem.position for problem in check_layout(actor, wishes)}
    kind = next((one for one in kinds_of(actor.organisation_id) if one.slug == wishes.kind), None)
    others = [
        layout_spec(one).model_dump(mode="json")
        for one in Layout.objects.filter(organisation_id=actor.organisation_id, is_active=True)
        if one.id != layout_id and one.keywords
    ]
    arguments = {
        "rules": [None if at in wrong else dict(rule) for at, rule in enumerate(wishes.rules)],
        "types": {str(one["name"]): str(one.get("type", "text")) for one in kind.fields} if kind else {},
        "keywords": clean_keywords(wishes.keywords),
        "others": others,
        "own": organisation_facts(Organisation.objects.get(id=actor.organisation_id)),
    }
    told = plain(_ask(sample.sha256, arguments, barcodes=any(rule.get("how") == "barcode" for rule in wishes.rules)))
    rules = [_rule_read(one) for one in told["rules"]]
    return Trial(
        rules=rules,
        values={name: _rule_read({**one, "field": name, "text": ""}) for name, one in told["values"].items()},
        said=told["said"],
        suggested=told["suggested"],
        others=told["others"],
        is_recognised=told["is_recognised"],
    )


def also_matched(actor: StaffActor, wishes: LayoutWishes, *, layout_id: UUID | None = None) -> list[str]:
    """Names of other layouts whose own sample the wished keywords would take too.

    :raises NotAllowed: for a member or an auditor.
    """
    actor.require(Role.ADMIN, Role.MANAGER)
    keywords = clean_keywords(wishes.keywords)
    if not keywords:
        return []
    rows = Layout.objects.filter(organisation_id=actor.organisation_id, is_active=True, sample__isnull=False)
    found = []
    for other in rows.order_by("-changed_at")[:MOST_COMPARED]:
        if other.id == layout_id:
            continue
        arguments = {"rules": [], "types": {}, "keywords": keywords, "others": [], "own": {}}
        try:
            told = _ask(str(other.sample_id), arguments, barcodes=False)
        except PliError:
            continue  # A sample that can't be read any more says nothing of this layout.
        if all(told["said"].values()):
            found.append(other.name)
    return found


def _rule_read(told: Mapping[str, Any]) -> RuleRead:
    return RuleRead(
        field=str(told["field"]),
        value=str(told.get("value") or ""),
        percent=round(float(told.get("confidence") or 0) * 100),
        text=str(told.get("text") or ""),
        page=told.get("page"),
        box=told.get("box"),
    )


def _ask(sha256: str, arguments: Mapping[str, Any], *, barcodes: bool) -> Any:
    lines = b"\n".join(unpack_lines(_read(sha256, barcodes)))
    return run_isolated("pli.processing.trial_jobs:try_rules", arguments, inputs={"readings": lines}, limits=LIMITS)


@lru_cache(maxsize=32)
def _read(sha256: str, barcodes: bool) -> bytes:  # noqa: FBT001 - one key of the cache
    """The first pages, read once; recognised where they have no text, as « Reconnaître le texte » would."""
    last = min(measures(sha256)[0], MOST_PAGES)
    steps = [{"slug": "ocr", "options": {}}]
    path = existing_blob_path(sha256)
    return engine.read_stage(path, first=1, last=last, steps=steps, barcodes=barcodes, limits=LIMITS).packed
