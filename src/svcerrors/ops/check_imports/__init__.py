"""Before a deployment: does every import of an assembled folder resolve, lazy ones too?"""

from svcerrors.ops.check_imports.check import NOT_JUDGED, Finding, check, start_of

__all__ = ["NOT_JUDGED", "Finding", "check", "start_of"]
