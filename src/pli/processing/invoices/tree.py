"""A hostile XML file as elements: no document type, no entity, nothing fetched, bounded size, depth and number."""

from __future__ import annotations

from collections.abc import Iterator
from xml.etree.ElementTree import Element, ParseError, TreeBuilder

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser

MOST_BYTES = 10 << 20
_MOST_ELEMENTS = 200_000
_MOST_DEPTH = 40
_PIECE = 64 << 10


class XmlRefused(ValueError):
    """The file is not XML one can trust; its text is a French sentence."""


class _CountingBuilder(TreeBuilder):
    """Stops as soon as there is too much, not once it has been built."""

    def __init__(self) -> None:
        super().__init__()
        self._depth = self._elements = 0

    def start(self, tag: str, attrs: dict[str, str], /) -> Element:
        self._depth += 1
        self._elements += 1
        if self._depth > _MOST_DEPTH or self._elements > _MOST_ELEMENTS:
            raise XmlRefused("Ce fichier XML est trop profond ou compte trop d’éléments.")
        return super().start(tag, attrs)

    def end(self, tag: str, /) -> Element:
        self._depth -= 1
        return super().end(tag)


def parse_xml(data: bytes) -> Element:
    """The root element.

    :raises XmlRefused: it is too large, no XML, or holds a document type or entities.
    """
    if len(data) > MOST_BYTES:
        raise XmlRefused("Ce fichier XML est trop gros.")
    parser = DefusedXMLParser(target=_CountingBuilder(), forbid_dtd=True, forbid_entities=True, forbid_external=True)
    try:
        for start in range(0, len(data), _PIECE):
            parser.feed(data[start : start + _PIECE])
        root: Element = parser.close()
    except DefusedXmlException:
        raise XmlRefused("Ce fichier XML contient des entités ou un type de document : il est refusé.") from None
    except (ParseError, ValueError, LookupError) as error:
        if isinstance(error, XmlRefused):
            raise
        raise XmlRefused("Ce fichier XML est mal formé.") from None
    return root


def local(element: Element) -> str:
    """The name of an element without its namespace."""
    tag = element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def all_at(element: Element | None, path: str) -> Iterator[Element]:
    """The elements at ``path`` (local names between slashes), in the order of the file."""
    if element is None:
        return
    first, _, rest = path.partition("/")
    for child in element:
        if local(child) == first:
            if rest:
                yield from all_at(child, rest)
            else:
                yield child


def first_at(element: Element | None, path: str) -> Element | None:
    """The first element at ``path``."""
    return next(all_at(element, path), None)


def text_at(element: Element | None, path: str) -> str:
    """The text of the first element at ``path`` that has one, on one line."""
    for found in all_at(element, path):
        said = " ".join((found.text or "").replace("\x00", "").split())[:1000]
        if said:
            return said
    return ""
