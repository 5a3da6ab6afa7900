"""The function to deploy behind the Log Router; all that it does is in svcerrors.sink."""

import os

from svcerrors.sink import create_app

receive = create_app(os.environ)
