"""What can be wrong with a request, one class for each; the texts are in web.toml."""

from __future__ import annotations

from geo_rv.errors import GeoRvError


class RequestError(GeoRvError):
    """A request asks for what cannot be asked."""


class BadChoice(RequestError):
    """A parameter whose value is not among those allowed."""


class BadNumber(RequestError):
    """A parameter that is not a number, or not within its bounds."""


class BadBounds(RequestError):
    """A parameter that is not a box west,south,east,north."""


class HostRefused(RequestError):
    """A request for another computer's name."""


class BadBody(RequestError):
    """A request whose body is not a JSON object with the texts that are asked for."""


class BadNumbers(RequestError):
    """A request whose body is not a JSON object with the numbers that are asked for."""


class NothingChosen(RequestError):
    """A what-if question that supposes nothing."""


class FormExpired(RequestError):
    """A request that would change something, and comes from no page of ours that still holds."""


class UploadUnusable(RequestError):
    """No file at all, or more files than are taken together."""


class UploadTooLarge(RequestError):
    """Files that are larger together than is taken."""


class UploadFull(RequestError):
    """Files for which there is no room on the disk."""


class UploadsBusy(RequestError):
    """Files while as many as can be are being read for others."""


class UploadDisordered(RequestError):
    """A piece of a file that does not follow the one before."""


class UploadGone(RequestError):
    """Files that are not here any more, or never were."""


class JobUnderWay(RequestError):
    """Something is asked of files while they are still being worked on."""


class NotJudged(RequestError):
    """Something is asked of files that have not been judged."""
