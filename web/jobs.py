"""Long work in the background: a few jobs at a time, each with its steps, each to be called off."""

from __future__ import annotations

import logging
from collections.abc import Callable
from threading import BoundedSemaphore, Event, Thread
from typing import Literal

from geo_rv.errors import Cancelled, GeoRvError
from geo_rv.progress import Progress

State = Literal["waiting", "working", "done", "failed", "cancelled", "crashed"]

AT_ONCE = 2
"""Jobs that run beside each other; the others wait."""
_LOG = logging.getLogger(__name__)
_LOOK_S = 0.2

Work = Callable[[Progress], None]
"""Does something long, telling each step to what it is called with."""


class Job:
    """One piece of long work; it keeps its results where `work` puts them."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self._is_called_off = Event()
        self._ended = Event()
        self.state: State = "waiting"
        self.step = ""
        """The step that is being done, as a key of the message catalogue."""
        self.error: GeoRvError | None = None
        """Why it failed."""

    @property
    def is_over(self) -> bool:
        """Whether nothing happens any more."""
        return self._ended.is_set()

    def cancel(self) -> None:
        """Call the work off: it ends at its next step."""
        self._is_called_off.set()

    def wait(self, seconds: float) -> bool:
        """Return whether it is over within so many seconds."""
        return self._ended.wait(seconds)

    def tell_step(self, step: str) -> None:
        """Note which step begins; raises Cancelled where the work was called off."""
        if self._is_called_off.is_set():
            raise Cancelled
        self.step = step

    def run(self, room: BoundedSemaphore) -> None:
        """Do the work as soon as there is `room` for it."""
        try:
            while not room.acquire(timeout=_LOOK_S):
                self.tell_step("")
            try:
                self.state = "working"
                self.tell_step("")
                self._work(self.tell_step)
            finally:
                room.release()
            self.state = "done"
        except Cancelled:
            self.state = "cancelled"
        except GeoRvError as error:
            self.error = error
            self.state = "failed"
        except Exception:  # noqa: BLE001 - whatever it is, the page must not wait for ever
            # told on the page as the failure that it is, and to the maintainer with its inside
            _LOG.exception("a background job failed")
            self.state = "crashed"
        finally:
            self._ended.set()


class Jobs:
    """Those that start jobs share the room for them."""

    def __init__(self, at_once: int = AT_ONCE) -> None:
        self._room = BoundedSemaphore(at_once)

    def start(self, work: Work) -> Job:
        """Return `work` as a job that is under way."""
        job = Job(work)
        # a daemon, so that the program ends when it is told to
        Thread(target=job.run, args=(self._room,), daemon=True).start()
        return job
