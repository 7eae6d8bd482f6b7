"""Questions that are asked together, with their answers in the order of the questions.

Threads are enough: they wait for LaunchDarkly, and the caller's thread decodes meanwhile. They end with the flight.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future
from contextvars import copy_context
from dataclasses import dataclass, field
from functools import partial
from itertools import count
from queue import SimpleQueue
from types import TracebackType
from typing import Any, Generic, TypeVar

from airflow_provider_ldusage.api.waiting import STOP
from airflow_provider_ldusage.log_text import counted

log = logging.getLogger(__package__)

_Question = TypeVar("_Question")
_Answer = TypeVar("_Answer")

_END: Any = object()
AHEAD = 2
"""Questions that are begun before the earliest is taken, as a multiple of the bound: half of them may be answered."""
PATIENCE = 15.0
"""Seconds in which the threads of a flight end. Only a connection that cannot be broken takes longer: one of another
library, or the look-up of a host's name. Its thread is left to itself, so that a killed task ends nevertheless."""


@dataclass(frozen=True)
class _Asked(Generic[_Question, _Answer]):
    """A question that was handed to the threads.

    :param number: of the question, in their order
    :param stop: set once its answer is not needed any more
    """

    number: int
    question: _Question
    answer: Future[_Answer] = field(default_factory=Future)
    stop: threading.Event = field(default_factory=threading.Event)


class Flight(Generic[_Question, _Answer]):
    """A context manager with an iterator of questions and answers. At its end, no thread is left; see :data:`PATIENCE`.

    It raises what asking one question after the other would raise: the error of the earliest question that fails, after
    the answers before it. No question is begun after an error.

    Memory is bounded by the answers that are not taken yet, at most :data:`AHEAD` times the bound.

    :param ask: asks one question, in any thread
    :param questions: taken when they are needed, in the caller's thread
    :param bound: the most questions that are asked at once; with one, no thread is started
    :param wake: lets threads that wait look at their stop
    :param hang_up: breaks the connections of threads that wait for an answer
    :param discard: releases an answer that nobody takes
    """

    def __init__(
        self,
        ask: Callable[[_Question], _Answer],
        questions: Iterable[_Question],
        bound: int,
        *,
        wake: Callable[[], None],
        hang_up: Callable[[], None],
        discard: Callable[[_Answer], None] = lambda _: None,
    ) -> None:
        self._ask, self._questions, self._bound = ask, iter(questions), bound
        self._wake, self._hang_up, self._discard = wake, hang_up, discard
        self._begun: deque[_Asked[_Question, _Answer]] = deque()
        self._waiting: SimpleQueue[_Asked[_Question, _Answer] | None] = SimpleQueue()
        self._threads: list[threading.Thread] = []
        self._lock = threading.Lock()
        self._numbers = count()
        self._failed: int | None = None

    def __enter__(self) -> Flight[_Question, _Answer]:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """End all threads, and release the answers that were not taken."""
        self._stop_after(-1)
        for _ in self._threads:
            self._waiting.put(None)
        deadline = time.monotonic() + PATIENCE
        while (alive := [thread for thread in self._threads if thread.is_alive()]) and time.monotonic() < deadline:
            if self._begun:  # some are in flight, for an answer that nobody needs
                self._hang_up()
            self._wake()
            alive[0].join(0.05)
        if alive:
            log.warning("%s in flight cannot be aborted: not waited for.", counted(len(alive), "request"))
        for asked in self._begun:
            if asked.answer.done() and asked.answer.exception() is None:
                self._discard(asked.answer.result())

    def __iter__(self) -> Iterator[tuple[_Question, _Answer]]:
        if self._bound == 1:
            return ((question, self._ask(question)) for question in self._questions)
        return self._together()

    def _together(self) -> Iterator[tuple[_Question, _Answer]]:
        while self._fill():
            asked = self._begun[0]
            alone = not self._threads and not asked.answer.done()
            answer = self._ask(asked.question) if alone else asked.answer.result()
            with self._lock:
                self._begun.popleft()
            yield asked.question, answer

    def _fill(self) -> bool:
        """Hand questions to the threads, as many as may be begun; whether any is left. A single one needs no thread."""
        while len(self._begun) < AHEAD * self._bound and self._failed is None:
            number = next(self._numbers)
            try:
                question = next(self._questions, _END)
            except Exception as error:  # it comes after the answers to the questions before
                self._begin(_Asked(number, _END)).answer.set_exception(error)
                self._stop_after(number)
                break
            if question is _END:
                break
            self._waiting.put(self._begin(_Asked(number, question)))
            while 1 < len(self._begun) > len(self._threads) < self._bound:
                self._start()
        return bool(self._begun)

    def _begin(self, asked: _Asked[_Question, _Answer]) -> _Asked[_Question, _Answer]:
        with self._lock:
            self._begun.append(asked)
        return asked

    def _start(self) -> None:
        # A daemon: whatever happens here, it must not keep a killed task's process alive.
        run = partial(copy_context().run, self._work)
        self._threads.append(threading.Thread(target=run, name="launchdarkly", daemon=True))
        self._threads[-1].start()

    def _work(self) -> None:
        """Ask one question after another, until there is a None in place of a question."""
        while (asked := self._waiting.get()) is not None:
            STOP.set(asked.stop)
            if asked.stop.is_set() or (self._failed is not None and self._failed < asked.number):
                continue
            try:
                answer = self._ask(asked.question)
                if asked.stop.is_set():
                    self._discard(answer)  # the flight may be over
                else:
                    asked.answer.set_result(answer)
            except BaseException as error:
                self._stop_after(asked.number)
                asked.answer.set_exception(error)

    def _stop_after(self, number: int) -> None:
        """The answers to later questions are not needed any more."""
        with self._lock:
            self._failed = number if self._failed is None else min(self._failed, number)
            for asked in self._begun:
                if asked.number > number:
                    asked.stop.set()
        self._wake()
