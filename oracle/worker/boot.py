"""Starts a worker from sources that Keel carries inside its own program: nothing is installed, nothing is left on disk.

Run as `python -c <this text>`. The first line on standard input is a JSON object of module name -> source.
"""
import importlib.abc
import importlib.util
import json
import sys


class Embedded(importlib.abc.MetaPathFinder, importlib.abc.InspectLoader):
    """Finds the modules among the sources sent by Keel, before anything of the same name that is installed."""

    def __init__(self, sources):
        self.sources = sources

    def find_spec(self, name, path=None, target=None):
        return importlib.util.spec_from_loader(name, self) if name in self.sources else None

    def get_source(self, name):
        return self.sources[name]


sys.meta_path.insert(0, Embedded(json.loads(sys.stdin.buffer.readline())))
importlib.import_module("serve").main()
