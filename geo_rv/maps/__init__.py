"""Layers and findings on a map: views to folium maps, maps to pages, frames to GeoJSON."""

from geo_rv.maps.assets import read_asset as read_asset
from geo_rv.maps.classes import choose_colours as choose_colours
from geo_rv.maps.classes import classify as classify
from geo_rv.maps.features import choose_tolerance as choose_tolerance
from geo_rv.maps.features import simplify as simplify
from geo_rv.maps.features import to_geojson as to_geojson
from geo_rv.maps.page import MapParts as MapParts
from geo_rv.maps.page import render_page as render_page
from geo_rv.maps.page import render_parts as render_parts
from geo_rv.maps.view import FEATURE_BUDGET as FEATURE_BUDGET
from geo_rv.maps.view import TILE_HOSTS as TILE_HOSTS
from geo_rv.maps.view import MapLayer as MapLayer
from geo_rv.maps.view import MapView as MapView
from geo_rv.maps.view import build_map as build_map
