"""Imported first by a program under test: on stderr what the interpreter prints, on stdout how the library sees it."""

import json
import sys
import types
from pathlib import Path

# Without the package's face, whose dependencies this interpreter need not have.
_package = types.ModuleType("svcerrors")
_package.__path__ = [str(Path(__file__).parents[2] / "src/svcerrors")]
sys.modules["svcerrors"] = _package

from svcerrors._chain import describe  # noqa: E402
from svcerrors._fingerprint import fingerprint  # noqa: E402


def _hook(kind, exc, tb):
    sys.__excepthook__(kind, exc, tb)
    told = describe(exc)
    print(  # noqa: T201
        json.dumps(
            {
                "error_type": told.error_type,
                "error_message": told.error_message,
                "culprit": told.culprit,
                "fingerprint": fingerprint(told.error_type, told.frames, told.error_message),
                "causes": [list(vars(cause).values()) for cause in told.causes],
                "frames": [[f.file, f.line, f.function, f.code] for f in told.frames],
                "stack_trace": told.stack_trace,
            }
        )
    )


sys.excepthook = _hook
