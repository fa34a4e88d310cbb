"""Everything the pages draw with, found once: fonts, images, forms, shadings, and the contents that use them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import pikepdf
from pikepdf import Array, Dictionary, Name, Object, Pdf, Stream

_DEEPEST = 24
_LONGEST = 32 << 20


@dataclass(frozen=True)
class Content:
    """A piece of drawing: its operators, the resources it names, the page it was first met on (from 0)."""

    resources: Object
    streams: tuple[Object, ...]
    page: int
    is_letters: bool = False
    """The drawings of a font's letters: what they need, the font may not say."""

    def read(self) -> bytes | None:
        """The operators, unpacked; None when they can't be or are too long (32 MiB, as for the judge)."""
        parts, length = [], 0
        try:
            for stream in self.streams:
                parts.append(stream.read_bytes())
                length += len(parts[-1])
                if length > _LONGEST:
                    return None
        except pikepdf.PdfError:
            return None
        return b"\n".join(parts)


@dataclass
class Found:
    """What the walk met."""

    fonts: list[Object] = field(default_factory=list)
    images: list[Stream] = field(default_factory=list)
    forms: list[Stream] = field(default_factory=list)
    shadings: list[Object] = field(default_factory=list)
    contents: list[Content] = field(default_factory=list)


def resources_of(page: Object) -> Object:
    """The page's own resources, inherited ones made its own."""
    node: Object | None = page
    for _ in range(_DEEPEST):
        if not isinstance(node, Dictionary):
            break
        resources = node.get("/Resources")
        if isinstance(resources, Dictionary):
            if node is not page:
                page.Resources = resources
            return resources
        node = node.get("/Parent")
    resources = page.Resources = Dictionary()
    return resources


def find_all(pdf: Pdf) -> Found:
    """Walk every page and what it draws, each object once."""
    walker = _Walker()
    for index, page in enumerate(pdf.pages):
        walker.page = index
        contents = page.obj.get("/Contents")
        streams = contents.as_list() if isinstance(contents, Array) else [contents]
        walker.content(resources_of(page.obj), tuple(item for item in streams if isinstance(item, Stream)))
        for annotation in _annotations(page.obj):
            walker.appearances(annotation)
    return walker.found


def _annotations(page: Object) -> Iterator[Object]:
    annotations = page.get("/Annots")
    if isinstance(annotations, Array):
        yield from (item for item in annotations.as_list() if isinstance(item, Dictionary))


class _Walker:
    def __init__(self) -> None:
        self.found = Found()
        self.page = 0
        self._seen: set[tuple[int, int]] = set()
        self._resources: set[tuple[int, int]] = set()

    def _is_new(self, item: Object) -> bool:
        place = item.objgen
        if place == (0, 0):
            return True
        if place in self._seen:
            return False
        self._seen.add(place)
        return True

    def content(
        self, resources: Object, streams: tuple[Object, ...], depth: int = 0, *, is_letters: bool = False
    ) -> None:
        self.found.contents.append(Content(resources, streams, self.page, is_letters))
        if resources.objgen != (0, 0):
            if resources.objgen in self._resources:
                return
            self._resources.add(resources.objgen)
        if depth > _DEEPEST:
            return
        for font in _entries(resources, "/Font"):
            if self._is_new(font):
                self._font(font, resources, depth)
        for drawn in _entries(resources, "/XObject"):
            if isinstance(drawn, Stream) and self._is_new(drawn):
                self._drawn(drawn, resources, depth)
        for pattern in _entries(resources, "/Pattern"):
            if self._is_new(pattern):
                self._pattern(pattern, resources, depth)
        self.found.shadings.extend(item for item in _entries(resources, "/Shading") if self._is_new(item))
        for state in _entries(resources, "/ExtGState"):
            mask = state.get("/SMask")
            group = mask.get("/G") if isinstance(mask, Dictionary) else None
            if isinstance(group, Stream) and self._is_new(group):
                self._drawn(group, resources, depth)

    def _font(self, font: Object, resources: Object, depth: int) -> None:
        self.found.fonts.append(font)
        if font.get("/Subtype") == Name.Type3:
            own = font.get("/Resources")
            procedures = font.get("/CharProcs")
            streams = tuple(procedures.values()) if isinstance(procedures, Dictionary) else ()
            self.content(
                own if isinstance(own, Dictionary) else resources,
                tuple(item for item in streams if isinstance(item, Stream)),
                depth + 1,
                is_letters=True,
            )

    def _drawn(self, drawn: Stream, resources: Object, depth: int) -> None:
        if drawn.get("/Subtype") == Name.Image:
            self._image(drawn)
            return
        self.found.forms.append(drawn)
        own = drawn.get("/Resources")
        self.content(own if isinstance(own, Dictionary) else resources, (drawn,), depth + 1)

    def _image(self, image: Stream) -> None:
        self.found.images.append(image)
        for key in ("/SMask", "/Mask"):
            mask = image.get(key)
            if isinstance(mask, Stream) and self._is_new(mask):
                self.found.images.append(mask)

    def _pattern(self, pattern: Object, resources: Object, depth: int) -> None:
        if isinstance(pattern, Stream):
            own = pattern.get("/Resources")
            self.content(own if isinstance(own, Dictionary) else resources, (pattern,), depth + 1)
        elif isinstance(pattern.get("/Shading"), Dictionary | Stream):
            self.found.shadings.append(pattern.Shading)

    def appearances(self, annotation: Object) -> None:
        looks = annotation.get("/AP")
        if not isinstance(looks, Dictionary):
            return
        for look in looks.values():
            states = [look] if isinstance(look, Stream) else list(look.values()) if isinstance(look, Dictionary) else []
            for state in states:
                if isinstance(state, Stream) and self._is_new(state):
                    self._drawn(state, Dictionary(), 1)


def _entries(resources: Object, category: str) -> list[Object]:
    entries = resources.get(category)
    if not isinstance(entries, Dictionary):
        return []
    return [item for item in entries.values() if isinstance(item, Dictionary | Stream)]
