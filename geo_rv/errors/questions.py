"""What a project cannot be asked, or not in these words."""

from __future__ import annotations

from geo_rv.errors.base import GeoRvError


class DateUnreadable(GeoRvError):
    """A text that is not a date of the form YYYY-MM-DD."""


class OptionUnreadable(GeoRvError):
    """An option of the command line that is not of its form."""


class UnknownRule(GeoRvError):
    """A rule that the book does not have, or does not ask of that layer."""


class ReasonRefused(GeoRvError):
    """A reason that is empty, too long, or holds characters that cannot be shown."""


class NotContested(GeoRvError):
    """A finding of which a contest is to be withdrawn, and that nobody contests."""


class WhatIfError(GeoRvError):
    """Something that cannot be supposed of a project."""


class NothingSupposed(WhatIfError):
    """A what-if question without a planned cemetery and without a moved limit."""


class LimitUnreadable(WhatIfError):
    """A text that is not a rule and its limit in the form RULE=METRES."""


class LimitRuleUnknown(WhatIfError):
    """A limit of a rule that the book does not have."""


class LimitUnmovable(WhatIfError):
    """A limit of a rule that is not about a distance."""


class LimitNotInForce(WhatIfError):
    """A limit of a rule that is off, or not in force on the day."""


class LimitUnusable(WhatIfError):
    """A limit that is no distance, or an absurd one."""


class PlanTooLarge(WhatIfError):
    """A drawing of a planned cemetery that is longer than is taken."""


class PlanUnreadable(WhatIfError):
    """A text that is not the GeoJSON of a polygon."""


class PlanRefused(WhatIfError):
    """A planned cemetery that is read, and cannot be one."""


class SitingError(GeoRvError):
    """A question about eligible land that cannot be answered as it is put."""


class AreaUnreadable(SitingError):
    """A text that is not a layer and one of its features in the form KIND=ID."""


class AreaUnknown(SitingError):
    """A feature that is to be the area, and that its layer does not hold, or holds twice."""


class AreaUnusable(SitingError):
    """A feature that is to be the area, and is no polygon."""


class SubjectUnknown(SitingError):
    """A layer that the rule book asks nothing of."""


class MinimumUnusable(SitingError):
    """A least area that is no area."""


class WeightsUnreadable(SitingError):
    """A text that is not criteria and their weights in the form area=3,slope=2."""


class CriterionUnknown(SitingError):
    """A criterion that patches are not ranked by."""


class WeightUnusable(SitingError):
    """A weight that is negative, too large or no number, or that all of them are 0."""


class Cancelled(GeoRvError):
    """Long work that whoever waited for it has called off."""
