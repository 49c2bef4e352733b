"""A small catalogue, rules and frames made in code, around one place near the town."""

from datetime import date

import geopandas as gpd
import numpy as np
import pyproj
import pytest
import shapely

from geo_rv.analysis.ground import Ground
from geo_rv.analysis.setback import check_point, check_sites
from geo_rv.catalogue import Catalogue, Edge, Field, Group, LayerSpec, Measure, Style
from geo_rv.frames import conform_frame
from geo_rv.geodesy.crs import STORED, choose_plane
from geo_rv.messages import Text
from geo_rv.rulebook import Case, Rule, RuleBook

GRS80 = pyproj.Geod(ellps="GRS80")
LON, LAT = 113.86, 31.85
DAY = date(2026, 1, 1)


def same(text):
    return Text(zh=text, en=text)


def make_field(name, kind="text", choices=(), unit=None):
    titles = {choice: same(choice) for choice in choices}
    return Field(name, same(name.title()), kind, name[:10].upper(), choices=titles, unit=unit)


def make_spec(kind, geometry, accuracy_m, fields=(), measures=(), edge=None):
    return LayerSpec(
        kind=kind,
        title=same(kind.title()),
        description=same(kind),
        group="all",
        geometry=geometry,
        accuracy_m=accuracy_m,
        pane=1,
        style=Style("#000000"),
        fields=(make_field("id"), make_field("name"), make_field("remark"), *fields),
        measures=measures,
        edge=edge,
    )


VILLAGE = make_field("village")
CATALOGUE = Catalogue(
    groups=(Group("all", same("all")),),
    layers=(
        make_spec("village", ("polygon",), 1, measures=(
            Measure("count", same("count"), "count"),
            Measure("area_mu", same("area"), "area_mu"),
        )),
        make_spec(
            "burial",
            ("point", "polygon"),
            2,
            fields=(
                VILLAGE,
                make_field("burial_type", choices=("ashes", "body", "unknown")),
                make_field("area_m2", "number", unit=same("m2")),
                make_field("plots", "integer"),
                make_field("buried_on", "date"),
                make_field("approved_on", "date"),
                make_field("protected", "boolean"),
            ),
            measures=(
                Measure("count", same("count"), "count"),
                Measure("bodies", same("bodies"), "count", where={"burial_type": ("body",)}),
                Measure("plots", same("plots"), "sum", field="plots"),
                Measure("area_m2", same("area"), "sum", field="area_m2"),
                Measure("kinds", same("kinds"), "distinct", field="burial_type"),
            ),
        ),
        make_spec(
            "road",
            ("line", "polygon"),
            3,
            fields=(make_field("class", choices=("main", "lane")),),
            edge=Edge(same("middle"), 3.0, "class", {"main": 20.0}),
            measures=(Measure("length_km", same("length"), "length_km"),),
        ),
        make_spec(
            "zone",
            ("polygon",),
            5,
            fields=(VILLAGE, make_field("class", choices=("strict", "loose"))),
            measures=(Measure("area_mu", same("area"), "area_mu"),),
        ),
        make_spec("river", ("line", "polygon"), 3),
    ),
)  # fmt: skip


class Kit:
    """What tests of rules are made with; places are metres east and north of one point."""

    catalogue = CATALOGUE
    plane = choose_plane((LON, LAT, LON, LAT))
    day = DAY

    @staticmethod
    def place(geometry):
        """Return a geometry drawn in metres around the place, on the ellipsoid."""

        def lay(points):
            # north along the meridian, then square off to the east along the geodesic
            east, north = points.T
            here = np.full(len(points), LON), np.full(len(points), LAT)
            lon, lat, _ = GRS80.fwd(*here, np.zeros(len(points)), north)
            lon, lat, _ = GRS80.fwd(lon, lat, np.full(len(points), 90), east)
            return np.column_stack([lon, lat])

        return shapely.transform(geometry, lay)

    def frame(self, kind, geometries, **columns):
        """Return a layer frame; geometries in metres, ids a, b, c where none are given."""
        count = len(geometries)
        ids = [chr(ord("a") + number) for number in range(count)]
        placed = [None if each is None else self.place(each) for each in geometries]
        frame = gpd.GeoDataFrame({"id": ids, **columns}, geometry=placed, crs=STORED)
        return conform_frame(frame, self.catalogue[kind])

    @staticmethod
    def rule(relation, *cases, rule_id="R", subjects=("burial",), **changes):
        told = {
            "title": same("rule"),
            "authority": same("office"),
            "document": same("law"),
            "article": same("1"),
            "certainty": "A",
            "valid_from": date(2020, 1, 1),
        }
        return Rule(
            id=rule_id, relation=relation, subjects=subjects, cases=cases, **{**told, **changes}
        )

    @staticmethod
    def case(**known):
        return Case(**known)

    @staticmethod
    def book(*rules):
        return RuleBook("book", same("book"), same("note"), rules)

    def check(self, layers, *rules, as_of=DAY):
        ground = Ground.of_frames(layers, self.catalogue, self.plane)
        return check_sites(ground, self.book(*rules), as_of=as_of)

    def ask(self, layers, *rules, lon=LON, lat=LAT, **options):
        ground = Ground.of_frames(layers, self.catalogue, self.plane)
        return check_point(ground, self.book(*rules), lon=lon, lat=lat, as_of=DAY, **options)


@pytest.fixture(scope="session")
def kit():
    return Kit()
