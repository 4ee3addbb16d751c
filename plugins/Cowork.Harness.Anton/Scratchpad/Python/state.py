class TooLarge(Exception):
    pass


class Hurried(Exception):
    pass


class Sink:
    """Takes a pickle, but not without end: neither in size nor, while a cell waits, in time."""

    def __init__(self, room, must_stop):
        self._room = room
        self._must_stop = must_stop
        self._pieces = []

    def write(self, data):
        self._room -= len(data)
        if self._room < 0:
            raise TooLarge
        if self._must_stop():
            raise Hurried
        self._pieces.append(bytes(data))
        return len(data)

    def value(self):
        return b''.join(self._pieces)


class State:
    """Keeps a copy of the variables on disk, so that they outlive the process: each one pickled alone, functions and imports as source."""

    _limit = 100 * 1024 * 1024

    def __init__(self, path, namespace, helpers):
        self._path = path
        self._namespace = namespace
        self._helpers = helpers
        self._sources = {}
        self._digest = None
        self.cell = 0

    def note(self, tree, code, flags):
        """Remembers the statements of a cell that can be run again to define the same things."""
        lines = code.splitlines(keepends=True)
        for node in tree.body:
            names = self._defined(node)
            if names is None or not (names & self._namespace.keys() or '*' in names):
                continue
            first = min([node.lineno] + [d.lineno for d in getattr(node, 'decorator_list', [])])
            source = ''.join(lines[first - 1:node.end_lineno])
            if node.lineno == node.end_lineno:
                source = ast.get_source_segment(code, node) or source
            key = '*' + source if '*' in names else ','.join(sorted(names))
            self._sources.pop(key, None)
            self._sources[key] = (source, flags)

    def _defined(self, node):
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            if isinstance(node, ast.ImportFrom) and node.module == '__future__':
                return None
            return {a.asname or a.name.split('.')[0] for a in node.names}
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            return {node.name}
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Lambda) and all(isinstance(t, ast.Name) for t in node.targets):
            return {t.id for t in node.targets}
        if isinstance(node, ast.Try) and all(isinstance(n, (ast.Import, ast.ImportFrom)) for n in node.body):
            return set().union(*(self._defined(n) or set() for n in node.body))
        return None

    def save(self, must_stop):
        """Writes the copy unless nothing changed or a cell waits; then the last one stays."""
        try:
            saved, lost = self._pickle_all(must_stop)
        except Hurried:
            return
        sources = [(source, flags) for key, (source, flags) in self._sources.items() if '*' in key or any(n in self._namespace for n in key.split(','))]
        head = {'cell': self.cell, 'sources': sources, 'lost': lost}
        digest = hashlib.blake2b(pickle.dumps(head))
        for name, data in saved.items():
            digest.update(name.encode('utf-8', 'surrogatepass') + data)
        if digest.digest() == self._digest:
            return
        temporary = self._path + '.new'
        with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), 'wb') as file:
            pickle.dump(head, file)
            for item in saved.items():
                pickle.dump(item, file)
        os.replace(temporary, self._path)
        self._digest = digest.digest()

    def _pickle_all(self, must_stop):
        saved, lost, room = {}, {}, self._limit
        for name, value in list(self._namespace.items()):
            if name.startswith('__') or self._helpers.get(name) is value or self._is_source(name, value):
                continue
            sink = Sink(room, must_stop)
            try:
                pickle.Pickler(sink, 4).dump(value)
                saved[name] = sink.value()
                room -= len(saved[name])
            except Hurried:
                raise
            except TooLarge:
                lost[name] = type(value).__name__ + ', too large'
            except BaseException:
                lost[name] = type(value).__name__
        return saved, lost

    def _is_source(self, name, value):
        return isinstance(value, (type, types.FunctionType, types.ModuleType)) and any(name in key.split(',') for key in self._sources)

    def restore(self):
        """Brings the copy back. Returns what could not be brought back, or None when there is no copy."""
        try:
            file = open(self._path, 'rb')
        except OSError:
            return None
        with file, NoWriting():
            head = pickle.load(file)
            self.cell = head['cell']
            lost = dict(head['lost'])
            failed = self._replay(head['sources'])
            while True:
                try:
                    name, data = pickle.load(file)
                except EOFError:
                    break
                try:
                    self._namespace[name] = pickle.loads(data)
                except BaseException as e:
                    lost[name] = type(e).__name__
            # What needs a variable can be defined only now: a class below one, a function with one as a default.
            for source, flags in self._replay(failed):
                for node in ast.parse(source).body:
                    lost.update((n, 'definition') for n in self._defined(node) or ())
        return lost

    def _replay(self, sources):
        failed = []
        for source, flags in sources:
            try:
                tree = ast.parse(source)
                exec(compile(source, '<restored>', 'exec', flags=flags, dont_inherit=True), self._namespace)
                self.note(tree, source, flags)
            except BaseException:
                failed.append((source, flags))
        return failed


class NoWriting:
    """While state comes back, nothing may open a file for writing: that would empty files of the user."""

    def __enter__(self):
        self._active = True
        self._bytecode = sys.dont_write_bytecode
        sys.dont_write_bytecode = True
        sys.addaudithook(self._check)

    def __exit__(self, *_):
        self._active = False
        sys.dont_write_bytecode = self._bytecode

    def _check(self, event, args):
        if not self._active or event != 'open':
            return
        _, mode, flags = args
        writes = any(c in 'wax+' for c in mode) if isinstance(mode, str) else isinstance(flags, int) and flags & (os.O_WRONLY | os.O_RDWR)
        if writes:
            raise PermissionError('No file may be written while state is restored.')
