"""The templates of the theme and of notebooks are compiled once and kept."""

from base64 import b64decode, b64encode

from jinja2 import BytecodeCache, Environment
from nbconvert.exporters import templateexporter

from tools import cache


class _Kept(BytecodeCache):
    def load_bytecode(self, bucket):
        if code := cache.known(f"templates/{bucket.key}", bucket.checksum):
            bucket.bytecode_from_string(b64decode(code))

    def dump_bytecode(self, bucket):
        cache.keep(f"templates/{bucket.key}", bucket.checksum, b64encode(bucket.bytecode_to_string()).decode())


class _Engine(Environment):
    def __init__(self, **options):
        super().__init__(bytecode_cache=_Kept(), **options)


def keep(env) -> None:
    """Let ``env`` find what it compiled before. Each build of everything has a new one: it need not look for edits."""
    env.bytecode_cache, env.auto_reload = _Kept(), False


def keep_of_notebooks() -> None:
    """The same for nbconvert, which has a new engine for each notebook and compiles all its templates again."""
    templateexporter.Environment = _Engine
