"""The rim: files, sockets and libraries behind the ports."""
