"""TensorFlow's ops by family, each a row or a small function over ours; all are known once this is imported."""

import importlib
import pkgutil

for _module in pkgutil.iter_modules(__path__):
    importlib.import_module(f"{__name__}.{_module.name}")
