"""The elements that a map is made of: each a template, its files and its options.

Options reach the browser through `encode_json` only, never as pieces of JavaScript.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

import folium
from branca.element import Element, Figure, MacroElement
from jinja2 import Template

from geo_rv.geodesy.crs import Bounds
from geo_rv.maps.assets import load_manifest
from geo_rv.maps.encoding import encode_json, escape_html, escape_json


class TownMap(folium.Map):
    """A Leaflet map without any background, which loads files of the manifest only."""

    _template = Template(
        """
        {% macro html(this, kwargs) %}
        <div class="geo-rv" style="height: {{ this.frame_height }}">
          <div class="geo-rv-map" id="{{ this.get_name() }}" role="region"
            aria-label="{{ this.label }}"></div>
        </div>
        {% endmacro %}
        {% macro script(this, kwargs) %}
        const {{ this.get_name() }} = L.map("{{ this.get_name() }}", {{ this.leaflet_options }});
        {% endmacro %}
        """
    )

    def __init__(self, bounds: Bounds, *, height: str, label: str) -> None:
        super().__init__(tiles=None)
        # the same map makes the same page, so that a browser's cache can tell
        self._id = "town"
        paths = load_manifest()
        self.default_js = [(path, path) for path in paths.list_paths(".js")]
        self.default_css = [(path, path) for path in paths.list_paths(".css")]
        self.frame_height = escape_html(height)
        self.label = escape_html(label)
        self.leaflet_options = encode_json(
            {
                "center": [(bounds[1] + bounds[3]) / 2, (bounds[0] + bounds[2]) / 2],
                "zoom": 12,
                # without a tile layer Leaflet knows no limit
                "maxZoom": 20,
                "minZoom": 6,
                "zoomSnap": 0.5,
                "zoomControl": False,
                "attributionControl": False,
            }
        )


class TownView(MacroElement):
    """Layers, legend and tools on a map: what `geoRv.open` of map.js makes of its options."""

    _template = Template(
        """
        {% macro script(this, kwargs) %}
        geoRv.open({{ this._parent.get_name() }}, {{ this.options }});
        {% endmacro %}
        """
    )

    def __init__(self, options: Mapping[str, Any], data: Mapping[str, str]) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # branca brings half its types
        self._name = "TownView"
        self.options = encode_json(options)
        self.data = data

    def render(self, **kwargs: object) -> str:
        """Put the script and the data of the layers into the figure; nothing stands here itself."""
        super().render(**kwargs)  # type: ignore[no-untyped-call]  # as above
        figure = cast(Figure, self.get_root())
        for kind, geojson in self.data.items():
            figure.html.add_child(LayerData(kind, geojson), name=f"data_{kind}")
        return ""


class LayerData(Element):
    """The GeoJSON of one layer in the page, read when the layer is ticked.

    No template: branca would take megabytes of outside text for one.
    """

    def __init__(self, kind: str, geojson: str) -> None:
        super().__init__()
        self.kind = kind
        self.geojson = geojson

    def render(self, **_: object) -> str:
        """Return the data element."""
        return (
            f'<script type="application/json" data-layer="{escape_html(self.kind)}">'
            f"{escape_json(self.geojson)}</script>"
        )
