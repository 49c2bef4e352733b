"""Files from being brought to being in the project: one import a visitor's drop, by its token."""

from __future__ import annotations

import atexit
import secrets
import time
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from threading import Lock, Timer

from geo_rv.errors import LayerNotChosen
from geo_rv.progress import Progress
from geo_rv.project import Accept, Judgement, Mode, Preview, Project, TakenIn, Wish
from web.jobs import Job, Jobs
from web.refusals import JobUnderWay, NotJudged, UploadGone, UploadsBusy
from web.uploads import Source, Upload, remove_abandoned

KEPT_S = 3600.0
"""How long files are kept that nobody asks about."""
MOST_IMPORTS = 8
_LAST_MOMENTS_S = 3.0


class Import:
    """One drop of files on its way: received, judged as often as wished, taken in once."""

    def __init__(self, upload: Upload, jobs: Jobs) -> None:
        self.token = secrets.token_urlsafe(24)
        self.upload = upload
        self.sources: tuple[Source, ...] = ()
        self.wishes: list[Wish] = []
        """What the user said of each source."""
        self.proposed: dict[int, str] = {}
        """The kinds that the files' content proposed, by the sources that do not tell theirs."""
        self.mode: Mode = "add"
        self.at = 0
        """Which source is being read."""
        self.judgement: Judgement | None = None
        self.preview: Preview | None = None
        self.taken: TakenIn | None = None
        """What came of it."""
        self.accepted: tuple[Accept, ...] = ()
        """What was agreed to."""
        self.job: Job | None = None
        self.used = time.monotonic()
        self._jobs = jobs
        self._lock = Lock()

    @property
    def is_busy(self) -> bool:
        """Whether a job is under way."""
        return self.job is not None and not self.job.is_over

    def judge(self, project: Project, wishes: Sequence[Wish], mode: Mode) -> None:
        """Begin to judge the files anew; raises JobUnderWay, NotJudged or UploadDisordered."""
        with self._lock:
            self._require_idle()
            self.sources = self.sources or self.upload.list_sources()
            self.wishes = [*wishes[: len(self.sources)]]
            self.wishes += [Wish()] * (len(self.sources) - len(self.wishes))
            self.mode = mode
            self.judgement = self.preview = None
            self.job = self._jobs.start(partial(self._judge, project))

    def take_in(self, project: Project, accept: Collection[Accept]) -> None:
        """Begin to write what was judged; raises JobUnderWay or NotJudged."""
        judgement, _ = self.require_judged()

        def work(progress: Progress) -> None:
            self.taken = project.take_in(judgement, accept=accept, progress=progress)
            self.accepted = tuple(accept)
            self.upload.remove()

        with self._lock:
            self._require_idle()
            self.job = self._jobs.start(work)

    def require_judged(self) -> tuple[Judgement, Preview]:
        """Return the judgement and how it is shown; raises NotJudged where there is none."""
        judgement, preview = self.judgement, self.preview
        if judgement is None or preview is None:
            raise NotJudged
        return judgement, preview

    def close(self) -> None:
        """Call off what is under way, and take the files away."""
        if self.job is not None:
            self.job.cancel()
            self.job.wait(_LAST_MOMENTS_S)
        self.upload.remove()

    def _require_idle(self) -> None:
        if self.is_busy:
            raise JobUnderWay
        if self.taken is not None:
            raise NotJudged

    def _judge(self, project: Project, progress: Progress) -> None:
        self.proposed = {}
        wishes = list(self.wishes)
        while True:
            try:
                judgement = self._judge_all(project, wishes, progress)
            except LayerNotChosen as error:
                kind = error.facts.get("proposed")
                if wishes[self.at].kind is not None or not isinstance(kind, str):
                    raise
                # the page says so beside the choice of layers, before anything comes in
                self.proposed[self.at] = kind
                wishes[self.at] = replace(wishes[self.at], kind=kind)
            else:
                break
        self.preview = Preview(judgement, project.catalogue)
        self.judgement = judgement

    def _judge_all(self, project: Project, wishes: Sequence[Wish], progress: Progress) -> Judgement:
        paths = [source.path for source in self.sources]
        return project.judge_files(
            self._pass_sources(),
            names={source.path: source.name for source in self.sources},
            wishes=dict(zip(paths, wishes, strict=True)),
            mode=self.mode,
            progress=progress,
        )

    def _pass_sources(self) -> Iterator[Path]:
        """Yield the sources' files, and note which of them is being read."""
        for at, source in enumerate(self.sources):
            self.at = at
            yield source.path


class Desk:
    """Every import of one application that is on its way."""

    def __init__(self) -> None:
        self._jobs = Jobs()
        self._imports: dict[str, Import] = {}
        self._lock = Lock()
        self._is_watched = False

    def open(self, listed: Sequence[tuple[str, int]]) -> Import:
        """Return a new import of files with these names and sizes.

        Raises UploadsBusy, or what `Upload` raises.
        """
        self._make_room()
        begun = Import(Upload(listed), self._jobs)
        with self._lock:
            self._imports[begun.token] = begun
            is_first = not self._is_watched
            self._is_watched = True
        if is_first:
            remove_abandoned()
            atexit.register(self.close)
            self._watch()
        return begun

    def find(self, token: str) -> Import:
        """Return the import of `token`; raises UploadGone."""
        with self._lock:
            found = self._imports.get(token)
        if found is None:
            raise UploadGone
        found.used = time.monotonic()
        return found

    def drop(self, token: str) -> None:
        """Give up an import, whatever it is doing."""
        with self._lock:
            dropped = self._imports.pop(token, None)
        if dropped is not None:
            dropped.close()

    def sweep(self, kept_s: float = KEPT_S) -> None:
        """Drop what nobody has asked about for so many seconds."""
        since = time.monotonic() - kept_s
        with self._lock:
            old = [token for token, one in self._imports.items() if one.used < since]
        for token in old:
            self.drop(token)

    def close(self) -> None:
        """Drop everything: the program ends."""
        with self._lock:
            tokens = list(self._imports)
        for token in tokens:
            self.drop(token)

    def _make_room(self) -> None:
        """Drop the idle import that was used longest ago, where there are too many."""
        with self._lock:
            if len(self._imports) < MOST_IMPORTS:
                return
            idle = [one for one in self._imports.values() if not one.is_busy]
        if not idle:
            raise UploadsBusy
        self.drop(min(idle, key=lambda one: one.used).token)

    def _watch(self) -> None:
        """Sweep again and again, in a thread that holds nobody up."""
        self.sweep()
        timer = Timer(KEPT_S / 12, self._watch)
        timer.daemon = True
        timer.start()
