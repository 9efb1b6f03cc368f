"""TensorFlow's ops by family, each a row or a small function over ours; importing this declares them."""

import importlib
import pkgutil

for _module in pkgutil.iter_modules(__path__):
    importlib.import_module(f"{__name__}.{_module.name}")
