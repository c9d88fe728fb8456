"""Processes that share long work, and that end with the one that began them."""

import os
import pickle
import signal
import subprocess
import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from itertools import islice
from pathlib import Path
from queue import SimpleQueue
from typing import Any, TypeVar

_A = TypeVar("_A")
_K = TypeVar("_K")
_R = TypeVar("_R")
_Process = subprocess.Popen[bytes]

_ROOT = Path(__file__).parents[2]
_PATIENCE = 5  # calls that are done here: little work is not worth a process
_MOST = 4  # so many keep one writer busy
_AHEAD = 8  # calls for each helper that may wait


@contextmanager
def helpers() -> Iterator["Helpers"]:
    """Help for as long as the body runs."""
    found = Helpers(min(os.cpu_count() or 1, _MOST))
    try:
        yield found
    finally:
        found.close()


class Helpers:
    """Does the first calls itself, and shares those that follow with processes.

    Reading certificates holds the interpreter's lock, so threads would be no help. A
    function must be one of a module, and it and what it is given are pickled. A helper
    takes one call at a time through a pipe: when this process ends, however it ends,
    the pipe closes and the helper ends too. What a lost helper had to do is done here.
    """

    def __init__(self, count: int) -> None:
        self._count = count
        self._calls = 0
        self._threads: ThreadPoolExecutor | None = None
        self._idle: SimpleQueue[_Process | None] = SimpleQueue()

    def begin(self, function: Callable[[_A], _R], argument: _A) -> Future[_R]:
        """Have the function called; whoever needs what it returns waits for it."""
        self._calls += 1
        if self._calls == _PATIENCE and self._count > 1:
            self._start()
        if self._threads:
            return self._threads.submit(self._call, function, argument)
        done: Future[_R] = Future()
        done.set_result(function(argument))
        return done

    def each(
        self, function: Callable[[_A], _R], calls: Iterable[tuple[_K, _A]]
    ) -> Iterator[tuple[_K, _R]]:
        """Call it with the second of each pair, some ahead; yield the first with it."""
        waiting: deque[tuple[_K, Future[_R]]] = deque()
        left = iter(calls)
        while True:
            room = _AHEAD * self._count - len(waiting) if self._threads else 1
            for kept, argument in islice(left, max(room, 0)):
                waiting.append((kept, self.begin(function, argument)))
            if not waiting:
                return
            kept, future = waiting.popleft()
            yield kept, future.result()

    def close(self) -> None:
        """Let what is going on end, and the helpers with it."""
        if self._threads:
            self._threads.shutdown(cancel_futures=True)
        while not self._idle.empty():
            if helper := self._idle.get():
                _end(helper)

    def _start(self) -> None:
        paths = [str(_ROOT), os.environ.get("PYTHONPATH", "")]
        known = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, paths))}
        known.pop("LAB_KEY_PASSPHRASE", None)  # no helper needs it
        with suppress(OSError):  # no more processes to be had
            for _ in range(self._count):
                helper = subprocess.Popen(
                    [sys.executable, "-m", "lab.actions.helpers"],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    env=known,
                )
                self._idle.put(helper)
        if started := self._idle.qsize():
            self._threads = ThreadPoolExecutor(started)

    def _call(self, function: Callable[[_A], _R], argument: _A) -> _R:
        helper = self._idle.get()
        if helper:
            try:
                result: _R = _ask(helper, (function, argument))
            except (EOFError, OSError, pickle.UnpicklingError):
                helper.kill()
                _end(helper)
                helper = None
        self._idle.put(helper)
        return result if helper else function(argument)


def _ask(helper: _Process, call: object) -> Any:
    assert helper.stdin  # for the type: it is a pipe
    assert helper.stdout
    pickle.dump(call, helper.stdin, pickle.HIGHEST_PROTOCOL)
    helper.stdin.flush()
    return pickle.load(helper.stdout)


def _end(helper: _Process) -> None:
    for pipe in (helper.stdin, helper.stdout):
        if pipe:
            with suppress(OSError):  # what could not be written is lost with it
                pipe.close()
    helper.wait()


def _serve() -> None:
    """Answer calls until the pipe they come through is closed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the one who began it decides
    os.nice(5)  # that one goes first: it has the longest way
    answers = sys.stdout.buffer
    sys.stdout = sys.stderr  # nothing printed may get between the answers
    while True:
        try:
            function, argument = pickle.load(sys.stdin.buffer)
        except EOFError:
            return
        try:
            pickle.dump(function(argument), answers, pickle.HIGHEST_PROTOCOL)
            answers.flush()
        except BrokenPipeError:
            os._exit(0)  # nobody is left to tell


if __name__ == "__main__":
    _serve()
