"""What a map is to show, and the folium map that shows it."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any

import pyproj

from geo_rv.catalogue import Field, Group, LayerSpec, Style
from geo_rv.geodesy.crs import Bounds
from geo_rv.messages import Language, load_messages, text

if TYPE_CHECKING:
    import folium

FEATURE_BUDGET = 5_000
"""More features of one layer are never asked for at once: the map asks by what is in sight."""

TILE_HOSTS = "https://*.tianditu.gov.cn"
"""Where the optional background comes from, as a security policy names it; only with a key."""

_TILES = (
    "https://t{s}.tianditu.gov.cn/{layer}_w/wmts?SERVICE=WMTS&REQUEST=GetTile&VERSION=1.0.0"
    "&LAYER={layer}&STYLE=default&TILEMATRIXSET=w&FORMAT=tiles"
    "&TILEMATRIX={z}&TILEROW={y}&TILECOL={x}&tk={key}"
)
_MESSAGES = "map."


@dataclass(frozen=True)
class MapLayer:
    """One layer of a map, and where its features come from."""

    spec: LayerSpec
    count: int
    """How many features the layer has altogether."""
    url: str = ""
    """Where the GeoJSON is asked for when the layer is ticked."""
    data: str = ""
    """Or the GeoJSON itself (`geo_rv.maps.features.to_geojson`), for a page that stands alone."""
    shown: bool = False
    interactive: bool = True
    """Whether a click on a feature tells what it is."""


@dataclass(frozen=True)
class MapView:
    """Everything that one map shows."""

    title: str
    language: Language
    bounds: Bounds
    """West, south, east, north in degrees: what the map opens on."""
    plane: pyproj.CRS
    """The plane whose coordinates are read out under the pointer."""
    groups: tuple[Group, ...]
    layers: tuple[MapLayer, ...]
    notice: str = ""
    """What must be said about the whole map, as that its geometry is synthetic."""
    search_url: str = ""
    """Asked as ?q=text for names; empty to search the layers' own data."""
    tianditu_key: str = ""
    """The user's own key; empty for no outside background at all."""
    height: str = "100%"
    village_names: Mapping[str, str] = field(default_factory=dict)
    """Names by village code, for fields that hold a code."""


def build_map(view: MapView) -> folium.Map:
    """Return the folium map of `view`: its panes, layers, legend and tools.

    It links only files of the manifest; `geo_rv.maps.page` makes pages of it.
    """
    from geo_rv.maps.elements import TownMap, TownView  # noqa: PLC0415 - folium is slow to load

    town_map = TownMap(view.bounds, height=view.height, label=view.title)
    data = {layer.spec.kind: layer.data for layer in view.layers if layer.data}
    TownView(_describe_view(view), data).add_to(town_map)
    return town_map


def _describe_view(view: MapView) -> dict[str, Any]:
    """Return what the browser needs to know of `view`, in its language and its spelling."""
    language = view.language
    return {
        "title": view.title,
        "language": language,
        "bounds": view.bounds,
        "plane": {"proj": _write_proj(view.plane), "title": _name_plane(view.plane, language)},
        "groups": [
            {"name": group.name, "title": group.title.in_language(language)}
            for group in view.groups
        ],
        "layers": [_describe_layer(layer, language) for layer in view.layers],
        "notice": view.notice,
        "searchUrl": view.search_url,
        "tiles": _describe_tiles(view.tianditu_key, language),
        "budget": FEATURE_BUDGET,
        "villageNames": dict(view.village_names),
        "texts": {
            key.removeprefix(_MESSAGES): message.in_language(language)
            for key, message in load_messages().items()
            if key.startswith(_MESSAGES)
        },
    }


def _describe_layer(layer: MapLayer, language: Language) -> dict[str, Any]:
    spec = layer.spec
    return {
        "kind": spec.kind,
        "title": spec.title.in_language(language),
        "description": spec.description.in_language(language),
        "group": spec.group,
        "geometry": spec.geometry,
        "count": layer.count,
        "url": layer.url,
        "shown": layer.shown,
        "interactive": layer.interactive,
        "style": _describe_style(spec.style),
        "fields": [_describe_field(item, language) for item in spec.fields],
    }


def _describe_style(style: Style) -> dict[str, Any]:
    return {
        "colour": style.colour,
        "fill": style.fill,
        "weight": style.weight,
        "radius": style.radius,
        "fillOpacity": style.fill_opacity,
        "dash": style.dash,
        "by": style.by,
        "colours": dict(style.colours),
        "weights": dict(style.weights),
        "label": style.label,
    }


def _describe_field(item: Field, language: Language) -> dict[str, Any]:
    return {
        "name": item.name,
        "title": item.title.in_language(language),
        "type": item.type,
        "unit": item.unit.in_language(language) if item.unit else "",
        "choices": {value: title.in_language(language) for value, title in item.choices.items()},
    }


def _describe_tiles(key: str, language: Language) -> list[dict[str, Any]]:
    """Return the backgrounds that may be chosen: none without the user's own key."""
    if not key:
        return []
    return [
        {
            "title": text(f"tianditu.{background}", language),
            "url": _TILES,
            "layers": [background, names],
            "key": key,
        }
        for background, names in (("vec", "cva"), ("img", "cia"))
    ]


@cache
def _write_proj(plane: pyproj.CRS) -> str:
    with warnings.catch_warnings():
        # the PROJ string loses the datum's name only: both sides are CGCS2000 here
        warnings.simplefilter("ignore", UserWarning)
        return str(plane.to_proj4())


def _name_plane(plane: pyproj.CRS, language: Language) -> str:
    """Return the plane by its central meridian, as surveyors name it, or by its own name."""
    operation = plane.coordinate_operation
    meridians = [
        parameter.value
        for parameter in (operation.params if operation else [])
        if parameter.name == "Longitude of natural origin"
    ]
    if plane.to_epsg() and meridians:
        return text("plane.zone", language, meridian=f"{meridians[0]:g}")
    if meridians:
        return text("plane.local", language, meridian=f"{meridians[0]:g}")
    return plane.name
