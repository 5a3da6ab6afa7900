"""Which modules a requirement gives, as far as its name tells: its own, and those that are known of it."""

import re
from collections.abc import Iterator
from fnmatch import fnmatchcase

from svcerrors.ops.check_imports.imports import Import

__all__ = ["gives", "subject"]

_GIVES = {
    "apache-airflow": "airflow",
    "attrs": "attr",
    "beautifulsoup4": "bs4 soupsieve",
    "boto3": "botocore dateutil s3transfer urllib3",
    "discord-py": "discord",
    "djangorestframework": "rest_framework",
    "fastapi": "anyio pydantic starlette typing_extensions",
    "flask": "blinker click itsdangerous jinja2 markupsafe werkzeug",
    "gitpython": "git",
    "google-api-core": "google.api google.auth google.oauth2 google.protobuf google.rpc google.type proto requests",
    "google-api-python-client": "apiclient google.api_core google.auth google.oauth2 googleapiclient httplib2",
    "google-auth": "google.oauth2",
    "google-auth-oauthlib": "google.auth google.oauth2 requests_oauthlib",
    "google-cloud-*": "google.api_core google.auth google.oauth2 google.protobuf google.rpc proto requests",
    "google-cloud-aiplatform": "google.cloud.bigquery google.cloud.storage vertexai",
    "google-cloud-bigquery": "dateutil google.cloud.exceptions google.resumable_media packaging",
    "google-cloud-pubsub": "grpc",
    "google-cloud-secret-manager": "google.cloud.secretmanager",
    "google-cloud-storage": "google.cloud.exceptions google.resumable_media",
    "googleapis-common-protos": "google.api google.protobuf google.rpc google.type",
    "grpcio": "grpc",
    "httpx": "anyio certifi h11 httpcore idna",
    "jinja2": "markupsafe",
    "mysql-connector-python": "mysql",
    "mysqlclient": "MySQLdb",
    "nba-api": "numpy pandas requests",
    "opencv-python*": "cv2 numpy",
    "pandas": "dateutil numpy",
    "pillow": "PIL",
    "proto-plus": "google.protobuf proto",
    "protobuf": "google.protobuf",
    "psycopg2-binary": "psycopg2",
    "pycryptodome": "Crypto",
    "pydantic": "annotated_types pydantic_core typing_extensions",
    "pyjwt": "jwt",
    "pymongo": "bson gridfs",
    "pyopenssl": "OpenSSL cryptography",
    "pyserial": "serial",
    "python-dateutil": "dateutil six",
    "python-dotenv": "dotenv",
    "python-jose": "jose",
    "python-json-logger": "pythonjsonlogger",
    "python-multipart": "multipart python_multipart",
    "python-slugify": "slugify",
    "pyyaml": "yaml",
    "pyzmq": "zmq",
    "requests": "certifi charset_normalizer idna urllib3",
    "scikit-image": "skimage",
    "scikit-learn": "joblib numpy scipy sklearn threadpoolctl",
    "scipy": "numpy",
    "sentry-sdk": "certifi urllib3",
    "statsmodels": "numpy pandas patsy scipy",
    "websocket-client": "websocket",
    "xgboost": "numpy scipy",
}
"""What distributions give under other names, and what they cannot be installed without; the usual ones."""

_NAME = re.compile(r"(?:.*/)?(?P<name>[^/@]+?)(?:\.git)?(?:@.*)?")
_FILE = re.compile(r"(?P<name>.+?)-\d[^/]*\.(?:whl|zip|tar\.gz|tgz)")
_VERSIONED = re.compile(r"_v\d+\w*$")
_SHARED = {"google": 2, "google.cloud": 3}
"""Packages that many distributions have a part in, and how many names of a path tell which one it is."""


def gives(requirement: str, statement: Import) -> bool:
    """Tell whether a requirement gives what is imported.

    Args:
        requirement: What `required` returns of it: a name, a path or an address.
        statement: An absolute import.
    """
    name = _distribution(requirement)
    path = _path(statement)
    if any(_plain(prefix) == name for prefix in _prefixes(path)):
        return True
    known = [module for pattern, modules in _GIVES.items() if fnmatchcase(name, pattern) for module in modules.split()]
    return any(f"{path}.".startswith(f"{module}.") for module in known)


def subject(statement: Import) -> str:
    """Return the part of what is imported that tells whose it is: `bs4`, `google.cloud.storage`."""
    path = _path(statement).split(".")
    wanted = max((count for top, count in _SHARED.items() if ".".join(path).startswith(f"{top}.")), default=1)
    return ".".join(path[:wanted])


def _path(statement: Import) -> str:
    names = ".".join(filter(None, (statement.module, statement.member))).split(".")
    return ".".join(_VERSIONED.sub("", name) for name in names)


def _prefixes(path: str) -> Iterator[str]:
    names = path.split(".")
    return (".".join(names[:count]) for count in range(1, len(names) + 1))


def _distribution(requirement: str) -> str:
    found = _NAME.fullmatch(requirement.rstrip("/"))
    name = found["name"] if found else requirement
    file = _FILE.fullmatch(name)
    return _plain(file["name"] if file else name)


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
