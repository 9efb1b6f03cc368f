"""What the public functions mean, a module per family; importing it fills Tensor's methods and gradients."""

import importlib
import pkgutil

for _module in pkgutil.iter_modules(__path__):
    importlib.import_module(f"{__name__}.{_module.name}")
