"""Files in: bytes to candidate features, with a report of what was understood.

Content decides the format; what GDAL must read it reads in a process of its own, with one
driver, without network and within bounds. Nothing that comes out of here is a layer yet.
"""

from geo_rv.intake.candidate import Candidate as Candidate
from geo_rv.intake.candidate import Problem as Problem
from geo_rv.intake.candidate import require_clean as require_clean
from geo_rv.intake.limits import Limits as Limits
from geo_rv.intake.reader import read_candidates as read_candidates
from geo_rv.intake.wish import Surroundings as Surroundings
from geo_rv.intake.wish import Wish as Wish
