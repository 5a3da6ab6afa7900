import json

from shared.utils.retry_with_jitter import retry
