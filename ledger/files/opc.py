"""Open Packaging Conventions: which parts of a package are the 3D model.

Sources: ECMA-376 Part 2 clauses 6.5 and 7; 3MF Core Specification 2.1. The
model is the part that the package's relationships name, wherever it lies.
"""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from urllib.parse import unquote
from xml.parsers import expat

from ledger.errors import InvalidDesign
from ledger.files.archive import Archive

CONTENT_TYPES = "[Content_Types].xml"
ROOT_RELATIONSHIPS = "_rels/.rels"
MODEL_TYPE = "http://schemas.microsoft.com/3dmanufacturing/2013/01/3dmodel"
KEYSTORE_TYPE = "http://schemas.microsoft.com/3dmanufacturing/2019/04/keystore"
_INDEX_BYTES = 4 * 2**20
"""Content types and relationships are lists of names; more than this is no list."""


@dataclass(frozen=True, slots=True)
class Relationship:
    """One arrow from a part (or the package) to another part, by its name in the archive."""

    kind: str
    target: str


ElementHandler = Callable[[str, dict[str, str]], None]


def model_part(archive: Archive) -> str:
    """The name of the root 3D model part. Raises InvalidDesign if this is no 3MF."""
    known = {name.lower(): name for name in archive.entries}
    for needed in (CONTENT_TYPES, ROOT_RELATIONSHIPS):
        if needed.lower() not in known:
            raise InvalidDesign(f"This ZIP file is no 3MF: it has no {needed}.")
    check_xml(CONTENT_TYPES, [archive.read(known[CONTENT_TYPES.lower()], _INDEX_BYTES)])
    for relationship in relationships(archive, known[ROOT_RELATIONSHIPS]):
        if relationship.kind == MODEL_TYPE:
            if relationship.target.lower() not in known:
                raise InvalidDesign(
                    f"The 3MF names {relationship.target[:80]!r} as its model and does not have it."
                )
            return known[relationship.target.lower()]
    raise InvalidDesign("This ZIP file is no 3MF: its relationships name no 3D model.")


def model_parts(archive: Archive) -> tuple[set[str], bool]:
    """Every part that is read as a model, and whether a keystore says that some are encrypted."""
    known = {name.lower(): name for name in archive.entries}
    parts = {model_part(archive)} | {n for n in archive.entries if n.lower().endswith(".model")}
    encrypted = False
    for name in archive.entries:
        if name.lower().endswith(".rels"):
            for relationship in relationships(archive, name):
                encrypted |= relationship.kind == KEYSTORE_TYPE
                if relationship.kind == MODEL_TYPE and relationship.target.lower() in known:
                    parts.add(known[relationship.target.lower()])
    return parts, encrypted


def relationships(archive: Archive, name: str) -> Iterator[Relationship]:
    """Yield the internal relationships of a `.rels` part."""
    found: list[dict[str, str]] = []

    def collect(tag: str, attributes: dict[str, str]) -> None:
        if tag.rpartition(":")[2] == "Relationship":
            found.append(attributes)

    check_xml(name, [archive.read(name, _INDEX_BYTES)], collect)
    source = posixpath.dirname(posixpath.dirname(name))
    for attributes in found:
        if attributes.get("TargetMode", "Internal") == "Internal":
            target = posixpath.join("/" + source, unquote(attributes.get("Target", "")))
            yield Relationship(attributes.get("Type", ""), posixpath.normpath(target).lstrip("/"))


def check_xml(
    name: str,
    chunks: Iterable[bytes],
    on_element: ElementHandler | None = None,
) -> None:
    """Raises InvalidDesign unless the chunks are well-formed XML without a DOCTYPE.

    3MF Core Specification 2.1.4 forbids DTDs: they are how a few lines expand
    to gigabytes or reach for other files.
    """
    parser = expat.ParserCreate()

    def refuse(*_: object) -> None:
        raise InvalidDesign(f"{name!r} has a DOCTYPE, which 3MF forbids: export it again.")

    parser.StartDoctypeDeclHandler = refuse
    parser.EntityDeclHandler = refuse
    parser.StartElementHandler = on_element
    try:
        for chunk in chunks:
            parser.Parse(chunk, False)
        parser.Parse(b"", True)
    except (expat.ExpatError, LookupError, ValueError) as error:
        raise InvalidDesign(f"{name!r} is not well-formed XML ({error}): it is damaged.") from error
