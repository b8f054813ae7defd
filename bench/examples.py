"""The examples that the package ships, out of the runs of a cache.

    python -m bench.examples CACHE --named FOLDER=PUBLISHER/MODEL --take KIND:KEY=example

Each is an ordinary run. Where it names a model by the folder that it was read from, the example
names the model as its publisher does; nothing else is changed.
"""

from __future__ import annotations

import argparse
import shutil
from pathlib import Path

from fairviz.analyses.registry import ANALYSES
from fairviz.analyses.store import EXAMPLES, Store


def main() -> None:
    """Copy every run that is taken."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("cache", type=Path)
    parser.add_argument("--named", nargs="*", default=[])
    parser.add_argument("--take", nargs="+", required=True)
    asked = parser.parse_args()
    for wanted in asked.take:
        run, _equals, name = wanted.partition("=")
        kind, _colon, key = run.partition(":")
        codec = ANALYSES[kind].codec
        source, target = Store(asked.cache).folder(kind, key), EXAMPLES / codec.folder / name
        shutil.rmtree(target, ignore_errors=True)
        for path in sorted(source.rglob("*")):
            inside = path.relative_to(source)
            if not path.is_file() or not codec.files.fullmatch(inside.as_posix()):
                continue
            (target / inside).parent.mkdir(parents=True, exist_ok=True)
            content = path.read_bytes()
            if path.suffix in (".json", ".jsonl"):
                for named in asked.named:
                    folder, _equals, published = named.partition("=")
                    content = content.replace(folder.encode(), published.encode())
            (target / inside).write_bytes(content)
        if Store().load(kind, name) is None:
            raise SystemExit(f"{kind} {key} cannot be read as {name}")


if __name__ == "__main__":
    main()
