# The child's side of a scratchpad: channel.py, state.py, helpers.py and boot.py run as one program, in this order.
# Standard library only, Python 3.9 and newer. Standard input and output of the process become the line to the server
# (one JSON object per line); cells get pipes and the null device instead, so they can neither read nor break it.
import __future__
import _thread
import ast
import codecs
import faulthandler
import hashlib
import io
import itertools
import json
import linecache
import logging
import os
import pickle
import queue
import re
import signal
import sys
import threading
import time
import traceback
import types


def clean(text):
    """Lone surrogates, as Windows paths have them, cannot be sent; they become visible escapes."""
    return str(text).encode('utf-8', 'backslashreplace').decode('utf-8')


def end_process():
    """Ends this process and everything that cells have started."""
    if hasattr(os, 'getpgrp') and os.getpgrp() == os.getpid():
        os.killpg(os.getpid(), signal.SIGKILL)
    os._exit(1)


def interrupt():
    """Reaches the main thread also where the signal of the server does not: during os.system() it is ignored."""
    if os.name == 'nt':
        # This one ends a sleep as well.
        signal.raise_signal(signal.SIGINT)
    else:
        _thread.interrupt_main()


class Channel:
    def __init__(self):
        self._in = os.dup(0)
        self._out = os.dup(1)
        # Native code that crashes leaves no exception; where the cell was goes straight to the server.
        faulthandler.enable(os.dup(2), all_threads=False)
        null = os.open(os.devnull, os.O_RDWR)
        os.dup2(null, 0)
        os.close(null)
        self._lock = threading.Lock()
        self._replies = {}
        self._ids = itertools.count(1)
        self.commands = queue.SimpleQueue()
        self.is_fork = False
        self.cell_waits = False
        # An interrupt in the middle of a line would tear it, so it waits until the line is out.
        self.sending = False
        self.interrupted = False

    def listen(self):
        threading.Thread(target=self._read, name='cowork-commands', daemon=True).start()

    def send(self, **event):
        if self.is_fork:
            return
        line = json.dumps(event).encode('ascii') + b'\n'
        is_main = threading.current_thread() is threading.main_thread()
        if is_main:
            self.sending = True
        try:
            with self._lock:
                while line:
                    line = line[os.write(self._out, line):]
        except OSError:
            end_process()
        finally:
            if is_main:
                self.sending = False
        if is_main and self.interrupted:
            self.interrupted = False
            raise KeyboardInterrupt

    def call(self, name, **arguments):
        """Asks the server for something and waits for the answer."""
        if self.is_fork:
            raise RuntimeError(name + ' is not available in a forked process.')
        answer = queue.SimpleQueue()
        number = next(self._ids)
        self._replies[number] = answer
        try:
            self.send(t='call', id=number, name=name, args=self._sendable(arguments))
            while True:
                try:
                    # Without a limit the wait could not be interrupted on Windows.
                    reply = answer.get(timeout=0.5)
                    break
                except queue.Empty:
                    pass
        finally:
            self._replies.pop(number, None)
        if reply.get('error') is not None:
            raise RuntimeError(reply['error'])
        return reply.get('value')

    @staticmethod
    def _sendable(arguments):
        text = json.dumps(arguments, default=str, ensure_ascii=False)
        return json.loads(text.encode('utf-8', 'replace'))

    def receive(self):
        """One line from the server; for the greeting, before anything listens."""
        line = b''
        while not line.endswith(b'\n'):
            piece = os.read(self._in, 1)
            if not piece:
                end_process()
            line += piece
        return json.loads(line)

    def _read(self):
        rest = b''
        while True:
            data = os.read(self._in, 65536)
            if not data:
                end_process()
            *lines, rest = (rest + data).split(b'\n')
            for line in lines:
                self._dispatch(json.loads(line))

    def _dispatch(self, command):
        if command['op'] == 'reply':
            answer = self._replies.get(command['id'])
            if answer is not None:
                answer.put(command)
        elif command['op'] == 'interrupt':
            interrupt()
        else:
            self.cell_waits = command['op'] == 'exec'
            self.commands.put(command)


class Output:
    """One of the standard streams of cells: a pipe that native code and subprocesses write to as well."""

    # In a cell's output nothing can equal this, so it tells where the output of a cell ends.
    _mark = b'\0' + os.urandom(16)

    def __init__(self, channel, fd, kind):
        self._channel = channel
        self._fd = fd
        self._kind = kind
        self._read_end, self._write_end = os.pipe()
        self._grow()
        os.dup2(self._write_end, fd)
        self._seen = threading.Event()
        self._hurry = threading.Event()
        self._stream = None
        threading.Thread(target=self._pump, name='cowork-' + kind, daemon=True).start()

    def stream(self):
        """The text stream for cells; put right when a cell has closed it."""
        try:
            intact = os.path.sameopenfile(self._fd, self._write_end)
        except OSError:
            intact = False
        if not intact:
            os.dup2(self._write_end, self._fd)
        if self._stream is None or self._stream.closed:
            self._stream = open(self._fd, 'w', buffering=1, encoding='utf-8', errors='backslashreplace', newline='', closefd=False)
        return self._stream

    def settle(self):
        """Returns when everything that was written so far has been sent."""
        try:
            self._stream.flush()
        except (ValueError, OSError):
            pass
        self._seen.clear()
        self._hurry.set()
        os.write(self._write_end, self._mark)
        self._seen.wait(2)
        self._hurry.clear()

    def _grow(self):
        # Native code may write much while it holds the interpreter, and nothing empties the pipe meanwhile.
        try:
            import fcntl
            fcntl.fcntl(self._write_end, getattr(fcntl, 'F_SETPIPE_SZ', 1031), 1 << 20)
        except (ImportError, OSError):
            pass

    def _pump(self):
        decoder = codecs.getincrementaldecoder('utf-8')('backslashreplace')
        held = b''
        while True:
            data = os.read(self._read_end, 65536)
            many = len(data) > 32768
            data = held + data
            while self._mark in data:
                before, _, data = data.partition(self._mark)
                self._send(decoder.decode(before, True))
                decoder.reset()
                self._seen.set()
            keep = next((n for n in range(min(len(data), len(self._mark) - 1), 0, -1) if self._mark.startswith(data[-n:])), 0)
            held = data[len(data) - keep:]
            self._send(decoder.decode(data[:len(data) - keep]))
            if not many:
                # Lines that come fast travel together.
                self._hurry.wait(0.005)

    def _send(self, text):
        if text:
            self._channel.send(t=self._kind, s=text)
