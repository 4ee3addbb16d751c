class Logs(logging.Handler):
    def __init__(self, channel):
        super().__init__()
        self._channel = channel

    def emit(self, record):
        try:
            self._channel.send(t='log', s=clean('%s: %s\n' % (record.name, record.getMessage()))[:4000])
        except Exception:
            self.handleError(record)


class Kernel:
    """Runs one cell after the other in one namespace."""

    _kept_sources = 50
    _futures = sum(getattr(__future__, name).compiler_flag for name in __future__.all_feature_names)

    def __init__(self, channel, greeting):
        self._channel = channel
        self._out = Output(channel, 1, 'out')
        self._err = Output(channel, 2, 'err')
        self._in_cell = False
        self._busy = threading.Event()
        module = types.ModuleType('__main__')
        sys.modules['__main__'] = module
        self._namespace = module.__dict__
        self._namespace['__builtins__'] = __builtins__
        self._helpers = {}
        self._state = State(greeting['state'], self._namespace, self._helpers)
        if hasattr(os, 'register_at_fork'):
            os.register_at_fork(after_in_child=self._after_fork)
        threading.Thread(target=self._beat, args=(greeting['beat'],), name='cowork-heartbeat', daemon=True).start()

    def serve(self, restore):
        self._prepare()
        lost = self._state.restore() if restore else None
        self._settle()
        self._channel.send(t='ready', restored=lost is not None, lost=[clean('%s (%s)' % item) for item in sorted((lost or {}).items())], cell=self._state.cell)
        while True:
            command = self._channel.commands.get()
            if command['op'] == 'exit':
                self._exit()
            elif command['op'] == 'path':
                add_packages(command['path'])
            else:
                self._run(command)

    def interrupt(self, *_):
        if not self._in_cell:
            return
        if self._channel.sending:
            self._channel.interrupted = True
            return
        raise KeyboardInterrupt

    def _run(self, command):
        self._channel.cell_waits = False
        self._busy.set()
        error = missing = None
        try:
            self._prepare()
            # What background work has written since the last cell is not this one's.
            self._settle()
            self._channel.send(t='begin', cell=command['cell'])
            self._offer(command)
            self._execute(command)
        except BaseException as e:
            self._in_cell = False
            error, missing = self._explain(e), getattr(e, 'name', None) if isinstance(e, ModuleNotFoundError) else None
        if self._channel.is_fork:
            os._exit(0)
        self._channel.interrupted = False
        self._state.cell = command['cell']
        self._settle()
        self._busy.clear()
        self._channel.send(t='done', cell=command['cell'], error=error, missing=missing)
        self._save()

    def _execute(self, command):
        # In a literal the escape means the same, and a source with a lone surrogate cannot be compiled.
        code = re.sub('[\ud800-\udfff]', lambda match: '\\u%04x' % ord(match.group()), command['code'])
        name = '<cell %d>' % command['cell']
        linecache.cache[name] = (len(code), None, code.splitlines(keepends=True), name)
        linecache.cache.pop('<cell %d>' % (command['cell'] - self._kept_sources), None)
        tree = ast.parse(code, name)
        compiled = compile(code, name, 'exec', flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT, dont_inherit=True)
        try:
            self._in_cell = True
            if compiled.co_flags & 0x80:
                import asyncio
                asyncio.run(eval(compiled, self._namespace))
            else:
                exec(compiled, self._namespace)
        finally:
            self._in_cell = False
            self._state.note(tree, code, compiled.co_flags & self._futures)

    def _offer(self, command):
        fresh = helpers_for(self._channel, command['offers'], command.get('model'))
        for name in self._helpers.keys() - fresh.keys():
            if self._namespace.get(name) is self._helpers.pop(name):
                del self._namespace[name]
        for name, helper in fresh.items():
            # A cell may have used the name for something of its own.
            if name not in self._namespace or self._namespace[name] is self._helpers.get(name):
                self._namespace[name] = self._helpers[name] = helper

    def _explain(self, e):
        if isinstance(e, SystemExit):
            return None if e.code in (None, 0) else clean('The cell ended with sys.exit(%r). The scratchpad goes on.' % (e.code,))
        try:
            told = part = self._traceback(e)
            while part is not None:
                # Our own lines would only distract.
                part.stack[:] = [frame for frame in part.stack if frame.filename != '<scratchpad>']
                part = part.__cause__ or part.__context__
            text = re.sub(r'  File "<(\d+ calls left out)>".*', r'  … \1 …', ''.join(told.format()))
        except BaseException:
            text = type(e).__name__
        return clean(text if len(text) <= 40000 else text[:10000] + '\n…\n' + text[-30000:])

    @staticmethod
    def _traceback(e):
        """What is told of an exception; of millions of calls, or of exceptions that follow each other, not all: that would take minutes."""
        last, left = e, 20
        while left and (last.__cause__ or last.__context__):
            last, left = last.__cause__ or last.__context__, left - 1
        last.__cause__ = last.__context__ = None
        told = traceback.TracebackException(type(e), e, e.__traceback__, limit=-30)
        calls = sum(1 for _ in traceback.walk_tb(e.__traceback__))
        if calls > 40:
            told.stack[:0] = traceback.extract_tb(e.__traceback__, limit=10) + [traceback.FrameSummary('<%d calls left out>' % (calls - 40), 0, '', line='')]
        return told

    def _prepare(self):
        """Puts right what a cell may have changed for the next one."""
        signal.signal(signal.SIGINT, self.interrupt)
        sys.stdin = open(0, encoding='utf-8', closefd=False)
        sys.stdout, sys.stderr = self._out.stream(), self._err.stream()

    def _settle(self):
        sys.stdout, sys.stderr = self._out.stream(), self._err.stream()
        self._out.settle()
        self._err.settle()

    def _save(self):
        began = time.monotonic()
        try:
            self._state.save(lambda: time.monotonic() - began > 0.5 and self._channel.cell_waits)
        except Exception:
            # A full disk must not end the process; the copy before this one stays.
            pass
        self._settle()

    def _exit(self):
        for value in list(self._namespace.values()):
            if isinstance(value, io.IOBase):
                try:
                    value.flush()
                except (ValueError, OSError):
                    pass
        end_process()

    def _beat(self, interval):
        while True:
            self._busy.wait()
            self._channel.send(t='beat')
            time.sleep(interval)

    def _after_fork(self):
        # The line belongs to the parent, and so do its threads.
        self._channel.is_fork = True
        signal.signal(signal.SIGINT, signal.default_int_handler)


def add_packages(path):
    import importlib
    import site
    known = set(sys.path)
    site.addsitedir(path)
    added = [entry for entry in sys.path if entry not in known]
    # What was installed for cells goes before what the machine has.
    sys.path[:] = sys.path[:1] + added + [entry for entry in sys.path[1:] if entry not in added]
    importlib.invalidate_caches()


def main():
    channel = Channel()
    greeting = channel.receive()
    sys.argv = ['']
    sys.path.insert(0, os.getcwd())
    kernel = Kernel(channel, greeting)
    logging.getLogger().addHandler(Logs(channel))
    logging.getLogger().setLevel(logging.INFO)
    signal.signal(signal.SIGINT, kernel.interrupt)
    channel.listen()
    kernel.serve(greeting['restore'])


main()
