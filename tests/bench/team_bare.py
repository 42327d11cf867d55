"""A web server like ours with one route that only answers: what there is to lose."""

from __future__ import annotations

import socket

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

_OK = b'{"last_mid":1,"results":[{"mid":1,"st":"ok"}]}'


async def _answer(request: Request) -> Response:
    await request.body()
    return Response(
        b'{"last_mid":1,"results":[{"mid":1,"st":"ok"}]}', media_type="application/json"
    )


def main() -> None:
    app = Starlette(routes=[Route("/v1/mutate", _answer, methods=["POST"])])
    sock = socket.create_server(("127.0.0.1", 0))
    print(sock.getsockname()[1], flush=True)
    config = uvicorn.Config(app, log_level="error", access_log=False, lifespan="off")
    uvicorn.Server(config).run(sockets=[sock])


if __name__ == "__main__":
    main()
