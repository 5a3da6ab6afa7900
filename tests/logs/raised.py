"""Programs that die of an exception, each of another shape; the key says which."""

__all__ = ["PROGRAMS"]

PROGRAMS: dict[str, dict[str, str]] = {
    "plain": {
        "main.py": r"""
def f(x):
    return 10 / x

f(0)
""",
    },
    "nested": {
        "main.py": r"""
from shared.utils import work

def handle():
    work.run({'a': 1})

handle()
""",
        "shared/utils/work.py": r"""
class Work:
    def go(self, d):
        return d['missing']


def run(d):
    Work().go(d)
""",
    },
    "missing_module": {
        "main.py": r"""
import shared.utils.bigquery_utils
""",
        "shared/utils/bigquery_utils.py": r"""


from shared.utils.retry_with_jitter import retry
""",
    },
    "recursive": {
        "main.py": r"""
def f(n):
    return f(n + 1)

f(0)
""",
    },
    "mutually_recursive": {
        "main.py": r"""
def f(n):
    return g(n)

def g(n):
    if n == 60:
        raise ValueError(n)
    return f(n + 1)

f(0)
""",
    },
    "cause": {
        "main.py": r"""
def f():
    try:
        {}['k']
    except KeyError as exc:
        raise RuntimeError('no k') from exc

f()
""",
    },
    "chain_of_three": {
        "main.py": r"""
def f():
    try:
        try:
            int('x')
        except ValueError:
            {}['k']
    except KeyError as exc:
        raise OSError(2, 'gone', 'a.txt') from exc

f()
""",
    },
    "cause_without_traceback": {
        "main.py": r"""
raise RuntimeError('outer') from ValueError('never raised')
""",
    },
    "from_none": {
        "main.py": r"""
try:
    {}['k']
except KeyError:
    raise LookupError('own words') from None
""",
    },
    "no_message": {
        "main.py": r"""
assert 1 == 2
""",
    },
    "many_lines": {
        "main.py": r"""
raise ValueError('first: a\n  second\n\nFile "x", line 3, in f\nlast')
""",
    },
    "empty_first_line": {
        "main.py": r"""
raise ValueError('\nfoo: bar')
""",
    },
    "notes": {
        "main.py": r"""
exc = ValueError('noted')
exc.add_note('one')
exc.add_note('two\nlines')
raise exc
""",
    },
    "notes_only": {
        "main.py": r"""
exc = ValueError()
exc.add_note('one')
raise exc
""",
    },
    "local_class": {
        "main.py": r"""
def make():
    class Inner(Exception):
        pass
    return Inner

raise make()('x: y')
""",
    },
    "module_class": {
        "main.py": r"""
import jobs.errors
raise jobs.errors.Refused.Late('too late')
""",
        "jobs/errors.py": r"""
class Refused:
    class Late(Exception):
        pass
""",
    },
    "local_class_of_a_module": {
        "main.py": r"""
import jobs
jobs.fail()
""",
        "jobs.py": r"""
def fail():
    class Inner(Exception):
        pass
    raise Inner(1)
""",
    },
    "suggestion": {
        "main.py": r"""
class Row:
    colour = 1

Row().color
""",
    },
    "suggested_import": {
        "main.py": r"""
def f():
    return subprocess.run([])

f()
""",
    },
    "syntax_error": {
        "main.py": r"""
import shared.broken
""",
        "shared/broken.py": r"""
x = 1

def (:
    pass
""",
    },
    "indentation_error": {
        "main.py": r"""
import broken
""",
        "broken.py": r"""
def f():
pass
""",
    },
    "several_lines_of_code": {
        "main.py": r"""
def f(*args, **kwargs):
    return kwargs['x'](
        *args,
        a=1,
        b=2,
        c=3,
    )

f(
    1,
    2,
    x=lambda *a, **k: 1 /
      0,
)
""",
    },
    "comprehension": {
        "main.py": r"""
def f(rows):
    return [{k: 1 / v for k, v in r.items()} for r in rows]

f([{'a': 0}])
""",
    },
    "through_the_standard_library": {
        "main.py": r"""
import json

def load(text):
    return json.loads(text)

load('{')
""",
    },
    "only_the_standard_library": {
        "main.py": r"""
import sys
sys.exit = None
exec('import json; json.loads("[1,")')
""",
    },
    "secret": {
        "main.py": r"""
def connect(password=None):
    raise OSError('password=hunter2 refused')

connect(password='hunter2')
""",
    },
    "traceback_in_the_message": {
        "main.py": r"""
import traceback
try:
    {}['k']
except KeyError:
    text = traceback.format_exc()
raise RuntimeError('worker died:\n' + text.strip())
""",
    },
    "group_of_one": {
        "main.py": r"""
def f():
    try:
        {}['k']
    except KeyError:
        raise ValueError('leaf')

try:
    f()
except ValueError as exc:
    raise ExceptionGroup('unhandled errors in a TaskGroup', [exc])
""",
    },
    "group_in_a_group": {
        "main.py": r"""
def f():
    raise ValueError('two\nlines')

try:
    f()
except ValueError as exc:
    raise ExceptionGroup('outer', [ExceptionGroup('inner', [exc])])
""",
    },
    "group_of_three": {
        "main.py": r"""
try:
    {}['k']
except KeyError:
    raise ExceptionGroup('several', [ValueError('a'), OSError('b'), TypeError()])
""",
    },
    "groups_in_a_group": {
        "main.py": r"""
def inner():
    return ExceptionGroup('inner', [ValueError('a'), ExceptionGroup('innermost', [OSError('b\nc'), KeyError('d')])])

raise ExceptionGroup('outer', [inner(), TypeError('e'), ExceptionGroup('one', [IndexError('f')])])
""",
    },
    "several_in_one_group_in_a_group": {
        "main.py": r"""
try:
    raise LookupError('before')
except LookupError:
    raise ExceptionGroup('outer', [ExceptionGroup('inner', [ValueError('a'), ValueError('b')])])
""",
    },
    "broad_and_deep_groups": {
        "main.py": r"""
def deep(depth):
    return ExceptionGroup('deep', [ValueError(depth), deep(depth - 1)]) if depth else KeyError('bottom')

raise ExceptionGroup('broad', [deep(4), *(OSError(n) for n in range(12))])
""",
    },
    "a_broad_group_with_a_cause": {
        "main.py": r"""
try:
    try:
        raise OSError('first')
    except OSError as exc:
        raise ExceptionGroup('broad', [ValueError(n) for n in range(10)]) from exc
except ExceptionGroup as exc:
    raise RuntimeError('last') from exc
""",
    },
    "after_a_group": {
        "main.py": r"""
try:
    raise ExceptionGroup('many', [ValueError('a'), OSError('b')])
except ExceptionGroup:
    raise KeyError('last')
""",
    },
    "a_cause_that_is_a_group": {
        "main.py": r"""
import asyncio

async def fail(error):
    raise error

async def main():
    try:
        async with asyncio.TaskGroup() as group:
            group.create_task(fail(ValueError('a')))
            group.create_task(fail(KeyError('b')))
    except ExceptionGroup as exc:
        raise RuntimeError('load failed') from exc

asyncio.run(main())
""",
    },
    "groups_in_a_chain": {
        "main.py": r"""
def first():
    raise ExceptionGroup('one', [ValueError('a')])

try:
    try:
        first()
    except ExceptionGroup as exc:
        raise ExceptionGroup('two', [KeyError('b'), ExceptionGroup('in', [OSError('c'), OSError('d')])]) from exc
except ExceptionGroup:
    raise TypeError('end')
""",
    },
    "task_group": {
        "main.py": r"""
import asyncio

async def fail():
    raise LookupError('in a task')

async def main():
    async with asyncio.TaskGroup() as group:
        group.create_task(fail())

asyncio.run(main())
""",
    },
    "process_pool": {
        "main.py": r"""
from concurrent.futures import ProcessPoolExecutor

def work(n):
    return 1 / n

if __name__ == '__main__':
    with ProcessPoolExecutor(1) as pool:
        pool.submit(work, 0).result()
""",
    },
}
