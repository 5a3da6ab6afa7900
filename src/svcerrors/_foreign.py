"""Which files are not the team's own code: the interpreter's, the framework's, an installed package's, or ours."""

from __future__ import annotations

from svcerrors._light import pattern

__all__ = ["FOREIGN"]

_GO = (
    "archive|bufio|bytes|cmp|compress|container|context|crypto|database|debug|embed|encoding|errors|expvar|flag|fmt|go"
    "|hash|html|image|index|internal|io|iter|log|maps|math|mime|net|os|path|plugin|reflect|regexp|runtime|slices|sort"
    "|strconv|strings|sync|syscall|testing|text|time|unicode|unique|vendor"
)
_JVM = (
    "java|javax|jakarta|jdk|sun|com/sun|kotlin|kotlinx|scala|groovy|clojure|akka|play|reactor|ch/qos|com/fasterxml"
    "|com/google|com/zaxxer|io/grpc|io/ktor|io/micronaut|io/netty|io/quarkus|io/undertow|io/vertx|org/apache|org/eclipse"
    "|org/hibernate|org/jboss|org/junit|org/postgresql|org/slf4j|org/springframework"
)

# A pure function of the path: a record and its text, here and on the sink, agree.
FOREIGN = pattern(
    "|".join(
        (
            r"^<",  # <frozen importlib._bootstrap>, <string>, <anonymous>, <internal:kernel>
            r"(?:^|/)(?:site|dist)-packages/",
            r"(?:^|/)lib(?:64)?/python\d",
            r"/bin/[^/.]+$",  # console scripts
            r"(?:^|/)svcerrors/(?:_\w+|integrations/\w+|cli/\w+)\.py$",
            r"(?:^|/)node_modules/",
            r"^node:",
            r"^internal/[\w/\-]+(?:\.js)?$",  # Node before 16
            rf"^(?:{_JVM})/.*\.(?:java|kt|scala|groovy|clj)$",
            r"<generated>$",
            r"^(?:System|Microsoft|Grpc|Newtonsoft|Google|lambda_method\d*)(?:\.|$)",  # .NET without a file: the class
            r"^/_/.*\.cs$",
            rf"(?:^|/(?:go|go-?\d[\d.]*|x64)/src/)(?:{_GO})/[^@]*\.go$",
            r"@v\d[^/]*/.*\.go$|/vendor/.*\.(?:go|php)$|^_cgo_",
            r"^/rustc/|/\.?cargo/(?:registry|git)/|(?:^|/)library/(?:std|core|alloc)/src/|/rustlib/src/",
            r"/(?:lib(?:64)?/ruby|gems|vendor/bundle)/.*\.rb$",
            r"^\[internal function\]$|^phar://",
            r"^dart:|/\.pub-cache/",
        )
    )
)
