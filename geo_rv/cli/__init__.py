"""The command line: each command is one call to `geo_rv.project`, and says what came of it."""

from geo_rv.cli import check as check
from geo_rv.cli import contest as contest
from geo_rv.cli import data as data
from geo_rv.cli import history as history
from geo_rv.cli import imports as imports
from geo_rv.cli import remedy as remedy
from geo_rv.cli import siting as siting
from geo_rv.cli.group import FOLDER as FOLDER
from geo_rv.cli.group import main as main
