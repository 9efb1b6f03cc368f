"""Floor 3: tensors, storages, the kernel registry, backends' protocol, scopes, the tape and the profiler."""
