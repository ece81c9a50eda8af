# SPDX-License-Identifier: MIT
"""The package of runtimes/python, as it is in the tree, with the module that
bench/meson.build has built.
"""
import importlib.util
import pathlib
import sys

SOURCE = pathlib.Path(__file__).resolve().parents[1] / "runtimes/python/src"


def load(files):
    """files: the folder of the benchmark in the build."""
    path = next(pathlib.Path(files).glob("_spawn.*"), None)
    if not path:
        raise ImportError("not built; install the package python3-dev")
    spec = importlib.util.spec_from_file_location("libspawn._spawn", path)
    sys.modules[spec.name] = module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    sys.path.insert(0, str(SOURCE))
    import libspawn
    return libspawn
