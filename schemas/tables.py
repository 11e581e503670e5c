"""The cells of a CSV file in UTF-8, UTF-16 or Windows-1258, with comma, semicolon or tab; of a GeoJSON
file."""

from __future__ import annotations

import csv
import io
import json
import unicodedata
from typing import Any


def read_csv(data: bytes) -> list[list[str]] | str:
    """Lines of cells in NFC without white space around them, or why these bytes are none: a clause like
    `is empty`."""
    text = _decoded(data)
    if text is None:
        return "is neither UTF-8, UTF-16 nor Windows-1258: save it as CSV UTF-8"
    try:
        lines = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text), strict=True)
        cells = [[unicodedata.normalize("NFC", cell).strip() for cell in line] for line in lines]
    except csv.Error as error:
        return f"is not a CSV file: {error}"
    return cells or "is empty"


def read_geojson(data: bytes) -> list[list[str]] | str:
    """A line of titles, then one for each feature of a FeatureCollection (RFC 7946): its id, its properties,
    and `geometry` as `latitude longitude;…`; or why these bytes are none."""
    try:
        collection = json.loads(data)
        features = [feature for feature in collection["features"] if isinstance(feature, dict)]
        lines = [_feature(feature) for feature in features]
    except (ValueError, KeyError, TypeError, RecursionError, AttributeError):
        return "is not a GeoJSON FeatureCollection"
    titles = list(dict.fromkeys(["id", *(title for line in lines for title in line)]))
    return [titles, *([line.get(title, "") for title in titles] for line in lines)]


def _feature(feature: dict[str, Any]) -> dict[str, str]:
    own = {"id": feature["id"]} if "id" in feature else {}
    cells = {**own, **(feature.get("properties") or {})}
    shape = (feature.get("geometry") or {}).get("coordinates")
    return {
        **{str(title): _plain(cell) for title, cell in cells.items()},
        **({"geometry": ";".join(_points(shape))} if shape else {}),
    }


def _plain(cell: Any) -> str:
    text = cell if isinstance(cell, str) else "" if cell is None else json.dumps(cell, ensure_ascii=False)
    return unicodedata.normalize("NFC", text).strip()


def _points(shape: list[Any]) -> list[str]:
    """Longitude stands first in GeoJSON, latitude in answers."""
    if isinstance(shape[0], int | float):
        return [f"{shape[1]} {shape[0]} 0 0"]
    return [point for part in shape for point in _points(part)]


def _decoded(data: bytes) -> str | None:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        encodings = ["utf-16"]
    elif data[1:2] == b"\x00" or data[:1] == b"\x00":
        encodings = ["utf-16-le" if data[1:2] == b"\x00" else "utf-16-be"]
    else:
        encodings = ["utf-8-sig", "cp1258"]
    for encoding in encodings:
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    return None


def _delimiter(text: str) -> str:
    first = text.partition("\n")[0]
    return max((",", ";", "\t"), key=first.count)
