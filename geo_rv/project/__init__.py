"""The pipeline in its order: file -> intake -> store -> analysis -> maps and reports.

Whoever uses the engine (the command line, the pages) calls this package and no other. What a
project holds stands in `data`, how files come in in `imports` and what they would bring in
`preview`, what it is asked in `questions`, what it shows in `views`.
"""

from geo_rv.frames import Mode as Mode
from geo_rv.geodesy.datum import DATUMS as DATUMS
from geo_rv.intake import Wish as Wish
from geo_rv.intake.wish import ANGLES as ANGLES
from geo_rv.intake.wish import AXES as AXES
from geo_rv.maps.assets import read_asset as read_asset
from geo_rv.maps.page import MapParts as MapParts
from geo_rv.maps.view import TILE_HOSTS as TILE_HOSTS
from geo_rv.project.imports import Accept as Accept
from geo_rv.project.imports import Imported as Imported
from geo_rv.project.imports import Judgement as Judgement
from geo_rv.project.imports import TakenIn as TakenIn
from geo_rv.project.preview import LARGEST_FILE as LARGEST_FILE
from geo_rv.project.preview import Preview as Preview
from geo_rv.project.preview import ProblemChoice as ProblemChoice
from geo_rv.project.preview import list_zones as list_zones
from geo_rv.project.questions import Check as Check
from geo_rv.project.questions import find_today as find_today
from geo_rv.project.remedies import Relocation as Relocation
from geo_rv.project.siting import Siting as Siting
from geo_rv.project.views import Project as Project
from geo_rv.project.views import make_demo as make_demo
from geo_rv.project.what_if import WhatIf as WhatIf
from geo_rv.reports.imports import SEVERITIES as SEVERITIES
