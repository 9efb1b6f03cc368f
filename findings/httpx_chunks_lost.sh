#!/usr/bin/env bash
# Does httpx's response.iter_raw(chunk_size) give all bytes that arrived before a connection broke off?
#
# Guess: yes: chunk_size is the most that comes at once, and what has arrived is given before the error is raised.
# Versions: httpx 0.28.1, httpcore 1.0.9, h11 0.16.0, Python 3.11.
# Behaviour: bytes are held back until a chunk of that size is full, and those held back are lost when the connection
# ends early: RemoteProtocolError comes first. iter_raw() without a size gives them. So a download that goes on by
# Range, with chunks of 1 MiB over a link that breaks every 500 KB, never gets any further.
# Seen (the server says 5000 bytes, sends 1000, and closes; then the same for iter_bytes):
#   iter_raw(4096): 0 bytes, then RemoteProtocolError
#   iter_raw(): 1000 bytes, then RemoteProtocolError
#   iter_bytes(4096): 0 bytes, then RemoteProtocolError
#   iter_bytes(): 1000 bytes, then RemoteProtocolError
# Exits 0 where that is so, 1 where it changed, 0 with SKIPPED where there is no package to be had.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m pip install -q --disable-pip-version-check --root-user-action=ignore --target "$folder" \
  httpx==0.28.1 httpcore==1.0.9 h11==0.16.0 || { echo "SKIPPED: the packages cannot be had"; exit 0; }
cat > "$folder/try.py" <<'PYTHON'
import socket
import threading

import httpx


def serve(listener):
    while True:
        connection, _ = listener.accept()
        connection.recv(4096)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n" + b"x" * 1000)
        connection.close()


listener = socket.create_server(("127.0.0.1", 0))
threading.Thread(target=serve, args=(listener,), daemon=True).start()
url = f"http://127.0.0.1:{listener.getsockname()[1]}/"
for method in "iter_raw", "iter_bytes":
    for size in (4096,), ():
        got = 0
        with httpx.Client(trust_env=False) as client, client.stream("GET", url) as response:
            try:
                for chunk in getattr(response, method)(*size):
                    got += len(chunk)
            except httpx.HTTPError as error:
                print(f"{method}({', '.join(map(str, size))}): {got} bytes, then {type(error).__name__}")
PYTHON
wanted='iter_raw(4096): 0 bytes, then RemoteProtocolError
iter_raw(): 1000 bytes, then RemoteProtocolError
iter_bytes(4096): 0 bytes, then RemoteProtocolError
iter_bytes(): 1000 bytes, then RemoteProtocolError'
seen=$(PYTHONPATH="$folder" python3 "$folder/try.py") || true
echo "$seen"
[ "$seen" = "$wanted" ]
