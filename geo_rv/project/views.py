"""What a project shows: its maps, the features on them, and the demo town."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any, Literal

import pyproj

from geo_rv.demo import make_town
from geo_rv.demo.plan import load_plan
from geo_rv.errors import FeatureMissing, NothingImported, ProjectExists
from geo_rv.files import replace_when_done
from geo_rv.geodesy.crs import CHINA, Bounds, choose_plane
from geo_rv.maps.features import choose_tolerance, simplify, to_geojson
from geo_rv.maps.finding import describe_finding
from geo_rv.maps.industry import describe_theme
from geo_rv.maps.page import MapParts, render_page, render_parts
from geo_rv.maps.view import FEATURE_BUDGET, MapLayer, MapView, build_map
from geo_rv.messages import Language, tell, text
from geo_rv.project.remedies import ProjectRemedies
from geo_rv.settings import FILE_NAME
from geo_rv.themes import load_themes

ViewName = Literal["town", "check", "industry", "import"]

SHOWN: dict[ViewName, tuple[str, ...]] = {
    "check": ("village", "reservoir", "river", "road", "railway", "cemetery", "burial"),
    "industry": (),
    "import": ("village", "reservoir", "river", "road", "railway"),
}
"""The layers that are on when a map opens, where it is not the catalogue that says so."""


class Project(ProjectRemedies):
    """A project, with all that can be done with it."""

    def render_features(
        self,
        kind: str,
        *,
        bounds: Bounds | None = None,
        zoom: float | None = None,
    ) -> str:
        """Return the features of a layer as GeoJSON, at most as many as a browser draws fluently.

        `bounds` (degrees) is what is in sight; `zoom` the web map's zoom level, by which lines
        and outlines are simplified to half a pixel. Of too many features the largest are kept,
        and numberMatched tells how many there are.
        """
        spec = self.catalogue[kind]
        frame = self.read_layer(kind)
        if bounds is not None:
            frame = frame.iloc[frame.sindex.intersection(bounds)]
        matched = len(frame)
        if matched > FEATURE_BUDGET:
            boxes = frame.geometry.bounds
            extent = (boxes["maxx"] - boxes["minx"]) + (boxes["maxy"] - boxes["miny"])
            frame = frame.loc[extent.nlargest(FEATURE_BUDGET).index]
        if zoom is not None:
            frame = simplify(frame, choose_tolerance(zoom))
        return to_geojson(frame, spec, matched=matched)

    def search_names(
        self, wanted: str, *, limit: int = 20, language: Language
    ) -> list[dict[str, Any]]:
        """Return features whose name or identity holds `wanted`, with a place to look at."""
        return [
            {"layer": kind, "layer_title": self.catalogue[kind].title.in_language(language)}
            | {"id": identity, "name": name or identity, "lon": lon, "lat": lat}
            for kind, identity, name, lon, lat in self.store.search_names(wanted, limit=limit)
        ]

    def describe_finding(
        self, layer: str, site: str, rule: str, *, as_of: date | None = None
    ) -> dict[str, Any]:
        """Return one finding as GeoJSON to draw; raises FeatureMissing where there is none."""
        findings = self.check(as_of=as_of).findings
        wanted = (
            (findings["layer"] == layer) & (findings["site"] == site) & (findings["rule"] == rule)
        )
        if not wanted.any():
            raise FeatureMissing(layer=layer, feature=site)
        row = findings[wanted].iloc[0]
        return describe_finding(row, self.read_layers(), self.catalogue, plane=self.plane)

    def list_themes(self, *, language: Language) -> dict[str, str]:
        """Return the titles of the industry maps' themes by their names."""
        themes = load_themes(self.catalogue).themes
        return {theme.name: theme.title.in_language(language) for theme in themes}

    def theme_by_village(self, theme: str, *, language: Language) -> dict[str, Any]:
        """Return one industry by village: ``map``, ``table`` and ``sentence``, JSON-ready.

        Raises UnknownTheme, or LayerMissing without villages.
        """
        return describe_theme(
            load_themes(self.catalogue)[theme],
            self.summarise(),
            self.read_layer("village"),
            self.catalogue,
            language=language,
        )

    def render_map(
        self,
        view: ViewName,
        *,
        language: Language,
        layer_url: Callable[[str], str],
        asset_url: str,
        nonce: str,
        search_url: str = "",
        tianditu_key: str = "",
    ) -> MapParts:
        """Return a map as parts of a page whose layers are fetched from `layer_url(kind)`."""
        layers = tuple(
            MapLayer(
                state.spec,
                state.count,
                url=layer_url(state.spec.kind),
                shown=_is_shown(state.spec.kind, view, shown=state.spec.style.shown),
                interactive=view == "town",
            )
            for state in self.list_layers()
        )
        described = self._describe_view(
            layers,
            language,
            plane=self._choose_import_plane() if view == "import" else self.plane,
            search_url=search_url,
            tianditu_key=tianditu_key,
        )
        return render_parts(build_map(described), asset_url=asset_url, nonce=nonce)

    def write_map(self, file: Path, *, language: Language) -> None:
        """Write the town map with all its layers as one self-contained file; raises OutputError."""
        layers = tuple(
            MapLayer(
                state.spec,
                state.count,
                data=to_geojson(self.read_layer(state.spec.kind), state.spec),
                shown=state.spec.style.shown,
            )
            for state in self.list_layers()
        )
        view = self._describe_view(layers, language, plane=self.plane)
        page = render_page(build_map(view), title=self.settings.name, language=language)
        with replace_when_done(file) as unfinished:
            unfinished.write_text(page, "utf-8")

    def _describe_view(
        self,
        layers: tuple[MapLayer, ...],
        language: Language,
        *,
        plane: pyproj.CRS,
        search_url: str = "",
        tianditu_key: str = "",
    ) -> MapView:
        return MapView(
            title=self.settings.name,
            language=language,
            bounds=self.bounds or CHINA,
            plane=plane,
            groups=self.catalogue.groups,
            layers=layers,
            notice=self.settings.notice.in_language(language),
            search_url=search_url,
            tianditu_key=tianditu_key,
            village_names=self.village_names() if self.extent else {},
        )

    def _choose_import_plane(self) -> pyproj.CRS:
        """Return the plane; where there is nothing yet, the one in the middle of the country."""
        try:
            return self.plane
        except NothingImported:
            return choose_plane(CHINA)


def _is_shown(kind: str, view: ViewName, *, shown: bool) -> bool:
    return kind in SHOWN[view] if view in SHOWN else shown


def make_demo(folder: Path) -> Project:
    """Return the demo town as a project in `folder`, made there unless it stands there already.

    Raises ProjectExists where something else is in the folder.
    """
    notice = tell("demo.notice")
    if (folder / FILE_NAME).is_file():
        project = Project.open(folder)
        if project.settings.notice != notice:
            raise ProjectExists(folder=folder)
    else:
        project = Project.create(
            folder, name=text("demo.name"), town=load_plan().code, notice=notice
        )
    # none where a run before this one was cut short
    if not project.list_layers():
        layers = make_town()
        project.store.write_layers(layers, source=dict.fromkeys(layers, text("demo.source")))
    return project
