"""Models over HTTP: TensorFlow Serving's REST and KServe v2, versions, micro-batches.

`python -m glbackend serve --model NAME=FOLDER` is the way in; `Service` is the same without a socket.
"""

from glbackend.serving.response import Response, ServingError
from glbackend.serving.servable import Servable, Signature, TensorInfo, open_servable
from glbackend.serving.service import Limits, Service

__all__ = [
    "Limits",
    "Response",
    "Servable",
    "Service",
    "ServingError",
    "Signature",
    "TensorInfo",
    "open_servable",
]
