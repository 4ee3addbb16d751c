import os, sys
try:
    os.setsid()
except (AttributeError, OSError):
    pass
sys.path[:] = [p for p in sys.path if p]
n = int(sys.argv[1])
b = b''
while len(b) < n:
    c = os.read(0, n - len(b))
    if not c:
        sys.exit(0)
    b += c
exec(compile(b, '<scratchpad>', 'exec'), {'__name__': 'cowork_scratchpad'})
